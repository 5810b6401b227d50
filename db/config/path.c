/* path.c -- one word further along the schema. */
#include "db/config/path.h"

#include "db/config/object.h"
#include "db/config/value.h"
#include "db/config/words.h"

void path_put_label(const struct path *p, struct text *t)
{
	if (p->noun != SCHEMA_none)
		object_put_label(t, p->noun, p->parent, p->name);
}

static void put_word(struct text *t, const char *word, bool *is_first)
{
	text_put_string(t, *is_first ? "" : ", ");
	text_put_string(t, word);
	*is_first = false;
}

/* All that may follow, so that the operator need not look it up. */
static void say_unknown(const struct path *p, struct slice word, struct text *why)
{
	bool is_first = true;

	if (!why)
		return;
	path_put_label(p, why);
	text_printf(why, "%s\"%.*s\" is not known here; use one of: ",
		    p->noun == SCHEMA_none ? "" : ": ", SLICE_ARG(words_cut(word)));
	if (p->noun != SCHEMA_none)
		for (unsigned i = 0; i < schema_get_noun(p->noun)->item_count; i++)
			put_word(why, schema_get_noun(p->noun)->items[i].word, &is_first);
	for (int id = 0; id < SCHEMA_NOUN_COUNT; id++)
		if (schema_get_noun((enum schema_noun_id)id)->parent == p->noun)
			put_word(why, schema_get_noun((enum schema_noun_id)id)->word, &is_first);
}

static enum err take_name(struct path *p, struct slice word, struct text *why)
{
	const struct schema_noun *n = schema_get_noun(p->noun);
	bool is_number = n->count == SCHEMA_NUMBERED;

	if (is_number ? value_is_object_number(word) : value_is_name(word)) {
		p->name = word;
		p->needs_name = false;
		return ERR_NONE;
	}
	if (!why)
		return ERR_SYNTAX;
	text_printf(why, "%s \"%.*s\": ", n->word, SLICE_ARG(words_cut(word)));
	if (is_number)
		text_printf(why, "the name is a number from 0 to %u without leading zeros",
			    SCHEMA_NUMBERED_MAX);
	else
		text_put_string(why, "a name has at most 63 letters, digits and . _ -, and "
				     "begins with a letter or digit");
	return ERR_SYNTAX;
}

static void enter_noun(struct path *p, enum schema_noun_id noun)
{
	const struct schema_noun *n = schema_get_noun(noun);

	p->parent = n->parent == SCHEMA_none ? SLICE_NONE : p->name;
	p->name = SLICE_NONE;
	p->noun = noun;
	p->needs_name = n->count != SCHEMA_ONE;
}

enum err path_take(struct path *p, struct slice word, struct text *why, enum path_step *out_step)
{
	const struct schema_item *item = NULL;
	enum schema_noun_id noun;

	if (p->item) {
		p->item = NULL;
		*out_step = PATH_VALUE;
		return ERR_NONE;
	}
	if (p->needs_name) {
		*out_step = PATH_NAME;
		return take_name(p, word, why);
	}
	if (p->noun != SCHEMA_none)
		item = schema_find_item(schema_get_noun(p->noun), word);
	if (item) {
		p->item = item;
		*out_step = PATH_ITEM;
		return ERR_NONE;
	}
	noun = schema_find_noun(p->noun, word);
	if (noun == SCHEMA_none) {
		say_unknown(p, word, why);
		return ERR_NOT_FOUND;
	}
	enter_noun(p, noun);
	*out_step = PATH_NOUN;
	return ERR_NONE;
}
