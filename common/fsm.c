/* fsm.c -- stepping a table-driven machine. */
#include "common/fsm.h"

#include <stdatomic.h>

#include "common/check.h"
#include "common/log.h"

static atomic_ullong unexpected_count;

static void on_timer(struct timer *t)
{
	struct fsm *f = CONTAINER_OF(t, struct fsm, timer);

	fsm_step(f, f->timer_event, NULL);
}

static void enter_state(struct fsm *f, uint8_t state)
{
	const struct fsm_table *table = f->table;

	timer_stop(f->timers, &f->timer);
	f->state = state;
	for (unsigned i = 0; i < table->timer_count; i++) {
		int64_t delay_us;

		if (table->timers[i].state != state)
			continue;
		delay_us = table->timers[i].duration(f->owner);
		f->timer_event = table->timers[i].event;
		if (delay_us >= 0)
			timer_start(f->timers, &f->timer, delay_us);
		return;
	}
}

void fsm_init(struct fsm *f, const struct fsm_table *table, struct timer_queue *timers, void *owner,
	      uint64_t id)
{
	*f = (struct fsm){ .table = table, .timers = timers, .owner = owner, .id = id };
	timer_init(&f->timer, on_timer);
	enter_state(f, 0);
}

void fsm_fini(struct fsm *f)
{
	timer_stop(f->timers, &f->timer);
	if (f->gone)
		*f->gone = true;
}

static const struct fsm_row *find_row(const struct fsm *f, uint8_t event, const void *arg)
{
	for (unsigned i = 0; i < f->table->row_count; i++) {
		const struct fsm_row *row = &f->table->rows[i];

		if (row->state == f->state && row->event == event &&
		    (!row->guard || row->guard(f->owner, arg)))
			return row;
	}
	return NULL;
}

static bool is_ignored(const struct fsm *f, uint8_t event)
{
	for (unsigned i = 0; i < f->table->ignore_count; i++)
		if (f->table->ignores[i].state == f->state && f->table->ignores[i].event == event)
			return true;
	return false;
}

static void handle_unexpected(struct fsm *f, uint8_t event, const void *arg)
{
	if (is_ignored(f, event))
		return;
	atomic_fetch_add_explicit(&unexpected_count, 1, memory_order_relaxed);
	log_debug("an event came in a state that has no row for it",
		  F_STR("machine", f->table->name), F_HEX("id", f->id),
		  F_STR("state", f->table->state_names[f->state]),
		  F_STR("event", f->table->event_names[event]));
	if (f->table->unexpected)
		f->table->unexpected(f->owner, event, arg);
}

static void handle(struct fsm *f, uint8_t event, const void *arg)
{
	const struct fsm_row *row = find_row(f, event, arg);

	if (!row) {
		handle_unexpected(f, event, arg);
		return;
	}
	if (row->next != f->state) {
		log_debug("state", F_STR("machine", f->table->name), F_HEX("id", f->id),
			  F_STR("from", f->table->state_names[f->state]),
			  F_STR("to", f->table->state_names[row->next]),
			  F_STR("event", f->table->event_names[event]));
		enter_state(f, row->next);
	}
	if (row->action)
		row->action(f->owner, arg);
}

void fsm_post(struct fsm *f, uint8_t event)
{
	CHECK(f->posted_count < FSM_QUEUE_MAX);
	f->posted[f->posted_count++] = event;
}

static uint8_t take_posted(struct fsm *f)
{
	uint8_t event = f->posted[0];

	f->posted_count--;
	for (unsigned i = 0; i < f->posted_count; i++)
		f->posted[i] = f->posted[i + 1];
	return event;
}

void fsm_step(struct fsm *f, uint8_t event, const void *arg)
{
	bool gone = false;

	CHECK(event < f->table->event_count);
	if (f->stepping) {
		fsm_post(f, event);
		return;
	}
	f->stepping = true;
	f->gone = &gone;
	handle(f, event, arg);
	while (!gone && f->posted_count)
		handle(f, take_posted(f), NULL);
	if (gone)
		return;
	f->stepping = false;
	f->gone = NULL;
}

void fsm_run_posted(struct fsm *f)
{
	if (!f->stepping && f->posted_count)
		fsm_step(f, take_posted(f), NULL);
}

const char *fsm_state_name(const struct fsm *f)
{
	return f->table->state_names[f->state];
}

uint64_t fsm_get_unexpected_count(void)
{
	return atomic_load_explicit(&unexpected_count, memory_order_relaxed);
}
