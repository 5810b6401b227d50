/* write.c -- the text of a body of ours.  Every byte is ours or of a kind that may
 * cross: format numbers, encodings, fmtp values, packet times, T.38's attributes. */
#include "signaling/offer/leg.h"

static void write_connection(const char *before, const struct addr *a, struct text *out)
{
	char host[ADDR_TEXT_SIZE];

	text_printf(out, "%sIN IP%c %s\r\n", before, addr_is_ipv6(a) ? '6' : '4',
		    addr_print_host(a, host, sizeof(host)));
}

/* The address of the session: the first stream's that is there, or 0.0.0.0. */
static struct addr find_session_address(const struct offer_exchange *x, const struct addr *local)
{
	struct addr none = { .in4 = { .sin_family = AF_INET } };

	for (unsigned i = 0; i < offer_count_carried(x->stream_count); i++)
		if (x->streams[i].form != OFFER_FORM_REFUSED)
			return local[i];
	return none;
}

/* Offers name media and protocol from our own list, whatever the other side called
 * them; an answer repeats its offer's words (RFC 3264 6). */
static struct slice media_word(const struct offer_exchange *x, const struct offer_source *src,
			       unsigned i)
{
	static const char *const known[] = { "audio", "video", "text", "image" };
	const struct description *d = x->is_ours ? src->description : x->remote;

	if (!x->is_ours)
		return d->streams[i].media;
	for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++)
		if (i < d->stream_count && slice_is_text_nocase(d->streams[i].media, known[k]))
			return slice_from_text(known[k]);
	return SLICE("audio");
}

static void write_refused(const struct offer_exchange *x, const struct offer_source *src,
			  unsigned i, struct text *out)
{
	struct slice media = media_word(x, src, i), protocol = SLICE("RTP/AVP"),
		     format = SLICE("0");

	if (!x->is_ours) {
		struct slice formats = x->remote->streams[i].formats;

		protocol = x->remote->streams[i].protocol_text;
		description_next_word(&formats, &format);
	} else if (slice_is_text(media, "image")) {
		protocol = SLICE("udptl");
		format = SLICE("t38");
	}
	text_printf(out, "m=%.*s 0 %.*s %.*s\r\n", SLICE_ARG(media), SLICE_ARG(protocol),
		    SLICE_ARG(format));
}

/* SRTP accepted from an RTP/AVP offer: RTP/SAVP where the peer speaks Microsoft's way
 * (MS-SDPEXT "SRTP Encryption": the answer MUST have SAVP; RFC 5939 3.6.2 with acfg).
 * Elsewhere the offer's own profile, as best-effort SRTP endpoints expect. */
static struct slice answer_protocol(const struct offer_leg *leg, const struct offer_exchange *x,
				    unsigned i)
{
	const struct description_stream *p = &x->remote->streams[i];
	const struct offer_stream *s = &x->streams[i];

	if (s->is_secure && !description_is_secure(p) &&
	    (s->capability.configuration || leg->trunk->srtp_offer == CONFIG_OFFER_CAPABILITY))
		return SLICE("RTP/SAVP");
	return p->protocol_text;
}

static struct slice protocol_word(const struct offer_leg *leg, const struct offer_exchange *x,
				  unsigned i)
{
	if (!x->is_ours)
		return answer_protocol(leg, x, i);
	switch (x->streams[i].form) {
	case OFFER_FORM_SECURE:
		return SLICE("RTP/SAVP");
	case OFFER_FORM_IMAGE:
		return SLICE("udptl");
	default:
		return SLICE("RTP/AVP");
	}
}

static void write_offered_crypto(const struct offer_leg *leg, unsigned i, struct text *out)
{
	const char *rest = leg->trunk->srtp_suites;
	struct slice word;
	uint32_t tag = 0;

	while (config_list_next(&rest, &word)) {
		enum crypt_suite suite = suite_find_name(word);

		tag++;
		if (suite != SUITE_NONE)
			crypto_print(out, tag, suite, leg->keys[i]->key[suite]);
	}
}

static void write_security(const struct offer_leg *leg, const struct offer_exchange *x, unsigned i,
			   struct text *out)
{
	const struct offer_stream *s = &x->streams[i];

	if (s->form == OFFER_FORM_CAPABILITY)
		text_put_literal(out, "a=tcap:1 RTP/SAVP\r\na=pcfg:1 t=1\r\n");
	if (x->is_ours) {
		if (s->form == OFFER_FORM_SECURE || s->form == OFFER_FORM_CAPABILITY)
			write_offered_crypto(leg, i, out);
		return;
	}
	if (!s->is_secure)
		return;
	if (s->capability.configuration)
		text_printf(out, "a=acfg:%u t=%u\r\n", (unsigned)s->capability.configuration,
			    (unsigned)s->capability.transport);
	crypto_print(out, s->crypto.tag, s->crypto.suite, leg->keys[i]->key[s->crypto.suite]);
}

static void write_rtcp(const struct offer_exchange *x, unsigned i, const struct addr *local,
		       struct text *out)
{
	const struct offer_stream *s = &x->streams[i];

	if (s->form == OFFER_FORM_IMAGE)
		return;
	if (!s->told_mux || x->is_ours)
		text_printf(out, "a=rtcp:%u\r\n", addr_get_port(local) + 1u);
	if (s->told_mux)
		text_put_literal(out, "a=rtcp-mux\r\n");
}

static void write_stream(const struct offer_leg *leg, const struct offer_exchange *x,
			 const struct offer_source *src, unsigned i, const struct addr *session,
			 struct text *out)
{
	const struct addr *local = &src->local[i];
	struct slice media = media_word(x, src, i), protocol = protocol_word(leg, x, i);
	struct format_list list;

	offer_plan_formats(leg, x, src, i, &list);
	text_printf(out, "m=%.*s %u %.*s", SLICE_ARG(media), addr_get_port(local),
		    SLICE_ARG(protocol));
	format_list_print_words(&list, out);
	text_put_literal(out, "\r\n");
	if (!addr_is_same_host(local, session))
		write_connection("c=", local, out);
	format_list_print_attributes(&list, &src->description->streams[i], out);
	write_security(leg, x, i, out);
	write_rtcp(x, i, local, out);
	text_printf(out, "a=%s\r\n", direction_name(x->streams[i].told_direction));
}

void offer_write(const struct offer_leg *leg, const struct offer_exchange *x,
		 const struct offer_source *src, struct text *out)
{
	struct addr session = find_session_address(x, src->local);

	text_printf(out, "v=0\r\no=- %llu %llu ", (unsigned long long)leg->session_id,
		    (unsigned long long)leg->version);
	write_connection("", &session, out);
	text_put_literal(out, "s=-\r\n");
	write_connection("c=", &session, out);
	text_put_literal(out, "t=0 0\r\n");
	for (unsigned i = 0; i < x->stream_count; i++) {
		if (i < OFFER_STREAMS_MAX && x->streams[i].form != OFFER_FORM_REFUSED)
			write_stream(leg, x, src, i, &session, out);
		else
			write_refused(x, src, i, out);
	}
}
