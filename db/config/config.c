/* config.c -- the life of a configuration: created with the shipped profiles, copied,
 * looked into, destroyed.  Lines fill it (line.c), print.c writes it out again. */
#include "db/config/config.h"

#include <stdlib.h>
#include <string.h>

#include "db/config/object.h"
#include "db/config/schema.h"
#include "db/config/shipped.h"

enum err config_create(struct config **out_config)
{
	struct config *c = calloc(1, sizeof(*c));
	struct config_object *o;
	enum err e = ERR_NONE;

	if (!c)
		return ERR_MEMORY;
	for (int id = 0; id < SCHEMA_NOUN_COUNT && !e; id++) {
		const struct schema_noun *n = schema_get_noun((enum schema_noun_id)id);

		if (n->parent == SCHEMA_none && n->count == SCHEMA_ONE)
			e = object_add(c, (enum schema_noun_id)id, SLICE_NONE, SLICE_NONE, &o);
	}
	if (!e)
		e = shipped_add(c);
	if (e)
		goto out;
	*out_config = c;
	c = NULL;
out:
	config_destroy(c);
	return e;
}

void config_destroy(struct config *c)
{
	if (!c)
		return;
	for (int id = 0; id < SCHEMA_NOUN_COUNT; id++)
		object_free_all(c, (enum schema_noun_id)id);
	free(c);
}

enum err config_copy(const struct config *c, struct config **out_config)
{
	struct config *copy = calloc(1, sizeof(*copy));
	enum err e = ERR_NONE;

	if (!copy)
		return ERR_MEMORY;
	for (int id = 0; id < SCHEMA_NOUN_COUNT && !e; id++)
		e = object_copy_all(c, (enum schema_noun_id)id, copy);
	if (e) {
		config_destroy(copy);
		return e;
	}
	*out_config = copy;
	return ERR_NONE;
}

static void *find_named(const struct config *c, enum schema_noun_id noun, const char *name)
{
	return object_find(c, noun, SLICE_NONE, slice_from_text(name));
}

struct config_realm *config_find_realm(const struct config *c, const char *name)
{
	return find_named(c, SCHEMA_realm, name);
}

struct config_tls_profile *config_find_tls_profile(const struct config *c, const char *name)
{
	return find_named(c, SCHEMA_tls_profile, name);
}

struct config_profile *config_find_profile(const struct config *c, const char *name)
{
	return find_named(c, SCHEMA_profile, name);
}

struct config_trunk *config_find_trunk(const struct config *c, const char *name)
{
	return find_named(c, SCHEMA_trunk, name);
}

struct config_limit *config_find_limit(const struct config *c, const char *trunk)
{
	return (struct config_limit *)(void *)object_find(c, SCHEMA_limit, slice_from_text(trunk),
							  SLICE_NONE);
}

bool config_list_next(const char **rest, struct slice *out_word)
{
	struct slice list = slice_from_text(*rest);

	while (list.len) {
		struct slice word = slice_trim(slice_take_until(&list, ','));

		if (word.len) {
			*out_word = word;
			*rest = list.len ? list.data : "";
			return true;
		}
	}
	return false;
}

const char *config_choice_word(const char *list, unsigned value)
{
	const struct schema_choice *choice;

	for (unsigned i = 0; (choice = schema_get_choice(list, i)); i++)
		if (choice->value == value)
			return choice->word;
	return "";
}
