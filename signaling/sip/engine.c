/* engine.c -- the second reading of a message, by Sofia-SIP's parser.
 * Only public functions of its message layer (msg_*, sip_*); no event loop, no body,
 * no Content-Length, no multipart: see docs/decisions/0001. */
#include "signaling/sip/engine.h"

#include <string.h>

#include <sofia-sip/msg.h>
#include <sofia-sip/msg_addr.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_parser.h>

#include "common/text.h"
#include "signaling/sip/lines.h"

enum { IOVEC_MAX = 4 };

/* Fields whose reading decides something; the others are only handed on. */
static const enum header decisive[] = {
	HEADER_VIA,  HEADER_FROM,    HEADER_TO,		  HEADER_CALL_ID,
	HEADER_CSEQ, HEADER_CONTACT, HEADER_ROUTE,	  HEADER_RECORD_ROUTE,
	HEADER_RSEQ, HEADER_RACK,    HEADER_MAX_FORWARDS,
};

static void put_start(struct text *t, const struct message *m)
{
	if (message_is_request(m)) {
		text_put_slice(t, message_get_method_name(m));
		text_put_byte(t, ' ');
		text_put_slice(t, message_get_request_uri(m)->whole);
		text_put_literal(t, " SIP/2.0\r\n");
		return;
	}
	text_put_literal(t, "SIP/2.0 ");
	text_put_u64(t, message_get_status(m));
	text_put_literal(t, " -\r\n");
}

static void put_fields(struct text *t, const struct message *m, enum header h)
{
	struct slice value;

	for (unsigned i = 0; (value = message_find_header(m, h, i)).data; i++) {
		text_put_string(t, header_name(h));
		text_put_literal(t, ": ");
		text_put_slice(t, value);
		text_put_literal(t, "\r\n");
	}
}

static void put_head(struct text *t, const struct message *m)
{
	put_start(t, m);
	for (size_t i = 0; i < sizeof(decisive) / sizeof(decisive[0]); i++)
		put_fields(t, m, decisive[i]);
	text_put_literal(t, "\r\n");
}

static bool is_same(struct slice ours, const char *theirs)
{
	return slice_is_equal(ours, slice_from_text(theirs));
}

static bool is_same_host(struct slice ours, const char *theirs)
{
	struct slice host = slice_from_text(theirs);

	if (host.len > 2 && host.data[0] == '[')
		host = (struct slice){ host.data + 1, host.len - 2 };
	if (ours.len > 2 && ours.data[0] == '[')
		ours = (struct slice){ ours.data + 1, ours.len - 2 };
	return slice_is_equal_nocase(ours, host);
}

static bool is_same_port(uint16_t ours, const char *theirs)
{
	uint64_t port = 0;

	if (theirs && *theirs && slice_parse_u64(slice_from_text(theirs), 65535, &port))
		return false;
	return port == ours;
}

static bool is_same_uri(const struct uri *ours, const url_t *theirs)
{
	if (theirs->url_type != url_sip && theirs->url_type != url_sips)
		return !slice_is_text_nocase(ours->scheme, "sip") &&
		       !slice_is_text_nocase(ours->scheme, "sips");
	return is_same_host(ours->host, theirs->url_host) &&
	       is_same_port(ours->port, theirs->url_port);
}

static bool is_same_start(const struct message *m, const sip_t *s)
{
	if (!message_is_request(m))
		return s->sip_status && (unsigned)s->sip_status->st_status == message_get_status(m);
	return s->sip_request &&
	       is_same(message_get_method_name(m), s->sip_request->rq_method_name) &&
	       is_same_uri(message_get_request_uri(m), s->sip_request->rq_url);
}

static bool is_same_transaction(const struct message *m, const sip_t *s)
{
	const struct via *via = message_get_via(m);

	return s->sip_via && is_same_host(via->host, s->sip_via->v_host) &&
	       is_same_port(via->port, s->sip_via->v_port) &&
	       is_same(via->branch, s->sip_via->v_branch) && s->sip_cseq &&
	       s->sip_cseq->cs_seq == message_get_cseq(m) &&
	       is_same(message_get_method_name(m), s->sip_cseq->cs_method_name);
}

static bool is_same_dialog(const struct message *m, const sip_t *s)
{
	const struct name_addr *from = message_get_from(m), *to = message_get_to(m);

	return s->sip_call_id && is_same(message_get_call_id(m), s->sip_call_id->i_id) &&
	       s->sip_from && is_same_uri(&from->uri, s->sip_from->a_url) &&
	       is_same(from->tag, s->sip_from->a_tag) && s->sip_to &&
	       is_same_uri(&to->uri, s->sip_to->a_url) && is_same(to->tag, s->sip_to->a_tag);
}

static bool is_same_target(const struct message *m, const sip_t *s)
{
	const struct name_addr *contact = message_get_contact(m);

	if (!contact)
		return !s->sip_contact || s->sip_contact->m_url->url_type == url_any;
	return s->sip_contact && is_same_uri(&contact->uri, s->sip_contact->m_url);
}

static bool is_agreed(const struct message *m, const sip_t *s)
{
	return s && !(s->sip_flags & (MSG_FLG_ERROR | MSG_FLG_TRUNC | MSG_FLG_TOOLARGE)) &&
	       !s->sip_error && is_same_start(m, s) && is_same_transaction(m, s) &&
	       is_same_dialog(m, s) && is_same_target(m, s);
}

static size_t measure_head(const struct message *m)
{
	size_t len = 64 + message_get_method_name(m).len;
	struct slice value;

	if (message_is_request(m))
		len += message_get_request_uri(m)->whole.len;
	for (size_t i = 0; i < sizeof(decisive) / sizeof(decisive[0]); i++)
		for (unsigned k = 0; (value = message_find_header(m, decisive[i], k)).data; k++)
			len += strlen(header_name(decisive[i])) + value.len + 4;
	return len;
}

static enum err confirm(const struct message *m, msg_t *sofia, size_t size)
{
	msg_iovec_t iovec[IOVEC_MAX];
	struct text t;

	if (msg_recv_iovec(sofia, iovec, IOVEC_MAX, size, 1) != 1 || iovec[0].mv_len < size)
		return ERR_MEMORY;
	text_init(&t, iovec[0].mv_base, size);
	put_head(&t, m);
	if (t.overflow)
		return ERR_TOO_LONG;
	msg_recv_commit(sofia, t.len, 1);
	if (msg_extract(sofia) < 0)
		return ERR_SYNTAX;
	return is_agreed(m, sip_object(sofia)) ? ERR_NONE : ERR_SYNTAX;
}

enum err engine_confirm(const struct message *m)
{
	msg_t *sofia = msg_create(sip_default_mclass(), 0);
	enum err e;

	if (!sofia)
		return ERR_MEMORY;
	e = confirm(m, sofia, measure_head(m));
	msg_destroy(sofia);
	return e;
}
