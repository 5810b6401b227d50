/* shipped.h -- the profiles that come with the product (profiles.def). */
#ifndef DB_CONFIG_SHIPPED_H
#define DB_CONFIG_SHIPPED_H
#include <stdbool.h>

#include "db/config/config.h"
#include "db/config/schema.h"

/* Into a configuration that has none of them. */
enum err shipped_add(struct config *c);
bool shipped_has(enum schema_noun_id noun, struct slice name);

#endif
