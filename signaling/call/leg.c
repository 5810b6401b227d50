/* leg.c -- one dialog of a call (RFC 3261 12): what is known of the peer, and the
 * requests and replies written from it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/random.h"
#include "signaling/call/internal.h"
#include "signaling/peer/self.h"
#include "signaling/sip/print.h"

static const struct slice sdp_type = { "application/sdp", 15 };

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

static char *duplicate(struct slice s)
{
	return s.data ? strndup(s.data, s.len) : strdup("");
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
	return t.overflow ? NULL : duplicate(text_get(&t));
}

/* Record-Route fields as Route lines; a UAC takes them in reverse (12.1.2). */
static char *make_routes(const struct message *m, bool reverse)
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
	return t.overflow ? NULL : duplicate(text_get(&t));
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
	leg->call_id = duplicate(message_get_call_id(m));
	leg->local_party = make_party(message_get_to(m));
	leg->remote_party = make_party(message_get_from(m));
	leg->remote_tag = duplicate(message_get_from(m)->tag);
	leg->remote_target = duplicate(contact->uri.whole);
	leg->routes = make_routes(m, false);
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
	leg->local_party = duplicate(text_get(&texts.from));
	leg->remote_party = duplicate(text_get(&texts.to));
	leg->remote_target = duplicate(text_get(&texts.uri));
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

	if (!replace(&leg->remote_tag, duplicate(message_get_to(m)->tag)) ||
	    !replace(&leg->routes, make_routes(m, true)))
		return ERR_MEMORY;
	if (contact && !replace(&leg->remote_target, duplicate(contact->uri.whole)))
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
	if (replace(&leg->remote_target, duplicate(contact->uri.whole)))
		aim_at_remote_target(leg);
}

/* --- requests ------------------------------------------------------------ */

static void put_dialog_lines(struct text *t, const struct leg *leg, uint32_t cseq,
			     const char *method, int max_forwards)
{
	text_put_literal(t, "From: ");
	text_put_string(t, leg->local_party);
	text_put_literal(t, ";tag=");
	text_put_string(t, leg->local_tag);
	text_put_literal(t, "\r\nTo: ");
	text_put_string(t, leg->remote_party);
	if (leg->remote_tag[0]) {
		text_put_literal(t, ";tag=");
		text_put_string(t, leg->remote_tag);
	}
	text_put_literal(t, "\r\nCall-ID: ");
	text_put_string(t, leg->call_id);
	text_put_literal(t, "\r\nCSeq: ");
	text_put_u64(t, cseq);
	text_put_byte(t, ' ');
	text_put_string(t, method);
	text_put_literal(t, "\r\nMax-Forwards: ");
	text_put_u64(t, (uint64_t)max_forwards);
	text_put_literal(t, "\r\n");
	text_put_string(t, leg->routes);
	self_put_product(t, leg->trunk, "User-Agent");
}

static const struct transport_listener *listener_of(const struct leg *leg)
{
	return transport_find_listener(leg->call->owner->context.transport, leg->to.listener);
}

static int forwards_left(const struct leg *leg)
{
	int max = leg->call->invite ? message_get_max_forwards(leg->call->invite) : -1;

	return max > 0 ? max - 1 : 70;
}

/* What the first INVITE to a place says of its health. */
static void report_place(struct leg *leg, unsigned status)
{
	enum peer_event event = PEER_EV_REPLY;

	if (leg->index == 0 || leg->confirmed || (status && status < 200))
		return;
	if (status == 0)
		event = PEER_EV_FAILURE;
	else if (status == 408 || status == 503)
		return; /* it is alive; whether it takes calls is for failover to decide */
	peers_report(leg->call->owner->context.peers, leg->trunk->object.name,
		     leg->target->object.name, &leg->to.remote, event,
		     status ? "a call was answered" : leg->call->failure.why);
}

/* Replies to our INVITE, first or later: the table is told, whatever the order. */
static void on_invite_reply(void *arg, uint64_t id, enum err e, const char *why,
			    struct message *reply)
{
	struct leg *leg = arg;
	struct call_input input = { .leg = leg, .message = reply };
	unsigned status = reply ? message_get_status(reply) : 0;
	char what[TRACE_WHAT_SIZE];

	(void)id;
	if (!reply) {
		leg->client_invite = 0;
		call_note_failure(leg->call, 0, "%s", why && *why ? why : err_text(e));
		report_place(leg, 0);
		trace_add_step(&leg->call->trace, leg->index, 0, "no reply", SLICE_NONE);
		fsm_step(&leg->call->fsm, CALL_EV_FAILURE, &input);
		return;
	}
	if (status >= 200 && status < 300 && leg->ack_sent) {
		if (slice_is_text(message_get_to(reply)->tag, leg->remote_tag))
			leg_send_ack(leg, slice_from_text(leg->ack_body ? leg->ack_body : ""));
		else
			leg_end_fork(leg, reply);
		return;
	}
	report_place(leg, status);
	snprintf(what, sizeof(what), "%u %s", status, status_phrase(status));
	trace_add_step(&leg->call->trace, leg->index, 0, what, message_get_body(reply));
	if (status < 200) {
		if (status > 100)
			fsm_step(&leg->call->fsm, CALL_EV_PROGRESS, &input);
		return;
	}
	if (status >= 300) {
		leg->client_invite = 0;
		call_note_failure(leg->call, status, "the peer answered %u %s", status,
				  status_phrase(status));
		fsm_step(&leg->call->fsm, CALL_EV_FAILURE, &input);
		return;
	}
	leg->owes_ack = true;
	fsm_step(&leg->call->fsm, CALL_EV_ANSWER, &input);
}

enum err leg_send_invite(struct leg *leg, struct slice extra, struct slice body, int64_t timeout_us)
{
	char headers[CALL_HEADERS_SIZE];
	struct transaction_request request = { .method = METHOD_INVITE,
					       .body = body,
					       .content_type = body.len ? sdp_type : SLICE_NONE };
	struct text t;
	enum err e;

	text_init(&t, headers, sizeof(headers));
	leg->invite_cseq = ++leg->local_cseq;
	leg->ack_sent = false;
	put_dialog_lines(&t, leg, leg->invite_cseq, "INVITE", forwards_left(leg));
	self_put_contact(&t, leg->trunk, listener_of(leg));
	self_put_capabilities(&t);
	text_put_slice(&t, extra);
	if (t.overflow)
		return ERR_TOO_LONG;
	request.uri = slice_from_text(leg->remote_target);
	request.headers = text_get(&t);
	if (leg->client_invite)
		transaction_abandon(leg->call->owner->context.transactions, leg->client_invite);
	leg->client_invite = 0;
	trace_add_step(&leg->call->trace, leg->index, 1, "INVITE", body);
	e = transaction_send_request(leg->call->owner->context.transactions, &leg->to, &request,
				     timeout_us, on_invite_reply, leg, &leg->client_invite);
	if (e)
		leg->client_invite = 0;
	return e;
}

void leg_send_ack(struct leg *leg, struct slice body)
{
	char headers[CALL_HEADERS_SIZE];
	struct transaction_request request = { .method = METHOD_ACK,
					       .body = body,
					       .content_type = body.len ? sdp_type : SLICE_NONE };
	struct text t;

	text_init(&t, headers, sizeof(headers));
	put_dialog_lines(&t, leg, leg->invite_cseq, "ACK", 70);
	request.uri = slice_from_text(leg->remote_target);
	request.headers = text_get(&t);
	if (body.len && !leg->ack_body)
		leg->ack_body = duplicate(body);
	if (!leg->ack_sent)
		trace_add_step(&leg->call->trace, leg->index, 1, "ACK", body);
	leg->ack_sent = true;
	leg->owes_ack = false;
	transaction_send_ack(leg->call->owner->context.transactions, &leg->to, &request);
}

static void on_bye_reply(void *arg, uint64_t id, enum err e, const char *why, struct message *reply)
{
	(void)arg; /* abandoned as soon as it was sent: this is not called */
	(void)id;
	(void)e;
	(void)why;
	(void)reply;
}

void leg_send_bye(struct leg *leg, const char *reason)
{
	struct transactions *ts = leg->call->owner->context.transactions;
	char headers[CALL_HEADERS_SIZE];
	struct transaction_request request = { .method = METHOD_BYE };
	struct text t;
	uint64_t id;

	if (!leg->confirmed)
		return;
	if (leg->owes_ack)
		leg_send_ack(leg, SLICE_NONE);
	text_init(&t, headers, sizeof(headers));
	put_dialog_lines(&t, leg, ++leg->local_cseq, "BYE", 70);
	if (reason)
		print_header(&t, "Reason", slice_from_text(reason));
	request.uri = slice_from_text(leg->remote_target);
	request.headers = text_get(&t);
	leg->confirmed = false;
	trace_add_step(&leg->call->trace, leg->index, 1, "BYE", SLICE_NONE);
	/* Nobody waits for the reply: the transaction repeats the BYE by itself. */
	if (transaction_send_request(ts, &leg->to, &request, 0, on_bye_reply, NULL, &id) ==
	    ERR_NONE)
		transaction_abandon(ts, id);
}

void leg_end_fork(struct leg *leg, const struct message *m)
{
	struct leg fork = *leg;

	fork.remote_tag = duplicate(message_get_to(m)->tag);
	fork.routes = make_routes(m, true);
	fork.remote_target = message_get_contact(m) ? duplicate(message_get_contact(m)->uri.whole)
						    : strdup(leg->remote_target);
	fork.ack_body = NULL;
	fork.client_invite = 0;
	fork.ack_sent = false;
	fork.owes_ack = false;
	fork.confirmed = true;
	if (fork.remote_tag && fork.routes && fork.remote_target) {
		leg_send_ack(&fork, SLICE_NONE);
		leg_send_bye(&fork, NULL);
	}
	free(fork.remote_tag);
	free(fork.routes);
	free(fork.remote_target);
}

/* --- replies ------------------------------------------------------------- */

void leg_reply(struct leg *leg, uint64_t server_id, unsigned status, struct slice extra,
	       struct slice body)
{
	char headers[CALL_HEADERS_SIZE], what[TRACE_WHAT_SIZE];
	struct transaction_reply reply = { .status = status,
					   .body = body,
					   .content_type = body.len ? sdp_type : SLICE_NONE };
	struct text t;

	text_init(&t, headers, sizeof(headers));
	if (status > 100 && status < 300) {
		self_put_contact(&t, leg->trunk, listener_of(leg));
		self_put_capabilities(&t);
	}
	self_put_product(&t, leg->trunk, "Server");
	text_put_slice(&t, extra);
	reply.headers = text_get(&t);
	reply.to_tag = slice_from_text(leg->local_tag);
	snprintf(what, sizeof(what), "%u %s", status, status_phrase(status));
	trace_add_step(&leg->call->trace, leg->index, 1, what, body);
	if (server_id == leg->server_invite && status >= 200)
		leg->is_replied = true;
	transaction_send_reply(leg->call->owner->context.transactions, server_id, &reply);
}
