/* client.c -- requests we send: the INVITE and the non-INVITE client machine. */
#include "signaling/transaction/internal.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"

/* A phone may ring long; the call's own timeout ends it earlier. */
#define RINGING_LIMIT_US CLOCK_SECONDS(3600)

enum invite_client_state {
#define STATE(name, help) INVITE_CLIENT_##name,
#include "signaling/transaction/invite_client.def"
};
enum invite_client_event {
#define EVENT(name, help) INVITE_CLIENT_EV_##name,
#include "signaling/transaction/invite_client.def"
};
enum noninvite_client_state {
#define STATE(name, help) NONINVITE_CLIENT_##name,
#include "signaling/transaction/noninvite_client.def"
};
enum noninvite_client_event {
#define EVENT(name, help) NONINVITE_CLIENT_EV_##name,
#include "signaling/transaction/noninvite_client.def"
};

struct failure {
	enum err e;
	const char *why;
};

/* What a new client transaction is made of; its text is in scratch. */
struct opening {
	enum transaction_kind kind;
	const struct text *wire;
	struct slice branch, method;
	const struct transport_target *to;
	int64_t timeout_us;
};

static bool is_invite(const struct transaction *t)
{
	return t->kind == TRANSACTION_INVITE_CLIENT;
}

/* --- timers -------------------------------------------------------------- */

#define until_deadline transaction_until_deadline

static int64_t ringing_limit(const void *owner)
{
	(void)owner;
	return RINGING_LIMIT_US;
}

static int64_t cancel_limit(const void *owner)
{
	(void)owner;
	return TRANSACTION_64T1_US;
}

/* "Greater than 32 seconds" (17.1.1.2) is 64*T1 exactly; nothing on reliable transports. */
static int64_t timer_d(const void *owner)
{
	return transaction_is_reliable(owner) ? 0 : TRANSACTION_64T1_US;
}

static int64_t timer_m(const void *owner)
{
	(void)owner;
	return TRANSACTION_64T1_US;
}

static int64_t timer_k(const void *owner)
{
	return transaction_is_reliable(owner) ? 0 : TRANSACTION_T4_US;
}

/* --- actions ------------------------------------------------------------- */

static void pass_reply(void *owner, const void *reply)
{
	struct transaction *t = owner;

	if (t->fn && reply)
		t->fn(t->arg, t->id, ERR_NONE, NULL, (struct message *)(uintptr_t)reply);
}

/* The body has arrived: only the head is needed, for CANCEL and ACK. */
static void keep_head_only(struct transaction *t)
{
	char *head = realloc(t->wire, t->head_len);

	if (head)
		t->wire = head;
	t->wire_len = t->head_len;
}

static void pass_first(void *owner, const void *reply)
{
	struct transaction *t = owner;

	transaction_stop_repeat(t);
	keep_head_only(t);
	pass_reply(t, reply);
}

/* The user acknowledges each 2xx itself: nothing of the INVITE is needed any more. */
static void pass_accepted(void *owner, const void *reply)
{
	struct transaction *t = owner;

	transaction_stop_repeat(t);
	transaction_forget_wire(t);
	transaction_forget_target_names(t);
	pass_reply(t, reply);
}

static void pass_final(void *owner, const void *reply)
{
	pass_accepted(owner, reply);
}

static void slow_down(void *owner, const void *reply)
{
	struct transaction *t = owner;

	t->repeat_us = TRANSACTION_T2_US;
	pass_reply(t, reply);
}

static void send_again(void *owner, const void *arg)
{
	struct transaction *t = owner;

	(void)arg;
	transaction_transmit(t, t->id);
	transaction_step_repeat(t, is_invite(t) ? TRANSACTION_64T1_US : TRANSACTION_T2_US);
}

static void repeat_ack(void *owner, const void *arg)
{
	(void)arg;
	transaction_transmit(owner, 0);
}

static struct slice get_head(const struct transaction *t)
{
	return (struct slice){ t->wire, t->head_len };
}

/* RFC 3261 17.1.1.3: same branch, the reply's To. */
static void acknowledge(void *owner, const void *reply)
{
	struct transaction *t = owner;
	struct text text;

	transaction_stop_repeat(t);
	text_init(&text, t->ts->scratch, sizeof(t->ts->scratch));
	wire_print_derived(&text, get_head(t), SLICE("ACK"),
			   message_find_header(reply, HEADER_TO, 0), SLICE_NONE);
	if (transaction_set_wire(t, &text))
		transaction_forget_wire(t); /* the peer repeats its reply and gives up */
	t->head_len = t->wire_len;
	transaction_transmit(t, 0);
	pass_reply(t, reply);
}

static struct transaction *open_client(struct transactions *ts, const struct opening *o);

/* RFC 3261 9.1: a transaction of its own with the INVITE's branch. */
static void send_cancel(void *owner, const void *arg)
{
	struct transaction *t = owner, *cancel;
	struct text text;
	const struct opening o = {
		.kind = TRANSACTION_NONINVITE_CLIENT,
		.wire = &text,
		.branch = wire_find_branch(get_head(t)),
		.method = SLICE("CANCEL"),
		.to = &t->target,
		.timeout_us = TRANSACTION_64T1_US,
	};

	(void)arg;
	text_init(&text, t->ts->scratch, sizeof(t->ts->scratch));
	wire_print_derived(&text, get_head(t), o.method, SLICE_NONE,
			   slice_from_text(t->cancel_lines));
	/* Without memory for it the INVITE ends by its own timer. */
	cancel = open_client(t->ts, &o);
	if (cancel && transaction_transmit(cancel, cancel->id))
		transaction_remove(cancel);
}

static void cancel_and_pass(void *owner, const void *reply)
{
	struct transaction *t = owner;

	transaction_stop_repeat(t);
	keep_head_only(t);
	send_cancel(t, NULL);
	pass_reply(t, reply);
}

static void vanish(void *owner, const void *arg)
{
	(void)arg;
	transaction_remove(owner);
}

static void report(struct transaction *t, enum err e, const char *why)
{
	if (t->fn)
		t->fn(t->arg, t->id, e, why, NULL);
	transaction_remove(t);
}

static void report_timeout(void *owner, const void *arg)
{
	(void)arg;
	transaction_count(COUNT_timeouts);
	report(owner, ERR_TIMEOUT, "no reply came in time");
}

static void report_failure(void *owner, const void *arg)
{
	const struct failure *failure = arg;

	report(owner, failure ? failure->e : ERR_UNREACHABLE,
	       failure ? failure->why : "the transport failed");
}

#define FSM_DEF "signaling/transaction/invite_client.def"
#define FSM_NAME invite_client
#define FSM_STATE(s) INVITE_CLIENT_##s
#define FSM_EVENT(e) INVITE_CLIENT_EV_##e
#include "common/fsm_table.h"

#define FSM_DEF "signaling/transaction/noninvite_client.def"
#define FSM_NAME noninvite_client
#define FSM_STATE(s) NONINVITE_CLIENT_##s
#define FSM_EVENT(e) NONINVITE_CLIENT_EV_##e
#include "common/fsm_table.h"

/* --- events -------------------------------------------------------------- */

void client_receive(struct transaction *t, struct message *reply)
{
	unsigned class = message_get_status(reply) / 100;
	uint8_t event;

	if (is_invite(t))
		event = class == 1   ? INVITE_CLIENT_EV_REPLY_1XX
			: class == 2 ? INVITE_CLIENT_EV_REPLY_2XX
				     : INVITE_CLIENT_EV_REPLY_FAIL;
	else
		event = class == 1 ? NONINVITE_CLIENT_EV_REPLY_1XX
				   : NONINVITE_CLIENT_EV_REPLY_FINAL;
	fsm_step(&t->fsm, event, reply);
}

void client_fail(struct transaction *t, enum err e, const char *why)
{
	struct failure failure = { e, why };

	fsm_step(&t->fsm,
		 is_invite(t) ? INVITE_CLIENT_EV_TRANSPORT_ERROR
			      : NONINVITE_CLIENT_EV_TRANSPORT_ERROR,
		 &failure);
}

void client_repeat(struct transaction *t)
{
	fsm_step(&t->fsm,
		 is_invite(t) ? INVITE_CLIENT_EV_RETRANSMIT : NONINVITE_CLIENT_EV_RETRANSMIT, NULL);
}

/* --- calls of the user --------------------------------------------------- */

/* The key is made in scratch too, so the text is copied first. */
static struct transaction *open_client(struct transactions *ts, const struct opening *o)
{
	struct transaction stage = { .ts = ts };
	struct transaction_key key;
	struct transaction *t;

	if (transaction_set_wire(&stage, o->wire))
		return NULL;
	key = key_of_client(ts, o->branch, o->method);
	t = transaction_new(ts, o->kind, &key, o->timeout_us);
	if (!t || transaction_copy_target(t, o->to)) {
		if (t)
			transaction_remove(t);
		free(stage.wire);
		return NULL;
	}
	t->wire = stage.wire;
	t->wire_len = stage.wire_len;
	transaction_count(COUNT_sent_requests);
	if (!transaction_is_reliable(t))
		transaction_start_repeat(t);
	return t;
}

/* What is kept of a request that the transport has taken. */
static void trim_sent(struct transaction *t, size_t body_len)
{
	t->head_len = t->wire_len - (uint32_t)body_len;
	if (!transaction_is_reliable(t))
		return;
	if (is_invite(t))
		keep_head_only(t);
	else
		transaction_forget_wire(t);
}

enum err transaction_send_request(struct transactions *ts, const struct transport_target *to,
				  const struct transaction_request *r, int64_t timeout_us,
				  transaction_reply_fn *fn, void *arg, uint64_t *out_client_id)
{
	char branch[WIRE_BRANCH_SIZE];
	struct transaction *t;
	struct text text;
	struct opening o = { .wire = &text, .to = to };
	enum err e;

	if (ts->count >= ts->limit)
		return ERR_LIMIT;
	wire_make_branch(ts, branch);
	e = wire_print_request(ts, &text, to, r, branch);
	if (e)
		return e;
	o.kind = r->method == METHOD_INVITE ? TRANSACTION_INVITE_CLIENT
					    : TRANSACTION_NONINVITE_CLIENT;
	o.branch = slice_from_text(branch);
	o.method = slice_from_text(method_name(r->method));
	o.timeout_us = timeout_us ? timeout_us : TRANSACTION_64T1_US;
	t = open_client(ts, &o);
	if (!t)
		return ERR_MEMORY;
	e = transaction_transmit(t, t->id);
	if (e) {
		transaction_remove(t);
		return e;
	}
	trim_sent(t, r->body.len);
	t->fn = fn;
	t->arg = arg;
	*out_client_id = t->id;
	return ERR_NONE;
}

static struct transaction *find_client(struct transactions *ts, uint64_t id)
{
	struct transaction *t = transaction_find(ts, id);

	return t && (is_invite(t) || t->kind == TRANSACTION_NONINVITE_CLIENT) ? t : NULL;
}

void transaction_cancel(struct transactions *ts, uint64_t client_id, struct slice extra)
{
	struct transaction *t = find_client(ts, client_id);

	if (!t || !is_invite(t))
		return;
	if (!t->cancel_lines && extra.len)
		t->cancel_lines = strndup(extra.data, extra.len);
	fsm_step(&t->fsm, INVITE_CLIENT_EV_CANCEL, NULL);
}

void transaction_abandon(struct transactions *ts, uint64_t client_id)
{
	struct transaction *t = find_client(ts, client_id);

	if (t)
		t->fn = NULL;
}

enum err transaction_send_ack(struct transactions *ts, const struct transport_target *to,
			      const struct transaction_request *r)
{
	char branch[WIRE_BRANCH_SIZE];
	struct text text;
	enum err e;

	wire_make_branch(ts, branch);
	e = wire_print_request(ts, &text, to, r, branch);
	return e ? e : ts->network->send(ts->transport, to, 0, text.data, text.len);
}
