/* fsm_shape.c -- what is wrong with a table, and how it looks.  Only tests and
 * `make docs` call this. */
#include "common/fsm.h"

#include <string.h>

static bool has_row(const struct fsm_table *t, unsigned state, unsigned event)
{
	for (unsigned i = 0; i < t->row_count; i++)
		if (t->rows[i].state == state && t->rows[i].event == event)
			return true;
	return false;
}

static bool has_ignore(const struct fsm_table *t, unsigned state, unsigned event)
{
	for (unsigned i = 0; i < t->ignore_count; i++)
		if (t->ignores[i].state == state && t->ignores[i].event == event)
			return true;
	return false;
}

static bool has_timer(const struct fsm_table *t, unsigned state)
{
	for (unsigned i = 0; i < t->timer_count; i++)
		if (t->timers[i].state == state)
			return true;
	return false;
}

/* A row behind an unguarded row of the same pair can never be taken. */
static unsigned find_dead_rows(const struct fsm_table *t, struct text *out)
{
	unsigned found = 0;

	for (unsigned i = 0; i < t->row_count; i++) {
		for (unsigned k = 0; k < i; k++) {
			if (t->rows[k].state != t->rows[i].state ||
			    t->rows[k].event != t->rows[i].event || t->rows[k].guard)
				continue;
			text_printf(out, "%s: row %u (%s, %s) is dead behind row %u\n", t->name, i,
				    t->state_names[t->rows[i].state],
				    t->event_names[t->rows[i].event], k);
			found++;
			break;
		}
	}
	return found;
}

static unsigned find_unreachable(const struct fsm_table *t, struct text *out)
{
	bool reached[FSM_STATES_MAX] = { true };
	unsigned found = 0;

	for (bool moved = true; moved;) {
		moved = false;
		for (unsigned i = 0; i < t->row_count; i++) {
			if (reached[t->rows[i].state] && !reached[t->rows[i].next])
				moved = reached[t->rows[i].next] = true;
		}
	}
	for (unsigned s = 0; s < t->state_count; s++) {
		if (reached[s])
			continue;
		text_printf(out, "%s: state %s cannot be reached\n", t->name, t->state_names[s]);
		found++;
	}
	return found;
}

/* Every state but the first and the final ones must be left by a timer at last. */
static unsigned find_missing_timers(const struct fsm_table *t, struct text *out)
{
	unsigned found = 0;

	for (unsigned s = 1; s < t->state_count; s++) {
		if (t->finals[s] || has_timer(t, s))
			continue;
		text_printf(out, "%s: state %s waits without a timer\n", t->name,
			    t->state_names[s]);
		found++;
	}
	for (unsigned i = 0; i < t->timer_count; i++) {
		if (has_row(t, t->timers[i].state, t->timers[i].event))
			continue;
		text_printf(out, "%s: nothing happens when the timer of %s fires\n", t->name,
			    t->state_names[t->timers[i].state]);
		found++;
	}
	return found;
}

/* Each pair is a row or an IGNORE with its reason, unless the machine answers
 * what it does not expect; both for one pair is a contradiction. */
static unsigned find_gaps(const struct fsm_table *t, struct text *out)
{
	unsigned found = 0;

	for (unsigned s = 0; s < t->state_count; s++) {
		for (unsigned e = 0; e < t->event_count; e++) {
			bool row = has_row(t, s, e), ignore = has_ignore(t, s, e);

			if (row && ignore) {
				text_printf(out, "%s: (%s, %s) is both a row and ignored\n",
					    t->name, t->state_names[s], t->event_names[e]);
				found++;
			}
		}
	}
	for (unsigned e = 0; e < t->event_count; e++) {
		bool used = false;

		for (unsigned s = 0; s < t->state_count && !used; s++)
			used = has_row(t, s, e);
		if (used)
			continue;
		text_printf(out, "%s: event %s is in no row\n", t->name, t->event_names[e]);
		found++;
	}
	return found;
}

unsigned fsm_check_shape(const struct fsm_table *t, struct text *out)
{
	return find_dead_rows(t, out) + find_unreachable(t, out) + find_missing_timers(t, out) +
	       find_gaps(t, out);
}

static void draw_label(const struct fsm_row *row, const struct fsm_table *t, struct text *out)
{
	text_put_string(out, t->event_names[row->event]);
	if (row->guard)
		text_printf(out, " [%s]", row->guard_name);
	if (row->action)
		text_printf(out, " / %s", row->action_name);
}

/* All the rows from one state to another are one arrow. */
static void draw_arrow(const struct fsm_table *t, unsigned from, unsigned to, struct text *out)
{
	bool drawn = false;

	for (unsigned i = 0; i < t->row_count; i++) {
		const struct fsm_row *row = &t->rows[i];

		if (row->state != from || row->next != to)
			continue;
		if (drawn)
			text_put_literal(out, "\\n");
		else
			text_printf(out, "    %s --> %s : ", t->state_names[from],
				    t->state_names[to]);
		draw_label(row, t, out);
		drawn = true;
	}
	if (drawn)
		text_put_literal(out, "\n");
}

void fsm_draw(const struct fsm_table *t, struct text *out)
{
	text_printf(out, "stateDiagram-v2\n    [*] --> %s\n", t->state_names[0]);
	for (unsigned from = 0; from < t->state_count; from++)
		for (unsigned to = 0; to < t->state_count; to++)
			draw_arrow(t, from, to, out);
	for (unsigned s = 0; s < t->state_count; s++)
		if (t->finals[s])
			text_printf(out, "    %s --> [*]\n", t->state_names[s]);
}
