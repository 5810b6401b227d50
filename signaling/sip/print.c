/* print.c -- outgoing messages, written once from checked values: a fraction of the cost of
 * editing and serialising a parsed message, and no value can open a line of its own. */
#include "signaling/sip/print.h"

#include <string.h>

#include "common/addr.h"
#include "signaling/sip/lines.h"

/* Everything taken from a message or a user goes through here. */
static void put_checked(struct text *t, struct slice s)
{
	if (lines_has_control(s))
		t->overflow = true;
	else
		text_put_slice(t, s);
}

void print_request_line(struct text *t, struct slice method, struct slice uri)
{
	put_checked(t, method);
	text_put_byte(t, ' ');
	put_checked(t, uri);
	text_put_literal(t, " SIP/2.0\r\n");
}

void print_status_line(struct text *t, unsigned status, struct slice reason)
{
	text_put_literal(t, "SIP/2.0 ");
	text_put_u64(t, status);
	text_put_byte(t, ' ');
	put_checked(t, reason.len ? reason : slice_from_text(status_phrase(status)));
	text_put_literal(t, "\r\n");
}

void print_header(struct text *t, const char *name, struct slice value)
{
	text_put_string(t, name);
	text_put_literal(t, ": ");
	put_checked(t, value);
	text_put_literal(t, "\r\n");
}

/* Copies the parameters of a Via but for those the server writes itself. */
static void put_via_params(struct text *t, struct slice params)
{
	while (params.len) {
		struct slice param = slice_trim(slice_take_until(&params, ';'));
		struct slice rest = param, name = slice_trim(slice_take_until(&rest, '='));

		if (param.len == 0 || slice_is_text_nocase(name, "received") ||
		    slice_is_text_nocase(name, "rport"))
			continue;
		text_put_byte(t, ';');
		put_checked(t, param);
	}
}

static bool is_received_needed(const struct via *via, const struct addr *source)
{
	struct addr named;

	return via->has_rport || addr_parse(via->host, 0, &named) ||
	       !addr_is_same_host(&named, source);
}

/* The topmost Via with received (RFC 3261 18.2.1) and rport (RFC 3581 4) filled in. */
static void put_top_via(struct text *t, const struct message *request, struct slice element,
			const struct addr *source)
{
	const struct via *via = message_get_via(request);
	struct slice params = element, sent = slice_take_until(&params, ';');
	char host[ADDR_TEXT_SIZE];

	put_checked(t, slice_trim(sent));
	put_via_params(t, params);
	if (source && is_received_needed(via, source)) {
		text_put_literal(t, ";received=");
		text_put_string(t, addr_print_host(source, host, sizeof(host)));
	}
	if (source && via->has_rport) {
		text_put_literal(t, ";rport=");
		text_put_u64(t, addr_get_port(source));
	}
}

static void put_vias(struct text *t, const struct message *request, const struct addr *source)
{
	struct slice value = message_find_header(request, HEADER_VIA, 0), element;

	text_put_literal(t, "Via: ");
	if (header_take_element(&value, &element))
		put_top_via(t, request, element, source);
	while (header_take_element(&value, &element)) {
		text_put_literal(t, ", ");
		put_checked(t, element);
	}
	text_put_literal(t, "\r\n");
	for (unsigned i = 1; (value = message_find_header(request, HEADER_VIA, i)).data; i++)
		print_header(t, "Via", value);
}

static void put_to(struct text *t, const struct message *request, unsigned status,
		   struct slice to_tag)
{
	text_put_literal(t, "To: ");
	put_checked(t, message_find_header(request, HEADER_TO, 0));
	if (to_tag.len && message_get_to(request)->tag.len == 0 && status != 100) {
		text_put_literal(t, ";tag=");
		put_checked(t, to_tag);
	}
	text_put_literal(t, "\r\n");
}

static void put_all(struct text *t, const struct message *m, enum header h)
{
	struct slice value;

	for (unsigned i = 0; (value = message_find_header(m, h, i)).data; i++)
		print_header(t, header_name(h), value);
}

/* RFC 3261 12.1.1: replies that make a dialog. */
static bool is_dialog_reply(const struct message *request, unsigned status)
{
	enum method m = message_get_method(request);

	return status > 100 && status < 300 &&
	       (m == METHOD_INVITE || m == METHOD_SUBSCRIBE || m == METHOD_REFER ||
		m == METHOD_NOTIFY);
}

void print_reply_head(struct text *t, const struct message *request, const struct addr *source,
		      unsigned status, struct slice reason, struct slice to_tag)
{
	print_status_line(t, status, reason);
	put_vias(t, request, source);
	if (is_dialog_reply(request, status))
		put_all(t, request, HEADER_RECORD_ROUTE);
	put_all(t, request, HEADER_FROM);
	put_to(t, request, status, to_tag);
	put_all(t, request, HEADER_CALL_ID);
	put_all(t, request, HEADER_CSEQ);
}

void print_body(struct text *t, struct slice content_type, struct slice body)
{
	if (body.len)
		print_header(t, "Content-Type", content_type);
	text_put_literal(t, "Content-Length: ");
	text_put_u64(t, body.len);
	text_put_literal(t, "\r\n\r\n");
	text_put_slice(t, body);
}
