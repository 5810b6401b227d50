/* ending.c -- how calls end: refused, failed, cancelled, hung up; media released, the
 * record written, the call forgotten. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "signaling/call/internal.h"

static const char *const end_names[] = { "caller", "callee", "sbc" };

static void release_media(struct call *c)
{
	c->waiting = 0;
	for (unsigned i = 0; i < c->session_count; i++)
		if (c->sessions[i].reserved &&
		    anchor_release(c->owner->context.anchor, c->id * 8 + i) == ERR_NONE)
			c->waiting++;
	if (c->waiting == 0)
		fsm_post(&c->fsm, CALL_EV_RELEASED);
}

bool all_is_told(const void *owner, const void *arg)
{
	const struct call *c = owner;

	(void)arg;
	return c->waiting == 0 && !c->legs[0].client_bye && !c->legs[1].client_bye;
}

static void give_back_counts(struct call *c)
{
	for (unsigned i = 0; i < 2; i++) {
		if (c->counted[i])
			peers_give_call(c->owner->context.peers, c->legs[i].trunk->object.name);
		c->counted[i] = false;
	}
}

/* Every way into CLOSING comes through here. */
void ending_begin(struct call *c, enum call_end ended_by, unsigned status)
{
	c->ended_by = (uint8_t)ended_by;
	c->end_status = (uint16_t)status;
	c->ended_wall_us = clock_wall_us();
	hunt_fini(&c->hunt);
	if (c->answered_wall_us)
		keep_store(c);
	give_back_counts(c);
	release_media(c);
}

/* --- before the answer --------------------------------------------------- */

/* What a failure of the callee's side is for the caller: congestion and dead targets
 * are 503, so that the caller's side tries elsewhere; who the callee is stays as is. */
static unsigned status_for_caller(const struct call *c)
{
	unsigned status = c->failure.status;

	if (status == 0 || (status >= 300 && status < 400) || status == 408)
		return 503;
	if (status == 401 || status == 407)
		return 403; /* the challenge was for us, not for the caller */
	return status;
}

static void reply_failure(struct call *c, unsigned status, const struct message *from)
{
	struct leg *caller = &c->legs[0];
	struct slice reason = from ? message_find_header(from, HEADER_REASON, 0) : SLICE_NONE;
	char bytes[CALL_WHY_SIZE + 256];
	struct text t;

	text_init(&t, bytes, sizeof(bytes));
	if (reason.data && slice_has_prefix(reason, "Q.850"))
		text_printf(&t, "Reason: %.*s\r\n", SLICE_ARG(reason));
	if (status == 415)
		text_put_literal(&t, "Accept: application/sdp\r\n");
	if (!from && (status == 488 || status == 400) && c->failure.why[0])
		text_printf(&t, "Warning: 399 enlace \"%s\"\r\n", c->failure.why);
	leg_reply(caller, caller->server_invite, status, t.overflow ? SLICE_NONE : text_get(&t),
		  SLICE_NONE);
	trace_add_fact(&c->trace, "failed", "%s", c->failure.why);
}

void reject_caller(void *owner, const void *arg)
{
	struct call *c = owner;
	unsigned status = status_for_caller(c);

	(void)arg;
	reply_failure(c, status, NULL);
	calls_count(CALL_COUNT_REFUSED);
	log_info("a call was refused", F_CALL(c->id), F_INT("status", status),
		 F_STR("from", c->legs[0].trunk->object.name), F_STR("why", c->failure.why));
	ending_begin(c, CALL_END_SBC, status);
}

void reject_late(void *owner, const void *arg)
{
	struct call *c = owner;

	call_note_failure(c, 503, "names or media ports took too long");
	reject_caller(owner, arg);
}

void answer_cancelled(void *owner, const void *arg)
{
	struct call *c = owner;

	(void)arg;
	calls_count(CALL_COUNT_CANCELLED);
	leg_reply(&c->legs[0], c->legs[0].server_invite, 487, SLICE_NONE, SLICE_NONE);
	ending_begin(c, CALL_END_CALLER, 487);
}

static void cancel_invite(struct call *c)
{
	if (c->legs[1].client_invite)
		transaction_cancel(c->owner->context.transactions, c->legs[1].client_invite,
				   SLICE_NONE);
	trace_add_step(&c->trace, 1, 1, "CANCEL", SLICE_NONE);
}

void cancel_callee(void *owner, const void *arg)
{
	struct call *c = owner;

	(void)arg;
	calls_count(CALL_COUNT_CANCELLED);
	leg_reply(&c->legs[0], c->legs[0].server_invite, 487, SLICE_NONE, SLICE_NONE);
	c->ended_by = CALL_END_CALLER;
	c->end_status = 487;
	cancel_invite(c);
}

void give_up_callee(void *owner, const void *arg)
{
	struct call *c = owner;
	unsigned status = c->failure.status ? status_for_caller(c) : 480;

	(void)arg;
	if (c->failure.status == 0)
		call_note_failure(c, 480, "it rang too long, or an administrator ended it");
	reply_failure(c, status, NULL);
	c->ended_by = CALL_END_SBC;
	c->end_status = (uint16_t)status;
	cancel_invite(c);
}

void pass_failure(void *owner, const void *arg)
{
	const struct call_input *input = arg;
	const struct message *reply = input ? input->message : NULL;
	struct call *c = owner;
	unsigned status = status_for_caller(c);
	struct slice diagnostics =
		reply ? message_find_named(reply, "ms-diagnostics", 0) : SLICE_NONE;

	if (diagnostics.data)
		trace_add_fact(&c->trace, "ms-diagnostics", "%.*s", SLICE_ARG(diagnostics));
	trace_add_fact(&c->trace, "tried", "%s: %s", c->legs[1].target->object.name,
		       c->failure.why);
	reply_failure(c, status, reply);
	log_info("a call failed", F_CALL(c->id), F_STR("to", c->legs[1].trunk->object.name),
		 F_INT("status", status), F_STR("why", c->failure.why),
		 F_SLICE("diagnostics", diagnostics));
	calls_count(CALL_COUNT_FAILED);
	ending_begin(c, CALL_END_CALLEE, status);
}

/* The callee's 2xx cannot be told to the caller. */
void refuse_answer(void *owner, const void *arg)
{
	struct call *c = owner;
	unsigned status = status_for_caller(c);

	(void)arg;
	reply_failure(c, status, NULL);
	leg_send_bye(&c->legs[1], "SIP;cause=488");
	calls_count(CALL_COUNT_FAILED);
	log_warn("an answer could not be passed on", F_CALL(c->id),
		 F_STR("to", c->legs[1].trunk->object.name), F_STR("why", c->failure.why));
	c->answered_wall_us = 0;
	ending_begin(c, CALL_END_SBC, status);
}

void hang_up_callee(void *owner, const void *arg)
{
	const struct call_input *input = arg;
	struct call *c = owner;

	if (leg_confirm(&c->legs[1], input->message) == ERR_NONE)
		leg_send_bye(&c->legs[1], NULL);
	ending_begin(c, (enum call_end)c->ended_by, c->end_status);
}

void close_call(void *owner, const void *arg)
{
	struct call *c = owner;

	(void)arg;
	ending_begin(c, (enum call_end)c->ended_by, c->end_status);
}

/* --- after the answer ---------------------------------------------------- */

/* An INVITE of that peer still waits for our final reply. */
static void answer_open_invite(struct leg *leg)
{
	if (!leg->server_invite || leg->is_replied)
		return;
	leg_reply(leg, leg->server_invite, 487, SLICE_NONE, SLICE_NONE);
	calls_forget_invite(leg);
}

void hang_up_other(void *owner, const void *arg)
{
	const struct call_input *input = arg;
	struct call *c = owner;
	struct leg *other = &c->legs[1 - input->leg->index];

	answer_open_invite(input->leg);
	answer_open_invite(other);
	input->leg->confirmed = false;
	leg_send_bye(other, NULL);
	ending_begin(c, input->leg->index ? CALL_END_CALLEE : CALL_END_CALLER, 200);
}

void hang_up_both(void *owner, const void *arg)
{
	struct call *c = owner;

	(void)arg;
	for (unsigned i = 0; i < 2; i++) {
		answer_open_invite(&c->legs[i]);
		leg_send_bye(&c->legs[i], NULL);
	}
	if (c->failure.why[0])
		trace_add_fact(&c->trace, "ended", "%s", c->failure.why);
	ending_begin(c, CALL_END_SBC, 200); /* the INVITE's; why it ended is in the reason */
}

/* --- the record ---------------------------------------------------------- */

static void log_end(const struct call *c)
{
	int64_t talked = c->answered_wall_us ? c->ended_wall_us - c->answered_wall_us : 0;

	log_info("a call ended", F_CALL(c->id), F_STR("from", c->legs[0].trunk->object.name),
		 F_STR("to", c->legs[1].trunk ? c->legs[1].trunk->object.name : ""),
		 F_INT("status", c->end_status), F_STR("by", end_names[c->ended_by]),
		 F_INT("talked_s", talked / CLOCK_SECONDS(1)), F_STR("media", c->diagnosis));
}

void finish_call(void *owner, const void *arg)
{
	struct call *c = owner;

	(void)arg;
	if (c->answered_wall_us)
		calls_count(CALL_COUNT_ENDED);
	if (c->diagnosis[0])
		trace_add_fact(&c->trace, "media", "%s", c->diagnosis);
	call_write_record(c);
	if (c->answered_wall_us)
		keep_forget(c);
	log_end(c);
	calls_remove(c);
}
