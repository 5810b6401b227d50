/* sip_text.c -- the few text operations of the load generator. */
#include "tests/bench/sip_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { COPIES_MAX = 16 };

static struct span value_of_line(const char *line, size_t name_len)
{
	const char *at = line + name_len + 1;

	while (*at == ' ')
		at++;
	return (struct span){ at, strcspn(at, "\r\n") };
}

struct span text_find_header(const char *from, const char *name)
{
	size_t len = strlen(name);

	for (const char *line = from; line; line = strchr(line, '\n')) {
		if (line != from)
			line++;
		if (*line == '\r' || *line == '\0')
			break;
		if (!strncasecmp(line, name, len) && line[len] == ':')
			return value_of_line(line, len);
		if (*line == '\n')
			break;
	}
	return (struct span){ NULL, 0 };
}

int text_get_status(const char *message)
{
	return strncmp(message, "SIP/2.0 ", 8) ? 0 : atoi(message + 8);
}

static enum text_method method_of(const char *word)
{
	static const char *const names[] = { "?", "INVITE", "ACK", "BYE", "OPTIONS" };

	for (enum text_method m = TEXT_INVITE; m <= TEXT_OPTIONS; m++)
		if (!strncmp(word, names[m], strlen(names[m])))
			return m;
	return TEXT_OTHER;
}

enum text_method text_get_method(const char *message)
{
	struct span cseq;

	if (!text_get_status(message))
		return method_of(message);
	cseq = text_find_header(message, "CSeq");
	if (!cseq.at)
		return TEXT_OTHER;
	return method_of(cseq.at + strspn(cseq.at, "0123456789 "));
}

struct span text_cut(struct span value, const char *mark, const char *stops)
{
	size_t mark_len = strlen(mark), len = 0;

	for (size_t i = 0; i + mark_len <= value.len; i++) {
		if (strncmp(value.at + i, mark, mark_len))
			continue;
		value.at += i + mark_len;
		value.len -= i + mark_len;
		while (len < value.len && !strchr(stops, value.at[len]))
			len++;
		return (struct span){ value.at, len };
	}
	return (struct span){ NULL, 0 };
}

long text_find_number(const char *from, const char *mark)
{
	const char *at = strstr(from, mark);

	return at ? strtol(at + strlen(mark), NULL, 10) : -1;
}

size_t text_copy_headers(const char *message, const char *name, const char *as, bool reversed,
			 char *out, size_t size)
{
	struct span found[COPIES_MAX];
	size_t count = 0, len = 0;

	for (struct span s = text_find_header(message, name); s.at && count < COPIES_MAX;
	     s = text_find_header(s.at + s.len + 2, name))
		found[count++] = s;
	out[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		struct span s = found[reversed ? count - 1 - i : i];
		int n = snprintf(out + len, size - len, "%s: %.*s\r\n", as, (int)s.len, s.at);

		if (n < 0 || (size_t)n >= size - len)
			break;
		len += (size_t)n;
	}
	return len;
}
