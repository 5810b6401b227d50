/* check_objects.c -- rules that follow from the schema's rows, whatever the noun: what is
 * required, what a reference leads to, whether a file is there. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "db/config/check.h"
#include "db/config/object.h"
#include "db/config/value.h"

typedef void item_rule(struct check *k, enum schema_noun_id noun, const struct config_object *o,
		       const struct schema_item *item);

static void for_each_item(struct check *k, item_rule *rule)
{
	for (int id = 0; id < SCHEMA_NOUN_COUNT; id++) {
		enum schema_noun_id noun = (enum schema_noun_id)id;
		const struct schema_noun *n = schema_get_noun(noun);

		for (size_t i = 0; i < object_count(k->config, noun); i++)
			for (unsigned j = 0; j < n->item_count; j++)
				rule(k, noun, object_get(k->config, noun, i), &n->items[j]);
	}
}

static void rule_required(struct check *k, enum schema_noun_id noun, const struct config_object *o,
			  const struct schema_item *item)
{
	char buf[256];
	struct text wanted;

	if (item->fallback || object_item_is_set(schema_get_noun(noun), o, item))
		return;
	text_init(&wanted, buf, sizeof(buf));
	value_describe(item, &wanted);
	check_say(k, CHECK_ERROR, noun, o, "%s is missing; set it to %s, or delete the %s",
		  item->word, text_get_string(&wanted), schema_get_noun(noun)->word);
}

void check_required(struct check *k)
{
	for_each_item(k, rule_required);
}

static void check_name(struct check *k, enum schema_noun_id noun, const struct config_object *o,
		       const struct schema_item *item, struct slice name)
{
	const char *kind = schema_get_noun(item->to)->word;

	if (name.len && !object_find(k->config, item->to, SLICE_NONE, name))
		check_say(
			k, CHECK_ERROR, noun, o,
			"%s \"%.*s\" does not exist; add it with \"set %s %.*s\", or name another",
			item->word, SLICE_ARG(name), kind, SLICE_ARG(name));
}

static void rule_references(struct check *k, enum schema_noun_id noun,
			    const struct config_object *o, const struct schema_item *item)
{
	const char *names = object_field_const(o, item);
	struct slice name;

	if (item->kind == SCHEMA_REF)
		check_name(k, noun, o, item, slice_from_text(names));
	while (item->kind == SCHEMA_REFS && config_list_next(&names, &name))
		check_name(k, noun, o, item, name);
}

void check_references(struct check *k)
{
	for_each_item(k, rule_references);
}

/* A file that this process may not read is not missing: the process that uses it says so
 * when it prepares the revision. */
static void rule_files(struct check *k, enum schema_noun_id noun, const struct config_object *o,
		       const struct schema_item *item)
{
	const char *path = object_field_const(o, item);

	if (item->kind != SCHEMA_PATH || !*path || access(path, R_OK) == 0 || errno == EACCES)
		return;
	check_say(k, CHECK_ERROR, noun, o,
		  "%s %s cannot be read: %s; put the file there, or name another", item->word, path,
		  strerror(errno));
}

void check_files(struct check *k)
{
	for_each_item(k, rule_files);
}
