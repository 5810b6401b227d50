/* hunt.h -- the places one call may be sent to, one after the other: trunks of the
 * route in order, their targets by priority and weight, their addresses as resolved;
 * those that are down come last. */
#ifndef SIGNALING_ROUTE_HUNT_H
#define SIGNALING_ROUTE_HUNT_H
#include "signaling/peer/peer.h"
#include "signaling/policy/policy.h"
#include "signaling/resolve/resolve.h"

enum { HUNT_PLACES_MAX = 24, HUNT_TRUNKS_MAX = 8, HUNT_TARGETS_MAX = 32 };

struct hunt_place {
	const struct config_trunk *trunk;
	const struct config_target *target;
	struct addr address;
};

/* fn: the search goes on: call hunt_next again. */
typedef void hunt_fn(void *arg);

struct hunt {
	const struct config *config;
	struct peers *peers;
	struct resolver *resolver;
	hunt_fn *fn;
	void *arg;
	uint64_t query;
	const struct config_target *targets[HUNT_TARGETS_MAX]; /* still to be resolved */
	unsigned target_count, target_at;
	struct hunt_place *places; /* resolved; HUNT_PLACES_MAX, allocated with the first */
	unsigned place_count, place_at;
	struct hunt_place *last; /* down: after all others */
	unsigned last_count, last_at;
};

void hunt_init(struct hunt *h, const struct config *c, struct peers *peers,
	       struct resolver *resolver, hunt_fn *fn, void *arg);
/* Fills the list from a route.  ERR_NOT_FOUND: the route leads to no target. */
enum err hunt_start(struct hunt *h, const struct config_route *route);
/* ERR_NONE: *out; ERR_BUSY: a name is being resolved, fn follows; ERR_NOT_FOUND: that
 * was all. */
enum err hunt_next(struct hunt *h, struct hunt_place *out);
/* Nothing more of that trunk: it is full, or it refused for good. */
void hunt_skip_trunk(struct hunt *h, const struct config_trunk *trunk);
bool hunt_has_more(const struct hunt *h);
void hunt_fini(struct hunt *h);

#endif
