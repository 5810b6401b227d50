/* calls.c -- all calls of a worker, and which of them a message belongs to. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/random.h"
#include "signaling/call/internal.h"

static atomic_ullong counters[CALL_COUNTERS];

void calls_count(enum call_counter counter)
{
	atomic_fetch_add_explicit(&counters[counter], 1, memory_order_relaxed);
}

void calls_visit_counters(void (*visit)(void *arg, const char *name, uint64_t value,
					const char *help),
			  void *arg)
{
#define COUNTER(name, text, help) visit(arg, text, counters[CALL_COUNT_##name], help);
#include "signaling/call/counters.def"
}

enum err calls_create(const struct calls_context *context, struct calls **out_calls)
{
	struct calls *cs = calloc(1, sizeof(*cs));
	enum err e = ERR_MEMORY;

	if (!cs)
		return ERR_MEMORY;
	cs->context = *context;
	cs->ended = calloc(CALLS_ENDED_KEPT, sizeof(*cs->ended));
	if (cs->ended)
		e = hash_table_init(&cs->by_id);
	if (!e)
		e = hash_table_init(&cs->by_tag);
	if (!e)
		e = hash_table_init(&cs->by_invite);
	if (e) {
		calls_destroy(cs);
		return e;
	}
	*out_calls = cs;
	return ERR_NONE;
}

static struct call *call_of(struct hash_node *n)
{
	return CONTAINER_OF(n, struct call, by_id);
}

static void destroy_call(struct call *c)
{
	fsm_fini(&c->fsm);
	hunt_fini(&c->hunt);
	leg_fini(&c->legs[0]);
	leg_fini(&c->legs[1]);
	message_unref(c->invite);
	free(c->answer);
	trace_fini(&c->trace);
	policy_unref(c->policy);
	free(c);
}

static void drop_call(struct hash_node *n, void *arg)
{
	(void)arg;
	destroy_call(call_of(n));
}

void calls_destroy(struct calls *cs)
{
	if (!cs)
		return;
	hash_table_visit(&cs->by_id, drop_call, NULL);
	for (unsigned i = 0; cs->ended && i < CALLS_ENDED_KEPT; i++)
		trace_fini(&cs->ended[i].trace);
	free(cs->ended);
	hash_table_fini(&cs->by_id);
	hash_table_fini(&cs->by_tag);
	hash_table_fini(&cs->by_invite);
	policy_unref(cs->policy);
	free(cs);
}

void calls_set_policy(struct calls *cs, struct policy *policy)
{
	policy_unref(cs->policy);
	cs->policy = policy_ref(policy);
}

unsigned calls_get_count(const struct calls *cs)
{
	return (unsigned)cs->by_id.count;
}

/* --- finding ------------------------------------------------------------- */

static bool has_id(const struct hash_node *n, const void *key)
{
	return CONTAINER_OF_CONST(n, struct call, by_id)->id == *(const uint64_t *)key;
}

struct call *calls_find(const struct calls *cs, uint64_t id)
{
	struct hash_node *n = hash_table_find(&cs->by_id, hash_u64(id), has_id, &id);

	return n ? call_of(n) : NULL;
}

static bool has_tag(const struct hash_node *n, const void *key)
{
	const struct slice *tag = key;

	return slice_is_text(*tag, CONTAINER_OF_CONST(n, struct leg, by_tag)->local_tag);
}

struct leg *calls_find_leg(const struct calls *cs, struct slice tag)
{
	struct hash_node *n = hash_table_find(&cs->by_tag, hash_slice(tag), has_tag, &tag);

	return n ? CONTAINER_OF(n, struct leg, by_tag) : NULL;
}

static bool has_invite(const struct hash_node *n, const void *key)
{
	return CONTAINER_OF_CONST(n, struct leg, by_invite)->server_invite ==
	       *(const uint64_t *)key;
}

struct leg *calls_find_invite(const struct calls *cs, uint64_t server_id)
{
	struct hash_node *n =
		hash_table_find(&cs->by_invite, hash_u64(server_id), has_invite, &server_id);

	return n ? CONTAINER_OF(n, struct leg, by_invite) : NULL;
}

void calls_add_leg(struct leg *leg)
{
	hash_table_add(&leg->call->owner->by_tag, &leg->by_tag,
		       hash_slice(slice_from_text(leg->local_tag)));
}

void calls_remove_leg(struct leg *leg)
{
	hash_table_remove(&leg->call->owner->by_tag, &leg->by_tag);
}

void calls_watch_invite(struct leg *leg, uint64_t server_id)
{
	calls_forget_invite(leg);
	leg->server_invite = server_id;
	leg->is_replied = false;
	hash_table_add(&leg->call->owner->by_invite, &leg->by_invite, hash_u64(server_id));
}

void calls_forget_invite(struct leg *leg)
{
	if (leg->server_invite)
		hash_table_remove(&leg->call->owner->by_invite, &leg->by_invite);
	leg->server_invite = 0;
}

bool calls_has_dialog(const struct calls *cs, struct slice local_tag)
{
	return calls_find_leg(cs, local_tag) != NULL;
}

int calls_worker_of_tag(struct slice tag)
{
	unsigned worker = 0;

	if (tag.len != CALL_TAG_SIZE - 2)
		return -1;
	for (unsigned i = 0; i < tag.len; i++) {
		char c = tag.data[i];
		int digit = c >= '0' && c <= '9'   ? c - '0'
			    : c >= 'a' && c <= 'f' ? c - 'a' + 10
						   : -1;

		if (digit < 0)
			return -1;
		if (i < 2)
			worker = worker * 16 + (unsigned)digit;
	}
	return (int)worker;
}

/* The dialog of a request: our tag, the peer's tag and the Call-ID agree (12.2.2). */
struct leg *calls_find_dialog(const struct calls *cs, const struct message *m)
{
	struct leg *leg = calls_find_leg(cs, message_get_to(m)->tag);

	if (!leg || !slice_is_text(message_get_call_id(m), leg->call_id))
		return NULL;
	return slice_is_text(message_get_from(m)->tag, leg->remote_tag) ? leg : NULL;
}

/* --- a new call ---------------------------------------------------------- */

/* A party that is longer than a record takes ends in a mark, so that nobody takes the
 * part for the whole. */
static void describe_party(char out[CALL_NAME_SIZE], struct slice user)
{
	bool is_cut = user.len >= CALL_NAME_SIZE;
	struct text t;

	if (is_cut)
		user.len = CALL_NAME_SIZE - 4;
	text_init(&t, out, CALL_NAME_SIZE - 1);
	text_put_slice(&t, user);
	if (is_cut)
		text_put_literal(&t, "...");
	text_get_string(&t);
}

static void describe_parties(struct call *c, const struct message *m)
{
	describe_party(c->caller, party_number(message_get_from(m)->uri.user));
	describe_party(c->called, party_number(message_get_request_uri(m)->user));
}

static void continue_hunt(void *arg)
{
	struct call *c = arg;

	/* The resolver calls from outside the table: what is found goes in as an event. */
	if (c->fsm.state != CALL_RESOLVING)
		return;
	setup_find_place(c);
	fsm_run_posted(&c->fsm);
}

static uint64_t choose_id(const struct calls *cs)
{
	uint64_t id;

	do
		id = random_u64() >> 12 | (uint64_t)(cs->context.worker & 0xff) << 52;
	while (id == 0 || calls_find(cs, id));
	return id;
}

struct call *calls_make(struct calls *cs, uint64_t id)
{
	struct call *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->owner = cs;
	c->id = id;
	c->policy = policy_ref(cs->policy);
	trace_init(&c->trace, clock_now_us());
	leg_init(&c->legs[0], c, 0);
	leg_init(&c->legs[1], c, 1);
	hunt_init(&c->hunt, c->policy->config, cs->context.peers, cs->context.resolver,
		  continue_hunt, c);
	fsm_init(&c->fsm, &call_fsm, loop_get_timers(cs->context.loop), c, c->id);
	hash_table_add(&cs->by_id, &c->by_id, hash_u64(c->id));
	return c;
}

static void forget_call(struct call *c)
{
	hash_table_remove(&c->owner->by_id, &c->by_id);
	destroy_call(c);
}

enum err calls_add(struct calls *cs, uint64_t server_id, struct message *m,
		   const struct transport_origin *from, const struct config_trunk *trunk)
{
	struct call *c = calls_make(cs, choose_id(cs));
	enum err e;

	if (!c)
		return ERR_MEMORY;
	c->invite = message_ref(m);
	c->began_wall_us = clock_wall_us();
	describe_parties(c, m);
	/* the trunk of the configuration the call holds */
	trunk = config_find_trunk(c->policy->config, trunk->object.name);
	e = trunk ? leg_accept(&c->legs[0], m, from, trunk) : ERR_NOT_FOUND;
	if (!e)
		e = peers_take_call(cs->context.peers, c->policy->config, trunk->object.name, true);
	if (e) {
		forget_call(c);
		return e;
	}
	c->counted[0] = true;
	calls_watch_invite(&c->legs[0], server_id);
	trace_add_step(&c->trace, 0, 0, "INVITE", message_get_body(m));
	trace_add_step(&c->trace, 0, 1, "100 Trying", SLICE_NONE);
	calls_count(CALL_COUNT_STARTED);
	log_debug("a call came in", F_CALL(c->id), F_STR("trunk", trunk->object.name),
		  F_ADDR("source", &from->source), F_STR("called", c->called));
	fsm_step(&c->fsm, CALL_EV_START, NULL);
	return ERR_NONE;
}

void calls_remove(struct call *c)
{
	struct calls *cs = c->owner;
	struct ended_call *kept = &cs->ended[cs->ended_at];

	cs->ended_at = (cs->ended_at + 1) % CALLS_ENDED_KEPT;
	trace_fini(&kept->trace);
	kept->id = c->id;
	kept->trace = c->trace;
	c->trace = (struct trace){ 0 };
	forget_call(c);
}
