/* show.c -- what is running, row by row. */
#include <inttypes.h>
#include <string.h>

#include "common/clock.h"
#include "media/bus/handlers.h"
#include "media/stats/counters.h"

/* --- counters -------------------------------------------------------------- */

struct counter_reply {
	struct ipc_channel *channel;
	uint32_t id, count;
	struct slice filter;
};

static bool matches(struct slice filter, const char *name)
{
	return !filter.len || memmem(name, strlen(name), filter.data, filter.len);
}

static void send_counter(struct counter_reply *r, const struct counter_description *d,
			 uint64_t value)
{
	struct ipc_counter_row row = { .value = value, .help = slice_from_text(d->help) };
	char name[64];
	struct text t;

	if (!matches(r->filter, d->name))
		return;
	text_init(&t, name, sizeof(name));
	text_printf(&t, "media_%s", d->name);
	row.name = text_get(&t);
	if (ipc_send(r->channel, IPC_counter_row, r->id, &row) == ERR_NONE)
		r->count++;
}

HANDLER(show_counters)
{
	struct counter_reply r = { .channel = c, .id = id, .filter = m->filter };
	const struct session_table *t = &b->table;
	uint64_t sum;

	for (unsigned i = 0; i < RELAYED_COUNT; i++) {
		sum = 0;
		for (unsigned w = 0; w < t->worker_count; w++)
			sum += counter_get(&worker_get_counters(t->workers[w])->relayed[i]);
		send_counter(&r, &relayed_descriptions[i], sum);
	}
	for (unsigned i = 0; i < DROP_COUNT; i++) {
		sum = 0;
		for (unsigned w = 0; w < t->worker_count; w++)
			sum += counter_get(&worker_get_counters(t->workers[w])->drops[i]);
		send_counter(&r, &drop_descriptions[i], sum);
	}
	for (unsigned i = 0; i < CONTROL_COUNT; i++)
		send_counter(&r, &control_descriptions[i], control_get((enum control)i));
	ipc_send_done(c, id, r.count);
}

/* --- sessions -------------------------------------------------------------- */

struct session_reply {
	struct ipc_channel *channel;
	uint32_t id, count;
};

static struct slice print_addr(const struct addr *a, char *buf, size_t size)
{
	return addr_is_set(a) ? slice_from_text(addr_print(a, buf, size)) : SLICE_NONE;
}

/* "AES_CM_128_HMAC_SHA1_80", or "RTP" on a plain side. */
static struct slice name_suite(const struct session_side *side)
{
	uint8_t suite = side->send.suite ? side->send.suite : side->receive.suite;

	return suite ? slice_from_text(suite_find(suite)->sdp_name) : SLICE("RTP");
}

static uint64_t sum_drops(const struct relay_side *hot)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < DROP_COUNT; i++)
		sum += counter_get(&hot->drops[i]);
	return sum;
}

static uint32_t get_quiet_ms(const struct relay_side *hot)
{
	int64_t last_us = atomic_load_explicit(&hot->last_packet_us, memory_order_relaxed);
	int64_t quiet_ms = (clock_now_us() - last_us) / 1000;

	if (!last_us || quiet_ms > UINT32_MAX)
		return UINT32_MAX;
	return quiet_ms < 0 ? 0 : (uint32_t)quiet_ms;
}

static void send_side(struct session_reply *r, const struct session *s, unsigned index)
{
	const struct session_side *side = &s->sides[index];
	const struct relay_side *hot = &s->relay->sides[index];
	struct addr local = pool_get_config(side->pool)->address;
	char id[20], local_text[ADDR_TEXT_SIZE], remote_text[ADDR_TEXT_SIZE];
	struct text t;
	struct ipc_session_row row;

	addr_set_port(&local, side->pair.port);
	text_init(&t, id, sizeof(id));
	text_printf(&t, "%" PRIx64, s->id);
	row = (struct ipc_session_row){
		.session = text_get(&t),
		.side = (uint8_t)index,
		.realm = slice_from_text(side->realm->name),
		.local = print_addr(&local, local_text, sizeof(local_text)),
		.remote = print_addr(addr_is_set(&side->heard) ? &side->heard : &side->told,
				     remote_text, sizeof(remote_text)),
		.suite = name_suite(side),
		.path = SLICE("portable"),
		.received = counter_get(&hot->received),
		.sent = counter_get(&hot->sent),
		.dropped = sum_drops(hot),
		.lost = atomic_load_explicit(&hot->quality.lost, memory_order_relaxed),
		.jitter_us = atomic_load_explicit(&hot->quality.jitter_us, memory_order_relaxed),
		.quiet_ms = get_quiet_ms(hot),
	};
	if (ipc_send(r->channel, IPC_session_row, r->id, &row) == ERR_NONE)
		r->count++;
}

static void send_session(struct hash_node *n, void *arg)
{
	for (unsigned i = 0; i < RELAY_SIDES; i++)
		send_side(arg, CONTAINER_OF(n, struct session, node), i);
}

HANDLER(show_sessions)
{
	struct session_reply r = { .channel = c, .id = id };
	struct session *s = m->session ? session_find(&b->table, m->session) : NULL;

	if (!m->session)
		hash_table_visit(&b->table.sessions, send_session, &r);
	else if (s)
		send_session(&s->node, &r);
	ipc_send_done(c, id, r.count);
}

/* --- the process ----------------------------------------------------------- */

static void send_fact(struct session_reply *r, const char *name, const char *value)
{
	ipc_send(r->channel, IPC_media_row, r->id,
		 &(struct ipc_media_row){ .name = slice_from_text(name),
					  .value = slice_from_text(value) });
	r->count++;
}

static void send_number(struct session_reply *r, const char *name, uint64_t value)
{
	char text[24];
	struct text t;

	text_init(&t, text, sizeof(text));
	text_put_u64(&t, value);
	send_fact(r, name, text_get_string(&t));
}

static void send_pool(struct session_reply *r, const struct realm *m, const struct pool *p)
{
	char name[128], value[160], host[ADDR_TEXT_SIZE];
	struct text n, v;

	text_init(&n, name, sizeof(name));
	text_init(&v, value, sizeof(value));
	text_printf(&n, "%.40s ports free", m->name);
	text_printf(&v, "%u of %u pairs at %s %u-%u", pool_get_free(p), pool_get_total(p),
		    addr_print_host(&pool_get_config(p)->address, host, sizeof(host)), m->port_low,
		    m->port_high);
	send_fact(r, text_get_string(&n), text_get_string(&v));
}

HANDLER(show_media)
{
	struct session_reply r = { .channel = c, .id = id };

	(void)m;
	send_fact(&r, "path", "portable: a socket per port");
	send_number(&r, "workers", b->table.worker_count);
	send_number(&r, "sessions", b->table.sessions.count);
	send_number(&r, "revision", b->running ? b->running->number : 0);
	for (unsigned i = 0; b->running && i < b->running->realm_count; i++)
		for (unsigned j = 0; j < REALM_ADDRESSES; j++)
			if (b->running->realms[i]->pools[j])
				send_pool(&r, b->running->realms[i],
					  b->running->realms[i]->pools[j]);
	ipc_send_done(c, id, r.count);
}
