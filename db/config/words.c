/* words.c -- cutting lines into words; see words.h. */
#include "db/config/words.h"

#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_control(char c)
{
	return ((unsigned char)c < ' ' && c != '\t') || c == 0x7f;
}

/* Copies one word to *at and moves *rest behind it. */
static enum err split_word(struct slice *rest, char **at)
{
	bool quoted = false;

	for (; rest->len; rest->data++, rest->len--) {
		char c = *rest->data;

		if (is_control(c))
			return ERR_SYNTAX;
		if (c == '"') {
			quoted = !quoted;
			continue;
		}
		if (!quoted && is_blank(c))
			break;
		if (quoted && c == '\\' && rest->len > 1 && !is_control(rest->data[1])) {
			rest->data++;
			rest->len--;
			c = *rest->data;
		}
		*(*at)++ = c;
	}
	return quoted ? ERR_TRUNCATED : ERR_NONE;
}

enum err words_split(struct slice line, struct words *out_words)
{
	char *at = out_words->bytes;
	enum err e = ERR_NONE;

	out_words->count = 0;
	out_words->is_open = false;
	if (line.len >= sizeof(out_words->bytes))
		return ERR_TOO_LONG;
	while (!e) {
		char *start = at;

		while (line.len && is_blank(*line.data)) {
			line.data++;
			line.len--;
		}
		if (line.len == 0)
			break;
		if (out_words->count == WORDS_MAX)
			return ERR_LIMIT;
		e = split_word(&line, &at);
		if (e && e != ERR_TRUNCATED)
			return e;
		out_words->is_open = line.len == 0;
		out_words->word[out_words->count++] = (struct slice){ start, (size_t)(at - start) };
	}
	return e;
}

struct slice words_cut(struct slice word)
{
	if (word.len > WORDS_QUOTED_MAX)
		word.len = WORDS_QUOTED_MAX;
	return word;
}

void words_put(struct text *t, const char *value)
{
	if (*value && *value != '#' && !strpbrk(value, " \t\"\\")) {
		text_put_string(t, value);
		return;
	}
	text_put_byte(t, '"');
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			text_put_byte(t, '\\');
		text_put_byte(t, *value);
	}
	text_put_byte(t, '"');
}
