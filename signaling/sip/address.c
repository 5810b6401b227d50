/* address.c -- URIs, name-addr fields, parameters and comma lists taken apart in place.
 * Bytes are never decoded or folded to one case: what goes back to a peer must be the
 * peer's own (RFC 3261 12.2.1.1: the remote target is used as it was given). */
#include "signaling/sip/lines.h"

static struct slice slice_from(struct slice s, size_t at)
{
	return (struct slice){ s.data + at, s.len - at };
}

/* Length up to `stop` outside quotes and, for the commas of a list, outside < >.
 * A quote that never ends swallows the rest. */
static size_t find_outside(struct slice s, char stop)
{
	bool is_quoted = false, is_inside = false;

	for (size_t i = 0; i < s.len; i++) {
		char c = s.data[i];

		if (is_quoted) {
			if (c == '\\')
				i++;
			else if (c == '"')
				is_quoted = false;
		} else if (is_inside) {
			is_inside = c != '>';
		} else if (c == stop) {
			return i;
		} else if (c == '"') {
			is_quoted = true;
		} else if (c == '<') {
			is_inside = stop == ',';
		}
	}
	return s.len;
}

bool header_take_element(struct slice *rest, struct slice *out_element)
{
	while (rest->len) {
		size_t len = find_outside(*rest, ',');
		struct slice element = slice_trim((struct slice){ rest->data, len });

		*rest = slice_from(*rest, len < rest->len ? len + 1 : len);
		if (element.len) {
			*out_element = element;
			return true;
		}
	}
	return false;
}

static bool take_param(struct slice *rest, struct slice *out_name, struct slice *out_value)
{
	while (rest->len) {
		size_t len = find_outside(*rest, ';');
		struct slice param = { rest->data, len };
		struct slice name = param;
		size_t equal = slice_find_byte(param, '=');

		*rest = slice_from(*rest, len < rest->len ? len + 1 : len);
		name.len = equal;
		*out_name = slice_trim(name);
		if (out_name->len == 0)
			continue;
		*out_value = equal < param.len ? slice_trim(slice_from(param, equal + 1))
					       : (struct slice){ "", 0 };
		return true;
	}
	return false;
}

struct slice param_find(struct slice params, const char *name)
{
	struct slice found, value;

	while (take_param(&params, &found, &value))
		if (slice_is_text_nocase(found, name))
			return value;
	return SLICE_NONE;
}

enum err param_read_token(struct slice params, const char *name, struct slice *out_value)
{
	struct slice found, value, token = SLICE_NONE;

	while (take_param(&params, &found, &value)) {
		if (!slice_is_text_nocase(found, name))
			continue;
		if (token.data || !lines_is_token(value))
			return ERR_SYNTAX;
		token = value;
	}
	*out_value = token;
	return ERR_NONE;
}

static enum err parse_host_port(struct slice text, struct uri *u)
{
	size_t from = text.len && text.data[0] == '[' ? slice_find_byte(text, ']') : 0;
	struct slice tail;
	size_t colon;
	uint64_t port;

	if (text.len == 0 || from == text.len)
		return ERR_SYNTAX;
	tail = slice_from(text, from);
	colon = from + slice_find_byte(tail, ':');
	u->host = (struct slice){ text.data, colon };
	if (!lines_is_host(u->host))
		return ERR_SYNTAX;
	if (from)
		u->host = (struct slice){ text.data + 1, colon - 2 };
	if (colon == text.len)
		return ERR_NONE;
	if (slice_parse_u64(slice_from(text, colon + 1), 65535, &port) || port == 0)
		return ERR_SYNTAX;
	u->port = (uint16_t)port;
	return ERR_NONE;
}

/* RFC 3261 19.1.1.  ";" and "?" are allowed in the user part, "@" nowhere but behind it. */
static enum err parse_sip(struct slice rest, struct uri *u)
{
	size_t at = slice_find_byte(rest, '@');
	size_t len = 0;

	if (at < rest.len) {
		struct slice user = { rest.data, at };

		u->user = slice_take_until(&user, ':');
		if (u->user.len == 0)
			return ERR_SYNTAX;
		rest = slice_from(rest, at + 1);
		if (slice_find_byte(rest, '@') < rest.len)
			return ERR_SYNTAX;
	}
	while (len < rest.len && rest.data[len] != ';' && rest.data[len] != '?')
		len++;
	u->params = slice_from(rest, len);
	u->headers = slice_from(u->params, slice_find_byte(u->params, '?'));
	u->params.len -= u->headers.len;
	if (u->params.len)
		u->params = slice_from(u->params, 1);
	if (u->headers.len)
		u->headers = slice_from(u->headers, 1);
	u->transport = param_find(u->params, "transport");
	return parse_host_port((struct slice){ rest.data, len }, u);
}

static bool is_scheme(struct slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.data[i] | 0x20;

		if (!(c >= 'a' && c <= 'z') &&
		    !(i && lines_is_token((struct slice){ &s.data[i], 1 })))
			return false;
	}
	return s.len > 0;
}

static bool has_blank_or_angle(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.data[i] <= ' ' || s.data[i] == '<' || s.data[i] == '>' ||
		    s.data[i] == '"' || s.data[i] == 0x7f)
			return true;
	return false;
}

enum err uri_parse(struct slice text, struct uri *out_uri)
{
	struct uri u = { .whole = text };
	struct slice rest = text;
	enum err e = ERR_NONE;

	if (slice_find_byte(text, ':') == text.len || has_blank_or_angle(text))
		return ERR_SYNTAX;
	u.scheme = slice_take_until(&rest, ':');
	if (!is_scheme(u.scheme))
		return ERR_SYNTAX;
	if (slice_is_text_nocase(u.scheme, "sip") || slice_is_text_nocase(u.scheme, "sips")) {
		e = parse_sip(rest, &u);
	} else if (slice_is_text_nocase(u.scheme, "tel")) {
		u.user = slice_take_until(&rest, ';');
		u.params = rest;
		e = u.user.len ? ERR_NONE : ERR_SYNTAX;
	}
	if (!e)
		*out_uri = u;
	return e;
}

static struct slice unquote(struct slice s)
{
	if (s.len >= 2 && s.data[0] == '"' && s.data[s.len - 1] == '"')
		return (struct slice){ s.data + 1, s.len - 2 };
	return s;
}

/* Without < > a ";" begins the parameters of the field, not of the URI (20.10). */
enum err name_addr_parse(struct slice text, struct name_addr *out_name_addr)
{
	struct name_addr n = { .whole = text };
	size_t open = find_outside(text, '<');
	struct slice spec, rest;
	enum err e;

	if (open < text.len) {
		n.display = unquote(slice_trim((struct slice){ text.data, open }));
		rest = slice_from(text, open + 1);
		if (slice_find_byte(rest, '>') == rest.len)
			return ERR_SYNTAX;
		spec = slice_take_until(&rest, '>');
		lines_skip_space(&rest);
		if (rest.len && rest.data[0] != ';')
			return ERR_SYNTAX;
		if (rest.len)
			rest = slice_from(rest, 1);
	} else {
		rest = text;
		spec = slice_take_until(&rest, ';');
	}
	e = uri_parse(slice_trim(spec), &n.uri);
	if (e)
		return e;
	n.params = slice_trim(rest);
	e = param_read_token(n.params, "tag", &n.tag);
	if (!e)
		*out_name_addr = n;
	return e;
}
