/* leg.c -- one dialog of a call (RFC 3261 12): what is known of the peer, and where its
 * requests go. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/random.h"
#include "signaling/call/internal.h"
#include "signaling/peer/self.h"
#include "signaling/sip/print.h"

void leg_init(struct leg *leg, struct call *c, unsigned index)
{
	memset(leg, 0, sizeof(*leg));
	leg->call = c;
	leg->index = (uint8_t)index;
}

static void forget_dialog(struct leg *leg)
{
	char **const texts[] = { &leg->call_id,	   &leg->local_party,	&leg->remote_party,
				 &leg->remote_tag, &leg->remote_target, &leg->routes,
				 &leg->ack_body };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		free(*texts[i]);
		*texts[i] = NULL;
	}
	if (leg->query)
		resolver_cancel(leg->call->owner->context.resolver, leg->query);
	leg->query = 0;
	if (leg->client_invite)
		transaction_abandon(leg->call->owner->context.transactions, leg->client_invite);
	leg->client_invite = 0;
	if (leg->client_bye)
		transaction_abandon(leg->call->owner->context.transactions, leg->client_bye);
	leg->client_bye = 0;
	calls_forget_invite(leg);
	if (leg->local_tag[0])
		calls_remove_leg(leg);
	leg->local_tag[0] = '\0';
	leg->confirmed = leg->ack_sent = leg->owes_ack = leg->has_remote_cseq = false;
	offer_leg_destroy(leg->offer);
	leg->offer = NULL;
	memset(leg->told, 0, sizeof(leg->told));
}

void leg_fini(struct leg *leg)
{
	forget_dialog(leg);
}

static bool has_texts(const struct leg *leg)
{
	return leg->call_id && leg->local_party && leg->remote_party && leg->remote_tag &&
	       leg->remote_target && leg->routes;
}

static void make_tag(struct leg *leg)
{
	snprintf(leg->local_tag, sizeof(leg->local_tag), "%02x%016llx",
		 leg->call->owner->context.worker & 0xff, (unsigned long long)random_u64());
}

/* From or To as it came, without its tag: Lync wants its epid back. */
static char *make_party(const struct name_addr *n)
{
	struct slice params = n->params, head = n->whole;
	char bytes[CALL_PARTY_SIZE];
	struct text t;

	if (params.data)
		head.len = (size_t)(params.data - head.data);
	while (head.len && strchr("; \t", head.data[head.len - 1]))
		head.len--;
	text_init(&t, bytes, sizeof(bytes));
	text_put_slice(&t, head);
	while (params.len) {
		struct slice param = slice_trim(slice_take_until(&params, ';'));

		if (!param.len || (param.len >= 4 && strncasecmp(param.data, "tag=", 4) == 0))
			continue;
		text_put_byte(&t, ';');
		text_put_slice(&t, param);
	}
	return t.overflow ? NULL : slice_duplicate(text_get(&t));
}

/* Record-Route fields as Route lines; a UAC takes them in reverse (12.1.2). */
char *leg_make_routes(const struct message *m, bool reverse)
{
	struct slice elements[16], value;
	char bytes[CALL_HEADERS_SIZE / 2];
	struct text t;
	unsigned count = 0;

	for (unsigned i = 0; (value = message_find_header(m, HEADER_RECORD_ROUTE, i)).data; i++)
		while (count < 16 && header_take_element(&value, &elements[count]))
			count++;
	text_init(&t, bytes, sizeof(bytes));
	for (unsigned i = 0; i < count; i++)
		print_header(&t, "Route", elements[reverse ? count - 1 - i : i]);
	return t.overflow ? NULL : slice_duplicate(text_get(&t));
}

/* --- where in-dialog requests go ----------------------------------------- */

static bool first_route(const struct leg *leg, struct uri *out)
{
	struct slice line = slice_from_text(leg->routes), value;
	struct name_addr route;

	if (!line.len)
		return false;
	slice_take_until(&line, ':');
	value = slice_trim(slice_take_until(&line, '\r'));
	if (name_addr_parse(value, &route))
		return false;
	*out = route.uri;
	return true;
}

static uint16_t port_of(const struct leg *leg, const struct uri *uri)
{
	if (uri->port)
		return uri->port;
	return leg->to.kind == CONFIG_TLS ? 5061 : 5060;
}

static void on_target_resolved(void *arg, enum err e, const struct resolved *r)
{
	struct leg *leg = arg;

	leg->query = 0;
	if (e)
		log_info("the peer's Contact cannot be resolved; requests go where its messages "
			 "came from",
			 F_CALL(leg->call->id), F_STR("contact", leg->remote_target));
	else if (r->count)
		leg->to.remote = r->addresses[0];
}

/* The Contact's host, or the first route's; the address the dialog began with stays
 * where that is a name nobody knows. */
static void aim_at_remote_target(struct leg *leg)
{
	char host[CONFIG_NAME_SIZE];
	struct resolved r;
	struct uri uri;
	enum err e;

	if (!first_route(leg, &uri) && uri_parse(slice_from_text(leg->remote_target), &uri))
		return;
	if (leg->query || slice_copy_text(uri.host, host, sizeof(host)))
		return;
	e = resolver_lookup(leg->call->owner->context.resolver, host, port_of(leg, &uri),
			    leg->to.kind, &r, on_target_resolved, leg, &leg->query);
	if (e != ERR_BUSY)
		leg->query = 0;
	if (e == ERR_NONE && r.count &&
	    addr_is_ipv6(&r.addresses[0]) == addr_is_ipv6(&leg->to.remote))
		leg->to.remote = r.addresses[0];
}

static void set_tls_name(struct leg *leg, const char *name)
{
	snprintf(leg->tls_name, sizeof(leg->tls_name), "%s", name);
	leg->to.tls_name = leg->tls_name[0] ? leg->tls_name : NULL;
	leg->to.tls_profile = leg->trunk->tls_profile;
}

/* Which of the trunk's targets is that address? Its name is what a new TLS connection
 * must prove. */
static const char *name_of_peer(const struct leg *leg)
{
	const struct config *c = leg->call->policy->config;

	for (size_t i = 0; i < c->target_count; i++)
		if (strcmp(c->target[i].object.parent, leg->trunk->object.name) == 0)
			return c->target[i].address;
	return "";
}

enum err leg_accept(struct leg *leg, const struct message *m, const struct transport_origin *from,
		    const struct config_trunk *trunk)
{
	const struct name_addr *contact = message_get_contact(m);
	enum err e;

	if (!contact)
		return ERR_SYNTAX;
	leg->trunk = trunk;
	leg->to = (struct transport_target){ .listener = from->listener,
					     .kind = from->kind,
					     .remote = from->source,
					     .flow = from->flow };
	set_tls_name(leg, from->kind == CONFIG_TLS ? name_of_peer(leg) : "");
	leg->call_id = slice_duplicate(message_get_call_id(m));
	leg->local_party = make_party(message_get_to(m));
	leg->remote_party = make_party(message_get_from(m));
	leg->remote_tag = slice_duplicate(message_get_from(m)->tag);
	leg->remote_target = slice_duplicate(contact->uri.whole);
	leg->routes = leg_make_routes(m, false);
	leg->remote_cseq = message_get_cseq(m);
	leg->has_remote_cseq = true;
	if (!has_texts(leg))
		return ERR_MEMORY;
	e = offer_leg_create(trunk, from->kind == CONFIG_TLS, &leg->offer);
	if (e)
		return e;
	make_tag(leg);
	calls_add_leg(leg);
	aim_at_remote_target(leg);
	return ERR_NONE;
}

enum err leg_aim(struct leg *leg, const struct hunt_place *place, unsigned listener,
		 const struct message *invite)
{
	const struct transport_listener *l =
		transport_find_listener(leg->call->owner->context.transport, listener);
	char from[CALL_PARTY_SIZE], to[CALL_PARTY_SIZE], uri[CALL_PARTY_SIZE], id[33];
	struct party_texts texts;

	forget_dialog(leg);
	leg->trunk = place->trunk;
	leg->target = place->target;
	leg->to =
		(struct transport_target){ .listener = listener,
					   .kind = (enum config_transport)place->target->transport,
					   .remote = place->address };
	set_tls_name(leg, place->target->address);
	text_init(&texts.from, from, sizeof(from));
	text_init(&texts.to, to, sizeof(to));
	text_init(&texts.uri, uri, sizeof(uri));
	party_make(leg, invite, l, &texts);
	if (texts.from.overflow || texts.to.overflow || texts.uri.overflow)
		return ERR_TOO_LONG;
	snprintf(id, sizeof(id), "%016llx%016llx", (unsigned long long)random_u64(),
		 (unsigned long long)random_u64());
	leg->call_id = strdup(id);
	leg->local_party = slice_duplicate(text_get(&texts.from));
	leg->remote_party = slice_duplicate(text_get(&texts.to));
	leg->remote_target = slice_duplicate(text_get(&texts.uri));
	leg->remote_tag = strdup("");
	leg->routes = strdup("");
	leg->local_cseq = 0;
	if (!has_texts(leg))
		return ERR_MEMORY;
	make_tag(leg);
	calls_add_leg(leg);
	return offer_leg_create(place->trunk, leg->to.kind == CONFIG_TLS, &leg->offer);
}

static bool replace(char **text, char *by)
{
	if (!by)
		return false;
	free(*text);
	*text = by;
	return true;
}

enum err leg_confirm(struct leg *leg, const struct message *m)
{
	const struct name_addr *contact = message_get_contact(m);

	if (!replace(&leg->remote_tag, slice_duplicate(message_get_to(m)->tag)) ||
	    !replace(&leg->routes, leg_make_routes(m, true)))
		return ERR_MEMORY;
	if (contact && !replace(&leg->remote_target, slice_duplicate(contact->uri.whole)))
		return ERR_MEMORY;
	leg->confirmed = true;
	if (contact || leg->routes[0])
		aim_at_remote_target(leg);
	return ERR_NONE;
}

void leg_refresh_target(struct leg *leg, const struct message *m)
{
	const struct name_addr *contact = message_get_contact(m);

	if (!contact || slice_is_text(contact->uri.whole, leg->remote_target))
		return;
	if (replace(&leg->remote_target, slice_duplicate(contact->uri.whole)))
		aim_at_remote_target(leg);
}
