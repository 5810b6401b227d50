/* complete.c -- what may stand next on a line, from the same rows that read it. */
#include <string.h>

#include "db/config/config.h"
#include "db/config/object.h"
#include "db/config/path.h"
#include "db/config/value.h"
#include "db/config/words.h"

struct completion {
	const struct config *config;
	struct slice partial;
	bool is_delete;
	void (*offer)(void *arg, const char *word, const char *help);
	void *arg;
};

static void offer_word(const struct completion *k, const char *word, const char *help)
{
	if (strncmp(word, k->partial.len ? k->partial.data : "", k->partial.len) == 0)
		k->offer(k->arg, word, help);
}

static void offer_names(const struct completion *k, enum schema_noun_id noun, struct slice parent)
{
	for (size_t i = 0; i < object_count(k->config, noun); i++) {
		const struct config_object *o = object_get(k->config, noun, i);

		if (slice_is_text(parent, o->parent))
			offer_word(k, o->name, schema_get_noun(noun)->help);
	}
}

static void offer_value(const struct completion *k, const struct schema_item *item)
{
	const struct schema_choice *choice;
	char buf[VALUE_SIZE_MAX];
	struct text t;

	for (unsigned i = 0; item->kind == SCHEMA_CHOICE; i++) {
		choice = schema_get_choice(item->field, i);
		if (!choice)
			return;
		offer_word(k, choice->word, choice->help);
	}
	if (item->kind == SCHEMA_REF || item->kind == SCHEMA_REFS) {
		offer_names(k, item->to, SLICE_NONE);
		return;
	}
	if (k->partial.len)
		return;
	text_init(&t, buf, sizeof(buf));
	text_put_byte(&t, '<');
	value_describe(item, &t);
	text_put_byte(&t, '>');
	k->offer(k->arg, text_get_string(&t), item->help);
}

static void offer_items(const struct completion *k, const struct path *p)
{
	const struct config_object *o = object_find(k->config, p->noun, p->parent, p->name);
	const struct schema_noun *n = schema_get_noun(p->noun);

	for (unsigned i = 0; i < n->item_count; i++)
		if (!k->is_delete || (o && object_item_is_set(n, o, &n->items[i])))
			offer_word(k, n->items[i].word, n->items[i].help);
}

static void offer_nouns(const struct completion *k, enum schema_noun_id parent)
{
	for (int id = 0; id < SCHEMA_NOUN_COUNT; id++) {
		const struct schema_noun *n = schema_get_noun((enum schema_noun_id)id);

		if (n->parent == parent)
			offer_word(k, n->word, n->help);
	}
}

static void offer_next(const struct completion *k, const struct path *p)
{
	if (p->item && !k->is_delete) {
		offer_value(k, p->item);
	} else if (p->needs_name) {
		enum schema_noun_id parent = schema_get_noun(p->noun)->parent;

		offer_names(k, p->noun, parent == SCHEMA_none ? SLICE_NONE : p->parent);
		if (k->partial.len == 0 && !k->is_delete)
			k->offer(k->arg,
				 schema_get_noun(p->noun)->count == SCHEMA_NUMBERED ? "<number>"
										    : "<name>",
				 schema_get_noun(p->noun)->help);
	} else {
		if (k->partial.len == 0 && p->noun != SCHEMA_none)
			k->offer(k->arg, "<cr>", "the line may end here");
		if (p->noun != SCHEMA_none)
			offer_items(k, p);
		offer_nouns(k, p->noun);
	}
}

void config_complete(const struct config *c, struct slice line,
		     void (*offer)(void *arg, const char *word, const char *help), void *arg)
{
	struct completion k = { .config = c, .offer = offer, .arg = arg };
	struct path p = { .noun = SCHEMA_none };
	struct words words;
	enum err e = words_split(line, &words);

	if (e && e != ERR_TRUNCATED)
		return;
	if (words.is_open)
		k.partial = words.word[--words.count];
	if (words.count == 0) {
		offer_word(&k, "set", "give items their values");
		offer_word(&k, "delete", "remove objects, or give items their defaults");
		return;
	}
	k.is_delete = slice_is_text(words.word[0], "delete");
	if (!k.is_delete && !slice_is_text(words.word[0], "set"))
		return;
	for (size_t i = 1; i < words.count; i++) {
		enum path_step step;

		if (path_take(&p, words.word[i], NULL, &step))
			return;
		if (k.is_delete)
			p.item = NULL;
	}
	offer_next(&k, &p);
}
