/* realm.h -- one network side as media knows it: addresses and the ports on them. */
#ifndef MEDIA_CONFIG_REALM_H
#define MEDIA_CONFIG_REALM_H
#include "common/addr.h"
#include "common/ipc/ipc.h"
#include "media/session/pool.h"

enum { REALM_NAME_SIZE = 64, REALM_ADDRESSES = 2 };

/* Fixed once its revision runs. */
struct realm {
	unsigned holders; /* the revision, and sessions that outlive it */
	char name[REALM_NAME_SIZE];
	struct addr addresses[REALM_ADDRESSES]; /* the second may be unset */
	struct addr advertised;			/* what peers are told instead; may be unset */
	uint16_t port_low, port_high;
	uint8_t dscp;
	struct pool *pools[REALM_ADDRESSES]; /* NULL until prepared */
};

enum err realm_create(const struct ipc_config_realm *row, struct realm **out_realm);
struct realm *realm_ref(struct realm *r);
void realm_unref(struct realm *r);
/* family: 4, 6 or 0 for the first address.  NULL: the realm has none of that family. */
struct pool *realm_find_pool(const struct realm *r, unsigned family);
/* What peers are told of a port of that pool. */
struct addr realm_get_public(const struct realm *r, const struct pool *p, uint16_t port);

#endif
