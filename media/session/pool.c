/* pool.c -- lending ports: three lists over one array: free, kept (free and still
 * bound) and resting. */
#include "media/session/pool.h"

#include <stdlib.h>

#include "common/clock.h"
#include "common/random.h"
#include "media/session/socket.h"
#include "media/stats/counters.h"

enum { NONE = UINT16_MAX, TRIES_MAX = 64 };
enum slot_state { SLOT_LENT, SLOT_FREE, SLOT_KEPT, SLOT_RESTING };

struct slot {
	uint16_t next, prev;
	uint8_t state;
	bool is_bound;	   /* not lent, its sockets are open */
	int fds[2];	   /* is_bound */
	int64_t rested_us; /* SLOT_RESTING: free again then */
};

struct chain {
	uint16_t first, last;
	unsigned count;
};

struct pool {
	struct pool_config config;
	unsigned holders, total;
	uint16_t first_port;
	unsigned keepers, bound_count;
	int room_bytes; /* of an RTP socket's receive buffer; 0: not known yet */
	struct chain free, kept, resting;
	struct slot slots[];
};

static struct chain *get_chain(struct pool *p, uint16_t i)
{
	switch ((enum slot_state)p->slots[i].state) {
	case SLOT_FREE:
		return &p->free;
	case SLOT_KEPT:
		return &p->kept;
	default:
		return &p->resting;
	}
}

static void put_last(struct pool *p, uint16_t i, enum slot_state state)
{
	struct chain *c;

	p->slots[i].state = (uint8_t)state;
	c = get_chain(p, i);
	p->slots[i].next = NONE;
	p->slots[i].prev = c->last;
	if (c->last == NONE)
		c->first = i;
	else
		p->slots[c->last].next = i;
	c->last = i;
	c->count++;
}

static void take_out(struct pool *p, uint16_t i)
{
	struct chain *c = get_chain(p, i);
	struct slot *s = &p->slots[i];

	if (s->prev == NONE)
		c->first = s->next;
	else
		p->slots[s->prev].next = s->next;
	if (s->next == NONE)
		c->last = s->prev;
	else
		p->slots[s->next].prev = s->prev;
	c->count--;
	s->state = SLOT_LENT;
}

static void fill_shuffled(struct pool *p)
{
	uint16_t *order = calloc(p->total, sizeof(*order));

	for (unsigned i = 0; i < p->total; i++) {
		unsigned other = order ? (unsigned)(random_u64() % (i + 1)) : i;

		if (!order) {
			put_last(p, (uint16_t)i, SLOT_FREE);
			continue;
		}
		order[i] = order[other];
		order[other] = (uint16_t)i;
	}
	for (unsigned i = 0; order && i < p->total; i++)
		put_last(p, order[i], SLOT_FREE);
	free(order);
}

enum err pool_create(const struct pool_config *config, struct pool **out_pool)
{
	unsigned first = (config->port_low + 1u) & ~1u;
	unsigned total = config->port_high > first ? (config->port_high - first + 1u) / 2 : 0;
	struct pool *p;

	if (!total || first < 2)
		return ERR_RANGE;
	p = calloc(1, sizeof(*p) + total * sizeof(p->slots[0]));
	if (!p)
		return ERR_MEMORY;
	p->config = *config;
	p->holders = 1;
	p->total = total;
	p->first_port = (uint16_t)first;
	p->free.first = p->free.last = NONE;
	p->kept = p->resting = p->free;
	fill_shuffled(p);
	*out_pool = p;
	return ERR_NONE;
}

struct pool *pool_ref(struct pool *p)
{
	p->holders++;
	return p;
}

/* --- sockets that are kept --------------------------------------------------- */

static bool keep(struct pool *p, uint16_t i, const int fds[2])
{
	struct slot *s = &p->slots[i];

	if (!p->keepers || p->bound_count == POOL_KEPT_MAX ||
	    !socket_rest_pair(fds, &p->room_bytes))
		return false;
	s->fds[0] = fds[0];
	s->fds[1] = fds[1];
	s->is_bound = true;
	p->bound_count++;
	return true;
}

static enum err take_kept(struct pool *p, uint16_t i, int out_fds[2])
{
	struct slot *s = &p->slots[i];

	s->is_bound = false;
	p->bound_count--;
	if (!socket_wake_pair(s->fds, p->room_bytes)) {
		socket_close_pair(s->fds);
		return ERR_EXISTS;
	}
	out_fds[0] = s->fds[0];
	out_fds[1] = s->fds[1];
	return ERR_NONE;
}

static void close_kept(struct pool *p)
{
	for (unsigned i = 0; p->bound_count && i < p->total; i++) {
		if (!p->slots[i].is_bound)
			continue;
		socket_close_pair(p->slots[i].fds);
		p->slots[i].is_bound = false;
		p->bound_count--;
	}
}

void pool_start_keeping(struct pool *p)
{
	p->keepers++;
}

void pool_stop_keeping(struct pool *p)
{
	if (--p->keepers == 0)
		close_kept(p);
}

void pool_unref(struct pool *p)
{
	if (!p || --p->holders)
		return;
	close_kept(p);
	free(p);
}

const struct pool_config *pool_get_config(const struct pool *p)
{
	return &p->config;
}

bool pool_config_is_equal(const struct pool_config *a, const struct pool_config *b)
{
	return addr_is_same_host(&a->address, &b->address) && a->port_low == b->port_low &&
	       a->port_high == b->port_high && a->dscp == b->dscp;
}

static void wake_rested(struct pool *p, int64_t now_us)
{
	while (p->resting.first != NONE && p->slots[p->resting.first].rested_us <= now_us) {
		uint16_t i = p->resting.first;

		take_out(p, i);
		put_last(p, i, p->slots[i].is_bound ? SLOT_KEPT : SLOT_FREE);
	}
}

/* Better a port whose quarantine is not over than a call that fails. */
static uint16_t choose(struct pool *p)
{
	if (p->kept.first != NONE)
		return p->kept.first;
	if (p->free.first != NONE)
		return p->free.first;
	if (p->resting.first != NONE)
		control_count(CONTROL_PORT_EARLY);
	return p->resting.first;
}

static uint16_t find_wanted(const struct pool *p, uint16_t port)
{
	unsigned i = (unsigned)(port - p->first_port) / 2;

	if (port < p->first_port || port % 2 || i >= p->total || p->slots[i].state == SLOT_LENT)
		return NONE;
	return (uint16_t)i;
}

static void rest(struct pool *p, uint16_t i)
{
	p->slots[i].rested_us = clock_now_us() + CLOCK_SECONDS(POOL_QUARANTINE_S);
	put_last(p, i, SLOT_RESTING);
}

static enum err try_slot(struct pool *p, uint16_t i, struct pool_pair *out_pair)
{
	uint16_t port = (uint16_t)(p->first_port + 2 * i);
	struct pool_pair pair = { .port = port };
	enum err e;

	if (p->slots[i].is_bound)
		e = take_kept(p, i, pair.fds);
	else
		e = socket_open_pair(&p->config.address, port, p->config.dscp, pair.fds);
	take_out(p, i);
	if (e) {
		rest(p, i);
		return e;
	}
	*out_pair = pair;
	return ERR_NONE;
}

enum err pool_lend(struct pool *p, uint16_t wanted, struct pool_pair *out_pair)
{
	uint16_t i = wanted ? find_wanted(p, wanted) : NONE;
	enum err e;

	wake_rested(p, clock_now_us());
	if (i != NONE && try_slot(p, i, out_pair) == ERR_NONE)
		return ERR_NONE;
	for (unsigned tries = 0; tries < TRIES_MAX; tries++) {
		i = choose(p);
		if (i == NONE)
			return ERR_LIMIT;
		e = try_slot(p, i, out_pair);
		if (e != ERR_EXISTS)
			return e;
		control_count(CONTROL_PORT_TAKEN);
	}
	return ERR_LIMIT;
}

void pool_take_back(struct pool *p, struct pool_pair *pair)
{
	uint16_t i = (uint16_t)((pair->port - p->first_port) / 2);

	if (!pair->port)
		return;
	if (!keep(p, i, pair->fds))
		socket_close_pair(pair->fds);
	rest(p, i);
	pair->port = 0;
}

unsigned pool_get_free(const struct pool *p)
{
	return p->free.count + p->kept.count + p->resting.count;
}

unsigned pool_get_total(const struct pool *p)
{
	return p->total;
}
