/* machine.c -- call.def as a table, and the answer to events in no row. */
#include "signaling/call/internal.h"

/* A message that no row expects still gets its answer. */
static void answer_unexpected(void *owner, uint8_t event, const void *arg)
{
	const struct call_input *input = arg;

	(void)owner;
	if (event == CALL_EV_REINVITE && input)
		leg_reply(input->leg, input->server_id, 481, SLICE_NONE, SLICE_NONE);
}

#define FSM_DEF "signaling/call/call.def"
#define FSM_NAME call
#define FSM_STATE(s) CALL_##s
#define FSM_EVENT(e) CALL_EV_##e
#define FSM_UNEXPECTED answer_unexpected
#include "common/fsm_table.h"
