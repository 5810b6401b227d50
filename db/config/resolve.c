/* resolve.c -- from what was set to what runs: trunk <- profile <- default, and the
 * ports and addresses that follow from others. */
#include <string.h>

#include "common/addr.h"
#include "db/config/config.h"
#include "db/config/object.h"

enum { RESOLVE_SIP_PORT = 5060, RESOLVE_SIPS_PORT = 5061 };

static uint16_t default_port(uint8_t transport)
{
	return transport == CONFIG_TLS ? RESOLVE_SIPS_PORT : RESOLVE_SIP_PORT;
}

/* Items of the same field name; what the trunk set stays. */
static void take_from_profile(struct config_trunk *trunk, const struct config_profile *profile)
{
	const struct schema_noun *to = schema_get_noun(SCHEMA_trunk);
	const struct schema_noun *from = schema_get_noun(SCHEMA_profile);

	for (unsigned i = 0; i < from->item_count; i++) {
		const struct schema_item *source = &from->items[i];
		const struct schema_item *item = schema_find_field(to, source->field);

		if (!item || object_item_is_set(to, &trunk->object, item) ||
		    !object_item_is_set(from, &profile->object, source))
			continue;
		memcpy(object_field(&trunk->object, item),
		       object_field_const(&profile->object, source), item->size);
	}
}

static void resolve_listener(const struct config *c, struct config_listener *l)
{
	const struct config_realm *realm = config_find_realm(c, l->object.parent);

	if (l->port == 0)
		l->port = default_port(l->transport);
	if (!addr_is_set(&l->address) && realm)
		l->address = realm->address;
}

/* A host name without port is left to its SRV records (RFC 3263 4.2). */
static void resolve_target(struct config_target *t)
{
	struct addr address;

	if (t->port == 0 && addr_parse(slice_from_text(t->address), 0, &address) == ERR_NONE)
		t->port = default_port(t->transport);
}

/* The tls-profile of the first TLS listener in the trunk's realm. */
static void resolve_tls_profile(const struct config *c, struct config_trunk *trunk)
{
	for (size_t i = 0; i < c->listener_count && !*trunk->tls_profile; i++)
		if (c->listener[i].transport == CONFIG_TLS &&
		    strcmp(c->listener[i].object.parent, trunk->realm) == 0)
			memcpy(trunk->tls_profile, c->listener[i].tls_profile,
			       sizeof(trunk->tls_profile));
}

void config_resolve(struct config *c)
{
	for (size_t i = 0; i < c->listener_count; i++)
		resolve_listener(c, &c->listener[i]);
	for (size_t i = 0; i < c->target_count; i++)
		resolve_target(&c->target[i]);
	for (size_t i = 0; i < c->trunk_count; i++) {
		const struct config_profile *profile = config_find_profile(c, c->trunk[i].profile);

		if (profile)
			take_from_profile(&c->trunk[i], profile);
		resolve_tls_profile(c, &c->trunk[i]);
	}
}
