/* choices.c -- what may come next on the line, as mgmt told it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mgmt/cli/shell.h"

enum { CHOICES_MAX = 1000, WORD_SIZE = 256, HELP_SIZE = 256 };

struct choices {
	unsigned count;
	struct choice {
		char word[WORD_SIZE], help[HELP_SIZE];
	} items[CHOICES_MAX];
};

struct choices *choices_create(void)
{
	return calloc(1, sizeof(struct choices));
}

void choices_destroy(struct choices *c)
{
	free(c);
}

enum err choices_add(struct choices *c, struct slice word, struct slice help)
{
	struct choice *item = &c->items[c->count];

	if (c->count == CHOICES_MAX)
		return ERR_LIMIT;
	if (slice_copy_text(word, item->word, sizeof(item->word)) ||
	    slice_copy_text(help, item->help, sizeof(item->help)))
		return ERR_TOO_LONG;
	c->count++;
	return ERR_NONE;
}

static bool is_insertable(const struct choice *item, struct slice word)
{
	return item->word[0] != '<' && strlen(item->word) >= word.len &&
	       (word.len == 0 || memcmp(item->word, word.data, word.len) == 0);
}

size_t choices_get_common(const struct choices *c, struct slice word, char *out, size_t size,
			  bool *out_is_whole)
{
	const char *common = NULL;
	size_t len = 0;
	unsigned fitting = 0;

	for (unsigned i = 0; i < c->count; i++) {
		const char *other = c->items[i].word;
		size_t same = 0;

		if (!is_insertable(&c->items[i], word))
			continue;
		fitting++;
		if (!common) {
			common = other;
			len = strlen(other);
			continue;
		}
		while (same < len && common[same] == other[same])
			same++;
		len = same;
	}
	*out_is_whole = fitting == 1;
	if (!common || len - word.len >= size)
		return 0;
	memcpy(out, common + word.len, len - word.len);
	out[len - word.len] = '\0';
	return len - word.len;
}

void choices_print(const struct choices *c)
{
	int width = 0;

	for (unsigned i = 0; i < c->count; i++) {
		int len = (int)strlen(c->items[i].word);

		width = len > width && len < 40 ? len : width;
	}
	for (unsigned i = 0; i < c->count; i++)
		printf("  %-*s  %s\n", width, c->items[i].word, c->items[i].help);
	if (c->count == 0)
		puts("  nothing more is possible here");
}
