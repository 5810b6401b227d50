/* plan.c -- prepare, apply and drop of transport.h.
 *
 * A listener keeps its index while a listener of its realm and name exists, whatever
 * else of it changes, so that calls which remember the index go on. */
#include "signaling/transport/plan.h"

#include <stdlib.h>
#include <string.h>

#include "signaling/transport/accept.h"
#include "signaling/transport/bind.h"
#include "signaling/transport/conn.h"
#include "signaling/transport/secure.h"
#include "signaling/transport/udp.h"

struct plan_item {
	struct endpoint *kept, *fresh; /* one of them */
	struct transport_listener shown;
	struct addr wanted;
	char tls_profile[CONFIG_NAME_SIZE], sni_profiles[CONFIG_TEXT_SIZE];
};

struct transport_plan {
	struct plan_item *items;
	unsigned item_count;
	struct secure_profile *profiles[INSIDE_PROFILES_MAX];
	unsigned profile_count;
};

struct secure_profile *plan_find_profile(const struct transport *t, const char *name)
{
	for (unsigned i = 0; i < t->profile_count; i++)
		if (strcmp(secure_profile_get_name(t->profiles[i]), name) == 0)
			return t->profiles[i];
	return NULL;
}

/* --- endpoints ----------------------------------------------------------- */

static void endpoint_destroy(struct endpoint *ep)
{
	if (!ep)
		return;
	timer_stop(loop_get_timers(ep->t->loop), &ep->pause);
	loop_watch_close(ep->watch);
	bind_close(ep->shown.kind, &ep->shown.local, ep->fd);
	free(ep);
}

static enum err endpoint_create(struct transport *t, const struct plan_item *item, struct text *why,
				struct endpoint **out_endpoint)
{
	struct endpoint *ep = calloc(1, sizeof(*ep));
	enum err e;

	if (!ep)
		return ERR_MEMORY;
	ep->t = t;
	ep->fd = -1;
	ep->shown = item->shown;
	ep->wanted = item->wanted;
	accept_init(ep);
	e = bind_open(item->shown.kind, &ep->shown.local, item->shown.dscp, why, &ep->fd);
	if (!e)
		e = item->shown.kind == CONFIG_UDP ? udp_start(ep) : accept_start(ep);
	if (e) {
		endpoint_destroy(ep);
		return e;
	}
	if (addr_get_port(&ep->shown.advertised) == 0)
		addr_set_port(&ep->shown.advertised, addr_get_port(&ep->shown.local));
	*out_endpoint = ep;
	return ERR_NONE;
}

static void end_conns_of(struct transport *t, unsigned listener)
{
	LIST_FOR_EACH(node, &t->conns)
	{
		struct conn *c = CONTAINER_OF(node, struct conn, node);

		if (c->listener == listener)
			conn_end(c, ERR_CLOSED, "its listener was taken out of the configuration");
	}
}

static void close_slot(struct transport *t, unsigned index)
{
	end_conns_of(t, index);
	endpoint_destroy(t->endpoints[index]);
	t->endpoints[index] = NULL;
}

void plan_close_all(struct transport *t)
{
	for (unsigned i = 0; i < t->endpoint_count; i++)
		if (t->endpoints[i])
			close_slot(t, i);
	t->endpoint_count = 0;
	for (unsigned i = 0; i < t->profile_count; i++)
		secure_profile_unref(t->profiles[i]);
	t->profile_count = 0;
}

/* --- prepare ------------------------------------------------------------- */

static struct endpoint *find_named(const struct transport *t, const struct transport_listener *l)
{
	for (unsigned i = 0; i < t->endpoint_count; i++) {
		struct endpoint *ep = t->endpoints[i];

		if (ep && strcmp(ep->shown.realm, l->realm) == 0 &&
		    strcmp(ep->shown.name, l->name) == 0)
			return ep;
	}
	return NULL;
}

static void fill_item(const struct config_listener *l, const struct config_realm *realm,
		      struct plan_item *item)
{
	memcpy(item->shown.realm, realm->object.name, sizeof(item->shown.realm));
	memcpy(item->shown.name, l->object.name, sizeof(item->shown.name));
	memcpy(item->tls_profile, l->tls_profile, sizeof(item->tls_profile));
	memcpy(item->sni_profiles, l->sni_profiles, sizeof(item->sni_profiles));
	item->shown.kind = (enum config_transport)l->transport;
	item->shown.dscp = (uint8_t)realm->dscp_signaling;
	item->shown.local = addr_is_set(&l->address) ? l->address : realm->address;
	addr_set_port(&item->shown.local, (uint16_t)l->port);
	item->wanted = item->shown.local;
	item->shown.advertised = item->shown.local;
	if (addr_is_set(&realm->advertised) &&
	    addr_is_ipv6(&realm->advertised) == addr_is_ipv6(&item->shown.local)) {
		item->shown.advertised = realm->advertised;
		addr_set_port(&item->shown.advertised, (uint16_t)l->port);
	}
}

static enum err prepare_listener(struct transport *t, const struct config *c,
				 const struct config_listener *l, struct plan_item *item,
				 struct text *why)
{
	const struct config_realm *realm = config_find_realm(c, l->object.parent);
	struct endpoint *ep;

	text_printf(why, "realm \"%s\" listener \"%s\": ", l->object.parent, l->object.name);
	if (!realm) {
		text_put_literal(why, "there is no such realm; set its address first");
		return ERR_NOT_FOUND;
	}
	fill_item(l, realm, item);
	if (!addr_is_set(&item->wanted)) {
		text_put_literal(why, "neither it nor its realm has an address; set one");
		return ERR_ADDRESS;
	}
	ep = find_named(t, &item->shown);
	if (ep && ep->shown.kind == item->shown.kind && addr_is_equal(&ep->wanted, &item->wanted)) {
		item->kept = ep;
		return ERR_NONE;
	}
	return endpoint_create(t, item, why, &item->fresh);
}

static enum err prepare_listeners(struct transport *t, const struct config *c,
				  struct transport_plan *plan, struct text *why)
{
	if (c->listener_count > INSIDE_LISTENERS_MAX) {
		text_printf(why, "%zu listeners are more than the limit of %u", c->listener_count,
			    (unsigned)INSIDE_LISTENERS_MAX);
		return ERR_LIMIT;
	}
	plan->items = calloc(c->listener_count + 1, sizeof(*plan->items));
	if (!plan->items)
		return ERR_MEMORY;
	for (size_t i = 0; i < c->listener_count; i++) {
		size_t start = why->len;
		enum err e = prepare_listener(t, c, &c->listener[i], &plan->items[i], why);

		plan->item_count++;
		if (e)
			return e;
		why->len = start;
	}
	return ERR_NONE;
}

static bool has_word(const char *list, const char *name)
{
	struct slice word;

	while (config_list_next(&list, &word))
		if (slice_is_text(word, name))
			return true;
	return false;
}

static bool is_profile_used(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->listener_count; i++)
		if (c->listener[i].transport == CONFIG_TLS &&
		    (strcmp(c->listener[i].tls_profile, name) == 0 ||
		     has_word(c->listener[i].sni_profiles, name)))
			return true;
	for (size_t i = 0; i < c->trunk_count; i++)
		if (strcmp(c->trunk[i].tls_profile, name) == 0)
			return true;
	return false;
}

static enum err prepare_profile(struct transport *t, const struct config_tls_profile *p,
				struct transport_plan *plan, struct text *why)
{
	struct secure_profile *running = plan_find_profile(t, p->object.name), *next;
	enum err e;

	if (plan->profile_count == INSIDE_PROFILES_MAX) {
		text_printf(why, "more than %u tls-profiles", (unsigned)INSIDE_PROFILES_MAX);
		return ERR_LIMIT;
	}
	if (running && secure_profile_is_made_of(running, p)) {
		next = secure_profile_ref(running);
	} else {
		e = secure_profile_create(
			p, t->profile_count ? SECURE_DATES_REFUSE : SECURE_DATES_WARN, why, &next);
		if (e)
			return e;
	}
	plan->profiles[plan->profile_count++] = next;
	return ERR_NONE;
}

static enum err prepare_profiles(struct transport *t, const struct config *c,
				 struct transport_plan *plan, struct text *why)
{
	for (size_t i = 0; i < c->tls_profile_count; i++) {
		enum err e;

		if (!is_profile_used(c, c->tls_profile[i].object.name))
			continue;
		e = prepare_profile(t, &c->tls_profile[i], plan, why);
		if (e)
			return e;
	}
	return ERR_NONE;
}

enum err transport_prepare(struct transport *t, const struct config *c, struct text *why,
			   struct transport_plan **out_plan)
{
	struct transport_plan *plan = calloc(1, sizeof(*plan));
	enum err e;

	if (!plan)
		return ERR_MEMORY;
	e = prepare_profiles(t, c, plan, why);
	if (!e)
		e = prepare_listeners(t, c, plan, why);
	if (e)
		transport_drop(t, plan);
	else
		*out_plan = plan;
	return e;
}

/* --- apply, drop --------------------------------------------------------- */

static bool is_kept(const struct transport_plan *plan, const struct endpoint *ep)
{
	for (unsigned i = 0; i < plan->item_count; i++)
		if (plan->items[i].kept == ep)
			return true;
	return false;
}

static unsigned find_free_slot(struct transport *t)
{
	unsigned i = 0;

	if (t->endpoint_count < INSIDE_LISTENERS_MAX)
		return t->endpoint_count++;
	while (t->endpoints[i])
		i++;
	return i;
}

static void update_kept(const struct plan_item *item)
{
	struct endpoint *ep = item->kept;

	ep->shown.advertised = item->shown.advertised;
	if (addr_get_port(&ep->shown.advertised) == 0)
		addr_set_port(&ep->shown.advertised, addr_get_port(&ep->shown.local));
	if (ep->shown.dscp != item->shown.dscp)
		bind_set_dscp(ep->fd, &ep->shown.local, item->shown.dscp);
	ep->shown.dscp = item->shown.dscp;
	memcpy(ep->tls_profile, item->tls_profile, sizeof(ep->tls_profile));
	memcpy(ep->sni_profiles, item->sni_profiles, sizeof(ep->sni_profiles));
}

static void start_fresh(struct transport *t, struct plan_item *item)
{
	struct endpoint *ep = item->fresh, *old = find_named(t, &item->shown);

	if (old) {
		ep->index = old->index;
		close_slot(t, old->index);
	} else {
		ep->index = find_free_slot(t);
	}
	memcpy(ep->tls_profile, item->tls_profile, sizeof(ep->tls_profile));
	memcpy(ep->sni_profiles, item->sni_profiles, sizeof(ep->sni_profiles));
	t->endpoints[ep->index] = ep;
	item->fresh = NULL;
	loop_watch_set(ep->watch, LOOP_READABLE);
}

static bool is_replaced(const struct transport_plan *plan, const struct endpoint *ep)
{
	for (unsigned i = 0; i < plan->item_count; i++)
		if (plan->items[i].fresh &&
		    strcmp(plan->items[i].shown.realm, ep->shown.realm) == 0 &&
		    strcmp(plan->items[i].shown.name, ep->shown.name) == 0)
			return true;
	return false;
}

void transport_apply(struct transport *t, struct transport_plan *plan)
{
	struct secure_profile *old[INSIDE_PROFILES_MAX];
	unsigned old_count = t->profile_count;

	memcpy(old, t->profiles, sizeof(old));
	memcpy(t->profiles, plan->profiles, sizeof(old));
	t->profile_count = plan->profile_count;
	memcpy(plan->profiles, old, sizeof(old));
	plan->profile_count = old_count;
	for (unsigned i = 0; i < t->endpoint_count; i++)
		if (t->endpoints[i] && !is_kept(plan, t->endpoints[i]) &&
		    !is_replaced(plan, t->endpoints[i]))
			close_slot(t, i);
	for (unsigned i = 0; i < plan->item_count; i++) {
		if (plan->items[i].kept)
			update_kept(&plan->items[i]);
		else
			start_fresh(t, &plan->items[i]);
	}
	transport_drop(t, plan);
}

void transport_drop(struct transport *t, struct transport_plan *plan)
{
	(void)t;
	if (!plan)
		return;
	for (unsigned i = 0; i < plan->item_count; i++)
		endpoint_destroy(plan->items[i].fresh);
	for (unsigned i = 0; i < plan->profile_count; i++)
		secure_profile_unref(plan->profiles[i]);
	free(plan->items);
	free(plan);
}

enum err transport_reload_tls(struct transport *t, struct text *why)
{
	struct secure_profile *next[INSIDE_PROFILES_MAX];
	unsigned count = 0;
	enum err e = ERR_NONE;

	while (count < t->profile_count && !e) {
		e = secure_profile_create_again(t->profiles[count], why, &next[count]);
		if (!e)
			count++;
	}
	for (unsigned i = 0; i < count; i++) {
		if (e) {
			secure_profile_unref(next[i]);
			continue;
		}
		secure_profile_unref(t->profiles[i]);
		t->profiles[i] = next[i];
	}
	return e;
}
