/* object.h -- the objects of any noun: finding, adding, removing, and their items. */
#ifndef DB_CONFIG_OBJECT_H
#define DB_CONFIG_OBJECT_H
#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"
#include "common/slice.h"
#include "common/text.h"
#include "db/config/config.h"
#include "db/config/schema.h"

size_t object_count(const struct config *c, enum schema_noun_id noun);
/* Good until the next object_add or object_remove of that noun. */
struct config_object *object_get(const struct config *c, enum schema_noun_id noun, size_t i);
/* `parent` and `name` are empty where the noun has none. */
struct config_object *object_find(const struct config *c, enum schema_noun_id noun,
				  struct slice parent, struct slice name);
/* With every item at its default; behind the others, or by number.  ERR_LIMIT above
 * SCHEMA_OBJECTS_MAX; ERR_TOO_LONG. */
enum err object_add(struct config *c, enum schema_noun_id noun, struct slice parent,
		    struct slice name, struct config_object **out_object);
/* With everything below it. */
void object_remove(struct config *c, enum schema_noun_id noun, struct config_object *o);

/* Whole arrays: into an empty configuration, and the end. */
enum err object_copy_all(const struct config *from, enum schema_noun_id noun, struct config *to);
void object_free_all(struct config *c, enum schema_noun_id noun);

void *object_field(struct config_object *o, const struct schema_item *item);
const void *object_field_const(const struct config_object *o, const struct schema_item *item);
bool object_item_is_set(const struct schema_noun *noun, const struct config_object *o,
			const struct schema_item *item);
/* Value and set bit of one item. */
void object_copy_item(const struct schema_noun *noun, const struct schema_item *item,
		      const struct config_object *from, struct config_object *to);
void object_reset_item(const struct schema_noun *noun, struct config_object *o,
		       const struct schema_item *item);

/* As an operator says it: trunk "west" target "gw1". */
void object_put_label(struct text *t, enum schema_noun_id noun, struct slice parent,
		      struct slice name);

#endif
