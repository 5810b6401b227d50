/* frame.c -- where a message ends on a stream (RFC 3261 18.3).  Content-Length is the
 * only thing believed, and only if it is there once, a plain number and within limits:
 * a stream that is cut in the wrong place lets one peer write another's messages. */
#include "signaling/sip/lines.h"
#include "signaling/sip/screen.h"

#include <string.h>

static enum err read_length(struct slice value, size_t *out_length)
{
	uint64_t length;
	enum err e = slice_parse_u64(value, SCREEN_MESSAGE_MAX, &length);

	if (e)
		return e == ERR_RANGE ? ERR_TOO_LONG : e;
	*out_length = length;
	return ERR_NONE;
}

/* The header section is whole: *out_length is what Content-Length says. */
static enum err find_content_length(struct slice *rest, size_t *out_length)
{
	bool is_found = false;

	for (unsigned fields = 0; fields <= SCREEN_HEADERS_MAX; fields++) {
		struct slice name, value;
		enum err e;

		switch (lines_take(rest, &name, &value)) {
		case LINE_END:
			return is_found ? ERR_NONE : ERR_SYNTAX;
		case LINE_CUT:
			return ERR_TRUNCATED;
		case LINE_BAD:
			return ERR_SYNTAX;
		case LINE_FIELD:
			break;
		}
		if (header_from_name(name) != HEADER_CONTENT_LENGTH)
			continue;
		if (is_found)
			return ERR_SYNTAX;
		e = read_length(value, out_length);
		if (e)
			return e;
		is_found = true;
	}
	return ERR_TOO_LONG;
}

/* Does the first line, as far as it is here, look like SIP?  So that a peer that talks
 * something else is told apart at once and not after 64 kB. */
static bool may_be_sip(struct slice s)
{
	for (size_t i = 0; i < s.len && i < SCREEN_LINE_MAX; i++) {
		unsigned char c = (unsigned char)s.data[i];

		if (c == '\r')
			return true;
		if (c < ' ' || c == 0x7f)
			return false;
	}
	return s.len < SCREEN_LINE_MAX;
}

enum err screen_frame(const char *bytes, size_t len, size_t *out_skip, size_t *out_len)
{
	struct slice all = { bytes, len }, rest, start;
	size_t skip = 0, length = 0, total;
	const char *empty;
	enum err e;

	/* Keepalives, also half of one: the other half is on its way. */
	while (skip < len && (bytes[skip] == '\r' || bytes[skip] == '\n'))
		skip++;
	*out_skip = skip;
	if (skip == len)
		return ERR_TRUNCATED;
	all.data += skip;
	all.len -= skip;
	if (!may_be_sip(all))
		return ERR_SYNTAX;
	empty = memmem(all.data, all.len, "\r\n\r\n", 4);
	if (!empty)
		return all.len > SCREEN_MESSAGE_MAX ? ERR_TOO_LONG : ERR_TRUNCATED;
	rest = (struct slice){ all.data, (size_t)(empty - all.data) + 4 };
	if (!lines_take_start(&rest, &start))
		return ERR_SYNTAX;
	e = find_content_length(&rest, &length);
	if (e)
		return e == ERR_TRUNCATED ? ERR_SYNTAX : e;
	total = (size_t)(empty - all.data) + 4 + length;
	if (total > SCREEN_MESSAGE_MAX)
		return ERR_TOO_LONG;
	if (total > all.len)
		return ERR_TRUNCATED;
	*out_len = total;
	return ERR_NONE;
}
