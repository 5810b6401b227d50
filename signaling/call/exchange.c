/* exchange.c -- offer and answer carried across the call (RFC 3264, RFC 3261 13.2.1).
 *
 * The initiator's INVITE has the offer, or none (delayed: the offer is in the other
 * leg's 2xx and the initiator's ACK has the answer).  Both forms end with both legs
 * agreed, and only then does media hear of it. */
#include <stdlib.h>
#include <string.h>

#include "signaling/call/internal.h"

static struct leg *initiator_of(struct call *c)
{
	return &c->legs[c->initiator];
}

static struct leg *responder_of(struct call *c)
{
	return &c->legs[1 - c->initiator];
}

/* The status a refused body is answered with. */
static unsigned status_of(enum err e)
{
	switch (e) {
	case ERR_SYNTAX:
	case ERR_TRUNCATED:
	case ERR_TOO_LONG:
		return 400;
	case ERR_STATE:
		return 491;
	case ERR_MEMORY:
		return 503;
	default:
		return 488;
	}
}

static unsigned receive(struct call *c, struct leg *leg, struct slice body)
{
	char bytes[CALL_WHY_SIZE];
	struct text why;
	enum err e;

	text_init(&why, bytes, sizeof(bytes) - 1);
	e = offer_receive(leg->offer, body, &why);
	if (!e)
		return 0;
	call_note_failure(c, status_of(e), "%s", why.len ? text_get_string(&why) : err_text(e));
	return status_of(e);
}

static unsigned make(struct call *c, struct leg *leg, struct leg *from, struct text *out_body)
{
	struct addr local[OFFER_STREAMS_MAX];
	char bytes[CALL_WHY_SIZE];
	struct text why;
	enum err e;

	for (unsigned i = 0; i < c->session_count; i++)
		local[i] = c->sessions[i].local[leg->index];
	text_init(&why, bytes, sizeof(bytes) - 1);
	e = offer_make(leg->offer, from->offer, local, c->session_count, out_body, &why);
	if (!e && out_body->overflow)
		e = ERR_TOO_LONG;
	if (!e)
		return 0;
	call_note_failure(c, status_of(e), "%s", why.len ? text_get_string(&why) : err_text(e));
	return status_of(e);
}

static void set_answer(struct call *c, const struct text *body)
{
	free(c->answer);
	c->answer = body ? strndup(body->data, body->len) : NULL;
}

unsigned exchange_begin(struct call *c, unsigned initiator, const struct message *m)
{
	struct slice body = message_get_body(m);
	struct slice type = message_find_header(m, HEADER_CONTENT_TYPE, 0);

	c->initiator = (uint8_t)initiator;
	c->delayed = body.len == 0;
	set_answer(c, NULL);
	if (c->delayed)
		return 0;
	type = slice_trim(slice_take_until(&type, ';'));
	if (!slice_is_text_nocase(type, "application/sdp")) {
		call_note_failure(c, 415, "the body is %.*s; only application/sdp is understood",
				  SLICE_ARG(type));
		return 415;
	}
	return receive(c, initiator_of(c), body);
}

unsigned exchange_make_offer(struct call *c, struct text *out_body)
{
	return c->delayed ? 0 : make(c, responder_of(c), initiator_of(c), out_body);
}

/* The same answer again (183, then 200), or another fork's: RFC 3264 knows one answer
 * to one offer, so both legs step back to the open offer first. */
static unsigned take_again(struct call *c, struct slice body)
{
	if (offer_repeat_is_answer(responder_of(c)->offer, body))
		return 0;
	offer_reopen(responder_of(c)->offer);
	offer_reopen(initiator_of(c)->offer);
	set_answer(c, NULL);
	return receive(c, responder_of(c), body);
}

unsigned exchange_take_answer(struct call *c, const struct message *m)
{
	struct slice body = message_get_body(m);
	bool is_final = message_get_status(m) >= 200;
	char bytes[OFFER_BODY_MAX];
	struct text out;
	unsigned status;

	if (!body.len) {
		if (!is_final || c->answer)
			return 0;
		call_note_failure(c, 502, "the peer's 2xx has no SDP");
		return 502;
	}
	if (c->delayed && !is_final)
		return 0; /* an offer in an unreliable 18x cannot be answered (RFC 3262) */
	status = c->answer ? take_again(c, body) : receive(c, responder_of(c), body);
	if (status || c->answer)
		return status;
	text_init(&out, bytes, sizeof(bytes));
	status = make(c, initiator_of(c), responder_of(c), &out);
	if (status)
		return status;
	set_answer(c, &out);
	if (!c->delayed)
		exchange_apply_media(c);
	return 0;
}

unsigned exchange_confirm(struct call *c, const struct message *ack, struct text *out_body)
{
	struct slice body = message_get_body(ack);
	unsigned status;

	if (!c->delayed)
		return 0;
	if (!body.len) {
		call_note_failure(c, 400, "the ACK has no SDP although our 2xx made the offer");
		return 400;
	}
	status = receive(c, initiator_of(c), body);
	if (!status)
		status = make(c, responder_of(c), initiator_of(c), out_body);
	if (!status)
		exchange_apply_media(c);
	return status;
}

static void apply_side(struct call *c, unsigned stream, unsigned side)
{
	struct leg *leg = &c->legs[side];
	struct offer_media m;
	unsigned flags = 0;

	if (!leg->offer)
		return;
	offer_get_media(leg->offer, stream, &m);
	if (leg->trunk->latching == CONFIG_LATCH_GUARDED)
		flags |= IPC_MEDIA_LATCH;
	/* What was learned holds until signaling names another place. */
	if (addr_is_set(&m.remote_rtp) && !addr_is_equal(&m.remote_rtp, &leg->told[stream])) {
		flags |= IPC_MEDIA_RELATCH;
		leg->told[stream] = m.remote_rtp;
	}
	anchor_change(c->owner->context.anchor, c->id * 8 + stream, side, &m, flags,
		      leg->trunk->silence_s);
	explicit_bzero(&m, sizeof(m));
}

void exchange_apply_media(struct call *c)
{
	for (unsigned i = 0; i < c->session_count; i++) {
		if (!c->sessions[i].ready)
			continue;
		apply_side(c, i, 0);
		apply_side(c, i, 1);
	}
}

/* --- re-INVITE ----------------------------------------------------------- */

static void refuse(struct leg *leg, uint64_t server_id, unsigned status, const char *why)
{
	char bytes[CALL_WHY_SIZE + 64];
	struct text t;

	text_init(&t, bytes, sizeof(bytes));
	if (why && *why)
		text_printf(&t, "Warning: 399 enlace \"%s\"\r\n", why);
	if (status == 500)
		text_put_literal(&t, "Retry-After: 2\r\n");
	leg_reply(leg, server_id, status, text_get(&t), SLICE_NONE);
}

/* Crossing re-INVITEs (RFC 3261 14.2): 491 when ours to that side is under way, 500
 * when its own is. */
void refuse_glare(void *owner, const void *arg)
{
	const struct call_input *input = arg;
	struct call *c = owner;
	bool own = input->leg->index == c->initiator;

	refuse(input->leg, input->server_id, own ? 500 : 491, "");
}

void pass_reinvite(void *owner, const void *arg)
{
	const struct call_input *input = arg;
	struct call *c = owner;
	struct leg *from = input->leg, *to = &c->legs[1 - from->index];
	char bytes[OFFER_BODY_MAX];
	struct text body;
	unsigned status;

	calls_watch_invite(from, input->server_id);
	text_init(&body, bytes, sizeof(bytes));
	status = exchange_begin(c, from->index, input->message);
	if (status) {
		fsm_post(&c->fsm, CALL_EV_REFUSE);
		return;
	}
	leg_refresh_target(from, input->message);
	status = exchange_make_offer(c, &body);
	if (!status && leg_send_invite(to, SLICE_NONE, text_get(&body), 0)) {
		call_note_failure(c, 500, "the re-INVITE could not be sent");
		status = 500;
	}
	if (status)
		fsm_post(&c->fsm, CALL_EV_REFUSE);
}

/* The other side took it: its 2xx is acknowledged at once, unless the initiator's ACK
 * must bring the answer first. */
void pass_update(void *owner, const void *arg)
{
	const struct call_input *input = arg;
	struct call *c = owner;
	struct leg *from = initiator_of(c), *to = responder_of(c);

	leg_refresh_target(to, input->message);
	if (exchange_take_answer(c, input->message)) {
		leg_send_ack(to, SLICE_NONE);
		fsm_post(&c->fsm, CALL_EV_REFUSE);
		return;
	}
	if (!c->delayed)
		leg_send_ack(to, SLICE_NONE);
	leg_reply(from, from->server_invite, 200, SLICE_NONE,
		  slice_from_text(c->answer ? c->answer : ""));
}

void refuse_update(void *owner, const void *arg)
{
	struct call *c = owner;
	struct leg *from = initiator_of(c), *to = responder_of(c);

	(void)arg;
	if (offer_leg_get_state(from->offer) == OFFER_REMOTE)
		offer_reject(from->offer);
	if (offer_leg_get_state(to->offer) == OFFER_LOCAL)
		offer_rollback(to->offer);
	refuse(from, from->server_invite, c->failure.status ? c->failure.status : 500,
	       c->failure.status == 488 ? c->failure.why : "");
	calls_forget_invite(from);
}

void cancel_update(void *owner, const void *arg)
{
	struct call *c = owner;
	struct leg *to = responder_of(c);

	(void)arg;
	if (to->client_invite)
		transaction_cancel(c->owner->context.transactions, to->client_invite, SLICE_NONE);
}

void confirm_update(void *owner, const void *arg)
{
	const struct call_input *input = arg;
	struct call *c = owner;
	struct leg *from = initiator_of(c), *to = responder_of(c);
	char bytes[OFFER_BODY_MAX];
	struct text body;

	transaction_confirm(c->owner->context.transactions, from->server_invite);
	calls_forget_invite(from);
	text_init(&body, bytes, sizeof(bytes));
	if (exchange_confirm(c, input->message, &body)) {
		if (!to->ack_sent)
			leg_send_ack(to, SLICE_NONE);
		fsm_post(&c->fsm, CALL_EV_CLEAR);
		return;
	}
	if (!to->ack_sent)
		leg_send_ack(to, text_get(&body));
	keep_store(c);
}

/* RFC 3261 12.2.1.2: after these the dialog does not exist any more. */
bool dialog_is_gone(const void *owner, const void *arg)
{
	const struct call *c = owner;

	(void)arg;
	return c->failure.status == 0 || c->failure.status == 481 || c->failure.status == 408;
}
