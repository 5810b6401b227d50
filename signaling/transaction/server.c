/* server.c -- requests we receive: the INVITE and the non-INVITE server machine. */
#include "signaling/transaction/internal.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "signaling/sip/print.h"

enum { SIP_PORT = 5060, SIPS_PORT = 5061 };

enum invite_server_state {
#define STATE(name, help) INVITE_SERVER_##name,
#include "signaling/transaction/invite_server.def"
};
enum invite_server_event {
#define EVENT(name, help) INVITE_SERVER_EV_##name,
#include "signaling/transaction/invite_server.def"
};
enum noninvite_server_state {
#define STATE(name, help) NONINVITE_SERVER_##name,
#include "signaling/transaction/noninvite_server.def"
};
enum noninvite_server_event {
#define EVENT(name, help) NONINVITE_SERVER_EV_##name,
#include "signaling/transaction/noninvite_server.def"
};

struct arrival {
	struct message *m;
	const struct transport_origin *from;
};

static bool is_invite(const struct transaction *t)
{
	return t->kind == TRANSACTION_INVITE_SERVER;
}

/* --- timers -------------------------------------------------------------- */

#define until_deadline transaction_until_deadline

static int64_t timer_h(const void *owner)
{
	(void)owner;
	return TRANSACTION_64T1_US;
}

static int64_t timer_i(const void *owner)
{
	return transaction_is_reliable(owner) ? 0 : TRANSACTION_T4_US;
}

static int64_t timer_j(const void *owner)
{
	return transaction_is_reliable(owner) ? 0 : TRANSACTION_64T1_US;
}

/* --- actions; the reply itself is on its way before its event comes ------ */

static void repeat_reply(void *owner, const void *arg)
{
	(void)arg;
	transaction_transmit(owner, 0);
}

static void repeat_timed(void *owner, const void *arg)
{
	(void)arg;
	transaction_transmit(owner, 0);
	transaction_step_repeat(owner, TRANSACTION_T2_US);
}

/* Timer G: not on reliable transports. */
static void repeat_refused(void *owner, const void *arg)
{
	(void)arg;
	if (!transaction_is_reliable(owner))
		transaction_start_repeat(owner);
}

/* RFC 3261 13.3.1.4: on every transport, since a proxy may change it. */
static void repeat_accepted(void *owner, const void *arg)
{
	(void)arg;
	transaction_start_repeat(owner);
}

static void forget_reply(void *owner, const void *arg)
{
	(void)arg;
	transaction_stop_repeat(owner);
	transaction_forget_wire(owner);
}

static void absorb_ack(void *owner, const void *arg)
{
	forget_reply(owner, arg);
}

static void pass_ack(void *owner, const void *arg)
{
	struct transaction *t = owner;
	const struct arrival *arrival = arg;

	if (arrival)
		t->ts->callbacks.on_ack(t->ts->owner, arrival->m, arrival->from);
}

static void tell_cancel(void *owner, const void *arg)
{
	struct transaction *t = owner;
	const struct arrival *arrival = arg;

	if (arrival)
		t->ts->callbacks.on_cancel(t->ts->owner, t->id, arrival->m);
}

static void answer_terminated(void *owner, const void *arg)
{
	struct transaction *t = owner;
	struct transaction_reply r = { .status = 487 };

	(void)arg;
	transaction_send_reply(t->ts, t->id, &r);
}

static void vanish(void *owner, const void *arg)
{
	(void)arg;
	transaction_remove(owner);
}

static void tell_unconfirmed(void *owner, const void *arg)
{
	struct transaction *t = owner;

	(void)arg;
	transaction_count(COUNT_unacknowledged);
	t->ts->callbacks.on_unacknowledged(t->ts->owner, t->id);
	transaction_remove(t);
}

#define FSM_DEF "signaling/transaction/invite_server.def"
#define FSM_NAME invite_server
#define FSM_STATE(s) INVITE_SERVER_##s
#define FSM_EVENT(e) INVITE_SERVER_EV_##e
#include "common/fsm_table.h"

#define FSM_DEF "signaling/transaction/noninvite_server.def"
#define FSM_NAME noninvite_server
#define FSM_STATE(s) NONINVITE_SERVER_##s
#define FSM_EVENT(e) NONINVITE_SERVER_EV_##e
#include "common/fsm_table.h"

/* --- replies ------------------------------------------------------------- */

static void note_tag(struct transaction_pending *p, struct slice tag)
{
	if (tag.len)
		slice_copy_text(tag, p->to_tag, sizeof(p->to_tag));
}

static enum err print_reply(struct transaction *t, const struct transaction_reply *r)
{
	struct transaction_pending *p = t->pending;
	struct text text;

	text_init(&text, t->ts->scratch, sizeof(t->ts->scratch));
	print_reply_head(&text, p->request, &p->source, r->status, r->reason,
			 r->to_tag.len ? r->to_tag : slice_from_text(p->to_tag));
	text_put_slice(&text, r->headers);
	print_body(&text, r->content_type, r->body);
	return transaction_set_wire(t, &text);
}

static void forget_request(struct transaction *t)
{
	message_unref(t->pending->request);
	free(t->pending);
	t->pending = NULL;
}

static uint8_t reply_event(const struct transaction *t, unsigned status)
{
	if (is_invite(t))
		return status < 200   ? INVITE_SERVER_EV_REPLY_1XX
		       : status < 300 ? INVITE_SERVER_EV_REPLY_2XX
				      : INVITE_SERVER_EV_REPLY_FAIL;
	return status < 200 ? NONINVITE_SERVER_EV_REPLY_1XX : NONINVITE_SERVER_EV_REPLY_FINAL;
}

static struct transaction *find_server(struct transactions *ts, uint64_t id)
{
	struct transaction *t = transaction_find(ts, id);

	return t && (is_invite(t) || t->kind == TRANSACTION_NONINVITE_SERVER) ? t : NULL;
}

enum err transaction_send_reply(struct transactions *ts, uint64_t server_id,
				const struct transaction_reply *r)
{
	struct transaction *t = find_server(ts, server_id);
	enum err e;

	if (!t)
		return ERR_NOT_FOUND;
	if (!t->pending)
		return ERR_STATE;
	e = print_reply(t, r);
	if (e)
		return e;
	note_tag(t->pending, r->to_tag);
	t->status = (uint16_t)r->status;
	if (r->status >= 200) {
		forget_request(t);
		/* Only an INVITE is ongoing after its reply: some peers send each OPTIONS
		 * with one Call-ID, tag and CSeq, and those are not merged (8.2.2.2). */
		if (!is_invite(t))
			transaction_forget_merge_key(t);
		t->deadline_us = clock_now_us() + TRANSACTION_64T1_US;
	}
	/* A reply that does not get out now is repeated by timer or by the request. */
	transaction_transmit(t, 0);
	fsm_step(&t->fsm, reply_event(t, r->status), NULL);
	return ERR_NONE;
}

void transaction_confirm(struct transactions *ts, uint64_t server_id)
{
	struct transaction *t = find_server(ts, server_id);

	if (t && is_invite(t) && t->status >= 200 && t->status < 300)
		fsm_step(&t->fsm, INVITE_SERVER_EV_CONFIRM, NULL);
}

/* RFC 3261 18.2.2 and RFC 3581 4: back over the connection it came on, or to the
 * source; the port is the source's only if the peer asked for that with rport. */
static struct transport_target reply_target(const struct message *m,
					    const struct transport_origin *from)
{
	struct transport_target to = { .listener = from->listener,
				       .kind = from->kind,
				       .remote = from->source,
				       .flow = from->flow };
	const struct via *via = message_get_via(m);

	if (from->kind != CONFIG_UDP || !via->has_rport)
		addr_set_port(&to.remote, via->port		     ? via->port
					  : from->kind == CONFIG_TLS ? SIPS_PORT
								     : SIP_PORT);
	return to;
}

/* --- arrivals ------------------------------------------------------------ */

static struct transaction *open_server(struct transactions *ts, struct message *m,
				       const struct transport_origin *from,
				       const struct transaction_key *key)
{
	enum transaction_kind kind = message_get_method(m) == METHOD_INVITE
					     ? TRANSACTION_INVITE_SERVER
					     : TRANSACTION_NONINVITE_SERVER;
	struct transaction *t = transaction_new(ts, kind, key, TRANSACTION_64T1_US);

	if (!t)
		return NULL;
	t->pending = calloc(1, sizeof(*t->pending));
	if (!t->pending) {
		transaction_remove(t);
		return NULL;
	}
	t->pending->request = message_ref(m);
	t->pending->source = from->source;
	t->target = reply_target(m, from);
	transaction_count(COUNT_requests);
	return t;
}

/* Without a transaction, so that a flood costs no memory (RFC 3261 16.11 style). */
static void refuse_over_limit(struct transactions *ts, struct message *m,
			      const struct transport_origin *from)
{
	struct transport_target to = reply_target(m, from);
	struct text text;

	transaction_count(COUNT_refused_by_limit);
	text_init(&text, ts->scratch, sizeof(ts->scratch));
	print_reply_head(&text, m, &from->source, 503, SLICE_NONE, SLICE_NONE);
	text_printf(&text, "Retry-After: %d\r\n", TRANSACTION_RETRY_AFTER_S);
	print_body(&text, SLICE_NONE, SLICE_NONE);
	if (!text.overflow)
		ts->network->send(ts->transport, &to, 0, text.data, text.len);
}

/* RFC 3261 8.2.6.1: the 100 carries the request's Timestamp. */
static void send_trying(struct transaction *t)
{
	struct slice stamp = message_find_named(t->pending->request, "Timestamp", 0);
	struct transaction_reply r = { .status = 100 };
	char line[128];
	struct text text;

	text_init(&text, line, sizeof(line));
	if (stamp.data)
		print_header(&text, "Timestamp", stamp);
	if (!text.overflow)
		r.headers = text_get(&text);
	transaction_send_reply(t->ts, t->id, &r);
}

static void reply_now(struct transaction *t, unsigned status, struct slice to_tag)
{
	struct transaction_reply r = { .status = status, .to_tag = to_tag };

	transaction_send_reply(t->ts, t->id, &r);
}

static struct slice make_tag(struct transactions *ts, char *buf, size_t size)
{
	uint64_t random = transactions_random(ts);
	struct text text;

	text_init(&text, buf, size);
	text_put_hex(&text, &random, sizeof(random));
	return text_get(&text);
}

void server_open(struct transactions *ts, struct message *m, const struct transport_origin *from,
		 const struct transaction_key *key)
{
	bool is_initial = message_get_to(m)->tag.len == 0;
	struct transaction_key merge_key =
		is_initial ? key_of_merge(ts, m) : (struct transaction_key){ { 0, 0 } };
	bool is_merged = is_initial && transaction_find_merge(ts, &merge_key);
	char tag[TRANSACTION_TAG_MAX];
	struct transaction *t;

	t = ts->count < ts->limit ? open_server(ts, m, from, key) : NULL;
	if (!t) {
		refuse_over_limit(ts, m, from);
		return;
	}
	if (is_merged) {
		transaction_count(COUNT_merged);
		reply_now(t, 482, make_tag(ts, tag, sizeof(tag)));
		return;
	}
	if (is_initial)
		transaction_set_merge_key(t, &merge_key);
	if (is_invite(t))
		send_trying(t);
	ts->callbacks.on_request(ts->owner, t->id, m, from);
}

void server_receive_repeat(struct transaction *t)
{
	transaction_count(COUNT_repeated_requests);
	fsm_step(&t->fsm, is_invite(t) ? INVITE_SERVER_EV_REQUEST : NONINVITE_SERVER_EV_REQUEST,
		 NULL);
}

void server_receive_ack(struct transaction *t, struct message *m,
			const struct transport_origin *from)
{
	struct arrival arrival = { m, from };

	fsm_step(&t->fsm, INVITE_SERVER_EV_ACK, &arrival);
}

/* RFC 3261 9.2.  The CANCEL is never refused by a limit: it makes room. */
void server_receive_cancel(struct transactions *ts, struct message *m,
			   const struct transport_origin *from, const struct transaction_key *key)
{
	struct transaction_key invite_key = key_of_server(ts, m, SLICE("INVITE"));
	struct transaction *invite = transaction_find_key(ts, &invite_key);
	struct transaction *t = open_server(ts, m, from, key);
	struct arrival arrival = { m, from };
	char tag[TRANSACTION_TAG_MAX];
	struct slice to_tag = make_tag(ts, tag, sizeof(tag));

	if (invite && invite->pending && invite->pending->to_tag[0])
		to_tag = slice_from_text(invite->pending->to_tag);
	if (!invite)
		transaction_count(COUNT_unmatched_cancels);
	if (t)
		reply_now(t, invite ? 200 : 481, to_tag);
	if (invite)
		fsm_step(&invite->fsm, INVITE_SERVER_EV_CANCEL, &arrival);
}

void server_repeat(struct transaction *t)
{
	fsm_step(&t->fsm, INVITE_SERVER_EV_RETRANSMIT, NULL);
}
