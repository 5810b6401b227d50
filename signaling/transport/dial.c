/* dial.c -- opening connections and using them again.
 *
 * A connection is used again only for the same address, listener, TLS profile and
 * verified name: one that was verified for a.example.com says nothing about
 * b.example.com, though both may live on one address (RFC 5922 7.1). */
#include "signaling/transport/dial.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#include "signaling/transport/conn_io.h"
#include "signaling/transport/counters.h"
#include "signaling/transport/plan.h"

enum { KEEP_IDLE_S = 60, KEEP_INTERVAL_S = 10, KEEP_COUNT = 3, UNACKED_MS = 30000 };

struct wanted {
	unsigned listener;
	const struct addr *remote;
	const struct secure_profile *profile; /* NULL: TCP */
	const char *tls_name;
};

static uint64_t hash_wanted(const struct wanted *w)
{
	struct {
		uint64_t listener, profile, name;
		uint8_t remote[ADDR_BLOB_MAX + 6];
	} key = { .listener = w->listener, .profile = (uint64_t)(uintptr_t)w->profile };

	if (w->tls_name)
		key.name = hash_bytes(w->tls_name, strlen(w->tls_name));
	addr_to_blob(w->remote, key.remote);
	return hash_bytes(&key, sizeof(key));
}

uint64_t dial_hash(const struct conn *c)
{
	struct wanted w = { c->listener, &c->remote, c->profile, c->tls_name };

	return hash_wanted(&w);
}

static bool is_wanted(const struct hash_node *node, const void *key)
{
	const struct conn *c = CONTAINER_OF_CONST(node, struct conn, by_target);
	const struct wanted *w = key;

	return c->listener == w->listener && c->profile == w->profile &&
	       addr_is_equal(&c->remote, w->remote) && !conn_is_ended(c) &&
	       (!w->tls_name || (c->tls_name && strcmp(c->tls_name, w->tls_name) == 0));
}

static void set_option(int fd, int level, int name, int value)
{
	(void)setsockopt(fd, level, name, &value, sizeof(value));
}

void dial_tune(int fd)
{
	set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEP_IDLE_S);
	set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEP_INTERVAL_S);
	set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEP_COUNT);
	set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, UNACKED_MS);
}

/* Connecting from the listener's address, so that the peer knows us by it. */
static int start_connect(const struct endpoint *ep, const struct addr *remote)
{
	struct addr local = ep->shown.local;
	int fd = socket(remote->sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	dial_tune(fd);
	if (addr_is_ipv6(&local))
		set_option(fd, IPPROTO_IPV6, IPV6_TCLASS, ep->shown.dscp << 2);
	else
		set_option(fd, IPPROTO_IP, IP_TOS, ep->shown.dscp << 2);
	set_option(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
	addr_set_port(&local, 0);
	if (!addr_is_any(&local) && bind(fd, &local.sa, addr_get_len(&local)))
		goto fail;
	if (connect(fd, &remote->sa, addr_get_len(remote)) == 0 || errno == EINPROGRESS)
		return fd;
fail:
	close(fd);
	return -1;
}

static enum err open_conn(struct endpoint *ep, const struct wanted *w,
			  struct secure_profile *profile, struct conn **out_conn)
{
	struct conn *c;
	enum err e;
	int fd;

	if (conn_get_open_count() >= TRANSPORT_CONNECTIONS_MAX)
		return ERR_LIMIT;
	fd = start_connect(ep, w->remote);
	if (fd < 0) {
		counter_add(COUNT_connect_failed, 1);
		return errno == EMFILE || errno == ENFILE ? ERR_LIMIT : ERR_UNREACHABLE;
	}
	e = conn_create(ep, CONN_DIALLED, fd, w->remote, profile, w->tls_name, &c);
	if (e)
		return e;
	counter_add(COUNT_connections_dialled, 1);
	conn_begin(c);
	*out_conn = c;
	return ERR_NONE;
}

enum err dial_send(struct endpoint *ep, const struct transport_target *to,
		   struct conn_receipt receipt, const char *bytes, size_t len)
{
	struct wanted w = { .listener = ep->index, .remote = &to->remote };
	struct secure_profile *profile = NULL;
	char host[ADDR_TEXT_SIZE];
	struct hash_node *node;
	struct conn *c;
	enum err e;

	if (to->kind == CONFIG_TLS) {
		const char *name = to->tls_profile && to->tls_profile[0] ? to->tls_profile :
									   ep->tls_profile;

		profile = plan_find_profile(ep->t, name);
		if (!profile)
			return ERR_NOT_FOUND;
		w.profile = profile;
		w.tls_name = to->tls_name ? to->tls_name :
					    addr_print_host(&to->remote, host, sizeof(host));
	}
	node = hash_table_find(&ep->t->by_target, hash_wanted(&w), is_wanted, &w);
	if (node) {
		e = conn_io_send(CONTAINER_OF(node, struct conn, by_target), receipt, bytes, len);
		if (e != ERR_CLOSED)
			return e;
	}
	e = open_conn(ep, &w, profile, &c);
	return e ? e : conn_io_send(c, receipt, bytes, len);
}
