/* test_fsm.c -- common/fsm: stepping, posting, timers, ignoring, and what the shape
 * check finds wrong with a table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/fsm.h"

/* A door: closed at first, opens on a knock, closes by itself, may be broken. */
enum { CLOSED, OPENING, OPEN, BROKEN, STATES };
enum { KNOCK, MOVED, SLAM, KICK, EVENTS };

struct door {
	struct fsm fsm;
	unsigned opened, closed, unexpected;
	bool locked, posts, goes_away;
};

static bool is_unlocked(const void *owner, const void *arg)
{
	const struct door *d = owner;

	(void)arg;
	return !d->locked;
}

static void begin_opening(void *owner, const void *arg)
{
	struct door *d = owner;

	(void)arg;
	if (d->goes_away)
		fsm_fini(&d->fsm);
	else if (d->posts)
		fsm_step(&d->fsm, MOVED, NULL); /* from inside: queued */
	assert_int_equal(d->fsm.state, OPENING);
}

static void count_open(void *owner, const void *arg)
{
	(void)arg;
	((struct door *)owner)->opened++;
}

static void count_closed(void *owner, const void *arg)
{
	(void)arg;
	((struct door *)owner)->closed++;
}

static void count_unexpected(void *owner, uint8_t event, const void *arg)
{
	(void)event;
	(void)arg;
	((struct door *)owner)->unexpected++;
}

static int64_t second(const void *owner)
{
	(void)owner;
	return CLOCK_SECONDS(1);
}

static const char *const state_names[] = { "CLOSED", "OPENING", "OPEN", "BROKEN" };
static const char *const event_names[] = { "KNOCK", "MOVED", "SLAM", "KICK" };
static const bool finals[STATES] = { [BROKEN] = true };
static const struct fsm_row rows[] = {
	{ CLOSED, KNOCK, OPENING, is_unlocked, begin_opening, "is_unlocked", "begin_opening" },
	{ CLOSED, KICK, BROKEN, NULL, NULL, "always", "nothing" },
	{ OPENING, MOVED, OPEN, NULL, count_open, "always", "count_open" },
	{ OPENING, SLAM, CLOSED, NULL, count_closed, "always", "count_closed" },
	{ OPEN, SLAM, CLOSED, NULL, count_closed, "always", "count_closed" },
};
static const struct fsm_timer_row timers[] = { { OPENING, SLAM, second, "second" },
					       { OPEN, SLAM, second, "second" } };
static const struct fsm_ignore_row ignores[] = { { OPEN, KNOCK, "it is open" } };
static const struct fsm_table door_table = {
	.name = "door",
	.state_names = state_names,
	.event_names = event_names,
	.rows = rows,
	.timers = timers,
	.ignores = ignores,
	.finals = finals,
	.state_count = STATES,
	.event_count = EVENTS,
	.row_count = sizeof(rows) / sizeof(rows[0]),
	.timer_count = 2,
	.ignore_count = 1,
	.unexpected = count_unexpected,
};

static struct timer_queue queue;

static struct door make_door(void)
{
	clock_set_test(CLOCK_SECONDS(100));
	timer_queue_init(&queue);
	return (struct door){ 0 };
}

static void takes_the_first_row_whose_guard_agrees(void **state)
{
	struct door d = make_door();

	(void)state;
	fsm_init(&d.fsm, &door_table, &queue, &d, 1);
	d.locked = true;
	fsm_step(&d.fsm, KNOCK, NULL);
	assert_string_equal(fsm_state_name(&d.fsm), "CLOSED");
	assert_int_equal(d.unexpected, 1);
	d.locked = false;
	fsm_step(&d.fsm, KNOCK, NULL);
	assert_string_equal(fsm_state_name(&d.fsm), "OPENING");
	fsm_fini(&d.fsm);
}

static void queues_what_an_action_posts_until_it_has_returned(void **state)
{
	struct door d = make_door();

	(void)state;
	fsm_init(&d.fsm, &door_table, &queue, &d, 1);
	d.posts = true;
	fsm_step(&d.fsm, KNOCK, NULL);
	assert_int_equal(d.fsm.state, OPEN);
	assert_int_equal(d.opened, 1);
	fsm_fini(&d.fsm);
}

static void leaves_a_state_by_its_timer_and_stops_it_on_leaving(void **state)
{
	struct door d = make_door();

	(void)state;
	fsm_init(&d.fsm, &door_table, &queue, &d, 1);
	fsm_step(&d.fsm, KNOCK, NULL);
	fsm_step(&d.fsm, MOVED, NULL);
	clock_advance_test(CLOCK_MS(999));
	timer_queue_run(&queue);
	assert_int_equal(d.fsm.state, OPEN);
	clock_advance_test(CLOCK_MS(2));
	timer_queue_run(&queue);
	assert_int_equal(d.fsm.state, CLOSED);
	assert_int_equal(d.closed, 1);
	assert_int_equal(timer_queue_get_wait_us(&queue), -1);
	fsm_fini(&d.fsm);
}

static void counts_and_answers_what_no_row_names_but_not_what_is_ignored(void **state)
{
	struct door d = make_door();
	uint64_t before = fsm_get_unexpected_count();

	(void)state;
	fsm_init(&d.fsm, &door_table, &queue, &d, 1);
	fsm_step(&d.fsm, MOVED, NULL);
	assert_int_equal(d.unexpected, 1);
	assert_int_equal(fsm_get_unexpected_count(), before + 1);
	fsm_step(&d.fsm, KNOCK, NULL);
	fsm_step(&d.fsm, MOVED, NULL);
	fsm_step(&d.fsm, KNOCK, NULL); /* ignored */
	assert_int_equal(d.unexpected, 1);
	fsm_fini(&d.fsm);
}

static void touches_nothing_after_the_action_ended_the_machine(void **state)
{
	struct door *d = malloc(sizeof(*d));

	(void)state;
	assert_non_null(d);
	*d = make_door();
	fsm_init(&d->fsm, &door_table, &queue, d, 1);
	d->goes_away = true;
	fsm_step(&d->fsm, KNOCK, NULL);
	free(d);
	assert_int_equal(timer_queue_get_wait_us(&queue), -1);
}

static unsigned count_findings(const struct fsm_table *t, const char *expected)
{
	static char data[4096];
	struct text out;
	unsigned found;

	text_init(&out, data, sizeof(data));
	found = fsm_check_shape(t, &out);
	if (expected)
		assert_non_null(strstr(text_get_string(&out), expected));
	return found;
}

static void finds_no_fault_in_a_sound_table(void **state)
{
	(void)state;
	assert_int_equal(count_findings(&door_table, NULL), 0);
}

static void finds_a_row_behind_an_unguarded_one(void **state)
{
	struct fsm_row more[6];
	struct fsm_table t = door_table;

	(void)state;
	memcpy(more, rows, sizeof(rows));
	more[5] = (struct fsm_row){ OPEN, SLAM, BROKEN, NULL, NULL, "always", "nothing" };
	t.rows = more;
	t.row_count = 6;
	assert_int_equal(count_findings(&t, "is dead behind row 4"), 1);
}

static void finds_states_that_nothing_reaches_and_events_in_no_row(void **state)
{
	struct fsm_table t = door_table;
	struct fsm_row fewer[5];

	(void)state;
	memcpy(fewer, rows, sizeof(rows));
	fewer[1] = fewer[0]; /* no kick any more, and a second guarded knock */
	t.rows = fewer;
	assert_int_equal(count_findings(&t, "state BROKEN cannot be reached"), 2);
	assert_int_equal(count_findings(&t, "event KICK is in no row"), 2);
}

static void finds_a_state_that_waits_without_a_timer(void **state)
{
	struct fsm_table t = door_table;

	(void)state;
	t.timer_count = 1;
	assert_int_equal(count_findings(&t, "state OPEN waits without a timer"), 1);
}

static void finds_a_timer_whose_event_does_nothing(void **state)
{
	struct fsm_timer_row other[] = { { OPENING, KICK, second, "second" }, timers[1] };
	struct fsm_table t = door_table;

	(void)state;
	t.timers = other;
	assert_int_equal(count_findings(&t, "nothing happens when the timer of OPENING"), 1);
}

static void finds_a_pair_that_is_both_a_row_and_ignored(void **state)
{
	struct fsm_ignore_row other[] = { { OPEN, SLAM, "no" } };
	struct fsm_table t = door_table;

	(void)state;
	t.ignores = other;
	assert_int_equal(count_findings(&t, "(OPEN, SLAM) is both"), 1);
}

static void draws_every_state_and_row(void **state)
{
	char data[4096];
	struct text out;

	(void)state;
	text_init(&out, data, sizeof(data));
	fsm_draw(&door_table, &out);
	assert_non_null(strstr(text_get_string(&out), "[*] --> CLOSED\n"));
	assert_non_null(strstr(data, "    BROKEN --> [*]\n"));
	for (unsigned i = 0; i < door_table.row_count; i++) {
		char arrow[64];

		snprintf(arrow, sizeof(arrow), "    %s --> %s : ", state_names[rows[i].state],
			 state_names[rows[i].next]);
		assert_non_null(strstr(data, arrow));
		assert_non_null(strstr(data, event_names[rows[i].event]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_the_first_row_whose_guard_agrees),
		cmocka_unit_test(queues_what_an_action_posts_until_it_has_returned),
		cmocka_unit_test(leaves_a_state_by_its_timer_and_stops_it_on_leaving),
		cmocka_unit_test(counts_and_answers_what_no_row_names_but_not_what_is_ignored),
		cmocka_unit_test(touches_nothing_after_the_action_ended_the_machine),
		cmocka_unit_test(finds_no_fault_in_a_sound_table),
		cmocka_unit_test(finds_a_row_behind_an_unguarded_one),
		cmocka_unit_test(finds_states_that_nothing_reaches_and_events_in_no_row),
		cmocka_unit_test(finds_a_state_that_waits_without_a_timer),
		cmocka_unit_test(finds_a_timer_whose_event_does_nothing),
		cmocka_unit_test(finds_a_pair_that_is_both_a_row_and_ignored),
		cmocka_unit_test(draws_every_state_and_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
