/* message.c -- one message: its text, an index of its fields, and the fields that
 * every message has taken apart.  One allocation; the index and the text lie behind
 * the struct. */
#include "signaling/sip/message.h"

#include <stdlib.h>
#include <string.h>

#include "common/check.h"
#include "signaling/sip/engine.h"
#include "signaling/sip/lines.h"
#include "signaling/sip/screen.h"

/* Offsets into the text: a message is shorter than 64 kB. */
struct field {
	uint16_t name_at, name_len;
	uint16_t value_at, value_len;
	uint8_t header;
};

struct message {
	unsigned refs; /* one thread at a time holds a message */
	enum method method;
	struct start_line start;
	struct uri request_uri;
	struct via via;
	struct name_addr from, to, contact;
	struct slice call_id, method_name, body;
	uint32_t cseq;
	int max_forwards;
	bool has_contact;
	uint16_t field_count, text_len;
	struct field *fields;
	char *text;
};

/* Turns the CRLFs inside a folded value into blanks (RFC 3261 7.3.1). */
static void unfold(char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] == '\r' || text[i] == '\n')
			text[i] = ' ';
}

static enum err index_fields(struct slice text, struct slice *rest, struct field *fields,
			     unsigned *out_count)
{
	unsigned count = 0;

	for (;;) {
		struct slice name, value;

		switch (lines_take(rest, &name, &value)) {
		case LINE_END:
			*out_count = count;
			return ERR_NONE;
		case LINE_FIELD:
			break;
		default:
			return ERR_SYNTAX;
		}
		if (count == SCREEN_HEADERS_MAX)
			return ERR_TOO_LONG;
		fields[count++] = (struct field){
			.name_at = (uint16_t)(name.data - text.data),
			.name_len = (uint16_t)name.len,
			.value_at = (uint16_t)(value.data - text.data),
			.value_len = (uint16_t)value.len,
			.header = (uint8_t)header_from_name(name),
		};
	}
}

static enum err create(struct slice text, const struct field *fields, unsigned count,
		       struct message **out_message)
{
	struct message *m = malloc(sizeof(*m) + count * sizeof(*fields) + text.len + 1);

	if (!m)
		return ERR_MEMORY;
	memset(m, 0, sizeof(*m));
	m->refs = 1;
	m->fields = (struct field *)(m + 1);
	m->field_count = (uint16_t)count;
	m->text_len = (uint16_t)text.len;
	m->text = (char *)(m->fields + count);
	if (count)
		memcpy(m->fields, fields, count * sizeof(*fields));
	memcpy(m->text, text.data, text.len);
	m->text[text.len] = '\0';
	for (unsigned i = 0; i < count; i++)
		unfold(m->text + fields[i].value_at, fields[i].value_len);
	*out_message = m;
	return ERR_NONE;
}

static enum err read_start(struct message *m)
{
	struct slice rest = { m->text, m->text_len }, line;
	enum err e;

	if (!lines_take_start(&rest, &line))
		return ERR_SYNTAX;
	e = start_line_parse(line, &m->start);
	if (e)
		return e == ERR_VERSION ? e : ERR_SYNTAX;
	return m->start.is_request ? uri_parse(m->start.uri, &m->request_uri) : ERR_NONE;
}

static enum err read_cseq(struct message *m)
{
	enum err e = cseq_parse(message_find_header(m, HEADER_CSEQ, 0), &m->cseq, &m->method_name);

	if (e)
		return e;
	if (m->start.is_request && !slice_is_equal(m->method_name, m->start.method))
		return ERR_SYNTAX;
	m->method = method_from_name(m->method_name);
	return ERR_NONE;
}

static enum err read_addresses(struct message *m)
{
	enum err e = name_addr_parse(message_find_header(m, HEADER_FROM, 0), &m->from);

	return e ? e : name_addr_parse(message_find_header(m, HEADER_TO, 0), &m->to);
}

static enum err read_contact(struct message *m)
{
	struct slice value = message_find_header(m, HEADER_CONTACT, 0), element;
	enum err e;

	if (!header_take_element(&value, &element) || slice_is_text(element, "*"))
		return ERR_NONE;
	e = name_addr_parse(element, &m->contact);
	m->has_contact = !e;
	return e;
}

static enum err read_max_forwards(struct message *m)
{
	struct slice value = message_find_header(m, HEADER_MAX_FORWARDS, 0);
	uint64_t number;

	m->max_forwards = -1;
	if (!value.data)
		return ERR_NONE;
	if (slice_parse_u64(value, 255, &number)) /* RFC 3261 20.22 */
		return ERR_SYNTAX;
	m->max_forwards = (int)number;
	return ERR_NONE;
}

static enum err read_body(struct message *m, struct slice body)
{
	struct slice value = message_find_header(m, HEADER_CONTENT_LENGTH, 0);
	uint64_t len = body.len;

	if (value.data && slice_parse_u64(value, body.len, &len))
		return ERR_SYNTAX;
	m->body = (struct slice){ body.data, len };
	return ERR_NONE;
}

static enum err read_all(struct message *m, struct slice body)
{
	enum err e = read_start(m);

	if (!e)
		e = read_cseq(m);
	if (!e)
		e = via_parse(message_find_header(m, HEADER_VIA, 0), &m->via);
	if (!e)
		e = read_addresses(m);
	if (!e)
		e = read_contact(m);
	if (!e)
		e = read_max_forwards(m);
	if (!e)
		e = read_body(m, body);
	m->call_id = message_find_header(m, HEADER_CALL_ID, 0);
	if (!e && m->call_id.len == 0)
		e = ERR_SYNTAX;
	return e ? e : engine_confirm(m);
}

enum err message_parse(const char *bytes, size_t len, struct message **out_message)
{
	struct field fields[SCREEN_HEADERS_MAX];
	struct slice text = { bytes, len }, rest, line;
	struct message *m = NULL;
	unsigned count;
	enum err e;

	if (len > SCREEN_MESSAGE_MAX)
		return ERR_TOO_LONG;
	while (slice_has_prefix(text, "\r\n")) {
		text.data += 2;
		text.len -= 2;
	}
	rest = text;
	if (!lines_take_start(&rest, &line))
		return ERR_SYNTAX;
	e = index_fields(text, &rest, fields, &count);
	if (e)
		return e;
	e = create(text, fields, count, &m);
	if (e)
		return e;
	e = read_all(m, (struct slice){ m->text + (rest.data - text.data), rest.len });
	if (e) {
		message_unref(m);
		return e;
	}
	*out_message = m;
	return ERR_NONE;
}

struct message *message_ref(struct message *m)
{
	m->refs++;
	return m;
}

void message_unref(struct message *m)
{
	if (!m)
		return;
	CHECK(m->refs > 0);
	if (--m->refs == 0)
		free(m);
}

bool message_is_request(const struct message *m)
{
	return m->start.is_request;
}

enum method message_get_method(const struct message *m)
{
	return m->method;
}

struct slice message_get_method_name(const struct message *m)
{
	return m->method_name;
}

const struct uri *message_get_request_uri(const struct message *m)
{
	return &m->request_uri;
}

unsigned message_get_status(const struct message *m)
{
	return m->start.status;
}

struct slice message_get_reason(const struct message *m)
{
	return m->start.reason;
}

struct slice message_get_call_id(const struct message *m)
{
	return m->call_id;
}

uint32_t message_get_cseq(const struct message *m)
{
	return m->cseq;
}

const struct via *message_get_via(const struct message *m)
{
	return &m->via;
}

const struct name_addr *message_get_from(const struct message *m)
{
	return &m->from;
}

const struct name_addr *message_get_to(const struct message *m)
{
	return &m->to;
}

const struct name_addr *message_get_contact(const struct message *m)
{
	return m->has_contact ? &m->contact : NULL;
}

int message_get_max_forwards(const struct message *m)
{
	return m->max_forwards;
}

struct slice message_get_body(const struct message *m)
{
	return m->body;
}

static struct slice field_name(const struct message *m, const struct field *f)
{
	return (struct slice){ m->text + f->name_at, f->name_len };
}

static struct slice field_value(const struct message *m, const struct field *f)
{
	return (struct slice){ m->text + f->value_at, f->value_len };
}

struct slice message_find_header(const struct message *m, enum header h, unsigned index)
{
	for (unsigned i = 0; i < m->field_count; i++)
		if (m->fields[i].header == h && index-- == 0)
			return field_value(m, &m->fields[i]);
	return SLICE_NONE;
}

struct slice message_find_named(const struct message *m, const char *name, unsigned index)
{
	enum header h = header_from_name(slice_from_text(name));

	if (h != HEADER_COUNT)
		return message_find_header(m, h, index);
	for (unsigned i = 0; i < m->field_count; i++)
		if (slice_is_text_nocase(field_name(m, &m->fields[i]), name) && index-- == 0)
			return field_value(m, &m->fields[i]);
	return SLICE_NONE;
}

void message_visit_headers(const struct message *m,
			   void (*visit)(void *arg, struct slice name, struct slice value),
			   void *arg)
{
	for (unsigned i = 0; i < m->field_count; i++)
		visit(arg, field_name(m, &m->fields[i]), field_value(m, &m->fields[i]));
}

bool message_has_token(const struct message *m, enum header h, const char *token)
{
	struct slice value, element;

	for (unsigned i = 0; (value = message_find_header(m, h, i)).data; i++)
		while (header_take_element(&value, &element))
			if (slice_is_text_nocase(element, token))
				return true;
	return false;
}
