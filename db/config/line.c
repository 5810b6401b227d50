/* line.c -- one line changes the configuration, or does nothing.
 *
 * A line is first read into edits, which cannot fail any more, then applied. */
#include <string.h>

#include "db/config/config.h"
#include "db/config/object.h"
#include "db/config/path.h"
#include "db/config/shipped.h"
#include "db/config/value.h"
#include "db/config/words.h"

/* An item to set or reset, or (without item) an object to make or remove. */
struct edit {
	struct path at;
	const struct schema_item *item;
	struct slice value;
};

struct edits {
	struct edit edit[WORDS_MAX];
	size_t count;
};

static struct config_object *find_at(const struct config *c, const struct path *p)
{
	return object_find(c, p->noun, p->parent, p->name);
}

static enum err say_value(const struct edit *edit, struct text *why, enum err e)
{
	const struct schema_noun *n = schema_get_noun(edit->at.noun);
	const char *hint = schema_find_hint(n->word, edit->item->word);

	path_put_label(&edit->at, why);
	text_printf(why, ": %s \"%.*s\" is %s, it takes ", edit->item->word,
		    SLICE_ARG(words_cut(edit->value)),
		    e == ERR_TOO_LONG ? "too long"
		    : e == ERR_RANGE  ? "out of range"
				      : "not possible");
	value_describe(edit->item, why);
	if (hint)
		text_printf(why, "; %s", hint);
	return e;
}

static enum err say_unfinished(const struct path *p, struct text *why)
{
	if (p->noun == SCHEMA_none) {
		text_put_string(why, "the line ends too early; name what to change, for example "
				     "trunk NAME");
	} else if (p->needs_name) {
		text_printf(why, "%s: its name is missing", schema_get_noun(p->noun)->word);
	} else {
		path_put_label(p, why);
		text_printf(why, ": %s needs a value, ", p->item->word);
		value_describe(p->item, why);
	}
	return ERR_TRUNCATED;
}

static void add_edit(struct edits *edits, const struct path *at, const struct schema_item *item,
		     struct slice value)
{
	edits->edit[edits->count++] = (struct edit){ *at, item, value };
}

/* One edit for each object that is entered and for each value. */
static enum err read_set(const struct words *w, struct edits *edits, struct text *why)
{
	struct path p = { .noun = SCHEMA_none };
	uint8_t field[VALUE_SIZE_MAX] __attribute__((aligned(8)));

	for (size_t i = 1; i < w->count; i++) {
		const struct schema_item *item = p.item;
		enum path_step step;
		enum err e = path_take(&p, w->word[i], why, &step);

		if (e)
			return e;
		if (step == PATH_VALUE) {
			add_edit(edits, &p, item, w->word[i]);
			e = value_parse(item, w->word[i], field);
			if (e)
				return say_value(&edits->edit[edits->count - 1], why, e);
		} else if (step != PATH_ITEM && !p.needs_name) {
			add_edit(edits, &p, NULL, SLICE_NONE);
		}
	}
	if (p.noun == SCHEMA_none || p.needs_name || p.item)
		return say_unfinished(&p, why);
	return ERR_NONE;
}

/* Takes back the objects that the first `count` edits made. */
static void unmake_objects(struct config *c, const struct edits *edits, size_t count,
			   const bool *made)
{
	while (count-- > 0)
		if (made[count])
			object_remove(c, edits->edit[count].at.noun,
				      find_at(c, &edits->edit[count].at));
}

static enum err make_objects(struct config *c, const struct edits *edits, struct text *why)
{
	bool made[WORDS_MAX] = { false };

	for (size_t i = 0; i < edits->count; i++) {
		const struct path *at = &edits->edit[i].at;
		struct config_object *o;
		enum err e;

		if (find_at(c, at))
			continue;
		e = object_add(c, at->noun, at->parent, at->name, &o);
		if (e) {
			path_put_label(at, why);
			text_printf(why, ": %s; at most %u of a kind are kept", err_text(e),
				    SCHEMA_OBJECTS_MAX);
			unmake_objects(c, edits, i, made);
			return e;
		}
		made[i] = true;
	}
	return ERR_NONE;
}

static enum err apply_set(struct config *c, const struct words *w, struct text *why)
{
	struct edits edits = { .count = 0 };
	enum err e = read_set(w, &edits, why);

	if (!e)
		e = make_objects(c, &edits, why);
	if (e)
		return e;
	for (size_t i = 0; i < edits.count; i++) {
		const struct edit *edit = &edits.edit[i];
		struct config_object *o = find_at(c, &edit->at);

		if (!o->line)
			o->line = c->line;
		if (!edit->item)
			continue;
		(void)value_parse(edit->item, edit->value, object_field(o, edit->item));
		o->set |= schema_item_bit(schema_get_noun(edit->at.noun), edit->item);
	}
	return ERR_NONE;
}

/* The object must be there, and so must the item. */
static enum err find_deleted(const struct config *c, const struct path *p, struct text *why)
{
	const struct config_object *o = find_at(c, p);

	if (!o || (p->item && !object_item_is_set(schema_get_noun(p->noun), o, p->item))) {
		path_put_label(p, why);
		if (o)
			text_printf(why, ": %s is not set, there is nothing to delete",
				    p->item->word);
		else
			text_put_string(why, " does not exist, there is nothing to delete");
		return ERR_NOT_FOUND;
	}
	return ERR_NONE;
}

/* Items without values; without items the object itself. */
static enum err read_delete(const struct config *c, const struct words *w, struct edits *edits,
			    struct text *why)
{
	struct path p = { .noun = SCHEMA_none };
	enum path_step step = PATH_NAME;

	for (size_t i = 1; i < w->count; i++) {
		enum err e = path_take(&p, w->word[i], why, &step);

		if (!e && step == PATH_NOUN && edits->count) {
			text_put_string(why, "one line deletes from one object; use two lines");
			e = ERR_SYNTAX;
		}
		if (!e && !p.needs_name)
			e = find_deleted(c, &p, why);
		if (e)
			return e;
		if (step == PATH_ITEM)
			add_edit(edits, &p, p.item, SLICE_NONE);
		p.item = NULL;
	}
	if (p.noun == SCHEMA_none || p.needs_name)
		return say_unfinished(&p, why);
	if (edits->count == 0)
		add_edit(edits, &p, NULL, SLICE_NONE);
	return ERR_NONE;
}

/* Every item back to its default; a shipped profile back to what was shipped. */
static void reset_items(struct config_object *o, enum schema_noun_id noun,
			const struct schema_item *only, const struct config_object *shipped)
{
	const struct schema_noun *n = schema_get_noun(noun);

	for (unsigned i = 0; i < n->item_count; i++) {
		const struct schema_item *item = &n->items[i];

		if (only && item != only)
			continue;
		if (shipped)
			object_copy_item(n, item, shipped, o);
		else
			object_reset_item(n, o, item);
	}
}

static void delete_one(struct config *c, const struct edit *edit,
		       const struct config_object *shipped)
{
	const struct schema_noun *n = schema_get_noun(edit->at.noun);
	struct config_object *o = find_at(c, &edit->at);
	bool stays = shipped || (n->count == SCHEMA_ONE && n->parent == SCHEMA_none);

	if (edit->item || stays)
		reset_items(o, edit->at.noun, edit->item, shipped);
	else
		object_remove(c, edit->at.noun, o);
}

static enum err apply_delete(struct config *c, const struct words *w, struct text *why)
{
	struct edits edits = { .count = 0 };
	const struct config_object *shipped = NULL;
	struct config *shipped_config = NULL;
	enum err e = read_delete(c, w, &edits, why);

	if (e)
		return e;
	if (shipped_has(edits.edit[0].at.noun, edits.edit[0].at.name)) {
		e = config_create(&shipped_config);
		if (e)
			return e;
		shipped = find_at(shipped_config, &edits.edit[0].at);
	}
	for (size_t i = 0; i < edits.count; i++)
		delete_one(c, &edits.edit[i], shipped);
	config_destroy(shipped_config);
	return ERR_NONE;
}

static enum err say_words(enum err e, struct text *why)
{
	if (e == ERR_TOO_LONG)
		text_printf(why, "the line is longer than %u bytes; use several lines",
			    CONFIG_LINE_SIZE - 1);
	else if (e == ERR_LIMIT)
		text_printf(why, "the line has more than %u words; use several lines", WORDS_MAX);
	else if (e == ERR_TRUNCATED)
		text_put_string(why, "a quote is not closed; write \\\" inside quotes for a quote");
	else
		text_put_string(why, "the line has control characters");
	return e;
}

enum err config_apply_line(struct config *c, struct slice line, struct text *why)
{
	struct words words;
	char unheard_buf[1];
	struct text unheard;
	enum err e;

	text_init(&unheard, unheard_buf, sizeof(unheard_buf));
	if (!why)
		why = &unheard;
	line = slice_trim(line);
	if (line.len == 0 || line.data[0] == '#')
		return ERR_NONE;
	e = words_split(line, &words);
	if (e)
		return say_words(e, why);
	if (slice_is_text(words.word[0], "set"))
		return apply_set(c, &words, why);
	if (slice_is_text(words.word[0], "delete"))
		return apply_delete(c, &words, why);
	text_printf(why, "\"%.*s\" is not known here; a line begins with set or delete",
		    SLICE_ARG(words_cut(words.word[0])));
	return ERR_SYNTAX;
}
