/* wire.c -- requests as they go out: ours, and the ACK and CANCEL made from an INVITE. */
#include "signaling/transaction/internal.h"

#include <stdio.h>

#include "signaling/sip/print.h"

static const char *const protocols[] = {
	[CONFIG_UDP] = "SIP/2.0/UDP ",
	[CONFIG_TCP] = "SIP/2.0/TCP ",
	[CONFIG_TLS] = "SIP/2.0/TLS ",
};

void wire_make_branch(struct transactions *ts, char branch[WIRE_BRANCH_SIZE])
{
	snprintf(branch, WIRE_BRANCH_SIZE, "z9hG4bK%u-%016llx", ts->worker,
		 (unsigned long long)transactions_random(ts));
}

int transaction_worker_of_branch(struct slice branch)
{
	uint64_t worker;

	if (!slice_has_prefix(branch, "z9hG4bK"))
		return -1;
	branch.data += sizeof("z9hG4bK") - 1;
	branch.len -= sizeof("z9hG4bK") - 1;
	if (slice_find_byte(branch, '-') == branch.len ||
	    slice_parse_u64(slice_take_until(&branch, '-'), 1 << 16, &worker))
		return -1;
	return (int)worker;
}

static void put_via(struct text *t, const struct transport_listener *listener, const char *branch)
{
	char address[ADDR_TEXT_SIZE];

	text_put_literal(t, "Via: ");
	text_put_string(t, protocols[listener->kind]);
	text_put_string(t, addr_print(&listener->advertised, address, sizeof(address)));
	text_put_literal(t, ";branch=");
	text_put_string(t, branch);
	if (listener->kind == CONFIG_UDP)
		text_put_literal(t, ";rport");
	text_put_literal(t, "\r\n");
}

enum err wire_print_request(struct transactions *ts, struct text *t,
			    const struct transport_target *to, const struct transaction_request *r,
			    const char *branch)
{
	const struct transport_listener *listener =
		ts->network->find_listener(ts->transport, to->listener);

	if (!listener)
		return ERR_UNREACHABLE;
	text_init(t, ts->scratch, sizeof(ts->scratch));
	print_request_line(t, slice_from_text(method_name(r->method)), r->uri);
	put_via(t, listener, branch);
	text_put_slice(t, r->headers);
	print_body(t, r->content_type, r->body);
	return t->overflow ? ERR_TOO_LONG : ERR_NONE;
}

struct slice wire_find_branch(struct slice head)
{
	enum header h;
	struct slice value;

	slice_take_until(&head, '\n');
	while (header_take_line(&head, &h, &value)) {
		if (h == HEADER_VIA) {
			slice_take_until(&value, ';');
			return param_find(value, "branch");
		}
	}
	return SLICE_NONE;
}

static void put_cseq(struct text *t, struct slice value, struct slice method)
{
	text_put_literal(t, "CSeq: ");
	text_put_slice(t, slice_take_until(&value, ' '));
	text_put_byte(t, ' ');
	text_put_slice(t, method);
	text_put_literal(t, "\r\n");
}

void wire_print_derived(struct text *t, struct slice head, struct slice method, struct slice to,
			struct slice extra_lines)
{
	enum header h;
	struct slice value;

	slice_take_until(&head, ' ');
	print_request_line(t, method, slice_take_until(&head, ' '));
	slice_take_until(&head, '\n');
	while (header_take_line(&head, &h, &value)) {
		switch (h) {
		case HEADER_VIA:
		case HEADER_ROUTE:
		case HEADER_FROM:
		case HEADER_CALL_ID:
		case HEADER_MAX_FORWARDS:
			print_header(t, header_name(h), value);
			break;
		case HEADER_TO:
			print_header(t, "To", to.len ? to : value);
			break;
		case HEADER_CSEQ:
			put_cseq(t, value, method);
			break;
		default:
			break;
		}
	}
	text_put_slice(t, extra_lines);
	print_body(t, SLICE_NONE, SLICE_NONE);
}
