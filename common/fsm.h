/* fsm.h -- state machines as tables.
 *
 * A machine is one .def file:
 *
 *	#include "common/fsm_empty.h"
 *	STATE(RINGING, "the callee's phone rings")
 *	EVENT(REPLY_2XX, "a 2xx arrived")
 *	ROW(RINGING, REPLY_2XX, always, open_gate, ANSWERED)
 *	TIMER(RINGING, RING_TIMEOUT, ring_timeout_us)
 *	IGNORE(ANSWERED, CANCEL, "crossed with the 200")
 *	#include "common/fsm_undef.h"
 *
 * STATEs come first-state first; FINAL(state) marks where a machine may rest for
 * good.  Guards look and never touch.  Actions return nothing and report failure
 * with fsm_post.  The step sets the new state, runs the action, then drains what
 * was posted; it is never re-entered. */
#ifndef COMMON_FSM_H
#define COMMON_FSM_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/text.h"
#include "common/timer.h"

enum { FSM_STATES_MAX = 32, FSM_EVENTS_MAX = 64, FSM_QUEUE_MAX = 8 };

typedef bool fsm_guard(const void *owner, const void *arg);
typedef void fsm_action(void *owner, const void *arg);
typedef int64_t fsm_duration(const void *owner);

struct fsm_row {
	uint8_t state, event, next;
	fsm_guard *guard; /* NULL: always */
	fsm_action *action; /* NULL: nothing to do */
	const char *guard_name, *action_name;
};

struct fsm_timer_row {
	uint8_t state, event;
	fsm_duration *duration; /* microseconds; negative: no timer this time */
	const char *duration_name;
};

struct fsm_ignore_row {
	uint8_t state, event;
	const char *why;
};

struct fsm_table {
	const char *name;
	const char *const *state_names, *const *event_names;
	const struct fsm_row *rows;
	const struct fsm_timer_row *timers;
	const struct fsm_ignore_row *ignores;
	const bool *finals;
	uint8_t state_count, event_count;
	uint16_t row_count;
	uint8_t timer_count;
	uint16_t ignore_count;
	/* A pair in no row: counted, logged and, if this is set, answered here. */
	void (*unexpected)(void *owner, uint8_t event, const void *arg);
};

/* Lives inside its owner; fields are fsm.c's, `state` may be read. */
struct fsm {
	const struct fsm_table *table;
	struct timer_queue *timers;
	void *owner;
	uint64_t id; /* for log lines: the call's */
	struct timer timer;
	uint8_t state;
	uint8_t timer_event;
	uint8_t posted[FSM_QUEUE_MAX];
	uint8_t posted_count;
	bool stepping;
	bool *gone; /* set while stepping: the owner went away under us */
};

void fsm_init(struct fsm *f, const struct fsm_table *table, struct timer_queue *timers, void *owner,
	      uint64_t id);
/* Stops the timer.  Allowed inside an action: the step then touches nothing more. */
void fsm_fini(struct fsm *f);
/* Handles one event; `arg` is handed to guard and action.  From inside an action
 * the event is queued instead and its arg dropped, as with fsm_post. */
void fsm_step(struct fsm *f, uint8_t event, const void *arg);
void fsm_post(struct fsm *f, uint8_t event);
/* Handles what was posted from outside a step, by a callback that came later. */
void fsm_run_posted(struct fsm *f);
const char *fsm_state_name(const struct fsm *f);

/* How many events no row named, in this process. */
uint64_t fsm_get_unexpected_count(void);

/* The shape of a table: gaps, dead rows, unreachable states, missing timers.
 * Each finding is a line in `out`.  Returns how many. */
unsigned fsm_check_shape(const struct fsm_table *table, struct text *out);
/* The table as a Mermaid state diagram. */
void fsm_draw(const struct fsm_table *table, struct text *out);

#endif
