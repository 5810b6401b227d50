/* screen.c -- framing and the check of one message's outside. */
#include "signaling/sip/screen.h"

#include <string.h>

#include "signaling/sip/lines.h"

static const char *const verdict_names[] = {
#define VERDICT(name, help) #name,
#include "signaling/sip/verdict.def"
};

static const char *const verdict_helps[] = {
#define VERDICT(name, help) help,
#include "signaling/sip/verdict.def"
};

/* What the walk over the fields collects. */
struct walk {
	struct screened *out;
	struct slice from, to, via, cseq, content_length;
	uint8_t count[HEADER_COUNT];
	unsigned fields, vias;
};

const char *screen_verdict_name(enum screen_verdict v)
{
	return (unsigned)v < SCREEN_VERDICT_COUNT ? verdict_names[v] : "UNKNOWN";
}

const char *screen_verdict_help(enum screen_verdict v)
{
	return (unsigned)v < SCREEN_VERDICT_COUNT ? verdict_helps[v] : "";
}

static struct slice skip_keepalives(struct slice s, size_t *out_skip)
{
	*out_skip = 0;
	while (s.len >= 2 && s.data[0] == '\r' && s.data[1] == '\n') {
		s.data += 2;
		s.len -= 2;
		*out_skip += 2;
	}
	return s;
}

static enum screen_verdict check_start(struct slice line, struct screened *out)
{
	struct start_line start;

	switch (start_line_parse(line, &start)) {
	case ERR_NONE:
		break;
	case ERR_UNSUPPORTED:
		return SCREEN_NOT_SIP;
	case ERR_VERSION:
		return SCREEN_VERSION;
	default:
		return SCREEN_BAD_REQUEST_LINE;
	}
	out->is_request = start.is_request;
	out->status = start.status;
	out->method = start.method;
	return SCREEN_PASS;
}

static void count_vias(struct walk *w, struct slice value)
{
	struct slice element;

	while (w->vias <= SCREEN_VIAS_MAX && header_take_element(&value, &element))
		w->vias++;
}

static void note_field(struct walk *w, enum header h, struct slice value)
{
	if (w->count[h] < UINT8_MAX)
		w->count[h]++;
	switch (h) {
	case HEADER_VIA:
		if (w->count[h] == 1)
			w->via = value;
		count_vias(w, value);
		break;
	case HEADER_FROM:
		w->from = value;
		break;
	case HEADER_TO:
		w->to = value;
		break;
	case HEADER_CALL_ID:
		w->out->call_id = value;
		break;
	case HEADER_CSEQ:
		w->cseq = value;
		break;
	case HEADER_CONTENT_LENGTH:
		w->content_length = value;
		break;
	default:
		break;
	}
}

/* Fields up to the empty line; *rest is the body then. */
static enum screen_verdict walk_fields(struct walk *w, struct slice *rest)
{
	for (;;) {
		const char *from = rest->data;
		struct slice name, value, whole;
		enum header h;

		switch (lines_take(rest, &name, &value)) {
		case LINE_END:
			return SCREEN_PASS;
		case LINE_CUT:
			return SCREEN_TRUNCATED;
		case LINE_BAD:
			return SCREEN_BAD_FIELD;
		case LINE_FIELD:
			break;
		}
		whole = (struct slice){ from, (size_t)(rest->data - from) };
		if (++w->fields > SCREEN_HEADERS_MAX || whole.len > SCREEN_LINE_MAX)
			return SCREEN_TOO_LONG;
		h = header_from_name(name);
		if (h != HEADER_COUNT)
			note_field(w, h, value);
	}
}

/* CR and LF only as line ends and folds: those are gone pairwise by now, so any that
 * is left stands alone. */
static bool has_stray_control(struct slice head)
{
	for (size_t i = 0; i < head.len; i++) {
		unsigned char c = (unsigned char)head.data[i];

		if (c >= ' ' && c != 0x7f)
			continue;
		if (c == '\r' && i + 1 < head.len && head.data[i + 1] == '\n')
			i++;
		else if (c != '\t')
			return true;
	}
	return false;
}

static enum screen_verdict check_length(const struct walk *w, struct slice *body)
{
	uint64_t length;
	enum err e;

	if (w->count[HEADER_CONTENT_LENGTH] == 0)
		return SCREEN_PASS;
	if (w->count[HEADER_CONTENT_LENGTH] > 1)
		return SCREEN_BAD_LENGTH;
	e = slice_parse_u64(w->content_length, UINT32_MAX, &length);
	if (e)
		return e == ERR_RANGE ? SCREEN_TRUNCATED : SCREEN_BAD_LENGTH;
	if (length > body->len)
		return SCREEN_TRUNCATED;
	body->len = length; /* RFC 3261 18.3: what is behind is dropped */
	return SCREEN_PASS;
}

static enum screen_verdict check_via(const struct walk *w, struct screened *out)
{
	struct via via;

	if (w->vias > SCREEN_VIAS_MAX)
		return SCREEN_TOO_LONG;
	if (via_parse(w->via, &via))
		return SCREEN_BAD_VIA;
	if (!slice_is_text_nocase(via.transport, "UDP") &&
	    !slice_is_text_nocase(via.transport, "TCP") &&
	    !slice_is_text_nocase(via.transport, "TLS"))
		return SCREEN_BAD_VIA;
	out->top_branch = via.branch;
	return SCREEN_PASS;
}

static enum screen_verdict check_cseq(const struct walk *w, struct screened *out)
{
	struct slice method;
	uint32_t number;

	if (cseq_parse(w->cseq, &number, &method))
		return SCREEN_BAD_CSEQ;
	if (out->is_request && !slice_is_equal(method, out->method))
		return SCREEN_BAD_CSEQ;
	out->method = method;
	return SCREEN_PASS;
}

static bool has_once(const struct walk *w, enum header h)
{
	return w->count[h] == 1;
}

static enum screen_verdict check_address(struct slice value, struct slice *out_tag)
{
	struct name_addr n;

	if (name_addr_parse(value, &n))
		return SCREEN_BAD_FIELD;
	*out_tag = n.tag;
	return SCREEN_PASS;
}

static enum screen_verdict check_fields(const struct walk *w, struct screened *out)
{
	enum screen_verdict v;

	if (w->count[HEADER_VIA] == 0 || !has_once(w, HEADER_FROM) || !has_once(w, HEADER_TO) ||
	    !has_once(w, HEADER_CALL_ID) || !has_once(w, HEADER_CSEQ) ||
	    w->count[HEADER_MAX_FORWARDS] > 1)
		return SCREEN_MISSING;
	v = check_via(w, out);
	if (!v)
		v = check_cseq(w, out);
	if (!v)
		v = check_address(w->from, &out->from_tag);
	if (!v)
		v = check_address(w->to, &out->to_tag);
	if (!v && (out->call_id.len == 0 || slice_find_byte(out->call_id, ' ') < out->call_id.len))
		v = SCREEN_BAD_FIELD;
	return v;
}

enum screen_verdict screen_check(const char *bytes, size_t len, struct screened *out)
{
	struct screened found = { .is_request = false };
	struct walk w = { .out = &found };
	struct slice rest = { bytes, len }, start;
	enum screen_verdict v;
	size_t skipped;

	rest = skip_keepalives(rest, &skipped);
	if (rest.len == 0)
		return len ? SCREEN_KEEPALIVE : SCREEN_NOT_SIP;
	if (len > SCREEN_MESSAGE_MAX)
		return SCREEN_TOO_LONG;
	bytes = rest.data;
	if (!lines_take_start(&rest, &start))
		return SCREEN_NOT_SIP;
	if (start.len > SCREEN_LINE_MAX)
		return SCREEN_TOO_LONG;
	v = check_start(start, &found);
	if (!v)
		v = walk_fields(&w, &rest);
	if (!v && has_stray_control((struct slice){ bytes, (size_t)(rest.data - bytes) }))
		v = SCREEN_CONTROL_BYTES;
	if (!v)
		v = check_fields(&w, &found);
	if (!v)
		v = check_length(&w, &rest);
	if (v)
		return v;
	found.body = rest;
	*out = found;
	return SCREEN_PASS;
}
