/* fsm_table.h -- turns a machine's .def into its table.  In the one .c that holds
 * the guards and actions, behind them:
 *
 *	#define FSM_DEF "signaling/call/call.def"
 *	#define FSM_NAME call                    -> const struct fsm_table call_fsm
 *	#define FSM_STATE(s) CALL_##s            -> the enums made from the same file
 *	#define FSM_EVENT(e) CALL_EV_##e
 *	#define FSM_UNEXPECTED answer_unexpected -> optional
 *	#include "common/fsm_table.h"
 *
 * `always` and `nothing` stand for no guard and no action.
 * No include guard on purpose. */
#include "common/fsm.h"

#define FSM_GLUE_(a, b) a##b
#define FSM_GLUE(a, b) FSM_GLUE_(a, b)
#define FSM_TEXT_(a) #a
#define FSM_TEXT(a) FSM_TEXT_(a)
#define FSM_COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define always NULL
#define nothing NULL
#ifndef FSM_UNEXPECTED
#define FSM_UNEXPECTED NULL
#endif

static const char *const FSM_GLUE(FSM_NAME, _state_names)[] = {
#define STATE(name, help) [FSM_STATE(name)] = #name,
#include FSM_DEF
};
static const char *const FSM_GLUE(FSM_NAME, _event_names)[] = {
#define EVENT(name, help) [FSM_EVENT(name)] = #name,
#include FSM_DEF
};
static const bool FSM_GLUE(FSM_NAME, _finals)[FSM_STATES_MAX] = {
#define FINAL(name) [FSM_STATE(name)] = true,
#include FSM_DEF
};
static const struct fsm_row FSM_GLUE(FSM_NAME, _rows)[] = {
#define ROW(s, e, g, a, n)                                                                   \
	{ .state = FSM_STATE(s), .event = FSM_EVENT(e), .next = FSM_STATE(n), .guard = g,    \
	  .action = a, .guard_name = #g, .action_name = #a },
#include FSM_DEF
};
static const struct fsm_timer_row FSM_GLUE(FSM_NAME, _timers)[] = {
#define TIMER(s, e, d)                                                                       \
	{ .state = FSM_STATE(s), .event = FSM_EVENT(e), .duration = d, .duration_name = #d },
#include FSM_DEF
	{ .duration = NULL }
};
static const struct fsm_ignore_row FSM_GLUE(FSM_NAME, _ignores)[] = {
#define IGNORE(s, e, w) { .state = FSM_STATE(s), .event = FSM_EVENT(e), .why = w },
#include FSM_DEF
	{ .why = NULL }
};

_Static_assert(FSM_COUNT(FSM_GLUE(FSM_NAME, _state_names)) <= FSM_STATES_MAX, "too many states");
_Static_assert(FSM_COUNT(FSM_GLUE(FSM_NAME, _event_names)) <= FSM_EVENTS_MAX, "too many events");

const struct fsm_table FSM_GLUE(FSM_NAME, _fsm) = {
	.name = FSM_TEXT(FSM_NAME),
	.state_names = FSM_GLUE(FSM_NAME, _state_names),
	.event_names = FSM_GLUE(FSM_NAME, _event_names),
	.rows = FSM_GLUE(FSM_NAME, _rows),
	.timers = FSM_GLUE(FSM_NAME, _timers),
	.ignores = FSM_GLUE(FSM_NAME, _ignores),
	.finals = FSM_GLUE(FSM_NAME, _finals),
	.state_count = FSM_COUNT(FSM_GLUE(FSM_NAME, _state_names)),
	.event_count = FSM_COUNT(FSM_GLUE(FSM_NAME, _event_names)),
	.row_count = FSM_COUNT(FSM_GLUE(FSM_NAME, _rows)),
	.timer_count = FSM_COUNT(FSM_GLUE(FSM_NAME, _timers)) - 1,
	.ignore_count = FSM_COUNT(FSM_GLUE(FSM_NAME, _ignores)) - 1,
	.unexpected = FSM_UNEXPECTED,
};

#undef always
#undef nothing
#undef FSM_DEF
#undef FSM_NAME
#undef FSM_STATE
#undef FSM_EVENT
#undef FSM_UNEXPECTED
#undef FSM_GLUE_
#undef FSM_GLUE
#undef FSM_TEXT_
#undef FSM_TEXT
#undef FSM_COUNT
