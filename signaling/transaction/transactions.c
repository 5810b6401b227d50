/* transactions.c -- the set of one worker: tables, ids, timers in common, and where an
 * arriving message belongs. */
#include "signaling/transaction/internal.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "common/check.h"
#include "common/clock.h"

static atomic_ullong counters[COUNT_COUNT];

static const char *const counter_names[] = {
#define COUNTER(name, help) #name,
#include "signaling/transaction/counters.def"
};

static const char *const counter_helps[] = {
#define COUNTER(name, help) help,
#include "signaling/transaction/counters.def"
};

static const struct transaction_network real_network = {
	.send = transport_send,
	.find_listener = transport_find_listener,
};

void transaction_count(enum transaction_counter c)
{
	atomic_fetch_add_explicit(&counters[c], 1, memory_order_relaxed);
}

void transactions_visit_counters(void (*visit)(void *arg, const char *name, uint64_t value,
					       const char *help),
				 void *arg)
{
	for (unsigned i = 0; i < COUNT_COUNT; i++)
		visit(arg, counter_names[i],
		      atomic_load_explicit(&counters[i], memory_order_relaxed), counter_helps[i]);
}

void transactions_set_test_network(struct transactions *ts,
				   const struct transaction_network *network)
{
	ts->network = network;
}

void transactions_set_test_limit(struct transactions *ts, unsigned limit)
{
	ts->limit = limit;
}

static void fini_tables(struct transactions *ts)
{
	hash_table_fini(&ts->by_key);
	hash_table_fini(&ts->by_id);
	hash_table_fini(&ts->by_merge);
}

enum err transactions_create(struct loop *l, struct transport *transport, unsigned worker,
			     const struct transaction_callbacks *callbacks, void *owner,
			     struct transactions **out_transactions)
{
	struct transactions *ts = calloc(1, sizeof(*ts));

	if (!ts)
		return ERR_MEMORY;
	ts->loop = l;
	ts->timers = loop_get_timers(l);
	ts->transport = transport;
	ts->network = &real_network;
	ts->worker = worker;
	ts->limit = TRANSACTIONS_MAX;
	ts->callbacks = *callbacks;
	ts->owner = owner;
	if (hash_table_init(&ts->by_key) || hash_table_init(&ts->by_id) ||
	    hash_table_init(&ts->by_merge)) {
		fini_tables(ts);
		free(ts);
		return ERR_MEMORY;
	}
	*out_transactions = ts;
	return ERR_NONE;
}

static void remove_node(struct hash_node *node, void *arg)
{
	(void)arg;
	transaction_remove(CONTAINER_OF(node, struct transaction, by_id));
}

void transactions_destroy(struct transactions *ts)
{
	if (!ts)
		return;
	hash_table_visit(&ts->by_id, remove_node, NULL);
	CHECK(ts->count == 0);
	fini_tables(ts);
	free(ts);
}

unsigned transactions_get_count(const struct transactions *ts)
{
	return ts->count;
}

/* Read in lots: a system call per branch would cost more than printing the request. */
uint64_t transactions_random(struct transactions *ts)
{
	if (ts->random_left == 0) {
		CHECK(getrandom(ts->random, sizeof(ts->random), 0) == sizeof(ts->random));
		ts->random_left = sizeof(ts->random) / sizeof(ts->random[0]);
	}
	return ts->random[--ts->random_left];
}

/* --- one transaction ----------------------------------------------------- */

static void on_repeat_timer(struct timer *timer)
{
	struct transaction *t = CONTAINER_OF(timer, struct transaction, repeat_timer);

	if (t->kind == TRANSACTION_INVITE_CLIENT || t->kind == TRANSACTION_NONINVITE_CLIENT)
		client_repeat(t);
	else
		server_repeat(t);
}

struct transaction *transaction_new(struct transactions *ts, enum transaction_kind kind,
				    const struct transaction_key *key, int64_t timeout_us)
{
	static const struct fsm_table *const tables[] = {
		[TRANSACTION_INVITE_CLIENT] = &invite_client_fsm,
		[TRANSACTION_NONINVITE_CLIENT] = &noninvite_client_fsm,
		[TRANSACTION_INVITE_SERVER] = &invite_server_fsm,
		[TRANSACTION_NONINVITE_SERVER] = &noninvite_server_fsm,
	};
	struct transaction *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->ts = ts;
	t->kind = (uint8_t)kind;
	t->key = *key;
	t->id = ++ts->next_id;
	t->deadline_us = clock_now_us() + timeout_us;
	timer_init(&t->repeat_timer, on_repeat_timer);
	hash_table_add(&ts->by_key, &t->by_key, key->half[0]);
	hash_table_add(&ts->by_id, &t->by_id, hash_u64(t->id));
	ts->count++;
	fsm_init(&t->fsm, tables[kind], ts->timers, t, t->id);
	return t;
}

void transaction_set_merge_key(struct transaction *t, const struct transaction_key *key)
{
	t->merge_key = *key;
	t->has_merge_key = true;
	hash_table_add(&t->ts->by_merge, &t->by_merge, key->half[0]);
}

void transaction_forget_merge_key(struct transaction *t)
{
	if (t->has_merge_key)
		hash_table_remove(&t->ts->by_merge, &t->by_merge);
	t->has_merge_key = false;
}

static void free_pending(struct transaction *t)
{
	if (t->pending)
		message_unref(t->pending->request);
	free(t->pending);
}

void transaction_remove(struct transaction *t)
{
	struct transactions *ts = t->ts;

	fsm_fini(&t->fsm);
	timer_stop(ts->timers, &t->repeat_timer);
	hash_table_remove(&ts->by_key, &t->by_key);
	hash_table_remove(&ts->by_id, &t->by_id);
	transaction_forget_merge_key(t);
	ts->count--;
	free_pending(t);
	free(t->cancel_lines);
	free(t->names);
	free(t->wire);
	free(t);
}

static bool is_id(const struct hash_node *node, const void *id)
{
	return CONTAINER_OF_CONST(node, struct transaction, by_id)->id == *(const uint64_t *)id;
}

static bool is_key(const struct hash_node *node, const void *key)
{
	return CONTAINER_OF_CONST(node, struct transaction, by_key)->key.half[1] ==
	       ((const struct transaction_key *)key)->half[1];
}

static bool is_merge_key(const struct hash_node *node, const void *key)
{
	return CONTAINER_OF_CONST(node, struct transaction, by_merge)->merge_key.half[1] ==
	       ((const struct transaction_key *)key)->half[1];
}

struct transaction *transaction_find(struct transactions *ts, uint64_t id)
{
	struct hash_node *n = hash_table_find(&ts->by_id, hash_u64(id), is_id, &id);

	return n ? CONTAINER_OF(n, struct transaction, by_id) : NULL;
}

struct transaction *transaction_find_key(struct transactions *ts, const struct transaction_key *key)
{
	struct hash_node *n = hash_table_find(&ts->by_key, key->half[0], is_key, key);

	return n ? CONTAINER_OF(n, struct transaction, by_key) : NULL;
}

struct transaction *transaction_find_merge(struct transactions *ts,
					   const struct transaction_key *key)
{
	struct hash_node *n = hash_table_find(&ts->by_merge, key->half[0], is_merge_key, key);

	return n ? CONTAINER_OF(n, struct transaction, by_merge) : NULL;
}

bool transaction_is_reliable(const struct transaction *t)
{
	return t->target.kind != CONFIG_UDP;
}

enum err transaction_copy_target(struct transaction *t, const struct transport_target *to)
{
	const char *name = to->tls_name ? to->tls_name : "";
	const char *profile = to->tls_profile ? to->tls_profile : "";
	size_t name_size = strlen(name) + 1, profile_size = strlen(profile) + 1;

	t->target = *to;
	if (!to->tls_name && !to->tls_profile)
		return ERR_NONE;
	t->names = malloc(name_size + profile_size);
	if (!t->names)
		return ERR_MEMORY;
	memcpy(t->names, name, name_size);
	memcpy(t->names + name_size, profile, profile_size);
	t->target.tls_name = to->tls_name ? t->names : NULL;
	t->target.tls_profile = to->tls_profile ? t->names + name_size : NULL;
	return ERR_NONE;
}

void transaction_forget_target_names(struct transaction *t)
{
	free(t->names);
	t->names = NULL;
	t->target.tls_name = t->target.tls_profile = NULL;
}

enum err transaction_set_wire(struct transaction *t, const struct text *text)
{
	char *wire;

	if (text->overflow)
		return ERR_TOO_LONG;
	wire = malloc(text->len);
	if (!wire)
		return ERR_MEMORY;
	memcpy(wire, text->data, text->len);
	free(t->wire);
	t->wire = wire;
	t->wire_len = (uint32_t)text->len;
	return ERR_NONE;
}

void transaction_forget_wire(struct transaction *t)
{
	free(t->wire);
	t->wire = NULL;
	t->wire_len = 0;
}

enum err transaction_transmit(struct transaction *t, uint64_t token)
{
	if (!t->wire)
		return ERR_NONE;
	return t->ts->network->send(t->ts->transport, &t->target, token, t->wire, t->wire_len);
}

void transaction_start_repeat(struct transaction *t)
{
	t->repeat_us = TRANSACTION_T1_US;
	timer_start(t->ts->timers, &t->repeat_timer, t->repeat_us);
}

void transaction_step_repeat(struct transaction *t, int64_t cap_us)
{
	transaction_count(COUNT_retransmissions);
	t->repeat_us = t->repeat_us * 2 < cap_us ? t->repeat_us * 2 : cap_us;
	timer_start(t->ts->timers, &t->repeat_timer, t->repeat_us);
}

void transaction_stop_repeat(struct transaction *t)
{
	timer_stop(t->ts->timers, &t->repeat_timer);
}

int64_t transaction_until_deadline(const void *owner)
{
	const struct transaction *t = owner;
	int64_t left = t->deadline_us - clock_now_us();

	return left > 0 ? left : 0;
}

/* --- arrivals ------------------------------------------------------------ */

static void receive_reply(struct transactions *ts, struct message *m)
{
	struct transaction_key key =
		key_of_client(ts, message_get_via(m)->branch, message_get_method_name(m));
	struct transaction *t = transaction_find_key(ts, &key);

	if (t) {
		transaction_count(COUNT_replies);
		client_receive(t, m);
		return;
	}
	transaction_count(COUNT_stray_replies);
	if (ts->callbacks.on_stray_reply)
		ts->callbacks.on_stray_reply(ts->owner, m);
}

static void receive_ack(struct transactions *ts, struct message *m,
			const struct transport_origin *from)
{
	struct transaction_key key = key_of_server(ts, m, SLICE("INVITE"));
	struct transaction *t = transaction_find_key(ts, &key);

	if (t)
		server_receive_ack(t, m, from);
	else
		ts->callbacks.on_ack(ts->owner, m, from);
}

void transactions_receive(struct transactions *ts, struct message *m,
			  const struct transport_origin *from)
{
	struct transaction_key key;
	struct transaction *t;

	if (!message_is_request(m)) {
		receive_reply(ts, m);
		return;
	}
	if (message_get_method(m) == METHOD_ACK) {
		receive_ack(ts, m, from);
		return;
	}
	key = key_of_server(ts, m, message_get_method_name(m));
	t = transaction_find_key(ts, &key);
	if (t)
		server_receive_repeat(t);
	else if (message_get_method(m) == METHOD_CANCEL)
		server_receive_cancel(ts, m, from, &key);
	else
		server_open(ts, m, from, &key);
}

void transactions_transport_failed(struct transactions *ts, uint64_t token, enum err e,
				   const char *why)
{
	struct transaction *t = transaction_find(ts, token);

	if (!t || (t->kind != TRANSACTION_INVITE_CLIENT && t->kind != TRANSACTION_NONINVITE_CLIENT))
		return;
	transaction_count(COUNT_transport_failures);
	client_fail(t, e, why);
}
