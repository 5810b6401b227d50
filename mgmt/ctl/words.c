/* words.c -- walking schema.def along a line.
 * A path is: noun [name] {item value}, or noun [name] sub-noun [name] {item value}. */
#include "mgmt/ctl/words.h"

#include <string.h>

enum noun_count { ONE, MANY };

enum noun_id {
	NOUN_none = -1,
#define NOUN(noun, word, parent, count, help) NOUN_##noun,
#define ITEM(noun, field, word, kind, low, high, fallback, help)
#define END(noun)
#include "db/config/schema.def"
	NOUN_COUNT
};

enum item_kind {
	KIND_NAME,
	KIND_TEXT,
	KIND_PATH,
	KIND_LIST,
	KIND_NUMBER,
	KIND_CHOICE,
	KIND_ADDRESS,
	KIND_PORTS,
	KIND_REF_realm,
	KIND_REF_tls_profile,
	KIND_REF_profile,
	KIND_REF_trunk,
};

struct noun {
	const char *word, *help;
	enum noun_id parent;
	enum noun_count count;
	size_t array_at, count_at, size; /* in struct config */
};

struct item {
	enum noun_id noun;
	enum item_kind kind;
	const char *field, *word, *help;
	uint64_t low, high;
};

static const struct noun nouns[] = {
#define NOUN(n, w, p, c, h)                                                    \
	[NOUN_##n] = { (w), (h), NOUN_##p, (c), offsetof(struct config, n),    \
		       offsetof(struct config, n##_count), sizeof(struct config_##n) },
#define ITEM(noun, field, word, kind, low, high, fallback, help)
#define END(noun)
#include "db/config/schema.def"
};

static const struct item items[] = {
#define NOUN(noun, word, parent, count, help)
#define ITEM(n, f, w, k, l, h, fallback, help_text)                            \
	{ NOUN_##n, KIND_##k, #f, (w), (help_text), (l), (h) },
#define END(noun)
#include "db/config/schema.def"
};

static const struct {
	const char *list, *word, *help;
} choices[] = {
#define CHOICE(list, name, word, help) { #list, (word), (help) },
#include "db/config/choices.def"
};

enum {
	ITEM_COUNT = sizeof(items) / sizeof(items[0]),
	CHOICE_COUNT = sizeof(choices) / sizeof(choices[0]),
};

struct words {
	const struct config *config;
	struct slice partial;
	command_put_fn *put;
	void *arg;
};

static void put_word(const struct words *w, const char *word, const char *help)
{
	struct slice s = slice_from_text(word);

	if (s.len >= w->partial.len &&
	    (w->partial.len == 0 || memcmp(s.data, w->partial.data, w->partial.len) == 0))
		w->put(w->arg, s, help);
}

static void put_placeholder(const struct words *w, const char *word, const char *help)
{
	w->put(w->arg, slice_from_text(word), help);
}

/* Names of the objects of a noun, those below `parent` where it has one. */
static void put_names(const struct words *w, enum noun_id noun, struct slice parent)
{
	const char *base = (const char *)w->config;
	const char *array = *(const char *const *)(const void *)(base + nouns[noun].array_at);
	size_t count = *(const size_t *)(const void *)(base + nouns[noun].count_at);

	for (size_t i = 0; i < count; i++) {
		const struct config_object *o = (const void *)(array + i * nouns[noun].size);

		if (nouns[noun].parent == NOUN_none || slice_is_text(parent, o->parent))
			put_word(w, o->name, nouns[noun].help);
	}
}

static enum noun_id find_noun(enum noun_id parent, struct slice word)
{
	for (int i = 0; i < NOUN_COUNT; i++)
		if (nouns[i].parent == parent && slice_is_text(word, nouns[i].word))
			return (enum noun_id)i;
	return NOUN_none;
}

static const struct item *find_item(enum noun_id noun, struct slice word)
{
	for (unsigned i = 0; i < ITEM_COUNT; i++)
		if (items[i].noun == noun && slice_is_text(word, items[i].word))
			return &items[i];
	return NULL;
}

static void put_nouns(const struct words *w, enum noun_id parent)
{
	for (int i = 0; i < NOUN_COUNT; i++)
		if (nouns[i].parent == parent)
			put_word(w, nouns[i].word, nouns[i].help);
}

static void put_items(const struct words *w, enum noun_id noun)
{
	for (unsigned i = 0; i < ITEM_COUNT; i++)
		if (items[i].noun == noun)
			put_word(w, items[i].word, items[i].help);
}

static void put_number_range(const struct words *w, const struct item *item)
{
	char buf[64];
	struct text t;

	text_init(&t, buf, sizeof(buf));
	text_printf(&t, "<%llu-%llu>", (unsigned long long)item->low,
		    (unsigned long long)item->high);
	w->put(w->arg, text_get(&t), item->help);
}

static void put_values(const struct words *w, const struct item *item)
{
	switch (item->kind) {
	case KIND_CHOICE:
		for (unsigned i = 0; i < CHOICE_COUNT; i++)
			if (strcmp(choices[i].list, item->field) == 0)
				put_word(w, choices[i].word, choices[i].help);
		break;
	case KIND_REF_realm:
		put_names(w, NOUN_realm, SLICE_NONE);
		break;
	case KIND_REF_tls_profile:
		put_names(w, NOUN_tls_profile, SLICE_NONE);
		break;
	case KIND_REF_profile:
		put_names(w, NOUN_profile, SLICE_NONE);
		break;
	case KIND_REF_trunk:
		put_names(w, NOUN_trunk, SLICE_NONE);
		break;
	case KIND_NUMBER:
		put_number_range(w, item);
		break;
	case KIND_ADDRESS:
		put_placeholder(w, "<address>", item->help);
		break;
	case KIND_PORTS:
		put_placeholder(w, "<first-last>", item->help);
		break;
	case KIND_LIST:
		put_placeholder(w, "<a,b,...>", item->help);
		break;
	case KIND_PATH:
		put_placeholder(w, "<file>", item->help);
		break;
	case KIND_NAME:
	case KIND_TEXT:
		put_placeholder(w, "<text>", item->help);
		break;
	}
}

/* Takes one finished word off; false when the line's last, unfinished word is all that
 * is left: it becomes w->partial. */
static bool take_finished(struct words *w, struct slice *path, struct slice *out_word)
{
	struct slice word = command_take_word(path);

	if (path->len == 0) {
		w->partial = word;
		return false;
	}
	*out_word = word;
	return true;
}

static void walk_items(struct words *w, enum words_verb verb, enum noun_id noun, struct slice path)
{
	struct slice word;

	while (take_finished(w, &path, &word)) {
		const struct item *item = find_item(noun, word);

		if (!item || verb == WORDS_DELETE)
			return;
		if (!take_finished(w, &path, &word)) {
			put_values(w, item);
			return;
		}
	}
	put_items(w, noun);
	if (w->partial.len == 0)
		put_placeholder(w, "<enter>", "the line is complete");
}

/* The part behind a noun's word: its name, then sub-nouns and items. */
static void walk_noun(struct words *w, enum words_verb verb, enum noun_id noun, struct slice parent,
		      struct slice path)
{
	struct slice name = SLICE_NONE, first, rest;
	enum noun_id sub;

	if (nouns[noun].count == MANY && !take_finished(w, &path, &name)) {
		put_names(w, noun, parent);
		if (verb == WORDS_SET)
			put_placeholder(w, "<name>", nouns[noun].help);
		return;
	}
	rest = path;
	first = command_take_word(&rest);
	if (rest.len == 0) { /* the unfinished word: a sub-noun or an item */
		w->partial = first;
		put_nouns(w, noun);
		walk_items(w, verb, noun, path);
		return;
	}
	sub = find_noun(noun, first);
	if (sub != NOUN_none)
		walk_noun(w, verb, sub, name, rest);
	else
		walk_items(w, verb, noun, path);
}

void words_complete(enum words_verb verb, const struct config *c, struct slice path,
		    command_put_fn *put, void *arg)
{
	struct words w = { .config = c, .put = put, .arg = arg };
	enum noun_id noun;
	struct slice word;

	if (!take_finished(&w, &path, &word)) {
		put_nouns(&w, NOUN_none);
		return;
	}
	noun = find_noun(NOUN_none, word);
	if (noun != NOUN_none)
		walk_noun(&w, verb, noun, SLICE_NONE, path);
}
