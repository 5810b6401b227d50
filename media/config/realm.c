/* realm.c -- one realm, from its row to its pools. */
#include "media/config/realm.h"

#include <stdlib.h>

static enum err read_address(ipc_blob blob, struct addr *out_addr)
{
	return blob.len ? addr_from_blob(blob.data, blob.len, out_addr) : ERR_NONE;
}

enum err realm_create(const struct ipc_config_realm *row, struct realm **out_realm)
{
	struct realm *r = calloc(1, sizeof(*r));
	enum err e;

	if (!r)
		return ERR_MEMORY;
	r->holders = 1;
	r->port_low = row->port_low;
	r->port_high = row->port_high;
	r->dscp = row->dscp;
	e = slice_copy_text(row->name, r->name, sizeof(r->name));
	if (!e)
		e = read_address(row->address, &r->addresses[0]);
	if (!e)
		e = read_address(row->address6, &r->addresses[1]);
	if (!e)
		e = read_address(row->advertised, &r->advertised);
	if (e) {
		free(r);
		return e;
	}
	*out_realm = r;
	return ERR_NONE;
}

struct realm *realm_ref(struct realm *r)
{
	r->holders++;
	return r;
}

void realm_unref(struct realm *r)
{
	if (!r || --r->holders)
		return;
	for (unsigned i = 0; i < REALM_ADDRESSES; i++)
		pool_unref(r->pools[i]);
	free(r);
}

struct pool *realm_find_pool(const struct realm *r, unsigned family)
{
	if (!family)
		return r->pools[0] ? r->pools[0] : r->pools[1];
	for (unsigned i = 0; i < REALM_ADDRESSES; i++)
		if (r->pools[i] && addr_is_ipv6(&r->addresses[i]) == (family == 6))
			return r->pools[i];
	return NULL;
}

struct addr realm_get_public(const struct realm *r, const struct pool *p, uint16_t port)
{
	struct addr a = pool_get_config(p)->address;

	if (addr_is_set(&r->advertised) && addr_is_ipv6(&r->advertised) == addr_is_ipv6(&a))
		a = r->advertised;
	addr_set_port(&a, port);
	return a;
}
