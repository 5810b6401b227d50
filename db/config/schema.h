/* schema.h -- the rows of schema.def and choices.def as tables, for the code that works
 * on any item: reading, printing, completing, describing.  Private to db/config. */
#ifndef DB_CONFIG_SCHEMA_H
#define DB_CONFIG_SCHEMA_H
#include <stddef.h>
#include <stdint.h>

#include "common/slice.h"

enum schema_noun_id {
	SCHEMA_none = -1,
#define NOUN(noun, word, parent, count, help) SCHEMA_##noun,
#define ITEM(noun, field, word, kind, low, high, fallback, help)
#define END(noun)
#include "db/config/schema.def"
	SCHEMA_NOUN_COUNT
};

enum schema_count { SCHEMA_ONE, SCHEMA_MANY, SCHEMA_NUMBERED };

enum schema_kind {
	SCHEMA_NAME,
	SCHEMA_TEXT,
	SCHEMA_PATH,
	SCHEMA_NUMBER,
	SCHEMA_CHOICE,
	SCHEMA_ADDRESS,
	SCHEMA_PORTS,
	SCHEMA_LIST,
	SCHEMA_REF,
	SCHEMA_REFS,
};

enum { SCHEMA_NUMBERED_MAX = 999999, SCHEMA_ITEMS_MAX = 64, SCHEMA_OBJECTS_MAX = 65536 };

struct schema_item {
	const char *field, *word;
	enum schema_kind kind;
	enum schema_noun_id to; /* what a REF names */
	uint32_t low, high;
	const char *fallback; /* NULL: required */
	const char *help;
	size_t offset, size; /* of the field in the noun's struct */
};

struct schema_noun {
	const char *word;
	enum schema_noun_id parent;
	enum schema_count count;
	const char *help;
	const struct schema_item *items;
	unsigned item_count;
	size_t object_size;
	size_t array_offset, count_offset; /* in struct config */
};

const struct schema_noun *schema_get_noun(enum schema_noun_id id);
/* Among those below `parent`; SCHEMA_none at the top.  SCHEMA_none when there is none. */
enum schema_noun_id schema_find_noun(enum schema_noun_id parent, struct slice word);
const struct schema_item *schema_find_item(const struct schema_noun *noun, struct slice word);
const struct schema_item *schema_find_field(const struct schema_noun *noun, const char *field);
/* Bit in config_object.set. */
uint64_t schema_item_bit(const struct schema_noun *noun, const struct schema_item *item);

struct schema_choice {
	const char *list;
	unsigned value;
	const char *word, *help;
};

/* i counts the choices of a list from 0; NULL behind the last. */
const struct schema_choice *schema_get_choice(const char *list, unsigned i);

/* A short reminder how to go on where a value of that item was refused, or NULL. */
const char *schema_find_hint(const char *noun_word, const char *item_word);

#endif
