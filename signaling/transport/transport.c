/* transport.c -- one worker's transports: beginning, end and the way of a message
 * to the socket that carries it. */
#include "signaling/transport/transport.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "signaling/transport/conn.h"
#include "signaling/transport/conn_io.h"
#include "signaling/transport/dial.h"
#include "signaling/transport/failure.h"
#include "signaling/transport/flow.h"
#include "signaling/transport/inside.h"
#include "signaling/transport/plan.h"
#include "signaling/transport/udp.h"

static void on_late(struct loop_late *late)
{
	struct transport *t = CONTAINER_OF(late, struct transport, late);

	failure_flush(t);
	conn_free_ended(t);
}

static enum err init_tables(struct transport *t)
{
	enum err e = flow_home_create(t, &t->home);

	if (!e)
		e = hash_table_init(&t->by_flow);
	if (!e)
		e = hash_table_init(&t->by_target);
	if (!e)
		e = hash_table_init(&t->by_source);
	return e ? e : udp_create(t);
}

enum err transport_create(struct loop *l, unsigned worker,
			  const struct transport_callbacks *callbacks, void *owner,
			  struct transport **out_transport)
{
	struct transport *t = calloc(1, sizeof(*t));
	enum err e;

	if (!t)
		return ERR_MEMORY;
	t->loop = l;
	t->worker = worker;
	t->callbacks = *callbacks;
	t->owner = owner;
	list_init(&t->conns);
	list_init(&t->ended);
	list_init(&t->failures);
	loop_late_init(&t->late, on_late);
	/* OpenSSL writes to sockets without MSG_NOSIGNAL. */
	signal(SIGPIPE, SIG_IGN);
	t->scratch = malloc(INSIDE_SCRATCH_SIZE);
	e = t->scratch ? init_tables(t) : ERR_MEMORY;
	if (e)
		transport_destroy(t);
	else
		*out_transport = t;
	return e;
}

void transport_destroy(struct transport *t)
{
	if (!t)
		return;
	LIST_FOR_EACH(node, &t->conns)
		conn_end(CONTAINER_OF(node, struct conn, node), ERR_CLOSED, "this SBC stops");
	flow_home_leave(t->home);
	plan_close_all(t);
	failure_forget_all(t);
	conn_free_ended(t);
	loop_late_stop(&t->late);
	udp_destroy(t);
	flow_forget_siblings(t);
	flow_home_unref(t->home);
	hash_table_fini(&t->by_source);
	hash_table_fini(&t->by_target);
	hash_table_fini(&t->by_flow);
	free(t->scratch);
	free(t);
}

struct endpoint *inside_find_endpoint(const struct transport *t, unsigned index)
{
	return index < t->endpoint_count ? t->endpoints[index] : NULL;
}

unsigned transport_get_listener_count(const struct transport *t)
{
	return t->endpoint_count;
}

const struct transport_listener *transport_find_listener(const struct transport *t, unsigned index)
{
	const struct endpoint *ep = inside_find_endpoint(t, index);

	return ep ? &ep->shown : NULL;
}

int transport_select_listener(const struct transport *t, const char *realm,
			      enum config_transport kind, const struct addr *remote)
{
	for (unsigned i = 0; i < t->endpoint_count; i++) {
		const struct endpoint *ep = t->endpoints[i];

		if (ep && ep->shown.kind == kind && strcmp(ep->shown.realm, realm) == 0 &&
		    addr_is_ipv6(&ep->shown.local) == addr_is_ipv6(remote))
			return (int)i;
	}
	return -1;
}

enum err inside_send(struct transport *t, const struct transport_target *to, uint64_t token,
		     unsigned home, const char *bytes, size_t len)
{
	struct endpoint *ep = inside_find_endpoint(t, to->listener);
	struct conn_receipt receipt = { .token = token, .home = home };
	struct conn *c;

	if (to->kind == CONFIG_UDP) {
		if (!ep || ep->shown.kind != CONFIG_UDP)
			return ERR_UNREACHABLE;
		return udp_send(ep, &to->remote, token, home, bytes, len);
	}
	c = to->flow ? conn_find(t, to->flow) : NULL;
	if (c) {
		enum err e = conn_io_send(c, receipt, bytes, len);

		if (e != ERR_CLOSED)
			return e;
	}
	if (!ep || !addr_is_set(&to->remote))
		return ERR_UNREACHABLE;
	return dial_send(ep, to, receipt, bytes, len);
}

enum err transport_send(struct transport *t, const struct transport_target *to, uint64_t token,
			const char *bytes, size_t len)
{
	unsigned worker = transport_worker_of_flow(to->flow);

	if (len > INSIDE_MESSAGE_MAX)
		return ERR_TOO_LONG;
	if (to->flow && worker != t->worker && worker < t->sibling_count)
		return flow_hand_over(t, worker, to, token, bytes, len);
	return inside_send(t, to, token, t->worker, bytes, len);
}
