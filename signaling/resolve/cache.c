/* cache.c -- records by name, bounded, the longest unused leaves first. */
#include "signaling/resolve/cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/clock.h"

struct key {
	enum cache_kind kind;
	const char *name;
};

static uint64_t hash_key(const struct key *k)
{
	char lower[DNS_NAME_SIZE];
	size_t len = 0;

	for (; k->name[len] && len < sizeof(lower) - 1; len++) {
		char c = k->name[len];

		lower[len] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
	}
	return hash_bytes(lower, len) + k->kind;
}

static bool is_key(const struct hash_node *node, const void *key)
{
	const struct record *r = CONTAINER_OF_CONST(node, struct record, node);
	const struct key *k = key;

	return r->kind == k->kind && strcasecmp(r->name, k->name) == 0;
}

static void record_destroy(struct record *r)
{
	struct cache *c = r->cache;

	hash_table_remove(&c->table, &r->node);
	list_remove(&r->by_age);
	list_remove(&r->ready);
	c->count--;
	free(r->addresses);
	free(r->srv);
	free(r);
}

/* Nobody waits for it and no question about it is on its way. */
static bool is_unused(const struct record *r)
{
	return !r->is_asking && list_is_empty(&r->waiters) && list_is_empty(&r->ready);
}

static bool make_room(struct cache *c)
{
	if (c->count < CACHE_RECORDS_MAX)
		return true;
	LIST_FOR_EACH(node, &c->by_age) {
		struct record *r = CONTAINER_OF(node, struct record, by_age);

		if (is_unused(r)) {
			record_destroy(r);
			return true;
		}
	}
	return false;
}

static struct record *record_create(struct cache *c, const struct key *k)
{
	struct record *r;

	if (!make_room(c))
		return NULL;
	r = calloc(1, sizeof(*r));
	if (!r)
		return NULL;
	r->cache = c;
	r->kind = k->kind;
	r->e = ERR_NAME;
	snprintf(r->name, sizeof(r->name), "%s", k->name);
	list_init(&r->by_age);
	list_init(&r->waiters);
	list_init(&r->ready);
	hash_table_add(&c->table, &r->node, hash_key(k));
	c->count++;
	return r;
}

/* Copies exactly what came; on no memory the record stays as it was. */
static enum err store(struct record *r, const struct dns_answer *a)
{
	struct addr *addresses = calloc(a->address_count + 1, sizeof(*addresses));
	struct srv_record *srv = calloc(a->srv_count + 1, sizeof(*srv));

	if (!addresses || !srv) {
		free(addresses);
		free(srv);
		return ERR_MEMORY;
	}
	memcpy(addresses, a->addresses, a->address_count * sizeof(*addresses));
	memcpy(srv, a->srv, a->srv_count * sizeof(*srv));
	free(r->addresses);
	free(r->srv);
	r->addresses = addresses;
	r->address_count = a->address_count;
	r->srv = srv;
	r->srv_count = a->srv_count;
	r->e = a->e;
	r->answered_us = clock_now_us();
	return ERR_NONE;
}

static bool has_stale(const struct record *r)
{
	return !r->e && clock_now_us() - r->answered_us < CLOCK_SECONDS(CACHE_STALE_S);
}

static void on_answer(void *arg, const struct dns_answer *a)
{
	struct record *r = arg;
	struct cache *c = r->cache;
	int64_t holds_us = CLOCK_SECONDS(a->e ? CACHE_NEGATIVE_S : a->ttl_s);

	r->is_asking = false;
	c->asking_count--;
	if (a->e != ERR_NAME || !has_stale(r)) {
		if (store(r, a))
			holds_us = 0;
	}
	r->expires_us = clock_now_us() + holds_us;
	list_remove(&r->ready);
	list_append(&c->ready, &r->ready);
	c->on_news(c);
}

static bool ask(struct record *r)
{
	struct cache *c = r->cache;

	if (c->asking_count >= CACHE_ASKING_MAX)
		return false;
	r->is_asking = true;
	c->asking_count++;
	if (r->kind == CACHE_SRV)
		dns_ask_srv(c->dns, r->name, on_answer, r);
	else
		dns_ask_host(c->dns, r->name, on_answer, r);
	return true;
}

struct record *cache_want(struct cache *c, enum cache_kind kind, const char *name)
{
	struct key k = { kind, name };
	struct hash_node *node = hash_table_find(&c->table, hash_key(&k), is_key, &k);
	struct record *r = node ? CONTAINER_OF(node, struct record, node) : record_create(c, &k);

	if (!r)
		return NULL;
	list_remove(&r->by_age);
	list_append(&c->by_age, &r->by_age);
	if (!r->is_asking && r->expires_us <= clock_now_us() && !ask(r))
		return NULL;
	return r;
}

struct record *cache_take_ready(struct cache *c)
{
	struct record *r;

	if (list_is_empty(&c->ready))
		return NULL;
	r = CONTAINER_OF(c->ready.next, struct record, ready);
	list_remove(&r->ready);
	return r;
}

enum err cache_init(struct cache *c, struct loop *l, const char *servers,
		    void (*on_news)(struct cache *c))
{
	enum err e;

	*c = (struct cache){ .loop = l, .on_news = on_news };
	list_init(&c->by_age);
	list_init(&c->ready);
	e = hash_table_init(&c->table);
	if (e)
		return e;
	e = dns_create(l, servers, &c->dns);
	if (e)
		hash_table_fini(&c->table);
	return e;
}

void cache_fini(struct cache *c)
{
	dns_destroy(c->dns);
	LIST_FOR_EACH(node, &c->by_age)
		record_destroy(CONTAINER_OF(node, struct record, by_age));
	hash_table_fini(&c->table);
}
