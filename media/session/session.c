/* session.c -- reserving, moving and releasing one session. */
#include "media/session/session.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "media/session/internal.h"
#include "media/stats/counters.h"

/* A place at a realm: what a side holds and what a move exchanges. */
struct place {
	struct realm *realm;
	struct pool *pool;
	struct pool_pair pair;
};

static enum err find_pool(const struct session_table *t, struct slice realm, unsigned family,
			  struct place *place, struct text *why)
{
	place->realm = t->revision ? revision_find_realm(t->revision, realm) : NULL;
	if (!place->realm) {
		text_printf(why, "realm \"%.*s\" is not configured in the media process",
			    SLICE_ARG(realm));
		return ERR_NOT_FOUND;
	}
	place->pool = realm_find_pool(place->realm, family);
	if (!place->pool) {
		text_printf(why, "realm \"%.*s\" has no IPv%u address for media", SLICE_ARG(realm),
			    family);
		return ERR_ADDRESS;
	}
	return ERR_NONE;
}

static enum err take_place(const struct session_table *t, struct slice realm, unsigned family,
			   uint16_t port, struct place *out_place, struct text *why)
{
	struct place place;
	enum err e = find_pool(t, realm, family, &place, why);

	if (e)
		return e;
	e = pool_lend(place.pool, port, &place.pair);
	if (e == ERR_LIMIT && pool_get_free(place.pool) == 0)
		text_printf(why,
			    "realm \"%.*s\": all %u pairs of media ports are in use; "
			    "widen its media-ports",
			    SLICE_ARG(realm), pool_get_total(place.pool));
	else if (e)
		text_printf(why, "realm \"%.*s\": no media port could be opened: %s",
			    SLICE_ARG(realm), err_text(e));
	if (e)
		return e;
	realm_ref(place.realm);
	pool_ref(place.pool);
	*out_place = place;
	return ERR_NONE;
}

static void give_up_place(struct place *place)
{
	pool_take_back(place->pool, &place->pair);
	pool_unref(place->pool);
	realm_unref(place->realm);
}

static void settle(struct session *s, unsigned side, const struct place *place)
{
	s->sides[side].realm = place->realm;
	s->sides[side].pool = place->pool;
	s->sides[side].pair = place->pair;
}

static struct place get_place(const struct session_side *side)
{
	return (struct place){ side->realm, side->pool, side->pair };
}

static struct session *create(struct session_table *t, uint64_t id)
{
	struct session *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->relay = relay_create(id);
	if (!s->relay) {
		free(s);
		return NULL;
	}
	s->table = t;
	s->id = id;
	s->created_us = clock_now_us();
	s->relay->owner = s;
	for (unsigned i = 0; i < RELAY_SIDES; i++)
		session_side_init(&s->sides[i], i);
	return s;
}

static void hand_to_worker(struct session_table *t, struct session *s)
{
	for (unsigned i = 0; i < RELAY_SIDES; i++)
		for (unsigned c = 0; c < RELAY_COMPONENTS; c++)
			s->relay->sides[i].ports[c].fd = s->sides[i].pair.fds[c];
	s->worker = t->workers[t->next_worker++ % t->worker_count];
	worker_add(s->worker, s->relay);
}

static enum err reserve_new(struct session_table *t, const struct ipc_media_reserve *m,
			    struct text *why, struct session **out_session)
{
	struct place places[RELAY_SIDES];
	struct session *s;
	enum err e;

	if (t->sessions.count + t->leaving >= SESSIONS_MAX || !t->worker_count) {
		text_printf(why,
			    t->worker_count ? "all %u media sessions are in use"
					    : "the media process is not configured yet",
			    (unsigned)SESSIONS_MAX);
		return t->worker_count ? ERR_LIMIT : ERR_NOT_FOUND;
	}
	e = take_place(t, m->realm_0, m->family_0, m->port_0, &places[0], why);
	if (e)
		return e;
	e = take_place(t, m->realm_1, m->family_1, m->port_1, &places[1], why);
	if (e) {
		give_up_place(&places[0]);
		return e;
	}
	s = create(t, m->session);
	if (!s) {
		give_up_place(&places[0]);
		give_up_place(&places[1]);
		text_put_string(why, err_text(ERR_MEMORY));
		return ERR_MEMORY;
	}
	settle(s, 0, &places[0]);
	settle(s, 1, &places[1]);
	hash_table_add(&t->sessions, &s->node, hash_u64(s->id));
	hand_to_worker(t, s);
	control_count(CONTROL_RESERVED);
	*out_session = s;
	return ERR_NONE;
}

static bool must_move(const struct session_side *side, struct slice realm, unsigned family)
{
	bool is_ipv6 = addr_is_ipv6(&pool_get_config(side->pool)->address);

	return !slice_is_text(realm, side->realm->name) || (family && (family == 6) != is_ipv6);
}

static enum err move_side(struct session *s, unsigned side, const struct place *to)
{
	struct worker_order *order = calloc(1, sizeof(*order));
	struct place *from = malloc(sizeof(*from));

	if (!order || !from) {
		free(order);
		free(from);
		return ERR_MEMORY;
	}
	*from = get_place(&s->sides[side]);
	*order = (struct worker_order){ .kind = WORKER_MOVE,
					.relay = s->relay,
					.side = side,
					.fds = { to->pair.fds[0], to->pair.fds[1] },
					.data = from };
	settle(s, side, to);
	worker_give_order(s->worker, order);
	return ERR_NONE;
}

static enum err reserve_side_again(struct session *s, unsigned side, struct slice realm,
				   unsigned family, uint16_t port, struct text *why)
{
	struct place place;
	enum err e;

	if (!must_move(&s->sides[side], realm, family))
		return ERR_NONE;
	e = take_place(s->table, realm, family, port, &place, why);
	if (e)
		return e;
	e = move_side(s, side, &place);
	if (e) {
		give_up_place(&place);
		text_put_string(why, err_text(e));
	}
	return e;
}

enum err session_reserve(struct session_table *t, const struct ipc_media_reserve *m,
			 struct ipc_channel *owner, uint32_t owner_pid, struct text *why,
			 struct session **out_session)
{
	struct session *s = session_find(t, m->session);
	enum err e;

	if (s) {
		e = reserve_side_again(s, 0, m->realm_0, m->family_0, m->port_0, why);
		if (!e)
			e = reserve_side_again(s, 1, m->realm_1, m->family_1, m->port_1, why);
	} else {
		e = reserve_new(t, m, why, &s);
	}
	if (e) {
		control_count(CONTROL_REFUSED);
		return e;
	}
	s->owner = owner;
	s->owner_pid = owner_pid;
	*out_session = s;
	return ERR_NONE;
}

void session_release(struct session *s)
{
	struct session_table *t = s->table;

	hash_table_remove(&t->sessions, &s->node);
	for (unsigned i = 0; i < RELAY_SIDES; i++) {
		timer_stop(loop_get_timers(t->loop), &s->sides[i].silence);
		explicit_bzero(&s->sides[i].send, sizeof(s->sides[i].send));
		explicit_bzero(&s->sides[i].receive, sizeof(s->sides[i].receive));
	}
	t->leaving++;
	worker_remove(s->worker, s->relay);
}

void session_dispose(struct relay *r)
{
	struct session *s = r->owner;

	for (unsigned i = 0; i < RELAY_SIDES; i++) {
		struct place place = get_place(&s->sides[i]);

		give_up_place(&place);
	}
	relay_destroy(r);
	free(s);
}

void session_order_finish(struct worker_order *order)
{
	if (order->kind == WORKER_MOVE) {
		give_up_place(order->data);
		free(order->data);
	} else {
		crypt_destroy(order->change.receive);
		crypt_destroy(order->change.send);
	}
	free(order);
}
