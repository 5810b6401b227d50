/* ping.c -- one timer per target: resolve its name, send OPTIONS to each address,
 * report what came back.  A ping's life is its target's in the configuration. */
#include "signaling/peer/ping.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/list.h"
#include "common/log.h"
#include "common/random.h"
#include "signaling/peer/self.h"

enum { HEADERS_SIZE = 2048, URI_SIZE = 256 };

struct ping {
	struct list node;
	struct pinger *pinger;
	const struct config_trunk *trunk;
	const struct config_target *target;
	struct timer timer;
	uint64_t query; /* of the resolver, 0: none */
	unsigned in_flight;
	uint64_t ids[PEER_ADDRESSES_MAX];
	struct addr addresses[PEER_ADDRESSES_MAX];
};

struct pinger {
	struct loop *loop;
	struct transport *transport;
	struct transactions *ts;
	struct resolver *resolver;
	struct peers *peers;
	struct policy *policy;
	struct list pings;
};

enum err pinger_create(struct loop *l, struct transport *transport, struct transactions *ts,
		       struct resolver *resolver, struct peers *peers, struct pinger **out_pinger)
{
	struct pinger *p = calloc(1, sizeof(*p));

	if (!p)
		return ERR_MEMORY;
	*p = (struct pinger){
		.loop = l, .transport = transport, .ts = ts, .resolver = resolver, .peers = peers
	};
	list_init(&p->pings);
	*out_pinger = p;
	return ERR_NONE;
}

static void destroy_ping(struct ping *ping)
{
	struct pinger *p = ping->pinger;

	timer_stop(loop_get_timers(p->loop), &ping->timer);
	if (ping->query)
		resolver_cancel(p->resolver, ping->query);
	for (unsigned i = 0; i < PEER_ADDRESSES_MAX; i++)
		if (ping->ids[i])
			transaction_abandon(p->ts, ping->ids[i]);
	list_remove(&ping->node);
	free(ping);
}

static void forget_all(struct pinger *p)
{
	LIST_FOR_EACH(node, &p->pings)
	destroy_ping(CONTAINER_OF(node, struct ping, node));
	policy_unref(p->policy);
	p->policy = NULL;
}

void pinger_destroy(struct pinger *p)
{
	if (!p)
		return;
	forget_all(p);
	free(p);
}

static void on_reply(void *arg, uint64_t id, enum err e, const char *why, struct message *reply)
{
	struct ping *ping = arg;
	struct pinger *p = ping->pinger;
	char reason[PEER_REASON_SIZE];
	enum peer_event event = PEER_EV_REPLY;
	unsigned i;

	if (reply && message_get_status(reply) < 200)
		return;
	for (i = 0; i < PEER_ADDRESSES_MAX && ping->ids[i] != id; i++)
		;
	if (i == PEER_ADDRESSES_MAX)
		return;
	ping->ids[i] = 0;
	if (reply) {
		unsigned status = message_get_status(reply);

		snprintf(reason, sizeof(reason), "OPTIONS answered with %u", status);
		if (status == 408 || status == 503)
			event = PEER_EV_MISS;
	} else {
		snprintf(reason, sizeof(reason), "OPTIONS: %s", why && *why ? why : err_text(e));
		event = PEER_EV_MISS;
	}
	peers_report(p->peers, ping->trunk->object.name, ping->target->object.name,
		     &ping->addresses[i], event, reason);
}

static void put_uri(struct text *t, const struct ping *ping, const struct addr *remote)
{
	text_put_literal(t, "sip:");
	if (strchr(ping->target->address, ':') && ping->target->address[0] != '[')
		self_put_address(t, remote);
	else
		text_put_string(t, ping->target->address);
	if (ping->target->port)
		text_printf(t, ":%u", ping->target->port);
	if (ping->target->transport != CONFIG_UDP)
		text_printf(t, ";transport=%s",
			    config_choice_word("transport", ping->target->transport));
}

static void put_headers(struct text *t, const struct ping *ping, struct slice uri,
			const struct transport_listener *l)
{
	text_put_literal(t, "From: <sip:");
	self_put_host(t, ping->trunk, l);
	text_printf(t, ">;tag=%016llx\r\nTo: <%.*s>\r\nCall-ID: %016llx%016llx\r\n",
		    (unsigned long long)random_u64(), SLICE_ARG(uri),
		    (unsigned long long)random_u64(), (unsigned long long)random_u64());
	text_put_literal(t, "CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n");
	self_put_contact(t, ping->trunk, l);
	self_put_capabilities(t);
	self_put_product(t, ping->trunk, "User-Agent");
	text_put_literal(t, "Accept: application/sdp\r\n");
}

static void ask(struct ping *ping, unsigned i)
{
	struct pinger *p = ping->pinger;
	struct addr *remote = &ping->addresses[i];
	enum config_transport kind = (enum config_transport)ping->target->transport;
	int listener = transport_select_listener(p->transport, ping->trunk->realm, kind, remote);
	struct transport_target to = { .listener = (unsigned)listener,
				       .kind = kind,
				       .remote = *remote,
				       .tls_name = ping->target->address,
				       .tls_profile = ping->trunk->tls_profile };
	struct transaction_request request = { .method = METHOD_OPTIONS };
	int64_t timeout_us = CLOCK_SECONDS(ping->trunk->options_interval);
	char headers[HEADERS_SIZE], uri[URI_SIZE];
	struct text h, u;
	enum err e;

	if (listener < 0 || ping->ids[i])
		return;
	text_init(&u, uri, sizeof(uri));
	text_init(&h, headers, sizeof(headers));
	put_uri(&u, ping, remote);
	put_headers(&h, ping, text_get(&u), transport_find_listener(p->transport, to.listener));
	request.uri = text_get(&u);
	request.headers = text_get(&h);
	if (timeout_us > 64 * TRANSACTION_T1_US)
		timeout_us = 0;
	e = transaction_send_request(p->ts, &to, &request, timeout_us, on_reply, ping,
				     &ping->ids[i]);
	if (e) {
		ping->ids[i] = 0;
		peers_report(p->peers, ping->trunk->object.name, ping->target->object.name, remote,
			     PEER_EV_MISS, err_text(e));
	}
}

static void ask_all(struct ping *ping, const struct resolved *r)
{
	peers_set_addresses(ping->pinger->peers, ping->trunk->object.name,
			    ping->target->object.name, r->addresses, r->count);
	for (unsigned i = 0; i < PEER_ADDRESSES_MAX; i++) {
		if (ping->ids[i])
			transaction_abandon(ping->pinger->ts, ping->ids[i]);
		ping->ids[i] = 0;
	}
	for (unsigned i = 0; i < r->count && i < PEER_ADDRESSES_MAX; i++) {
		ping->addresses[i] = r->addresses[i];
		ask(ping, i);
	}
}

static void on_resolved(void *arg, enum err e, const struct resolved *r)
{
	struct ping *ping = arg;

	ping->query = 0;
	if (e)
		log_warn("a target's name could not be resolved",
			 F_STR("trunk", ping->trunk->object.name),
			 F_STR("name", ping->target->address), F_ERR(e));
	else
		ask_all(ping, r);
}

static void on_timer(struct timer *t)
{
	struct ping *ping = CONTAINER_OF(t, struct ping, timer);
	struct pinger *p = ping->pinger;
	struct resolved r;
	enum err e = ERR_BUSY;

	if (!ping->query)
		e = resolver_lookup(p->resolver, ping->target->address,
				    (uint16_t)ping->target->port,
				    (enum config_transport)ping->target->transport, &r, on_resolved,
				    ping, &ping->query);
	if (e == ERR_NONE)
		ask_all(ping, &r);
	timer_start(loop_get_timers(p->loop), &ping->timer,
		    CLOCK_SECONDS(ping->trunk->options_interval));
}

static enum err create_ping(struct pinger *p, const struct config_trunk *trunk,
			    const struct config_target *target)
{
	struct ping *ping = calloc(1, sizeof(*ping));

	if (!ping)
		return ERR_MEMORY;
	ping->pinger = p;
	ping->trunk = trunk;
	ping->target = target;
	timer_init(&ping->timer, on_timer);
	list_append(&p->pings, &ping->node);
	/* spread, so that a thousand trunks are not asked in one millisecond */
	timer_start(loop_get_timers(p->loop), &ping->timer,
		    (int64_t)(random_u64() % (uint64_t)CLOCK_SECONDS(1)));
	return ERR_NONE;
}

enum err pinger_configure(struct pinger *p, struct policy *policy)
{
	const struct config *c = policy->config;

	forget_all(p);
	p->policy = policy_ref(policy);
	for (size_t i = 0; i < c->target_count; i++) {
		const struct config_trunk *trunk = config_find_trunk(c, c->target[i].object.parent);

		if (!trunk || trunk->admin == CONFIG_DISABLED || trunk->options_interval == 0)
			continue;
		if (create_ping(p, trunk, &c->target[i]))
			return ERR_MEMORY;
	}
	return ERR_NONE;
}
