/* command.c -- matching a line against the words of commands.def.
 * The walk keeps the set of rows that agree with the words so far; each word narrows
 * it, by its whole or, when only one word begins so, by its beginning. */
#include "mgmt/ctl/command.h"

#include <string.h>

enum { WORDS_MAX = 8 };

static const struct command commands[] = {
#define COMMAND(m, w, k, a, h, help_text)                                                          \
	{ .mode = COMMAND_##m,                                                                     \
	  .kind = COMMAND_##k,                                                                     \
	  .words = (w),                                                                            \
	  .argument = (a),                                                                         \
	  .help = (help_text),                                                                     \
	  .run = ctl_do_##h },
#include "mgmt/ctl/commands.def"
};

enum { COMMAND_COUNT = sizeof(commands) / sizeof(commands[0]) };

/* Rows that are still possible, after `depth` words. */
struct walk {
	bool alive[COMMAND_COUNT];
	unsigned depth;
};

const struct command *command_get(unsigned index)
{
	return index < COMMAND_COUNT ? &commands[index] : NULL;
}

struct slice command_take_word(struct slice *rest)
{
	struct slice word;
	size_t end = 0;

	while (rest->len && (rest->data[0] == ' ' || rest->data[0] == '\t')) {
		rest->data++;
		rest->len--;
	}
	if (rest->len && rest->data[0] == '"') {
		rest->data++;
		rest->len--;
		return slice_take_until(rest, '"');
	}
	while (end < rest->len && rest->data[end] != ' ' && rest->data[end] != '\t')
		end++;
	word = (struct slice){ rest->data, end };
	rest->data += end;
	rest->len -= end;
	return word;
}

/* The word at a depth; empty when the command has no more words. */
static struct slice get_word(const struct command *c, unsigned depth)
{
	struct slice rest = slice_from_text(c->words), word = SLICE_NONE;

	for (unsigned i = 0; i <= depth; i++)
		word = slice_take_until(&rest, ' ');
	return word;
}

static void begin(struct walk *w, enum command_mode mode)
{
	w->depth = 0;
	for (unsigned i = 0; i < COMMAND_COUNT; i++)
		w->alive[i] = (commands[i].mode & mode) != 0;
}

static bool begins_with(struct slice whole, struct slice beginning)
{
	return whole.len >= beginning.len &&
	       slice_is_equal((struct slice){ whole.data, beginning.len }, beginning);
}

/* The next word all rows that `word` may mean agree on; empty: none.  *out_count is how
 * many different ones there are. */
static struct slice find_meaning(const struct walk *w, struct slice word, unsigned *out_count)
{
	struct slice meaning = SLICE_NONE;
	unsigned count = 0;

	for (unsigned i = 0; i < COMMAND_COUNT; i++) {
		struct slice next = get_word(&commands[i], w->depth);

		if (!w->alive[i] || next.len == 0)
			continue;
		if (slice_is_equal(next, word)) {
			*out_count = 1;
			return next;
		}
		if (begins_with(next, word) && !slice_is_equal(next, meaning)) {
			meaning = next;
			count++;
		}
	}
	*out_count = count;
	return meaning;
}

static void narrow(struct walk *w, struct slice meaning)
{
	for (unsigned i = 0; i < COMMAND_COUNT; i++)
		w->alive[i] =
			w->alive[i] && slice_is_equal(get_word(&commands[i], w->depth), meaning);
	w->depth++;
}

/* The row whose words are all said. */
static const struct command *find_whole(const struct walk *w)
{
	for (unsigned i = 0; i < COMMAND_COUNT; i++)
		if (w->alive[i] && w->depth && get_word(&commands[i], w->depth).len == 0)
			return &commands[i];
	return NULL;
}

static void list_next(const struct walk *w, struct slice beginning, struct text *why)
{
	struct slice last = SLICE_NONE;

	for (unsigned i = 0; i < COMMAND_COUNT; i++) {
		struct slice next = get_word(&commands[i], w->depth);

		if (!w->alive[i] || next.len == 0 || slice_is_equal(next, last) ||
		    !begins_with(next, beginning))
			continue;
		text_put_string(why, last.len ? ", " : "");
		text_put_slice(why, next);
		last = next;
	}
}

static enum err explain(const struct walk *w, struct slice word, unsigned meanings,
			struct text *why)
{
	if (word.len > 64)
		word.len = 64;
	if (meanings > 1)
		text_printf(why, "\"%.*s\" is ambiguous; possible: ", SLICE_ARG(word));
	else if (word.len)
		text_printf(why, "\"%.*s\" is not understood; possible: ", SLICE_ARG(word));
	else
		text_put_literal(why, "the command is not complete; possible: ");
	list_next(w, meanings > 1 ? word : SLICE_NONE, why);
	return ERR_SYNTAX;
}

/* What stands behind the words must fit the row. */
static enum err take_argument(const struct command *c, struct slice rest,
			      struct slice *out_argument, struct text *why)
{
	struct slice whole = slice_trim(rest), word = command_take_word(&rest);

	rest = slice_trim(rest);
	if (c->kind == COMMAND_LINE) {
		*out_argument = whole;
		return ERR_NONE;
	}
	if (c->kind == COMMAND_REQUIRED && word.len == 0) {
		text_printf(why, "\"%s\" needs <%s>", c->words, c->argument);
		return ERR_SYNTAX;
	}
	if (rest.len || (c->kind == COMMAND_NONE && word.len)) {
		struct slice extra = rest.len ? rest : whole;

		extra.len = extra.len > 64 ? 64 : extra.len;
		text_printf(why, "\"%s\" is complete before \"%.*s\"", c->words, SLICE_ARG(extra));
		return ERR_SYNTAX;
	}
	*out_argument = word;
	return ERR_NONE;
}

enum err command_parse(enum command_mode mode, struct slice line,
		       const struct command **out_command, struct slice *out_argument,
		       struct text *why)
{
	struct walk w;
	struct slice rest = line;
	const struct command *whole = NULL;

	begin(&w, mode);
	for (unsigned depth = 0; depth < WORDS_MAX; depth++) {
		struct slice before = rest, word = command_take_word(&rest), meaning;
		unsigned meanings = 0;

		whole = find_whole(&w);
		meaning = word.len ? find_meaning(&w, word, &meanings) : SLICE_NONE;
		if (meanings == 1) {
			narrow(&w, meaning);
			continue;
		}
		if (!whole || (meanings > 1 && whole->kind == COMMAND_NONE))
			return explain(&w, word, meanings, why);
		*out_command = whole;
		return take_argument(whole, before, out_argument, why);
	}
	return explain(&w, SLICE_NONE, 0, why);
}

static void put_next_words(const struct walk *w, struct slice partial, command_put_fn *put,
			   void *arg)
{
	struct slice last = SLICE_NONE;

	for (unsigned i = 0; i < COMMAND_COUNT; i++) {
		struct slice next = get_word(&commands[i], w->depth);
		struct slice after = get_word(&commands[i], w->depth + 1);

		if (!w->alive[i] || next.len == 0 || slice_is_equal(next, last) ||
		    !begins_with(next, partial))
			continue;
		put(arg, next, after.len ? "" : commands[i].help);
		last = next;
	}
}

static void put_argument(const struct command *c, struct slice partial, command_put_fn *put,
			 void *arg)
{
	char buf[80];
	struct text t;

	if (partial.len == 0 && c->kind != COMMAND_REQUIRED)
		put(arg, SLICE("<cr>"), c->help);
	if (c->kind == COMMAND_NONE)
		return;
	text_init(&t, buf, sizeof(buf));
	text_printf(&t, "<%s>", c->argument);
	put(arg, text_get(&t), c->help);
}

const struct command *command_complete(enum command_mode mode, struct slice line,
				       command_put_fn *put, void *arg, struct slice *out_argument)
{
	struct walk w;
	struct slice rest = line;
	const struct command *whole;

	begin(&w, mode);
	for (unsigned depth = 0; depth < WORDS_MAX; depth++) {
		struct slice before = rest, word = command_take_word(&rest), meaning;
		unsigned meanings = 0;

		whole = find_whole(&w);
		if (whole && whole->kind == COMMAND_LINE) {
			*out_argument = before;
			return whole;
		}
		if (rest.len == 0) { /* the last word, perhaps empty: it may still grow */
			put_next_words(&w, word, put, arg);
			if (whole)
				put_argument(whole, word, put, arg);
			return NULL;
		}
		meaning = word.len ? find_meaning(&w, word, &meanings) : SLICE_NONE;
		if (meanings != 1) /* an argument is being left behind: nothing more comes */
			return NULL;
		narrow(&w, meaning);
	}
	return NULL;
}
