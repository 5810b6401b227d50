/* policy.c -- sharing one configuration between threads, and looking up routes in it. */
#include "signaling/policy/policy.h"

#include <stdlib.h>
#include <string.h>

enum err policy_create(struct config *config, uint64_t revision, struct policy **out_policy)
{
	struct policy *p = calloc(1, sizeof(*p));

	if (!p) {
		config_destroy(config);
		return ERR_MEMORY;
	}
	p->config = config;
	p->revision = revision;
	p->holders = 1;
	*out_policy = p;
	return ERR_NONE;
}

struct policy *policy_ref(struct policy *p)
{
	__atomic_fetch_add(&p->holders, 1, __ATOMIC_RELAXED);
	return p;
}

void policy_unref(struct policy *p)
{
	if (!p || __atomic_sub_fetch(&p->holders, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	config_destroy(p->config);
	free(p);
}

static bool route_matches(const struct config_route *r, const char *from_trunk, struct slice called)
{
	return strcmp(r->from, from_trunk) == 0 &&
	       (!r->prefix[0] || slice_has_prefix(called, r->prefix));
}

const struct config_route *policy_find_route(const struct policy *p, const char *from_trunk,
					     struct slice called)
{
	for (size_t i = 0; i < p->config->route_count; i++)
		if (route_matches(&p->config->route[i], from_trunk, called))
			return &p->config->route[i];
	return NULL;
}
