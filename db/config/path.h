/* path.h -- walking a line along the schema: noun [name] [sub-noun [name]] item value ...
 * One walker serves reading, deleting and completing. */
#ifndef DB_CONFIG_PATH_H
#define DB_CONFIG_PATH_H
#include <stdbool.h>

#include "common/slice.h"
#include "common/text.h"
#include "db/config/schema.h"

/* Where the walk stands. */
struct path {
	enum schema_noun_id noun; /* SCHEMA_none: before the first noun */
	struct slice parent, name;
	bool needs_name;		/* the noun was read, its name was not */
	const struct schema_item *item; /* read, its value was not; or NULL */
};

enum path_step { PATH_NOUN, PATH_NAME, PATH_ITEM, PATH_VALUE };

/* Takes one word.  ERR_NOT_FOUND, ERR_SYNTAX: the word does not fit there (`why` may be
 * NULL); the path stays. */
enum err path_take(struct path *p, struct slice word, struct text *why, enum path_step *out_step);
/* trunk "west", or what there is of it. */
void path_put_label(const struct path *p, struct text *t);

#endif
