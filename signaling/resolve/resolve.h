/* resolve.h -- where a host name leads: RFC 3263 for a transport that is configured
 * (SRV when no port is given, then AAAA and A), asynchronous with c-ares, cached for
 * the records' time to live, stale answers served while DNS is dead. */
#ifndef SIGNALING_RESOLVE_RESOLVE_H
#define SIGNALING_RESOLVE_RESOLVE_H
#include "common/addr.h"
#include "common/err.h"
#include "common/loop.h"
#include "db/config/config.h"

enum { RESOLVE_ADDRESSES_MAX = 32 };

struct resolver;

/* In the order to try: SRV priority, then weight (drawn at each lookup), then the
 * records' own order turned by one at each lookup (DNS load balancing). */
struct resolved {
	unsigned count;
	struct addr addresses[RESOLVE_ADDRESSES_MAX];
};

typedef void resolve_fn(void *arg, enum err e, const struct resolved *r);

/* servers: "192.0.2.53,..." for tests, NULL: the system's. */
enum err resolver_create(struct loop *l, const char *servers, struct resolver **out_resolver);
void resolver_destroy(struct resolver *r);

/* Literal addresses and cached names are answered at once: ERR_NONE and *out.
 * ERR_BUSY: fn will be called exactly once, not before this returns; *out_query may
 * be cancelled until then.  port 0: ask for SRV, else the transport's default. */
enum err resolver_lookup(struct resolver *r, const char *host, uint16_t port,
			 enum config_transport kind, struct resolved *out, resolve_fn *fn,
			 void *arg, uint64_t *out_query);
void resolver_cancel(struct resolver *r, uint64_t query);

#endif
