/* check.h -- what the rules of config_check and config_warn share.  A rule looks at the
 * whole configuration and says one sentence for each finding. */
#ifndef DB_CONFIG_CHECK_H
#define DB_CONFIG_CHECK_H
#include <stdbool.h>

#include "common/text.h"
#include "db/config/config.h"
#include "db/config/schema.h"

/* CHECK_ERROR: must not run.  CHECK_WARNING: may run, is probably not meant. */
enum check_severity { CHECK_ERROR, CHECK_WARNING };

struct check {
	const struct config *config;
	const char *file; /* that it was read from, or NULL */
	enum check_severity wanted; /* findings of the other kind are dropped */
	struct text *report;
	unsigned count;
};

/* One line: the object as an operator names it, ": ", the sentence.  The object may be
 * the `object` of any noun's struct. */
void check_say(struct check *k, enum check_severity severity, enum schema_noun_id noun,
	       const struct config_object *o, const char *sentence, ...)
	__attribute__((format(printf, 5, 6)));

/* check_objects.c: what the rows alone tell. */
void check_required(struct check *k);
void check_references(struct check *k);
void check_files(struct check *k);
/* check_network.c: realms, listeners, tls-profiles. */
void check_realms(struct check *k);
void check_media_ports(struct check *k);
void check_listeners(struct check *k);
void check_tls_profiles(struct check *k);
/* check_trunks.c: trunks, targets, profiles, routes. */
void check_policy_lists(struct check *k);
void check_sources(struct check *k);
void check_targets(struct check *k);
void check_trunk_keys(struct check *k);
void check_routes(struct check *k);

#endif
