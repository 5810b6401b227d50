/* resolve.c -- from a host name to the addresses to try.  A query asks for all records
 * it may need at once and waits for one after the other; what is there when it is woken
 * or its time is over decides. */
#include "signaling/resolve/resolve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "common/clock.h"
#include "signaling/resolve/cache.h"

enum { QUERIES_MAX = 4096, DEADLINE_MS = 5000 };

struct resolver {
	struct loop *loop;
	struct cache cache;
	struct loop_late late;
	struct hash_table queries;
	unsigned query_count;
	uint64_t next_query;
	uint64_t random; /* state of a xorshift generator: order, not secrecy */
};

struct query {
	struct hash_node node;
	struct list waiting; /* in a record's list of waiters */
	struct resolver *resolver;
	uint64_t id;
	struct timer deadline;
	char host[DNS_NAME_SIZE];
	uint16_t port;
	enum config_transport kind;
	resolve_fn *fn;
	void *arg;
};

/* What is still missing while an answer is put together. */
struct attempt {
	struct resolver *resolver;
	struct resolved *out;
	struct record *missing; /* the first record that is being asked for */
	bool is_last; /* take what is there */
	enum err e; /* why there is nothing */
};

static uint32_t draw(void *arg, uint32_t n)
{
	struct resolver *r = arg;

	r->random ^= r->random << 13;
	r->random ^= r->random >> 7;
	r->random ^= r->random << 17;
	return (uint32_t)(((r->random >> 32) * n) >> 32);
}

static uint16_t default_port(enum config_transport kind)
{
	return kind == CONFIG_TLS ? 5061 : 5060;
}

/* RFC 3263 4.1, for the transport that is configured. */
static void print_service(enum config_transport kind, const char *host, char *out, size_t size)
{
	static const char *const services[] = { "_sip._udp", "_sip._tcp", "_sips._tcp" };

	snprintf(out, size, "%s.%s", services[kind], host);
}

/* NULL: it is missing for now, or for good. */
static struct record *find_record(struct attempt *a, enum cache_kind kind, const char *name)
{
	struct record *r = cache_want(&a->resolver->cache, kind, name);

	if (!r) {
		a->e = ERR_LIMIT;
		return NULL;
	}
	if (r->is_asking && !a->is_last) {
		if (!a->missing)
			a->missing = r;
		return NULL;
	}
	if (r->e) {
		a->e = r->is_asking ? ERR_TIMEOUT : ERR_NAME;
		return NULL;
	}
	return r;
}

static void add_host(struct attempt *a, const char *host, uint16_t port)
{
	struct record *r = find_record(a, CACHE_HOST, host);

	if (!r)
		return;
	for (unsigned i = 0; i < r->address_count; i++) {
		struct addr *next = &a->out->addresses[a->out->count];

		if (a->out->count == RESOLVE_ADDRESSES_MAX)
			return;
		*next = r->addresses[(i + r->turn) % r->address_count];
		addr_set_port(next, port);
		a->out->count++;
	}
}

static void turn_hosts(struct attempt *a, const struct srv_record *srv, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct record *r = find_record(a, CACHE_HOST, srv[i].target);

		if (r)
			r->turn++;
	}
}

static void add_services(struct attempt *a, const struct record *service)
{
	struct srv_record ordered[SRV_RECORDS_MAX];

	memcpy(ordered, service->srv, service->srv_count * sizeof(*ordered));
	srv_order(ordered, service->srv_count, draw, a->resolver);
	for (unsigned i = 0; i < service->srv_count; i++)
		if (ordered[i].target[0])
			add_host(a, ordered[i].target, ordered[i].port);
	if (!a->missing)
		turn_hosts(a, ordered, service->srv_count);
}

static void add_plain_host(struct attempt *a, const char *host, uint16_t port)
{
	struct srv_record alone = { .port = port };

	add_host(a, host, port);
	snprintf(alone.target, sizeof(alone.target), "%s", host);
	if (!a->missing)
		turn_hosts(a, &alone, 1);
}

/* ERR_BUSY: a->missing must come first. */
static enum err attempt(struct attempt *a, const char *host, uint16_t port,
			enum config_transport kind)
{
	char name[DNS_NAME_SIZE];
	struct record *service = NULL;

	a->out->count = 0;
	a->e = ERR_NAME;
	if (port == 0) {
		print_service(kind, host, name, sizeof(name));
		service = find_record(a, CACHE_SRV, name);
	}
	/* Without SRV records, and when the DNS does not answer that question. */
	if (service)
		add_services(a, service);
	else
		add_plain_host(a, host, port ? port : default_port(kind));
	if (a->missing)
		return ERR_BUSY;
	return a->out->count ? ERR_NONE : a->e;
}

/* --- queries ------------------------------------------------------------- */

static void query_destroy(struct query *q)
{
	hash_table_remove(&q->resolver->queries, &q->node);
	q->resolver->query_count--;
	list_remove(&q->waiting);
	timer_stop(loop_get_timers(q->resolver->loop), &q->deadline);
	free(q);
}

static void query_try(struct query *q, bool is_last)
{
	struct resolved result = { .count = 0 };
	struct attempt a = { .resolver = q->resolver, .out = &result, .is_last = is_last };
	enum err e = attempt(&a, q->host, q->port, q->kind);
	resolve_fn *fn = q->fn;
	void *arg = q->arg;

	list_remove(&q->waiting);
	if (e == ERR_BUSY) {
		list_append(&a.missing->waiters, &q->waiting);
		return;
	}
	query_destroy(q);
	fn(arg, e, &result);
}

static void on_deadline(struct timer *t)
{
	query_try(CONTAINER_OF(t, struct query, deadline), true);
}

static bool is_query(const struct hash_node *node, const void *key)
{
	return CONTAINER_OF_CONST(node, struct query, node)->id == *(const uint64_t *)key;
}

static enum err query_create(struct resolver *r, const char *host, uint16_t port,
			     enum config_transport kind, struct query **out_query)
{
	struct query *q;

	if (r->query_count >= QUERIES_MAX)
		return ERR_LIMIT;
	q = calloc(1, sizeof(*q));
	if (!q)
		return ERR_MEMORY;
	q->resolver = r;
	q->id = ++r->next_query;
	snprintf(q->host, sizeof(q->host), "%s", host);
	q->port = port;
	q->kind = kind;
	list_init(&q->waiting);
	timer_init(&q->deadline, on_deadline);
	timer_start(loop_get_timers(r->loop), &q->deadline, CLOCK_MS(DEADLINE_MS));
	hash_table_add(&r->queries, &q->node, hash_u64(q->id));
	r->query_count++;
	*out_query = q;
	return ERR_NONE;
}

/* A name that the DNS can carry, with room for the service in front of it. */
static bool is_askable(const char *host)
{
	size_t len = strlen(host);

	return len > 0 && len < DNS_NAME_SIZE - sizeof("_sips._tcp.") && host[0] != '.' &&
	       !strpbrk(host, " \t\r\n/@,;");
}

enum err resolver_lookup(struct resolver *r, const char *host, uint16_t port,
			 enum config_transport kind, struct resolved *out, resolve_fn *fn,
			 void *arg, uint64_t *out_query)
{
	struct resolved result = { .count = 0 };
	struct attempt a = { .resolver = r, .out = &result };
	struct query *q;
	enum err e;

	if (addr_parse(slice_from_text(host), port ? port : default_port(kind),
		       &result.addresses[0]) == ERR_NONE) {
		result.count = 1;
		*out = result;
		return ERR_NONE;
	}
	if (!is_askable(host))
		return ERR_NAME;
	e = attempt(&a, host, port, kind);
	if (!e)
		*out = result;
	if (e != ERR_BUSY)
		return e;
	e = query_create(r, host, port, kind, &q);
	if (e)
		return e;
	q->fn = fn;
	q->arg = arg;
	list_append(&a.missing->waiters, &q->waiting);
	*out_query = q->id;
	return ERR_BUSY;
}

void resolver_cancel(struct resolver *r, uint64_t query)
{
	struct hash_node *node = hash_table_find(&r->queries, hash_u64(query), is_query, &query);

	if (node)
		query_destroy(CONTAINER_OF(node, struct query, node));
}

/* --- life ---------------------------------------------------------------- */

static void on_late(struct loop_late *late)
{
	struct resolver *r = CONTAINER_OF(late, struct resolver, late);
	struct record *record;

	while ((record = cache_take_ready(&r->cache)) != NULL) {
		struct list woken;

		/* A woken query may wait again, on this record or another. */
		list_init(&woken);
		LIST_FOR_EACH(node, &record->waiters) {
			list_remove(node);
			list_append(&woken, node);
		}
		while (!list_is_empty(&woken))
			query_try(CONTAINER_OF(woken.next, struct query, waiting), false);
	}
}

static void on_news(struct cache *c)
{
	struct resolver *r = CONTAINER_OF(c, struct resolver, cache);

	loop_late_start(r->loop, &r->late);
}

enum err resolver_create(struct loop *l, const char *servers, struct resolver **out_resolver)
{
	struct resolver *r = calloc(1, sizeof(*r));
	enum err e;

	if (!r)
		return ERR_MEMORY;
	r->loop = l;
	loop_late_init(&r->late, on_late);
	if (getrandom(&r->random, sizeof(r->random), 0) != sizeof(r->random) || !r->random)
		r->random = (uint64_t)clock_now_us() | 1;
	e = hash_table_init(&r->queries);
	if (e)
		goto out;
	e = cache_init(&r->cache, l, servers, on_news);
	if (e) {
		hash_table_fini(&r->queries);
		goto out;
	}
	*out_resolver = r;
	return ERR_NONE;
out:
	free(r);
	return e;
}

static void destroy_visited(struct hash_node *node, void *arg)
{
	(void)arg;
	query_destroy(CONTAINER_OF(node, struct query, node));
}

void resolver_destroy(struct resolver *r)
{
	if (!r)
		return;
	hash_table_visit(&r->queries, destroy_visited, NULL);
	loop_late_stop(&r->late);
	cache_fini(&r->cache);
	hash_table_fini(&r->queries);
	free(r);
}
