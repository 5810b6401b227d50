/* revision.c -- collecting and checking a revision. */
#include "media/config/revision.h"

#include <stdlib.h>

#include "media/session/socket.h"

enum err revision_create(const struct ipc_config_media *row, struct revision **out_revision)
{
	struct revision *r = calloc(1, sizeof(*r));

	if (!r)
		return ERR_MEMORY;
	r->number = row->revision;
	r->path = row->path;
	r->workers = row->workers ? row->workers : 1;
	*out_revision = r;
	return ERR_NONE;
}

void revision_destroy(struct revision *r)
{
	if (!r)
		return;
	for (unsigned i = 0; i < r->realm_count; i++) {
		for (unsigned j = 0; j < REALM_ADDRESSES; j++)
			if (r->realms[i]->pools[j])
				pool_stop_keeping(r->realms[i]->pools[j]);
		realm_unref(r->realms[i]);
	}
	free(r);
}

struct realm *revision_find_realm(const struct revision *r, struct slice name)
{
	for (unsigned i = 0; i < r->realm_count; i++)
		if (slice_is_text(name, r->realms[i]->name))
			return r->realms[i];
	return NULL;
}

void revision_add_realm(struct revision *r, const struct ipc_config_realm *row)
{
	enum err e;

	if (r->broken || r->is_prepared)
		return;
	if (r->realm_count == REVISION_REALMS_MAX)
		e = ERR_LIMIT;
	else if (revision_find_realm(r, row->name))
		e = ERR_EXISTS;
	else
		e = realm_create(row, &r->realms[r->realm_count]);
	if (e)
		r->broken = e;
	else
		r->realm_count++;
}

static bool check_path(const struct revision *r, struct text *why)
{
	if (r->path == PATH_AUTO || r->path == PATH_PORTABLE)
		return true;
	text_printf(
		why,
		"media path \"%s\" is not built into this version; use \"auto\" or \"portable\"",
		r->path == PATH_KERNEL ? "kernel" : "steered");
	return false;
}

static bool check_addresses(const struct realm *m, struct text *why)
{
	if (!addr_is_set(&m->addresses[0])) {
		text_printf(why, "realm \"%s\" has no address for media; set realm %s address",
			    m->name, m->name);
		return false;
	}
	if (addr_is_set(&m->addresses[1]) &&
	    addr_is_ipv6(&m->addresses[0]) == addr_is_ipv6(&m->addresses[1])) {
		text_printf(why,
			    "realm \"%s\": both addresses are of one family; "
			    "the second must be of the other",
			    m->name);
		return false;
	}
	for (unsigned i = 0; i < REALM_ADDRESSES; i++) {
		char host[ADDR_TEXT_SIZE];
		enum err e;

		if (!addr_is_set(&m->addresses[i]))
			continue;
		addr_print_host(&m->addresses[i], host, sizeof(host));
		if (addr_is_any(&m->addresses[i])) {
			text_printf(why,
				    "realm \"%s\": media address %s stands for every address; "
				    "name one of this machine",
				    m->name, host);
			return false;
		}
		e = socket_probe(&m->addresses[i]);
		if (e) {
			text_printf(why,
				    "realm \"%s\": media address %s cannot be used (%s); "
				    "it must be an address of this machine",
				    m->name, host,
				    e == ERR_ADDRESS ? "it is not local" : err_text(e));
			return false;
		}
	}
	return true;
}

static bool check_ports(const struct realm *m, struct text *why)
{
	unsigned first = (m->port_low + 1u) & ~1u;

	if (m->port_low >= 1024 && m->port_high > first)
		return true;
	text_printf(why,
		    "realm \"%s\": media-ports %u-%u hold no pair of an even port above 1023 "
		    "and the next one",
		    m->name, m->port_low, m->port_high);
	return false;
}

static bool shares_ports(const struct realm *a, const struct realm *b)
{
	if (a->port_high < b->port_low || b->port_high < a->port_low)
		return false;
	for (unsigned i = 0; i < REALM_ADDRESSES; i++)
		for (unsigned j = 0; j < REALM_ADDRESSES; j++)
			if (addr_is_set(&a->addresses[i]) && addr_is_set(&b->addresses[j]) &&
			    addr_is_same_host(&a->addresses[i], &b->addresses[j]))
				return true;
	return false;
}

static bool check_overlap(const struct revision *r, unsigned index, struct text *why)
{
	const struct realm *m = r->realms[index];

	for (unsigned i = 0; i < index; i++) {
		if (!shares_ports(r->realms[i], m))
			continue;
		text_printf(why,
			    "realms \"%s\" and \"%s\" share an address and some of media-ports "
			    "%u-%u; give each a range of its own",
			    r->realms[i]->name, m->name, m->port_low, m->port_high);
		return false;
	}
	return true;
}

static struct pool *find_same_pool(const struct revision *running, const struct pool_config *config)
{
	for (unsigned i = 0; running && i < running->realm_count; i++)
		for (unsigned j = 0; j < REALM_ADDRESSES; j++) {
			struct pool *p = running->realms[i]->pools[j];

			if (p && pool_config_is_equal(pool_get_config(p), config))
				return p;
		}
	return NULL;
}

static enum err make_pools(struct realm *m, const struct revision *running)
{
	for (unsigned i = 0; i < REALM_ADDRESSES; i++) {
		struct pool_config config = { .address = m->addresses[i],
					      .port_low = m->port_low,
					      .port_high = m->port_high,
					      .dscp = m->dscp };
		struct pool *same;
		enum err e;

		if (!addr_is_set(&m->addresses[i]))
			continue;
		same = find_same_pool(running, &config);
		e = ERR_NONE;
		if (same)
			m->pools[i] = pool_ref(same);
		else
			e = pool_create(&config, &m->pools[i]);
		if (e)
			return e;
		pool_start_keeping(m->pools[i]);
	}
	return ERR_NONE;
}

static bool prepare_realm(const struct revision *r, unsigned index, const struct revision *running,
			  struct text *why)
{
	struct realm *m = r->realms[index];
	enum err e;

	if (!check_addresses(m, why) || !check_ports(m, why) || !check_overlap(r, index, why))
		return false;
	e = make_pools(m, running);
	if (e)
		text_printf(why, "realm \"%s\": %s", m->name, err_text(e));
	return e == ERR_NONE;
}

bool revision_prepare(struct revision *r, const struct revision *running, struct text *why)
{
	if (r->is_prepared)
		return true;
	if (r->broken) {
		text_printf(why, "the realms could not be read: %s", err_text(r->broken));
		return false;
	}
	if (!check_path(r, why))
		return false;
	for (unsigned i = 0; i < r->realm_count; i++)
		if (!prepare_realm(r, i, running, why))
			return false;
	r->is_prepared = true;
	return true;
}
