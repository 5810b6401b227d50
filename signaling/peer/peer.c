/* peer.c -- health and call counts of trunks, shared by the workers.
 * The life of an address: the resolver or the configuration names it, OPTIONS and
 * calls move its state through peer.def, a configuration without it forgets it. */
#include "signaling/peer/peer.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/fsm.h"
#include "common/list.h"
#include "common/log.h"

enum { DOWN_FOR_S = 60 };

struct peer_address {
	struct addr addr;
	struct fsm fsm;
	struct peer_target *target;
	unsigned misses;
	int64_t since_us;
	char reason[PEER_REASON_SIZE];
};

struct peer_target {
	struct list node;
	struct peer_trunk *trunk;
	char name[CONFIG_NAME_SIZE];
	char host[CONFIG_NAME_SIZE];
	unsigned misses_max;
	bool is_asked; /* OPTIONS are sent: they will say when it is up again */
	unsigned count;
	struct peer_address addresses[PEER_ADDRESSES_MAX];
	bool keep;
};

struct peer_trunk {
	struct list node;
	struct peers *peers;
	char name[CONFIG_NAME_SIZE];
	struct list targets;
	unsigned calls;
	int64_t rate_second;
	unsigned rate_count;
	bool keep;
};

struct peers {
	pthread_mutex_t lock; /* guards everything below */
	struct list trunks;
	struct timer_queue timers;     /* peer.def has no timers; the engine wants a queue */
	char reason[PEER_REASON_SIZE]; /* of the event being stepped */
};

/* --- peer.def ------------------------------------------------------------ */

static bool is_last_miss(const void *owner, const void *arg)
{
	const struct peer_address *a = owner;

	(void)arg;
	return a->misses + 1 >= a->target->misses_max;
}

static void note(struct peer_address *a, const char *sentence)
{
	struct peer_trunk *trunk = a->target->trunk;

	a->misses = 0;
	a->since_us = clock_now_us();
	snprintf(a->reason, sizeof(a->reason), "%s", trunk->peers->reason);
	log_info(sentence, F_STR("trunk", trunk->name), F_STR("target", a->target->name),
		 F_ADDR("address", &a->addr), F_STR("reason", a->reason));
}

static void note_up(void *owner, const void *arg)
{
	(void)arg;
	note(owner, "a target answers");
}

static void note_down(void *owner, const void *arg)
{
	(void)arg;
	note(owner, "a target is down; calls go elsewhere while there is an elsewhere");
}

static void count_miss(void *owner, const void *arg)
{
	struct peer_address *a = owner;

	(void)arg;
	a->misses++;
	snprintf(a->reason, sizeof(a->reason), "%s", a->target->trunk->peers->reason);
}

#define FSM_DEF "signaling/peer/peer.def"
#define FSM_NAME peer
#define FSM_STATE(s) PEER_##s
#define FSM_EVENT(e) PEER_EV_##e
extern const struct fsm_table peer_fsm;
#include "common/fsm_table.h"

const char *peer_state_name(enum peer_state s)
{
	static const char *const names[] = { "unknown", "up", "shaky", "down" };

	return names[s];
}

/* --- the set ------------------------------------------------------------- */

enum err peers_create(struct peers **out_peers)
{
	struct peers *p = calloc(1, sizeof(*p));

	if (!p)
		return ERR_MEMORY;
	pthread_mutex_init(&p->lock, NULL);
	list_init(&p->trunks);
	timer_queue_init(&p->timers);
	*out_peers = p;
	return ERR_NONE;
}

static void destroy_target(struct peer_target *t)
{
	for (unsigned i = 0; i < t->count; i++)
		fsm_fini(&t->addresses[i].fsm);
	list_remove(&t->node);
	free(t);
}

static void destroy_trunk(struct peer_trunk *t)
{
	LIST_FOR_EACH(node, &t->targets)
	destroy_target(CONTAINER_OF(node, struct peer_target, node));
	list_remove(&t->node);
	free(t);
}

void peers_destroy(struct peers *p)
{
	if (!p)
		return;
	LIST_FOR_EACH(node, &p->trunks)
	destroy_trunk(CONTAINER_OF(node, struct peer_trunk, node));
	pthread_mutex_destroy(&p->lock);
	free(p);
}

static struct peer_trunk *find_trunk(struct peers *p, const char *name)
{
	LIST_FOR_EACH(node, &p->trunks)
	{
		struct peer_trunk *t = CONTAINER_OF(node, struct peer_trunk, node);

		if (strcmp(t->name, name) == 0)
			return t;
	}
	return NULL;
}

static struct peer_target *find_target(struct peers *p, const char *trunk, const char *name)
{
	struct peer_trunk *owner = find_trunk(p, trunk);

	if (!owner)
		return NULL;
	LIST_FOR_EACH(node, &owner->targets)
	{
		struct peer_target *t = CONTAINER_OF(node, struct peer_target, node);

		if (strcmp(t->name, name) == 0)
			return t;
	}
	return NULL;
}

static struct peer_address *find_address(struct peer_target *t, const struct addr *address)
{
	for (unsigned i = 0; t && i < t->count; i++)
		if (addr_is_equal(&t->addresses[i].addr, address))
			return &t->addresses[i];
	return NULL;
}

/* Addresses named again keep their state. */
static void set_addresses(struct peers *p, struct peer_target *t, const struct addr *addresses,
			  unsigned count)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < t->count; i++) {
		struct peer_address *a = &t->addresses[i];
		bool named = false;

		for (unsigned k = 0; k < count && !named; k++)
			named = addr_is_equal(&a->addr, &addresses[k]);
		if (!named) {
			fsm_fini(&a->fsm);
			continue;
		}
		if (kept != i) {
			t->addresses[kept] = *a;
			fsm_init(&t->addresses[kept].fsm, &peer_fsm, &p->timers,
				 &t->addresses[kept], 0);
			t->addresses[kept].fsm.state = a->fsm.state;
		}
		kept++;
	}
	t->count = kept;
	for (unsigned k = 0; k < count && t->count < PEER_ADDRESSES_MAX; k++) {
		struct peer_address *a = &t->addresses[t->count];

		if (find_address(t, &addresses[k]))
			continue;
		*a = (struct peer_address){ .addr = addresses[k],
					    .target = t,
					    .since_us = clock_now_us() };
		fsm_init(&a->fsm, &peer_fsm, &p->timers, a, 0);
		t->count++;
	}
}

static enum err keep_target(struct peers *p, struct peer_trunk *trunk,
			    const struct config_target *c, const struct config_trunk *policy)
{
	struct peer_target *t = find_target(p, trunk->name, c->object.name);
	uint16_t port = (uint16_t)(c->port ? c->port : c->transport == CONFIG_TLS ? 5061 : 5060);
	struct addr literal;

	if (!t) {
		t = calloc(1, sizeof(*t));
		if (!t)
			return ERR_MEMORY;
		t->trunk = trunk;
		memcpy(t->name, c->object.name, sizeof(t->name));
		list_append(&trunk->targets, &t->node);
	}
	t->keep = true;
	t->misses_max = policy->options_misses;
	t->is_asked = policy->options_interval > 0;
	if (strcmp(t->host, c->address) != 0)
		set_addresses(p, t, NULL, 0);
	memcpy(t->host, c->address, sizeof(t->host));
	if (addr_parse(slice_from_text(c->address), port, &literal) == ERR_NONE)
		set_addresses(p, t, &literal, 1);
	return ERR_NONE;
}

static enum err keep_trunk(struct peers *p, const struct config *c,
			   const struct config_trunk *policy)
{
	struct peer_trunk *t = find_trunk(p, policy->object.name);
	enum err e = ERR_NONE;

	if (!t) {
		t = calloc(1, sizeof(*t));
		if (!t)
			return ERR_MEMORY;
		t->peers = p;
		memcpy(t->name, policy->object.name, sizeof(t->name));
		list_init(&t->targets);
		list_append(&p->trunks, &t->node);
	}
	t->keep = true;
	for (size_t i = 0; i < c->target_count && !e; i++)
		if (strcmp(c->target[i].object.parent, t->name) == 0)
			e = keep_target(p, t, &c->target[i], policy);
	return e;
}

static void forget_the_rest(struct peers *p)
{
	LIST_FOR_EACH(node, &p->trunks)
	{
		struct peer_trunk *trunk = CONTAINER_OF(node, struct peer_trunk, node);

		LIST_FOR_EACH(inner, &trunk->targets)
		{
			struct peer_target *t = CONTAINER_OF(inner, struct peer_target, node);

			if (!t->keep)
				destroy_target(t);
			else
				t->keep = false;
		}
		if (!trunk->keep && trunk->calls == 0)
			destroy_trunk(trunk);
		else
			trunk->keep = false;
	}
}

enum err peers_configure(struct peers *p, const struct config *c)
{
	enum err e = ERR_NONE;

	pthread_mutex_lock(&p->lock);
	for (size_t i = 0; i < c->trunk_count && !e; i++)
		e = keep_trunk(p, c, &c->trunk[i]);
	forget_the_rest(p);
	pthread_mutex_unlock(&p->lock);
	return e;
}

/* --- whose packet is it? ------------------------------------------------- */

static bool list_has_address(const char *list, const struct addr *source)
{
	struct slice word;

	while (config_list_next(&list, &word)) {
		struct slice host = slice_take_until(&word, '/');
		struct addr prefix;
		uint64_t bits;

		if (addr_parse(host, 0, &prefix))
			continue;
		if (slice_parse_u64(word, 128, &bits))
			bits = addr_is_ipv6(&prefix) ? 128 : 32;
		if (addr_is_in_prefix(source, &prefix, (unsigned)bits))
			return true;
	}
	return false;
}

static bool identity_has(const struct transport_identity *identity, const char *name)
{
	for (unsigned i = 0; identity && i < identity->count; i++)
		if (strcasecmp(identity->names[i], name) == 0)
			return true;
	return false;
}

static bool targets_match(struct peers *p, const char *trunk, const struct addr *source,
			  const struct transport_identity *identity)
{
	struct peer_trunk *owner = find_trunk(p, trunk);

	if (!owner)
		return false;
	LIST_FOR_EACH(node, &owner->targets)
	{
		struct peer_target *t = CONTAINER_OF(node, struct peer_target, node);

		if (identity_has(identity, t->host))
			return true;
		for (unsigned i = 0; i < t->count; i++)
			if (addr_is_same_host(&t->addresses[i].addr, source))
				return true;
	}
	return false;
}

const struct config_trunk *peers_find_trunk(struct peers *p, const struct config *c,
					    const char *realm, const struct addr *source,
					    const struct transport_identity *identity)
{
	const struct config_trunk *found = NULL;

	pthread_mutex_lock(&p->lock);
	for (size_t i = 0; i < c->trunk_count && !found; i++) {
		const struct config_trunk *t = &c->trunk[i];

		if (strcmp(t->realm, realm) != 0 || t->admin == CONFIG_DISABLED)
			continue;
		if (t->sources[0] ? list_has_address(t->sources, source)
				  : targets_match(p, t->object.name, source, identity))
			found = t;
	}
	pthread_mutex_unlock(&p->lock);
	return found;
}

/* --- counting calls ------------------------------------------------------ */

static bool rate_is_used_up(struct peer_trunk *t, unsigned rate)
{
	int64_t second = clock_now_us() / CLOCK_SECONDS(1);

	if (t->rate_second != second) {
		t->rate_second = second;
		t->rate_count = 0;
	}
	return t->rate_count++ >= rate;
}

enum err peers_take_call(struct peers *p, const struct config *c, const char *trunk,
			 bool counts_rate)
{
	const struct config_limit *limit = config_find_limit(c, trunk);
	struct peer_trunk *t;
	enum err e = ERR_NONE;

	pthread_mutex_lock(&p->lock);
	t = find_trunk(p, trunk);
	if (!t)
		e = ERR_NOT_FOUND;
	else if (limit && limit->calls && t->calls >= limit->calls)
		e = ERR_LIMIT;
	else if (counts_rate && limit && limit->rate && rate_is_used_up(t, limit->rate))
		e = ERR_LIMIT;
	else
		t->calls++;
	pthread_mutex_unlock(&p->lock);
	return e;
}

void peers_give_call(struct peers *p, const char *trunk)
{
	struct peer_trunk *t;

	pthread_mutex_lock(&p->lock);
	t = find_trunk(p, trunk);
	if (t && t->calls)
		t->calls--;
	pthread_mutex_unlock(&p->lock);
}

/* --- health -------------------------------------------------------------- */

void peers_set_addresses(struct peers *p, const char *trunk, const char *target,
			 const struct addr *addresses, unsigned count)
{
	struct peer_target *t;

	pthread_mutex_lock(&p->lock);
	t = find_target(p, trunk, target);
	if (t)
		set_addresses(p, t, addresses, count);
	pthread_mutex_unlock(&p->lock);
}

enum peer_state peers_get_state(struct peers *p, const char *trunk, const char *target,
				const struct addr *address)
{
	struct peer_address *a;
	enum peer_state state = PEER_UNKNOWN;

	pthread_mutex_lock(&p->lock);
	a = find_address(find_target(p, trunk, target), address);
	if (a)
		state = (enum peer_state)a->fsm.state;
	/* Where nobody asks, a call has to try again some day. */
	if (state == PEER_DOWN && !a->target->is_asked &&
	    clock_now_us() - a->since_us > CLOCK_SECONDS(DOWN_FOR_S))
		state = PEER_UNKNOWN;
	pthread_mutex_unlock(&p->lock);
	return state;
}

void peers_report(struct peers *p, const char *trunk, const char *target,
		  const struct addr *address, enum peer_event event, const char *reason)
{
	struct peer_address *a;

	pthread_mutex_lock(&p->lock);
	a = find_address(find_target(p, trunk, target), address);
	snprintf(p->reason, sizeof(p->reason), "%s", reason);
	if (a)
		fsm_step(&a->fsm, (uint8_t)event, NULL);
	pthread_mutex_unlock(&p->lock);
}

static void fill_row(struct peer_row *row, const struct peer_trunk *trunk,
		     const struct peer_target *t, const struct peer_address *a)
{
	*row = (struct peer_row){ .calls = trunk->calls, .state = PEER_UNKNOWN };
	snprintf(row->trunk, sizeof(row->trunk), "%s", trunk->name);
	if (t)
		snprintf(row->target, sizeof(row->target), "%s", t->name);
	if (t && !a)
		snprintf(row->address, sizeof(row->address), "%.63s", t->host);
	if (!a)
		return;
	addr_print(&a->addr, row->address, sizeof(row->address));
	snprintf(row->reason, sizeof(row->reason), "%s", a->reason);
	row->state = (enum peer_state)a->fsm.state;
	row->since_us = a->since_us;
}

static unsigned list_trunk(struct peer_trunk *trunk, struct peer_row *rows, unsigned size)
{
	unsigned count = 0;

	LIST_FOR_EACH(node, &trunk->targets)
	{
		struct peer_target *t = CONTAINER_OF(node, struct peer_target, node);

		if (t->count == 0 && count < size)
			fill_row(&rows[count++], trunk, t, NULL);
		for (unsigned i = 0; i < t->count && count < size; i++)
			fill_row(&rows[count++], trunk, t, &t->addresses[i]);
	}
	if (list_is_empty(&trunk->targets) && count < size)
		fill_row(&rows[count++], trunk, NULL, NULL);
	return count;
}

unsigned peers_list(struct peers *p, const struct config *c, struct peer_row *rows, unsigned size)
{
	unsigned count = 0;

	pthread_mutex_lock(&p->lock);
	for (size_t i = 0; i < c->trunk_count; i++) {
		struct peer_trunk *t = find_trunk(p, c->trunk[i].object.name);

		if (t)
			count += list_trunk(t, rows + count, size - count);
	}
	pthread_mutex_unlock(&p->lock);
	return count;
}
