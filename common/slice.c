/* slice.c -- comparing, cutting and reading borrowed bytes. */
#include "common/slice.h"

#include <string.h>
#include <strings.h>

struct slice slice_from_text(const char *text)
{
	return (struct slice){ text, text ? strlen(text) : 0 };
}

bool slice_is_equal(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool slice_is_equal_nocase(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || strncasecmp(a.data, b.data, a.len) == 0);
}

bool slice_is_text(struct slice a, const char *text)
{
	return slice_is_equal(a, slice_from_text(text));
}

bool slice_is_text_nocase(struct slice a, const char *text)
{
	return slice_is_equal_nocase(a, slice_from_text(text));
}

bool slice_has_prefix(struct slice a, const char *prefix)
{
	size_t len = strlen(prefix);

	return a.len >= len && memcmp(a.data, prefix, len) == 0;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct slice slice_trim(struct slice a)
{
	while (a.len && is_space(a.data[0])) {
		a.data++;
		a.len--;
	}
	while (a.len && is_space(a.data[a.len - 1]))
		a.len--;
	return a;
}

size_t slice_find_byte(struct slice a, char byte)
{
	const char *at = a.len ? memchr(a.data, byte, a.len) : NULL;

	return at ? (size_t)(at - a.data) : a.len;
}

struct slice slice_take_until(struct slice *rest, char stop)
{
	size_t len = slice_find_byte(*rest, stop);
	struct slice head = { rest->data, len };
	size_t skip = len < rest->len ? len + 1 : len;

	if (skip) {
		rest->data += skip;
		rest->len -= skip;
	}
	return head;
}

enum err slice_parse_u64(struct slice a, uint64_t limit, uint64_t *out_value)
{
	uint64_t value = 0;

	if (a.len == 0)
		return ERR_SYNTAX;
	for (size_t i = 0; i < a.len; i++) {
		unsigned digit = (unsigned)(unsigned char)a.data[i] - '0';

		if (digit > 9)
			return ERR_SYNTAX;
		if (value > (limit - digit) / 10 || digit > limit)
			return ERR_RANGE;
		value = value * 10 + digit;
	}
	*out_value = value;
	return ERR_NONE;
}

enum err slice_copy_text(struct slice a, char *out, size_t size)
{
	if (a.len >= size)
		return ERR_TOO_LONG;
	if (a.len)
		memcpy(out, a.data, a.len);
	out[a.len] = '\0';
	return ERR_NONE;
}

char *slice_duplicate(struct slice a)
{
	return a.len ? strndup(a.data, a.len) : strdup("");
}
