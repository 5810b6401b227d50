/* conn.c -- the guards and actions of conn.def: how a connection begins and ends. */
#include "signaling/transport/conn.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "signaling/transport/accept.h"
#include "signaling/transport/conn_io.h"
#include "signaling/transport/counters.h"
#include "signaling/transport/dial.h"
#include "signaling/transport/failure.h"
#include "signaling/transport/plan.h"

static atomic_uint open_count;

static void step(struct conn *c, enum conn_event event)
{
	fsm_step(&c->fsm, (uint8_t)event, NULL);
}

/* --- guards and durations ------------------------------------------------ */

static bool is_secure(const void *owner, const void *arg)
{
	const struct conn *c = owner;

	(void)arg;
	return c->profile != NULL;
}

static bool is_accepted(const void *owner, const void *arg)
{
	const struct conn *c = owner;

	(void)arg;
	return c->side == CONN_ACCEPTED;
}

static int64_t until_idle_us(const void *owner)
{
	const struct conn *c = owner;
	int64_t left = c->last_active_us + CLOCK_SECONDS(TRANSPORT_IDLE_S) - clock_now_us();

	return left > 0 ? left : 0;
}

static bool was_active(const void *owner, const void *arg)
{
	(void)arg;
	return until_idle_us(owner) > 0;
}

static int64_t until_deadline_us(const void *owner)
{
	const struct conn *c = owner;
	int64_t left = c->deadline_us - clock_now_us();

	return left > 0 ? left : 0;
}

static int64_t quiet_us(const void *owner)
{
	(void)owner;
	return CLOCK_SECONDS(TRANSPORT_IDLE_S) / 2;
}

static int64_t message_us(const void *owner)
{
	(void)owner;
	return CLOCK_MS(TRANSPORT_HANDSHAKE_MS);
}

/* --- actions ------------------------------------------------------------- */

static void await_connect(void *owner, const void *arg)
{
	struct conn *c = owner;

	(void)arg;
	loop_watch_set(c->watch, LOOP_WRITABLE);
}

static void await_bytes(void *owner, const void *arg)
{
	(void)arg;
	conn_io_start(owner);
}

static void send_waiting(void *owner, const void *arg)
{
	(void)arg;
	conn_io_start(owner);
	conn_io_flush(owner);
}

/* The reason comes from the certificates, alerts and bytes that were seen. */
static void refuse_handshake(struct conn *c)
{
	char why[INSIDE_WHY_SIZE], fix[INSIDE_WHY_SIZE];

	secure_link_explain(c->link, &c->remote, why, fix, sizeof(why));
	refusal_log(&c->t->refusals,
		    c->side == CONN_ACCEPTED ? "TLS peer refused" : "TLS connection failed",
		    &c->remote, why, fix);
	conn_end(c, ERR_CERTIFICATE, why);
}

static void shake_hands(struct conn *c)
{
	enum err e = secure_link_handshake(c->link);

	if (e == ERR_BUSY) {
		loop_watch_set(c->watch, secure_link_get_wanted(c->link));
	} else if (e) {
		refuse_handshake(c);
	} else {
		counter_add(COUNT_tls_handshakes, 1);
		step(c, CONN_EV_SECURED);
	}
}

static void add_others(struct conn *c)
{
	const struct endpoint *ep = inside_find_endpoint(c->t, c->listener);
	const char *rest = ep ? ep->sni_profiles : "";
	struct slice word;

	while (config_list_next(&rest, &word)) {
		char name[CONFIG_NAME_SIZE];
		struct secure_profile *p = NULL;

		if (slice_copy_text(word, name, sizeof(name)) == ERR_NONE)
			p = plan_find_profile(c->t, name);
		if (p)
			secure_link_add_other(c->link, p);
	}
}

static void begin_handshake(void *owner, const void *arg)
{
	struct conn *c = owner;
	enum secure_side side = c->side == CONN_ACCEPTED ? SECURE_ACCEPT : SECURE_CONNECT;

	(void)arg;
	if (secure_link_create(c->profile, side, c->fd, c->tls_name, &c->link)) {
		conn_end(c, ERR_MEMORY, "no memory for a TLS connection");
		return;
	}
	if (side == SECURE_ACCEPT)
		add_others(c);
	loop_watch_set(c->watch, LOOP_READABLE);
	if (side == SECURE_CONNECT)
		shake_hands(c);
}

static void fail_sends(struct conn *c)
{
	LIST_FOR_EACH(node, &c->unsent)
	{
		struct conn_piece *p = CONTAINER_OF(node, struct conn_piece, node);

		failure_report(c->t, p->receipt.home, p->receipt.token, c->end_error, c->end_why);
		list_remove(node);
		free(p);
	}
	c->t->unsent_bytes -= c->unsent_bytes;
	c->unsent_bytes = 0;
	for (unsigned i = 0; !c->is_proved && i < c->unproved_count; i++)
		failure_report(c->t, c->unproved[i].home, c->unproved[i].token, c->end_error,
			       c->end_why);
}

/* Bytes left unread would turn our farewell into a reset, and a reset makes a refused
 * peer forget the TLS alert that tells it why. */
static void close_socket(struct conn *c)
{
	char rest[4096];

	if (c->end_error == ERR_CERTIFICATE) {
		(void)shutdown(c->fd, SHUT_WR);
		while (recv(c->fd, rest, sizeof(rest), MSG_DONTWAIT) == (ssize_t)sizeof(rest))
			;
	}
	close(c->fd);
	c->fd = -1;
}

static void end(void *owner, const void *arg)
{
	struct conn *c = owner;
	struct transport *t = c->t;

	(void)arg;
	log_debug("connection ended", F_ADDR("peer", &c->remote), F_HEX("flow", c->flow),
		  F_STR("reason", c->end_why));
	fail_sends(c);
	timer_stop(loop_get_timers(t->loop), &c->again);
	loop_watch_close(c->watch);
	c->watch = NULL;
	secure_link_destroy(c->link);
	c->link = NULL;
	close_socket(c);
	hash_table_remove(&t->by_flow, &c->by_flow);
	if (c->side == CONN_DIALLED)
		hash_table_remove(&t->by_target, &c->by_target);
	accept_forget(t, c->source);
	list_remove(&c->node);
	list_append(&t->ended, &c->node);
	t->conn_count--;
	atomic_fetch_sub_explicit(&open_count, 1, memory_order_relaxed);
	counter_add(COUNT_connections_closed, 1);
	loop_late_start(t->loop, &t->late);
}

static void set_end(struct conn *c, enum err e, const char *why)
{
	c->end_error = e;
	snprintf(c->end_why, sizeof(c->end_why), "%s", why);
}

static void end_with(struct conn *c, enum err e, const char *what, enum counter counter)
{
	char why[INSIDE_WHY_SIZE], buf[ADDR_TEXT_SIZE];

	counter_add(counter, 1);
	snprintf(why, sizeof(why), "%s %s", addr_print(&c->remote, buf, sizeof(buf)), what);
	set_end(c, e, why);
	end(c, NULL);
}

static void end_unconnected(void *owner, const void *arg)
{
	(void)arg;
	end_with(owner, ERR_TIMEOUT, "did not answer the connect in time", COUNT_connect_timeout);
}

static void end_unsecured(void *owner, const void *arg)
{
	struct conn *c = owner;

	(void)arg;
	refusal_log(&c->t->refusals, "TLS peer refused", &c->remote,
		    "it did not finish the TLS handshake in time",
		    "see whether it speaks TLS at all and whether a firewall holds packets back");
	end_with(c, ERR_TIMEOUT, "did not finish the TLS handshake in time",
		 COUNT_tls_failed_too_slow);
}

static void end_slow(void *owner, const void *arg)
{
	struct conn *c = owner;

	(void)arg;
	refusal_log(&c->t->refusals, "connection ended", &c->remote,
		    "no whole SIP message came in time",
		    "nothing, unless this is a known peer: then look at its network");
	end_with(c, ERR_TIMEOUT, "sent no whole message in time", COUNT_ended_too_slow);
}

static void end_idle(void *owner, const void *arg)
{
	(void)arg;
	end_with(owner, ERR_TIMEOUT, "was idle", COUNT_ended_idle);
}

#define FSM_DEF "signaling/transport/conn.def"
#define FSM_NAME conn
#define FSM_STATE(s) CONN_##s
#define FSM_EVENT(e) CONN_EV_##e
#include "common/fsm_table.h"

/* --- what the kernel tells ----------------------------------------------- */

static void finish_connect(struct conn *c)
{
	int errnum = 0;
	socklen_t len = sizeof(errnum), local_len = sizeof(c->local.in6);
	char why[INSIDE_WHY_SIZE], buf[ADDR_TEXT_SIZE];

	if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &errnum, &len))
		errnum = errno;
	if (errnum) {
		counter_add(COUNT_connect_failed, 1);
		snprintf(why, sizeof(why), "connect to %s: %s",
			 addr_print(&c->remote, buf, sizeof(buf)), strerror(errnum));
		conn_end(c, ERR_UNREACHABLE, why);
		return;
	}
	(void)getsockname(c->fd, &c->local.sa, &local_len);
	step(c, CONN_EV_CONNECTED);
}

static void on_ready(void *owner, int events)
{
	struct conn *c = owner;

	switch (c->fsm.state) {
	case CONN_CONNECTING:
		finish_connect(c);
		break;
	case CONN_SECURING:
		shake_hands(c);
		break;
	default:
		if (events & LOOP_WRITABLE)
			conn_io_flush(c);
		if (events & LOOP_READABLE && !conn_is_ended(c))
			conn_io_read(c);
		break;
	}
}

/* --- for the rest of the folder ------------------------------------------ */

static void set_deadline(struct conn *c)
{
	c->last_active_us = clock_now_us();
	c->deadline_us =
		c->last_active_us + (c->side == CONN_ACCEPTED ? CLOCK_MS(TRANSPORT_HANDSHAKE_MS)
							      : CLOCK_MS(TRANSPORT_CONNECT_MS));
}

static void enlist(struct conn *c)
{
	struct transport *t = c->t;

	c->flow = (uint64_t)t->worker << INSIDE_FLOW_SHIFT | ++t->flows_made;
	fsm_init(&c->fsm, &conn_fsm, loop_get_timers(t->loop), c, c->flow);
	hash_table_add(&t->by_flow, &c->by_flow, hash_u64(c->flow));
	if (c->side == CONN_DIALLED)
		hash_table_add(&t->by_target, &c->by_target, dial_hash(c));
	list_append(&t->conns, &c->node);
	t->conn_count++;
	atomic_fetch_add_explicit(&open_count, 1, memory_order_relaxed);
}

enum err conn_create(struct endpoint *ep, enum conn_side side, int fd, const struct addr *remote,
		     struct secure_profile *profile, const char *tls_name, struct conn **out_conn)
{
	struct transport *t = ep->t;
	struct conn *c = calloc(1, sizeof(*c));
	enum err e = ERR_MEMORY;

	if (!c)
		goto out;
	c->t = t;
	c->fd = fd;
	c->side = side;
	c->kind = profile ? CONFIG_TLS : CONFIG_TCP;
	c->listener = ep->index;
	c->remote = *remote;
	c->local = ep->shown.local;
	list_init(&c->node);
	list_init(&c->unsent);
	conn_io_init(c);
	if (tls_name) {
		c->tls_name = strdup(tls_name);
		if (!c->tls_name)
			goto out;
	}
	e = loop_watch_open(t->loop, fd, 0, on_ready, c, &c->watch);
	if (e)
		goto out;
	c->profile = secure_profile_ref(profile);
	set_deadline(c);
	enlist(c);
	*out_conn = c;
	return ERR_NONE;
out:
	close(fd);
	if (c)
		free(c->tls_name);
	free(c);
	return e;
}

void conn_begin(struct conn *c)
{
	step(c, c->side == CONN_ACCEPTED ? CONN_EV_ACCEPTED : CONN_EV_DIALLED);
}

bool conn_is_ended(const struct conn *c)
{
	return c->fsm.state == CONN_ENDED || c->end_error;
}

void conn_end(struct conn *c, enum err e, const char *why)
{
	if (conn_is_ended(c))
		return;
	set_end(c, e, why);
	step(c, CONN_EV_LOST);
}

void conn_refuse(struct conn *c, enum err e, const char *why, const char *fix)
{
	refusal_log(&c->t->refusals, "connection ended", &c->remote, why, fix);
	conn_end(c, e, why);
}

static bool is_flow(const struct hash_node *node, const void *key)
{
	return CONTAINER_OF_CONST(node, struct conn, by_flow)->flow == *(const uint64_t *)key;
}

struct conn *conn_find(const struct transport *t, uint64_t flow)
{
	struct hash_node *node = hash_table_find(&t->by_flow, hash_u64(flow), is_flow, &flow);

	return node ? CONTAINER_OF(node, struct conn, by_flow) : NULL;
}

void conn_free_ended(struct transport *t)
{
	LIST_FOR_EACH(node, &t->ended)
	{
		struct conn *c = CONTAINER_OF(node, struct conn, node);

		list_remove(node);
		fsm_fini(&c->fsm);
		secure_profile_unref(c->profile);
		free(c->partial);
		free(c->tls_name);
		free(c);
	}
}

unsigned conn_get_open_count(void)
{
	return atomic_load_explicit(&open_count, memory_order_relaxed);
}
