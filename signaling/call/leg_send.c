/* leg_send.c -- the requests and replies of a dialog, and what comes back to our INVITE. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signaling/call/internal.h"
#include "signaling/peer/self.h"
#include "signaling/sip/print.h"

static const struct slice sdp_type = { "application/sdp", 15 };

/* --- requests ------------------------------------------------------------ */

static void put_dialog_lines(struct text *t, const struct leg *leg, uint32_t cseq,
			     const char *method, int max_forwards)
{
	text_put_literal(t, "From: ");
	text_put_string(t, leg->local_party);
	text_put_literal(t, ";tag=");
	text_put_string(t, leg->local_tag);
	text_put_literal(t, "\r\nTo: ");
	text_put_string(t, leg->remote_party);
	if (leg->remote_tag[0]) {
		text_put_literal(t, ";tag=");
		text_put_string(t, leg->remote_tag);
	}
	text_put_literal(t, "\r\nCall-ID: ");
	text_put_string(t, leg->call_id);
	text_put_literal(t, "\r\nCSeq: ");
	text_put_u64(t, cseq);
	text_put_byte(t, ' ');
	text_put_string(t, method);
	text_put_literal(t, "\r\nMax-Forwards: ");
	text_put_u64(t, (uint64_t)max_forwards);
	text_put_literal(t, "\r\n");
	text_put_string(t, leg->routes);
	self_put_product(t, leg->trunk, "User-Agent");
}

static const struct transport_listener *listener_of(const struct leg *leg)
{
	return transport_find_listener(leg->call->owner->context.transport, leg->to.listener);
}

static int forwards_left(const struct leg *leg)
{
	int max = leg->call->invite ? message_get_max_forwards(leg->call->invite) : -1;

	return max > 0 ? max - 1 : 70;
}

/* What the first INVITE to a place says of its health. */
static void report_place(struct leg *leg, unsigned status)
{
	enum peer_event event = PEER_EV_REPLY;

	if (leg->index == 0 || leg->confirmed || (status && status < 200))
		return;
	if (status == 0)
		event = PEER_EV_FAILURE;
	else if (status == 408 || status == 503)
		return; /* it is alive; whether it takes calls is for failover to decide */
	peers_report(leg->call->owner->context.peers, leg->trunk->object.name,
		     leg->target->object.name, &leg->to.remote, event,
		     status ? "a call was answered" : leg->call->failure.why);
}

/* Replies to our INVITE, first or later: the table is told, whatever the order. */
static void on_invite_reply(void *arg, uint64_t id, enum err e, const char *why,
			    struct message *reply)
{
	struct leg *leg = arg;
	struct call_input input = { .leg = leg, .message = reply };
	unsigned status = reply ? message_get_status(reply) : 0;
	char what[TRACE_WHAT_SIZE];

	(void)id;
	if (!reply) {
		leg->client_invite = 0;
		call_note_failure(leg->call, 0, "%s", why && *why ? why : err_text(e));
		report_place(leg, 0);
		trace_add_step(&leg->call->trace, leg->index, 0, "no reply", SLICE_NONE);
		fsm_step(&leg->call->fsm, CALL_EV_FAILURE, &input);
		return;
	}
	if (status >= 200 && status < 300 && leg->ack_sent) {
		if (slice_is_text(message_get_to(reply)->tag, leg->remote_tag))
			leg_send_ack(leg, slice_from_text(leg->ack_body ? leg->ack_body : ""));
		else
			leg_end_fork(leg, reply);
		return;
	}
	report_place(leg, status);
	snprintf(what, sizeof(what), "%u %s", status, status_phrase(status));
	trace_add_step(&leg->call->trace, leg->index, 0, what, message_get_body(reply));
	if (status < 200) {
		if (status > 100)
			fsm_step(&leg->call->fsm, CALL_EV_PROGRESS, &input);
		return;
	}
	if (status >= 300) {
		leg->client_invite = 0;
		call_note_failure(leg->call, status, "the peer answered %u %s", status,
				  status_phrase(status));
		fsm_step(&leg->call->fsm, CALL_EV_FAILURE, &input);
		return;
	}
	leg->owes_ack = true;
	fsm_step(&leg->call->fsm, CALL_EV_ANSWER, &input);
}

enum err leg_send_invite(struct leg *leg, struct slice extra, struct slice body, int64_t timeout_us)
{
	char headers[CALL_HEADERS_SIZE];
	struct transaction_request request = { .method = METHOD_INVITE,
					       .body = body,
					       .content_type = body.len ? sdp_type : SLICE_NONE };
	struct text t;
	enum err e;

	text_init(&t, headers, sizeof(headers));
	leg->invite_cseq = ++leg->local_cseq;
	leg->ack_sent = false;
	put_dialog_lines(&t, leg, leg->invite_cseq, "INVITE", forwards_left(leg));
	self_put_contact(&t, leg->trunk, listener_of(leg));
	self_put_capabilities(&t);
	text_put_slice(&t, extra);
	if (t.overflow)
		return ERR_TOO_LONG;
	request.uri = slice_from_text(leg->remote_target);
	request.headers = text_get(&t);
	if (leg->client_invite)
		transaction_abandon(leg->call->owner->context.transactions, leg->client_invite);
	leg->client_invite = 0;
	trace_add_step(&leg->call->trace, leg->index, 1, "INVITE", body);
	e = transaction_send_request(leg->call->owner->context.transactions, &leg->to, &request,
				     timeout_us, on_invite_reply, leg, &leg->client_invite);
	if (e)
		leg->client_invite = 0;
	return e;
}

void leg_send_ack(struct leg *leg, struct slice body)
{
	char headers[CALL_HEADERS_SIZE];
	struct transaction_request request = { .method = METHOD_ACK,
					       .body = body,
					       .content_type = body.len ? sdp_type : SLICE_NONE };
	struct text t;

	text_init(&t, headers, sizeof(headers));
	put_dialog_lines(&t, leg, leg->invite_cseq, "ACK", 70);
	request.uri = slice_from_text(leg->remote_target);
	request.headers = text_get(&t);
	if (body.len && !leg->ack_body)
		leg->ack_body = slice_duplicate(body);
	if (!leg->ack_sent)
		trace_add_step(&leg->call->trace, leg->index, 1, "ACK", body);
	leg->ack_sent = true;
	leg->owes_ack = false;
	transaction_send_ack(leg->call->owner->context.transactions, &leg->to, &request);
}

/* The answer to our BYE is the last thing a ladder shows. */
static void on_bye_reply(void *arg, uint64_t id, enum err e, const char *why, struct message *reply)
{
	struct leg *leg = arg;
	char what[TRACE_WHAT_SIZE];
	unsigned status = reply ? message_get_status(reply) : 0;

	(void)id;
	(void)e;
	(void)why;
	if (reply && status < 200)
		return;
	leg->client_bye = 0;
	snprintf(what, sizeof(what), reply ? "%u %s" : "no reply", status, status_phrase(status));
	trace_add_step(&leg->call->trace, leg->index, 0, what, SLICE_NONE);
	fsm_step(&leg->call->fsm, CALL_EV_RELEASED, NULL);
}

static enum err send_bye(struct leg *leg, const char *reason, uint64_t *out_id)
{
	char headers[CALL_HEADERS_SIZE];
	struct transaction_request request = { .method = METHOD_BYE };
	struct text t;

	text_init(&t, headers, sizeof(headers));
	put_dialog_lines(&t, leg, ++leg->local_cseq, "BYE", 70);
	if (reason)
		print_header(&t, "Reason", slice_from_text(reason));
	request.uri = slice_from_text(leg->remote_target);
	request.headers = text_get(&t);
	trace_add_step(&leg->call->trace, leg->index, 1, "BYE", SLICE_NONE);
	return transaction_send_request(leg->call->owner->context.transactions, &leg->to, &request,
					0, on_bye_reply, leg, out_id);
}

void leg_send_bye(struct leg *leg, const char *reason)
{
	if (!leg->confirmed)
		return;
	if (leg->owes_ack)
		leg_send_ack(leg, SLICE_NONE);
	leg->confirmed = false;
	if (send_bye(leg, reason, &leg->client_bye))
		leg->client_bye = 0;
}

void leg_end_fork(struct leg *leg, const struct message *m)
{
	struct leg fork = *leg;
	uint64_t id;

	fork.remote_tag = slice_duplicate(message_get_to(m)->tag);
	fork.routes = leg_make_routes(m, true);
	fork.remote_target = message_get_contact(m)
				     ? slice_duplicate(message_get_contact(m)->uri.whole)
				     : strdup(leg->remote_target);
	fork.ack_body = NULL;
	fork.client_invite = 0;
	fork.ack_sent = false;
	fork.owes_ack = false;
	if (fork.remote_tag && fork.routes && fork.remote_target) {
		leg_send_ack(&fork, SLICE_NONE);
		/* nobody waits for the reply: the transaction repeats the BYE by itself */
		if (send_bye(&fork, NULL, &id) == ERR_NONE)
			transaction_abandon(leg->call->owner->context.transactions, id);
	}
	free(fork.remote_tag);
	free(fork.routes);
	free(fork.remote_target);
}

/* --- replies ------------------------------------------------------------- */

void leg_reply(struct leg *leg, uint64_t server_id, unsigned status, struct slice extra,
	       struct slice body)
{
	char headers[CALL_HEADERS_SIZE], what[TRACE_WHAT_SIZE];
	struct transaction_reply reply = { .status = status,
					   .body = body,
					   .content_type = body.len ? sdp_type : SLICE_NONE };
	struct text t;

	text_init(&t, headers, sizeof(headers));
	if (status > 100 && status < 300) {
		self_put_contact(&t, leg->trunk, listener_of(leg));
		self_put_capabilities(&t);
	}
	self_put_product(&t, leg->trunk, "Server");
	text_put_slice(&t, extra);
	reply.headers = text_get(&t);
	reply.to_tag = slice_from_text(leg->local_tag);
	snprintf(what, sizeof(what), "%u %s", status, status_phrase(status));
	trace_add_step(&leg->call->trace, leg->index, 1, what, body);
	if (server_id == leg->server_invite && status >= 200)
		leg->is_replied = true;
	transaction_send_reply(leg->call->owner->context.transactions, server_id, &reply);
}
