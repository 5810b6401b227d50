/* accept.c -- the way in for TCP and TLS peers. */
#include "signaling/transport/accept.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/clock.h"
#include "signaling/transport/conn.h"
#include "signaling/transport/counters.h"
#include "signaling/transport/dial.h"
#include "signaling/transport/plan.h"

enum { ACCEPTS_PER_TURN = 64, PAUSE_MS = 200 };

struct accept_source {
	struct hash_node node;
	struct addr host; /* port 0 */
	unsigned count;
};

static uint64_t hash_host(const struct addr *host)
{
	uint8_t blob[ADDR_BLOB_MAX];

	return hash_bytes(blob, addr_to_blob(host, blob));
}

static bool is_source(const struct hash_node *node, const void *key)
{
	return addr_is_equal(&CONTAINER_OF_CONST(node, struct accept_source, node)->host, key);
}

/* ERR_LIMIT: it has as many connections as one address may have. */
static enum err count_source(struct transport *t, const struct addr *remote,
			     struct accept_source **out_source)
{
	struct addr host = *remote;
	struct hash_node *node;
	struct accept_source *s;

	addr_set_port(&host, 0);
	node = hash_table_find(&t->by_source, hash_host(&host), is_source, &host);
	if (node) {
		s = CONTAINER_OF(node, struct accept_source, node);
		if (s->count >= TRANSPORT_PER_SOURCE_MAX)
			return ERR_LIMIT;
		s->count++;
		*out_source = s;
		return ERR_NONE;
	}
	s = calloc(1, sizeof(*s));
	if (!s)
		return ERR_MEMORY;
	s->host = host;
	s->count = 1;
	hash_table_add(&t->by_source, &s->node, hash_host(&host));
	*out_source = s;
	return ERR_NONE;
}

void accept_forget(struct transport *t, struct accept_source *s)
{
	if (!s || --s->count)
		return;
	hash_table_remove(&t->by_source, &s->node);
	free(s);
}

static void refuse(struct endpoint *ep, int fd, const struct addr *remote, enum counter counter,
		   const char *why)
{
	/* A reset instead of a farewell: no state stays behind in the kernel. */
	struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

	counter_add(counter, 1);
	refusal_log(&ep->t->refusals, "connection refused", remote, why,
		    "see why the peer opens so many; block it if it is a stranger");
	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(fd);
}

static void admit(struct endpoint *ep, int fd, const struct addr *remote)
{
	struct secure_profile *profile = NULL;
	struct accept_source *source = NULL;
	struct conn *c;

	if (conn_get_open_count() >= TRANSPORT_CONNECTIONS_MAX) {
		refuse(ep, fd, remote, COUNT_refused_total_limit,
		       "all connections of this SBC are in use");
		return;
	}
	if (ep->shown.kind == CONFIG_TLS)
		profile = plan_find_profile(ep->t, ep->tls_profile);
	if (count_source(ep->t, remote, &source)) {
		refuse(ep, fd, remote, COUNT_refused_source_limit,
		       "too many connections from this address are open");
		return;
	}
	dial_tune(fd);
	if (conn_create(ep, CONN_ACCEPTED, fd, remote, profile, NULL, &c)) {
		accept_forget(ep->t, source);
		return;
	}
	c->source = source;
	counter_add(COUNT_connections_accepted, 1);
	conn_begin(c);
}

/* The connection waits in the kernel until a descriptor is free. */
static void pause_accepting(struct endpoint *ep)
{
	counter_add(COUNT_refused_no_descriptor, 1);
	refusal_log(&ep->t->refusals, "no connection can be accepted", &ep->shown.local,
		    "no file descriptor is left", "raise the limit of open files (LimitNOFILE)");
	loop_watch_set(ep->watch, 0);
	timer_start(loop_get_timers(ep->t->loop), &ep->pause, CLOCK_MS(PAUSE_MS));
}

static void on_pause_over(struct timer *t)
{
	struct endpoint *ep = CONTAINER_OF(t, struct endpoint, pause);

	loop_watch_set(ep->watch, LOOP_READABLE);
}

static void on_ready(void *owner, int events)
{
	struct endpoint *ep = owner;

	(void)events;
	for (unsigned i = 0; i < ACCEPTS_PER_TURN; i++) {
		struct addr name = { .in6 = { 0 } }, remote;
		socklen_t len = sizeof(name);
		int fd = accept4(ep->fd, &name.sa, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0) {
			if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
			    errno == ENOMEM)
				pause_accepting(ep);
			if (errno == ECONNABORTED || errno == EINTR)
				continue;
			return;
		}
		if (addr_from_sockaddr(&name.sa, len, &remote))
			close(fd);
		else
			admit(ep, fd, &remote);
	}
}

void accept_init(struct endpoint *ep)
{
	timer_init(&ep->pause, on_pause_over);
}

enum err accept_start(struct endpoint *ep)
{
	return loop_watch_open(ep->t->loop, ep->fd, 0, on_ready, ep, &ep->watch);
}
