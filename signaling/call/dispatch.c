/* dispatch.c -- messages from the transaction layer: which call they are for, which event
 * they are, or how they are answered when they are for none. */
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "common/random.h"
#include "signaling/call/internal.h"
#include "signaling/peer/self.h"
#include "signaling/sip/print.h"

/* --- outside a dialog ---------------------------------------------------- */

static void reply_plainly(struct calls *cs, uint64_t server_id, const struct config_trunk *trunk,
			  unsigned status, const char *extra)
{
	char headers[1024], tag[17];
	struct transaction_reply reply = { .status = status };
	struct text t;

	text_init(&t, headers, sizeof(headers));
	if (trunk)
		self_put_product(&t, trunk, "Server");
	text_put_string(&t, extra);
	snprintf(tag, sizeof(tag), "%016llx", (unsigned long long)random_u64());
	reply.headers = text_get(&t);
	reply.to_tag = slice_from_text(tag);
	transaction_send_reply(cs->context.transactions, server_id, &reply);
}

/* Our own INVITE, routed back to us: its From tag is one of our legs' (RFC 3261 16.3). */
static bool is_loop(const struct calls *cs, const struct message *m)
{
	const struct leg *leg = calls_find_leg(cs, message_get_from(m)->tag);

	return leg && slice_is_text(message_get_call_id(m), leg->call_id);
}

/* 0, or the status that keeps the INVITE out, with the header lines that go with it. */
static unsigned screen_invite(const struct calls *cs, const struct message *m, struct text *extra)
{
	struct slice required = message_find_header(m, HEADER_REQUIRE, 0);

	if (message_get_max_forwards(m) == 0) {
		calls_count(CALL_COUNT_LOOPED);
		return 483;
	}
	if (is_loop(cs, m)) {
		calls_count(CALL_COUNT_LOOPED);
		return 482;
	}
	if (required.len) {
		print_header(extra, "Unsupported", required);
		calls_count(CALL_COUNT_REFUSED);
		return 420;
	}
	if (party_number(message_get_request_uri(m)->user).len >= CALL_NAME_SIZE) {
		calls_count(CALL_COUNT_REFUSED);
		return 414;
	}
	if (!message_get_contact(m) || party_has_control(message_get_request_uri(m)->user) ||
	    party_has_control(message_get_from(m)->uri.user)) {
		calls_count(CALL_COUNT_REFUSED);
		return 400;
	}
	if (cs->by_id.count >= CALLS_MAX) {
		calls_count(CALL_COUNT_LIMITED);
		text_put_literal(extra, "Retry-After: 5\r\n");
		return 503;
	}
	return 0;
}

static void open_call(struct calls *cs, uint64_t server_id, struct message *m,
		      const struct transport_origin *from, const struct config_trunk *trunk)
{
	char bytes[512];
	struct text extra;
	unsigned status;
	enum err e;

	text_init(&extra, bytes, sizeof(bytes) - 1);
	status = screen_invite(cs, m, &extra);
	if (status) {
		reply_plainly(cs, server_id, trunk, status, text_get_string(&extra));
		return;
	}
	e = calls_add(cs, server_id, m, from, trunk);
	if (!e)
		return;
	if (e == ERR_LIMIT) {
		calls_count(CALL_COUNT_LIMITED);
		log_warn("a call was refused because its trunk is full",
			 F_STR("trunk", trunk->object.name));
	}
	reply_plainly(cs, server_id, trunk, e == ERR_SYNTAX ? 400 : 503, "");
}

/* --- messages ------------------------------------------------------------ */

static bool cseq_is_new(struct leg *leg, const struct message *m)
{
	uint32_t cseq = message_get_cseq(m);

	if (leg->has_remote_cseq && cseq <= leg->remote_cseq)
		return false;
	leg->remote_cseq = cseq;
	leg->has_remote_cseq = true;
	return true;
}

static void handle_in_dialog(struct calls *cs, struct leg *leg, uint64_t server_id,
			     struct message *m)
{
	struct call_input input = { .leg = leg, .server_id = server_id, .message = m };
	char what[TRACE_WHAT_SIZE];
	struct text t;

	text_init(&t, what, sizeof(what) - 1);
	text_put_slice(&t, message_get_method_name(m));
	trace_add_step(&leg->call->trace, leg->index, 0, text_get_string(&t), message_get_body(m));
	if (!cseq_is_new(leg, m)) {
		leg_reply(leg, server_id, 500, SLICE("Retry-After: 2\r\n"), SLICE_NONE);
		return;
	}
	switch (message_get_method(m)) {
	case METHOD_INVITE:
		fsm_step(&leg->call->fsm, CALL_EV_REINVITE, &input);
		break;
	case METHOD_BYE:
		leg_reply(leg, server_id, 200, SLICE_NONE, SLICE_NONE);
		fsm_step(&leg->call->fsm, CALL_EV_HANGUP, &input);
		break;
	case METHOD_OPTIONS:
		leg_reply(leg, server_id, 200, SLICE_NONE, SLICE_NONE);
		break;
	default:
		reply_plainly(cs, server_id, leg->trunk, 405, SELF_ALLOW_LINE);
	}
}

static void handle_out_of_dialog(struct calls *cs, uint64_t server_id, struct message *m,
				 const struct transport_origin *from,
				 const struct config_trunk *trunk)
{
	enum method method = message_get_method(m);

	if (method == METHOD_INVITE)
		open_call(cs, server_id, m, from, trunk);
	else if (method == METHOD_OPTIONS)
		reply_plainly(cs, server_id, trunk, 200,
			      SELF_ALLOW_LINE "Accept: application/sdp\r\n");
	else if (method == METHOD_BYE)
		reply_plainly(cs, server_id, trunk, 481, "");
	else
		reply_plainly(cs, server_id, trunk, 405, SELF_ALLOW_LINE);
}

void calls_handle_request(struct calls *cs, uint64_t server_id, struct message *m,
			  const struct transport_origin *from, const struct config_trunk *trunk)
{
	struct leg *leg;

	if (message_get_to(m)->tag.len == 0) {
		if (trunk)
			handle_out_of_dialog(cs, server_id, m, from, trunk);
		return;
	}
	leg = calls_find_dialog(cs, m);
	if (leg) {
		handle_in_dialog(cs, leg, server_id, m);
		return;
	}
	calls_count(CALL_COUNT_NO_DIALOG);
	reply_plainly(cs, server_id, trunk, 481, "");
}

void calls_handle_cancel(struct calls *cs, uint64_t server_id)
{
	struct leg *leg = calls_find_invite(cs, server_id);

	if (!leg)
		return;
	trace_add_step(&leg->call->trace, leg->index, 0, "CANCEL", SLICE_NONE);
	fsm_step(&leg->call->fsm, CALL_EV_CANCEL, NULL);
}

void calls_handle_ack(struct calls *cs, struct message *m)
{
	struct leg *leg = calls_find_dialog(cs, m);
	struct call_input input = { .leg = leg, .message = m };

	if (!leg || !leg->server_invite)
		return;
	trace_add_step(&leg->call->trace, leg->index, 0, "ACK", message_get_body(m));
	fsm_step(&leg->call->fsm, CALL_EV_ACK, &input);
}

void calls_handle_unacknowledged(struct calls *cs, uint64_t server_id)
{
	struct leg *leg = calls_find_invite(cs, server_id);

	if (!leg)
		return;
	call_note_failure(leg->call, 0, "the %s never acknowledged our 2xx",
			  leg->index ? "callee" : "caller");
	fsm_step(&leg->call->fsm, CALL_EV_UNACKED, NULL);
}
