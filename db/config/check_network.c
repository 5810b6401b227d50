/* check_network.c -- rules about realms, listeners and tls-profiles: what would collide or
 * could not open. */
#include <string.h>

#include "db/config/check.h"

/* As config_resolve will have it. */
static const struct addr *listener_address(const struct config *c, const struct config_listener *l)
{
	const struct config_realm *realm = config_find_realm(c, l->object.parent);

	return addr_is_set(&l->address) || !realm ? &l->address : &realm->address;
}

static unsigned listener_port(const struct config_listener *l)
{
	return l->port ? l->port : l->transport == CONFIG_TLS ? 5061 : 5060;
}

/* Also when one of them takes all addresses. */
static bool is_same_host(const struct addr *a, const struct addr *b)
{
	if (!addr_is_set(a) || !addr_is_set(b) || addr_is_ipv6(a) != addr_is_ipv6(b))
		return false;
	return addr_is_any(a) || addr_is_any(b) || addr_is_same_host(a, b);
}

void check_realms(struct check *k)
{
	for (size_t i = 0; i < k->config->realm_count; i++) {
		const struct config_realm *r = &k->config->realm[i];

		if (addr_is_set(&r->address) && addr_is_set(&r->address6) &&
		    addr_is_ipv6(&r->address) == addr_is_ipv6(&r->address6))
			check_say(k, CHECK_ERROR, SCHEMA_realm, &r->object,
				  "address and address-ipv6 are of the same family; one must be "
				  "IPv4 and the other IPv6");
		if (addr_is_set(&r->address) && addr_is_any(&r->address) &&
		    !addr_is_set(&r->advertised))
			check_say(k, CHECK_ERROR, SCHEMA_realm, &r->object,
				  "address stands for all addresses, which no peer can send to; "
				  "name one, or set advertised-address");
	}
}

static bool realms_share_host(const struct config_realm *a, const struct config_realm *b)
{
	return is_same_host(&a->address, &b->address) || is_same_host(&a->address, &b->address6) ||
	       is_same_host(&a->address6, &b->address) || is_same_host(&a->address6, &b->address6);
}

static void check_ports_against_listeners(struct check *k, const struct config_realm *r)
{
	for (size_t i = 0; i < k->config->listener_count; i++) {
		const struct config_listener *l = &k->config->listener[i];
		const struct addr *host = listener_address(k->config, l);
		unsigned port = listener_port(l);

		if (l->transport == CONFIG_UDP && port >= r->media_ports.low &&
		    port <= r->media_ports.high &&
		    (is_same_host(host, &r->address) || is_same_host(host, &r->address6)))
			check_say(k, CHECK_WARNING, SCHEMA_listener, &l->object,
				  "port %u lies in media-ports %u-%u of realm \"%s\"; media does "
				  "without it, or move one of them",
				  port, r->media_ports.low, r->media_ports.high, r->object.name);
	}
}

void check_media_ports(struct check *k)
{
	const struct config *c = k->config;

	for (size_t i = 0; i < c->realm_count; i++) {
		const struct config_realm *a = &c->realm[i];

		if (a->media_ports.high == 0)
			continue;
		check_ports_against_listeners(k, a);
		for (size_t j = i + 1; j < c->realm_count; j++) {
			const struct config_realm *b = &c->realm[j];

			if (b->media_ports.high && realms_share_host(a, b) &&
			    a->media_ports.low <= b->media_ports.high &&
			    b->media_ports.low <= a->media_ports.high)
				check_say(k, CHECK_ERROR, SCHEMA_realm, &b->object,
					  "media-ports %u-%u overlap with %u-%u of realm \"%s\" on "
					  "the "
					  "same address; choose ranges apart",
					  b->media_ports.low, b->media_ports.high,
					  a->media_ports.low, a->media_ports.high, a->object.name);
		}
	}
}

/* TCP and TLS share the ports of TCP. */
static bool listeners_collide(const struct config *c, const struct config_listener *a,
			      const struct config_listener *b)
{
	return listener_port(a) == listener_port(b) &&
	       (a->transport == CONFIG_UDP) == (b->transport == CONFIG_UDP) &&
	       is_same_host(listener_address(c, a), listener_address(c, b));
}

void check_listeners(struct check *k)
{
	const struct config *c = k->config;

	for (size_t i = 0; i < c->listener_count; i++) {
		const struct config_listener *l = &c->listener[i];

		if (l->transport == CONFIG_TLS && !*l->tls_profile)
			check_say(k, CHECK_ERROR, SCHEMA_listener, &l->object,
				  "transport tls needs a tls-profile; set one, or use tcp");
		for (size_t j = 0; j < i; j++)
			if (listeners_collide(c, l, &c->listener[j]))
				check_say(k, CHECK_ERROR, SCHEMA_listener, &l->object,
					  "port %u is taken by listener \"%s\" of realm \"%s\" on "
					  "the "
					  "same address; choose another port or address",
					  listener_port(l), c->listener[j].object.name,
					  c->listener[j].object.parent);
	}
}

static void check_sni_profiles(struct check *k)
{
	for (size_t i = 0; i < k->config->listener_count; i++) {
		const struct config_listener *l = &k->config->listener[i];
		const char *rest = l->sni_profiles;
		struct slice word;

		while (config_list_next(&rest, &word)) {
			char name[CONFIG_NAME_SIZE] = "";

			if (slice_copy_text(word, name, sizeof(name)) ||
			    !config_find_tls_profile(k->config, name))
				check_say(k, CHECK_ERROR, SCHEMA_listener, &l->object,
					  "sni-profiles names \"%.*s\", which does not exist; "
					  "make that tls-profile or take the name out",
					  SLICE_ARG(word));
		}
	}
}

void check_tls_profiles(struct check *k)
{
	check_sni_profiles(k);
	for (size_t i = 0; i < k->config->tls_profile_count; i++) {
		const struct config_tls_profile *p = &k->config->tls_profile[i];

		if (!*p->client_certificate != !*p->client_key)
			check_say(k, CHECK_ERROR, SCHEMA_tls_profile, &p->object,
				  "client-certificate and client-key belong together; set both or "
				  "neither");
		if (p->verify != CONFIG_VERIFY_NONE && !*p->trust)
			check_say(k, CHECK_ERROR, SCHEMA_tls_profile, &p->object,
				  "verify %s without trust would refuse every peer; set trust to a "
				  "file of authorities, or use \"verify none\" in a laboratory",
				  config_choice_word("verify", p->verify));
		if (p->verify == CONFIG_VERIFY_NONE)
			check_say(
				k, CHECK_WARNING, SCHEMA_tls_profile, &p->object,
				"verify none lets anybody claim to be the peer; use mutual outside "
				"a laboratory");
	}
}
