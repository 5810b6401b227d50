/* lines.c -- cutting a header section into fields, and lexical classes. */
#include "signaling/sip/lines.h"

#include <string.h>

enum { IS_TOKEN = 1, IS_HOST = 2, IS_CONTROL = 4, IS_SPACE = 8 };

#define LETTER (IS_TOKEN | IS_HOST)
#define TWO(c, v) [(c)] = (v), [(c) + 1] = (v)
#define FIVE(c, v) TWO(c, v), TWO((c) + 2, v), [(c) + 4] = (v)
#define TEN(c, v) FIVE(c, v), FIVE((c) + 5, v)
#define ALPHABET(c)                                                                                \
	TEN(c, LETTER), TEN((c) + 10, LETTER), FIVE((c) + 20, LETTER), [(c) + 25] = LETTER

/* RFC 3261 25.1: token, and what a host name may hold (with "_", seen in the field). */
static const uint8_t classes[256] = {
	FIVE(0, IS_CONTROL),
	TWO(5, IS_CONTROL),
	TWO(7, IS_CONTROL),
	['\t'] = IS_SPACE,
	['\n'] = IS_CONTROL | IS_SPACE,
	TWO(11, IS_CONTROL),
	['\r'] = IS_CONTROL | IS_SPACE,
	TEN(14, IS_CONTROL),
	FIVE(24, IS_CONTROL),
	TWO(29, IS_CONTROL),
	[31] = IS_CONTROL,
	[' '] = IS_SPACE,
	[0x7f] = IS_CONTROL,
	TEN('0', LETTER),
	ALPHABET('A'),
	ALPHABET('a'),
	['-'] = LETTER,
	['.'] = LETTER,
	['_'] = LETTER,
	['!'] = IS_TOKEN,
	['%'] = IS_TOKEN,
	['*'] = IS_TOKEN,
	['+'] = IS_TOKEN,
	['`'] = IS_TOKEN,
	['\''] = IS_TOKEN,
	['~'] = IS_TOKEN,
};

static bool is_class(char c, uint8_t class)
{
	return classes[(unsigned char)c] & class;
}

static bool is_all(struct slice s, uint8_t class)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_class(s.data[i], class))
			return false;
	return s.len > 0;
}

bool lines_is_token(struct slice s)
{
	return is_all(s, IS_TOKEN);
}

bool lines_is_host(struct slice s)
{
	if (s.len > 2 && s.data[0] == '[' && s.data[s.len - 1] == ']') {
		for (size_t i = 1; i < s.len - 1; i++)
			if (!strchr("0123456789abcdefABCDEF:.", s.data[i]) || !s.data[i])
				return false;
		return true;
	}
	return is_all(s, IS_HOST);
}

bool lines_has_control(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (is_class(s.data[i], IS_CONTROL))
			return true;
	return false;
}

void lines_skip_space(struct slice *s)
{
	while (s->len && is_class(s->data[0], IS_SPACE)) {
		s->data++;
		s->len--;
	}
}

static void skip(struct slice *s, size_t len)
{
	s->data += len;
	s->len -= len;
}

/* Length of the line up to its CRLF; false when there is none.  A lone CR or LF
 * ends nothing: it is a control byte that the screen refuses. */
static bool find_line_end(struct slice s, size_t *out_len)
{
	for (size_t at = 0; at + 1 < s.len; at++) {
		const char *cr = memchr(s.data + at, '\r', s.len - 1 - at);

		if (!cr)
			return false;
		at = (size_t)(cr - s.data);
		if (cr[1] == '\n') {
			*out_len = at;
			return true;
		}
	}
	return false;
}

bool lines_take_start(struct slice *rest, struct slice *out_start)
{
	size_t len;

	if (!find_line_end(*rest, &len))
		return false;
	*out_start = (struct slice){ rest->data, len };
	skip(rest, len + 2);
	return true;
}

static bool is_continued(struct slice s, size_t line_len)
{
	return line_len + 2 < s.len &&
	       (s.data[line_len + 2] == ' ' || s.data[line_len + 2] == '\t');
}

static bool find_field_end(struct slice s, size_t *out_len)
{
	size_t end = 0, len;

	do {
		struct slice tail = { s.data + end, s.len - end };

		if (!find_line_end(tail, &len))
			return false;
		end += len + 2;
	} while (is_continued(s, end - 2));
	*out_len = end - 2;
	return true;
}

enum line_kind lines_take(struct slice *rest, struct slice *out_name, struct slice *out_value)
{
	struct slice field = { rest->data, 0 }, name;
	size_t name_len = 0;

	if (rest->len >= 2 && rest->data[0] == '\r' && rest->data[1] == '\n') {
		skip(rest, 2);
		return LINE_END;
	}
	if (!find_field_end(*rest, &field.len))
		return LINE_CUT;
	while (name_len < field.len && is_class(field.data[name_len], IS_TOKEN))
		name_len++;
	name = (struct slice){ field.data, name_len };
	skip(&field, name_len);
	skip(rest, name_len + field.len + 2);
	while (field.len && (field.data[0] == ' ' || field.data[0] == '\t'))
		skip(&field, 1);
	if (name_len == 0 || field.len == 0 || field.data[0] != ':')
		return LINE_BAD;
	skip(&field, 1);
	*out_name = name;
	*out_value = slice_trim(field);
	return LINE_FIELD;
}

static enum err parse_status_line(struct slice line, struct start_line *s)
{
	struct slice status;
	uint64_t number;

	s->version = slice_take_until(&line, ' ');
	status = slice_take_until(&line, ' ');
	s->reason = line;
	if (status.len != 3 || slice_parse_u64(status, 699, &number) || number < 100)
		return ERR_SYNTAX;
	s->status = (unsigned)number;
	return ERR_NONE;
}

static enum err parse_request_line(struct slice line, struct start_line *s)
{
	s->is_request = true;
	s->method = slice_take_until(&line, ' ');
	s->uri = slice_take_until(&line, ' ');
	s->version = line;
	if (!lines_is_token(s->method) || s->uri.len == 0 ||
	    slice_find_byte(s->uri, '<') < s->uri.len)
		return ERR_SYNTAX;
	return ERR_NONE;
}

static bool is_version(struct slice s)
{
	return s.len > 4 && slice_is_text_nocase((struct slice){ s.data, 4 }, "SIP/") &&
	       slice_find_byte(s, ' ') == s.len;
}

/* Why a line that is not of SIP/2.0 is none. */
static enum err judge_other(struct slice line, struct slice version)
{
	if (is_version(version))
		return ERR_VERSION;
	/* A blank too many, or another protocol? */
	return memmem(line.data, line.len, " SIP/", 5) ? ERR_SYNTAX : ERR_UNSUPPORTED;
}

enum err start_line_parse(struct slice line, struct start_line *out_start)
{
	struct start_line s = { .is_request = false };
	bool is_reply =
		line.len > 4 && slice_is_text_nocase((struct slice){ line.data, 4 }, "SIP/");
	enum err e = is_reply ? parse_status_line(line, &s) : parse_request_line(line, &s);

	if (!slice_is_text_nocase(s.version, "SIP/2.0"))
		return judge_other(line, s.version);
	if (!e)
		*out_start = s;
	return e;
}

/* "SIP / 2.0 / UDP": white space is allowed around each slash. */
static enum err take_sent_protocol(struct slice *rest, struct slice *out_transport)
{
	struct slice name = slice_trim(slice_take_until(rest, '/'));
	struct slice version = slice_trim(slice_take_until(rest, '/'));
	size_t len = 0;

	lines_skip_space(rest);
	while (len < rest->len && is_class(rest->data[len], IS_TOKEN))
		len++;
	*out_transport = (struct slice){ rest->data, len };
	if (!slice_is_text_nocase(name, "SIP") || !slice_is_text(version, "2.0") || len == 0 ||
	    len == rest->len || !is_class(rest->data[len], IS_SPACE))
		return ERR_SYNTAX;
	skip(rest, len);
	return ERR_NONE;
}

/* host [":" port]; white space is allowed around the colon. */
static enum err parse_sent_by(struct slice text, struct via *v)
{
	struct slice port = { text.data, 0 };
	size_t from = text.len && text.data[0] == '[' ? slice_find_byte(text, ']') : 0;
	size_t colon;
	uint64_t number = 0;

	if (from == text.len)
		return ERR_SYNTAX;
	colon = from + slice_find_byte((struct slice){ text.data + from, text.len - from }, ':');
	v->host = slice_trim((struct slice){ text.data, colon });
	if (colon < text.len) {
		port = slice_trim((struct slice){ text.data + colon + 1, text.len - colon - 1 });
		if (slice_parse_u64(port, 65535, &number) || number == 0)
			return ERR_SYNTAX;
	}
	if (v->host.len > 255 || !lines_is_host(v->host))
		return ERR_SYNTAX;
	v->port = (uint16_t)number;
	return ERR_NONE;
}

enum err via_parse(struct slice value, struct via *out_via)
{
	struct via v = { .port = 0 };
	struct slice rest, params;
	enum err e;

	if (!header_take_element(&value, &rest))
		return ERR_SYNTAX;
	e = take_sent_protocol(&rest, &v.transport);
	if (e)
		return e;
	params = rest;
	e = parse_sent_by(slice_trim(slice_take_until(&params, ';')), &v);
	if (e)
		return e;
	v.has_rport = param_find(params, "rport").data != NULL;
	e = param_read_token(params, "branch", &v.branch);
	if (!e)
		*out_via = v;
	return e;
}

enum err cseq_parse(struct slice value, uint32_t *out_number, struct slice *out_method)
{
	size_t digits = 0;
	struct slice method;
	uint64_t number;

	while (digits < value.len && !is_class(value.data[digits], IS_SPACE))
		digits++;
	method = slice_trim((struct slice){ value.data + digits, value.len - digits });
	/* RFC 3261 8.1.1.5: less than 2^31. */
	if (slice_parse_u64((struct slice){ value.data, digits }, INT32_MAX, &number) ||
	    !lines_is_token(method))
		return ERR_SYNTAX;
	*out_number = (uint32_t)number;
	*out_method = method;
	return ERR_NONE;
}
