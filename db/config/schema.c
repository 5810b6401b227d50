/* schema.c -- the tables behind schema.h, filled by the rows. */
#include "db/config/schema.h"

#include <string.h>

#include "common/check.h"
#include "db/config/config.h"

/* What a row's kind stands for: the kind and the noun a reference leads to. */
#define KIND_NAME SCHEMA_NAME, SCHEMA_none
#define KIND_TEXT SCHEMA_TEXT, SCHEMA_none
#define KIND_PATH SCHEMA_PATH, SCHEMA_none
#define KIND_NUMBER SCHEMA_NUMBER, SCHEMA_none
#define KIND_CHOICE SCHEMA_CHOICE, SCHEMA_none
#define KIND_ADDRESS SCHEMA_ADDRESS, SCHEMA_none
#define KIND_PORTS SCHEMA_PORTS, SCHEMA_none
#define KIND_LIST SCHEMA_LIST, SCHEMA_none
#define KIND_REF_realm SCHEMA_REF, SCHEMA_realm
#define KIND_REF_tls_profile SCHEMA_REF, SCHEMA_tls_profile
#define KIND_REF_profile SCHEMA_REF, SCHEMA_profile
#define KIND_REF_trunk SCHEMA_REF, SCHEMA_trunk
#define KIND_REFS_trunk SCHEMA_REFS, SCHEMA_trunk

#define NOUN(noun, word, parent, count, help) static const struct schema_item noun##_items[] = {
#define ITEM(noun, field, word, kind, low, high, fallback, help)                                   \
	{ #field,                                                                                  \
	  word,                                                                                    \
	  KIND_##kind,                                                                             \
	  low,                                                                                     \
	  high,                                                                                    \
	  fallback,                                                                                \
	  help,                                                                                    \
	  offsetof(struct config_##noun, field),                                                   \
	  sizeof(((struct config_##noun *)NULL)->field) },
#define END(noun)                                                                                  \
	}                                                                                          \
	;                                                                                          \
	_Static_assert(sizeof(noun##_items) / sizeof(noun##_items[0]) <= SCHEMA_ITEMS_MAX,         \
		       "config_object.set has a bit for each item");
#include "db/config/schema.def"

static const struct schema_noun nouns[SCHEMA_NOUN_COUNT] = {
#define NOUN(noun, word, parent, count, help)                                                      \
	[SCHEMA_##noun] = { word,                                                                  \
			    SCHEMA_##parent,                                                       \
			    SCHEMA_##count,                                                        \
			    help,                                                                  \
			    noun##_items,                                                          \
			    sizeof(noun##_items) / sizeof(noun##_items[0]),                        \
			    sizeof(struct config_##noun),                                          \
			    offsetof(struct config, noun),                                         \
			    offsetof(struct config, noun##_count) },
#define ITEM(noun, field, word, kind, low, high, fallback, help)
#define END(noun)
#include "db/config/schema.def"
};

static const struct schema_choice choices[] = {
#define CHOICE(list, name, word, help) { #list, CONFIG_##name, word, help },
#include "db/config/choices.def"
};

static const struct {
	const char *noun_word, *item_word, *sentence;
} hints[] = {
#define HINT(noun_word, item_word, sentence) { noun_word, item_word, sentence },
#include "db/config/hints.def"
};

const struct schema_noun *schema_get_noun(enum schema_noun_id id)
{
	CHECK(id >= 0 && id < SCHEMA_NOUN_COUNT);
	return &nouns[id];
}

enum schema_noun_id schema_find_noun(enum schema_noun_id parent, struct slice word)
{
	for (int id = 0; id < SCHEMA_NOUN_COUNT; id++)
		if (nouns[id].parent == parent && slice_is_text(word, nouns[id].word))
			return (enum schema_noun_id)id;
	return SCHEMA_none;
}

const struct schema_item *schema_find_item(const struct schema_noun *noun, struct slice word)
{
	for (unsigned i = 0; i < noun->item_count; i++)
		if (slice_is_text(word, noun->items[i].word))
			return &noun->items[i];
	return NULL;
}

const struct schema_item *schema_find_field(const struct schema_noun *noun, const char *field)
{
	for (unsigned i = 0; i < noun->item_count; i++)
		if (strcmp(field, noun->items[i].field) == 0)
			return &noun->items[i];
	return NULL;
}

uint64_t schema_item_bit(const struct schema_noun *noun, const struct schema_item *item)
{
	return UINT64_C(1) << (item - noun->items);
}

const struct schema_choice *schema_get_choice(const char *list, unsigned i)
{
	for (size_t at = 0; at < sizeof(choices) / sizeof(choices[0]); at++)
		if (strcmp(choices[at].list, list) == 0 && i-- == 0)
			return &choices[at];
	return NULL;
}

const char *schema_find_hint(const char *noun_word, const char *item_word)
{
	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++)
		if (strcmp(hints[i].noun_word, noun_word) == 0 &&
		    strcmp(hints[i].item_word, item_word) == 0)
			return hints[i].sentence;
	return NULL;
}
