/* words.h -- a configuration line cut into words, and a value written as one.
 * "..." keeps blanks together; inside, \" and \\ stand for themselves. */
#ifndef DB_CONFIG_WORDS_H
#define DB_CONFIG_WORDS_H
#include <stdbool.h>

#include "common/err.h"
#include "common/slice.h"
#include "common/text.h"
#include "db/config/config.h"

enum { WORDS_MAX = 256, WORDS_QUOTED_MAX = 64 };

struct words {
	struct slice word[WORDS_MAX];
	size_t count;
	bool is_open; /* the last word runs to the end of the line, so it may be unfinished */
	char bytes[CONFIG_LINE_SIZE];
};

/* ERR_TOO_LONG: line; ERR_LIMIT: words; ERR_TRUNCATED: the quotes do not close (the
 * words are there, for completion); ERR_SYNTAX: control characters. */
enum err words_split(struct slice line, struct words *out_words);
/* The front of a word that a sentence quotes, so that the sentence keeps its size. */
struct slice words_cut(struct slice word);
/* With quotes where words_split needs them. */
void words_put(struct text *t, const char *value);

#endif
