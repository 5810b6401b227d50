/* check_trunks.c -- rules about trunks, their targets and profiles, and routes. */
#include <string.h>

#include "common/suite.h"
#include "db/config/check.h"
#include "db/config/object.h"

enum { CHECK_CODE_MIN = 300, CHECK_CODE_MAX = 699, CHECK_LABEL_MAX = 63 };

static void check_lists(struct check *k, enum schema_noun_id noun, const struct config_object *o,
			const char *suites, const char *codes)
{
	struct slice word;
	uint64_t code;

	while (config_list_next(&suites, &word))
		if (suite_find_name(word) == SUITE_NONE)
			check_say(k, CHECK_ERROR, noun, o,
				  "srtp-suites \"%.*s\" is not supported; use "
				  "AES_CM_128_HMAC_SHA1_80, "
				  "AES_CM_128_HMAC_SHA1_32, AEAD_AES_128_GCM or AEAD_AES_256_GCM",
				  SLICE_ARG(word));
	while (config_list_next(&codes, &word))
		if (slice_parse_u64(word, CHECK_CODE_MAX, &code) || code < CHECK_CODE_MIN)
			check_say(
				k, CHECK_ERROR, noun, o,
				"failover-codes \"%.*s\" is no failure of SIP; use numbers from %u "
				"to %u",
				SLICE_ARG(word), CHECK_CODE_MIN, CHECK_CODE_MAX);
}

void check_policy_lists(struct check *k)
{
	const struct config *c = k->config;

	for (size_t i = 0; i < c->profile_count; i++)
		check_lists(k, SCHEMA_profile, &c->profile[i].object, c->profile[i].srtp_suites,
			    c->profile[i].failover_codes);
	for (size_t i = 0; i < c->trunk_count; i++)
		check_lists(k, SCHEMA_trunk, &c->trunk[i].object, c->trunk[i].srtp_suites,
			    c->trunk[i].failover_codes);
}

/* An address, or one with the length of a prefix behind a slash. */
static bool is_source(struct slice word)
{
	bool has_bits = slice_find_byte(word, '/') < word.len;
	struct slice host = slice_take_until(&word, '/');
	struct addr address;
	uint64_t bits;

	if (addr_parse(host, 0, &address))
		return false;
	return !has_bits ||
	       slice_parse_u64(word, addr_is_ipv6(&address) ? 128 : 32, &bits) == ERR_NONE;
}

void check_sources(struct check *k)
{
	for (size_t i = 0; i < k->config->trunk_count; i++) {
		const struct config_trunk *trunk = &k->config->trunk[i];
		const char *sources = trunk->sources;
		struct slice word;

		while (config_list_next(&sources, &word))
			if (!is_source(word))
				check_say(k, CHECK_ERROR, SCHEMA_trunk, &trunk->object,
					  "source \"%.*s\" is no address; use 192.0.2.1, "
					  "192.0.2.0/24, "
					  "2001:db8::1 or 2001:db8::/32",
					  SLICE_ARG(word));
	}
}

/* RFC 1123 2.1, with the underscore that some private names have. */
static bool is_host_name(const char *name)
{
	struct slice rest = slice_from_text(name);

	while (rest.len) {
		struct slice label = slice_take_until(&rest, '.');

		if (label.len == 0 || label.len > CHECK_LABEL_MAX || label.data[0] == '-')
			return false;
		for (size_t i = 0; i < label.len; i++)
			if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "-_",
				    label.data[i]))
				return false;
	}
	return *name != '\0' && strspn(name, "0123456789.") != strlen(name);
}

static bool realm_listens(const struct config *c, const char *realm, uint8_t transport)
{
	for (size_t i = 0; i < c->listener_count; i++)
		if (c->listener[i].transport == transport &&
		    strcmp(c->listener[i].object.parent, realm) == 0)
			return true;
	return false;
}

static bool realm_has_family(const struct config_realm *realm, bool ipv6)
{
	return (addr_is_set(&realm->address) && addr_is_ipv6(&realm->address) == ipv6) ||
	       (addr_is_set(&realm->address6) && addr_is_ipv6(&realm->address6) == ipv6);
}

static void check_target_address(struct check *k, const struct config_target *t,
				 const struct config_realm *realm)
{
	struct addr address;

	if (!*t->address)
		return;
	if (addr_parse(slice_from_text(t->address), 0, &address)) {
		if (!is_host_name(t->address))
			check_say(k, CHECK_ERROR, SCHEMA_target, &t->object,
				  "address \"%s\" is neither a host name nor an address; write the "
				  "port as \"port N\"",
				  t->address);
		return;
	}
	if (!realm_has_family(realm, addr_is_ipv6(&address)))
		check_say(k, CHECK_ERROR, SCHEMA_target, &t->object,
			  "address %s is %s, realm \"%s\" has no such address; set address-ipv6 or "
			  "another realm",
			  t->address, addr_is_ipv6(&address) ? "IPv6" : "IPv4", realm->object.name);
}

void check_targets(struct check *k)
{
	const struct config *c = k->config;

	for (size_t i = 0; i < c->target_count; i++) {
		const struct config_target *t = &c->target[i];
		const struct config_trunk *trunk = config_find_trunk(c, t->object.parent);
		const struct config_realm *realm =
			trunk ? config_find_realm(c, trunk->realm) : NULL;

		if (!realm)
			continue;
		check_target_address(k, t, realm);
		if (!realm_listens(c, trunk->realm, t->transport))
			check_say(k, CHECK_ERROR, SCHEMA_target, &t->object,
				  "transport %s has no listener in realm \"%s\", so the peer could "
				  "not "
				  "reach us; add one, or use another transport",
				  config_choice_word("transport", t->transport), trunk->realm);
	}
}

/* As config_resolve will have it. */
static uint8_t effective_srtp(const struct config *c, const struct config_trunk *trunk)
{
	const struct schema_noun *n = schema_get_noun(SCHEMA_trunk);
	const struct config_profile *profile = config_find_profile(c, trunk->profile);

	if (object_item_is_set(n, &trunk->object, schema_find_field(n, "srtp")) || !profile)
		return trunk->srtp;
	return profile->srtp;
}

/* Whoever reads the signaling reads the keys of SDES (RFC 4568 5.1), so Microsoft allows
 * SRTP with TLS only (Set-CsTrunkConfiguration, SRTPMode). */
void check_trunk_keys(struct check *k)
{
	const struct config *c = k->config;

	for (size_t i = 0; i < c->target_count; i++) {
		const struct config_target *t = &c->target[i];
		const struct config_trunk *trunk = config_find_trunk(c, t->object.parent);

		if (!trunk || t->transport == CONFIG_TLS ||
		    trunk->srtp_without_tls == CONFIG_KEYS_ALLOW ||
		    effective_srtp(c, trunk) == CONFIG_SRTP_OFF)
			continue;
		check_say(k, CHECK_WARNING, SCHEMA_target, &t->object,
			  "srtp %s over %s shows the keys to everybody on the way; use transport "
			  "tls, "
			  "or \"srtp-without-tls allow\" on the trunk if this is wanted",
			  config_choice_word("srtp", effective_srtp(c, trunk)),
			  config_choice_word("transport", t->transport));
	}
	for (size_t i = 0; i < c->trunk_count; i++) {
		bool has_target = false;

		for (size_t j = 0; j < c->target_count && !has_target; j++)
			has_target =
				strcmp(c->target[j].object.parent, c->trunk[i].object.name) == 0;
		if (!has_target && !*c->trunk[i].sources)
			check_say(k, CHECK_WARNING, SCHEMA_trunk, &c->trunk[i].object,
				  "it has neither target nor source, so no call can come or go; "
				  "set one");
	}
}

static bool list_has(const char *list, struct slice name)
{
	struct slice word;

	while (config_list_next(&list, &word))
		if (slice_is_equal(word, name))
			return true;
	return false;
}

void check_routes(struct check *k)
{
	for (size_t i = 0; i < k->config->route_count; i++) {
		const struct config_route *r = &k->config->route[i];
		const char *rest = r->to;
		struct slice word;

		if (*r->from && list_has(r->to, slice_from_text(r->from)))
			check_say(
				k, CHECK_ERROR, SCHEMA_route, &r->object,
				"trunk \"%s\" would get its own calls back; take it out of \"to\"",
				r->from);
		while (config_list_next(&rest, &word))
			if (list_has(rest, word))
				check_say(k, CHECK_ERROR, SCHEMA_route, &r->object,
					  "trunk \"%.*s\" stands twice in \"to\"; name it once",
					  SLICE_ARG(word));
	}
}
