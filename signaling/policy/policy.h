/* policy.h -- the configuration that runs: one resolved revision, immutable, shared by
 * the workers.  A call keeps the one it started with. */
#ifndef SIGNALING_POLICY_POLICY_H
#define SIGNALING_POLICY_POLICY_H
#include "common/err.h"
#include "common/text.h"
#include "db/config/config.h"

struct policy {
	uint64_t revision;
	struct config *config;
	int holders; /* atomic */
};

/* Takes the configuration, also on failure.  It must be resolved. */
enum err policy_create(struct config *config, uint64_t revision, struct policy **out_policy);
/* Holders: the control thread, each worker, each call. */
struct policy *policy_ref(struct policy *p);
void policy_unref(struct policy *p);

/* The first route, by number, for calls of that trunk to that number; NULL: none. */
const struct config_route *policy_find_route(const struct policy *p, const char *from_trunk,
					     struct slice called);

#endif
