/* control_load.c -- a revision of config.db as a policy to run. */
#include <stdio.h>

#include "db/store/config_store.h"
#include "signaling/control_internal.h"

enum err control_load_policy(struct control *c, uint64_t revision, struct text *why,
			     struct policy **out_policy)
{
	struct config_store *store = NULL;
	struct config *config = NULL;
	char path[512];
	enum err e;

	snprintf(path, sizeof(path), "%s/config.db", c->options.database_dir);
	e = config_store_open(path, DB_READ, why, &store);
	if (e)
		return e;
	e = config_store_load(store, revision, why, &config);
	config_store_close(store);
	if (e)
		return e;
	config_resolve(config);
	return policy_create(config, revision, out_policy);
}
