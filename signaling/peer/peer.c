/* peer.c -- health and call counts of trunks, shared by the workers.
 * The life of an address: the resolver or the configuration names it, OPTIONS and
 * calls move its state through peer.def, a configuration without it forgets it. */
#include "signaling/peer/peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "signaling/peer/internal.h"

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

struct peer_trunk *peers_find(struct peers *p, const char *name)
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
	struct peer_trunk *owner = peers_find(p, trunk);

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
	struct peer_trunk *t = peers_find(p, policy->object.name);
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
		struct peer_trunk *t = peers_find(p, c->trunk[i].object.name);

		if (t)
			count += list_trunk(t, rows + count, size - count);
	}
	pthread_mutex_unlock(&p->lock);
	return count;
}
