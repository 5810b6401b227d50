/* judge.c -- what the peer says against what the trunk allows.
 *
 *	trunk's srtp   RTP/AVP   RTP/AVP + crypto   RTP/SAVP
 *	off            plain     plain              refused
 *	optional       plain     SRTP               SRTP
 *	required       refused   SRTP               SRTP
 *
 * RTP/AVP with crypto lines is Microsoft's optional SRTP (MS-SDPEXT, "SRTP Encryption"),
 * with or without the capability lines of RFC 5939. */
#include <string.h>

#include "signaling/offer/leg.h"

static enum err refuse(struct text *why, enum err e, const char *sentence)
{
	text_put_string(why, sentence);
	return e;
}

unsigned offer_count_carried(unsigned stream_count)
{
	return stream_count < OFFER_STREAMS_MAX ? stream_count : OFFER_STREAMS_MAX;
}

static bool is_carried_media(struct slice media)
{
	return slice_is_text_nocase(media, "audio") || slice_is_text_nocase(media, "video") ||
	       slice_is_text_nocase(media, "text");
}

/* What has nothing to do with keys: address, kind, formats. */
static enum err judge_stream(const struct offer_leg *leg, const struct description_stream *p,
			     struct text *why)
{
	struct format_list list;

	if (!addr_is_set(&p->rtp))
		return refuse(why, ERR_UNSUPPORTED, "the stream has no numeric unicast address");
	format_list_read(p, &list);
	if (p->protocol == PROTOCOL_UDPTL && slice_is_text_nocase(p->media, "image")) {
		if (!list.count)
			return refuse(why, ERR_UNSUPPORTED, "the image stream is not T.38");
		if (leg->trunk->srtp == CONFIG_SRTP_REQUIRED)
			return refuse(why, ERR_REFUSED,
				      "the trunk requires SRTP and T.38 has no encryption");
		return ERR_NONE;
	}
	if (!description_is_rtp(p) || !is_carried_media(p->media))
		return refuse(why, ERR_UNSUPPORTED, "media or transport is not supported");
	format_list_filter(&list, p, leg->trunk->codecs);
	if (!format_list_has_codec(&list))
		return refuse(why, ERR_UNSUPPORTED, "no codec is allowed on this trunk");
	return ERR_NONE;
}

static enum err judge_offer_security(const struct offer_leg *leg, const struct description *d,
				     const struct description_stream *p, struct offer_stream *s,
				     struct text *why)
{
	uint8_t srtp = leg->trunk->srtp;
	bool is_usable = srtp != CONFIG_SRTP_OFF &&
			 crypto_choose(p->lines, leg->trunk->srtp_suites, &s->crypto);

	if (!description_is_rtp(p))
		return ERR_NONE;
	s->is_secure = is_usable;
	if (description_is_secure(p)) {
		if (srtp == CONFIG_SRTP_OFF)
			return refuse(why, ERR_REFUSED,
				      "the offer is SRTP only and the trunk has srtp off");
		if (!is_usable)
			return refuse(why, ERR_UNSUPPORTED, "no crypto line is acceptable");
		return ERR_NONE;
	}
	if (!is_usable && srtp == CONFIG_SRTP_REQUIRED)
		return refuse(why, ERR_REFUSED,
			      crypto_is_present(p->lines)
				      ? "the trunk requires SRTP and no crypto line is acceptable"
				      : "the trunk requires SRTP and the offer has none");
	if (is_usable)
		crypto_find_capability(d->session_lines, p->lines, &s->capability);
	return ERR_NONE;
}

/* Once agreed it does not change: Teams answers 488 CannotChangeRtcpMultiplexing. */
static bool may_mux(const struct offer_leg *leg, unsigned i, bool is_offered)
{
	const struct offer_exchange *c = leg->current;

	if (!is_offered || leg->trunk->rtcp_mux == CONFIG_MUX_OFF)
		return false;
	if (c && i < offer_count_carried(c->stream_count) && c->streams[i].is_wanted)
		return c->streams[i].is_muxed;
	return true;
}

enum err offer_judge_offer(const struct offer_leg *leg, struct offer_exchange *x,
			   const struct description *d, struct text *why)
{
	enum err first = ERR_NONE;
	unsigned wanted = 0, asked = 0;

	if (d->stream_count == 0)
		return refuse(why, ERR_UNSUPPORTED, "the offer has no media stream");
	if (leg->current && d->stream_count < leg->current->stream_count)
		return refuse(why, ERR_UNSUPPORTED,
			      "the new offer has fewer streams than the session (RFC 3264 8)");
	for (unsigned i = 0; i < offer_count_carried(d->stream_count); i++) {
		const struct description_stream *p = &d->streams[i];
		struct offer_stream *s = &x->streams[i];
		char unused[256];
		struct text sentence;
		enum err e;

		if (p->port == 0)
			continue;
		asked++;
		text_init(&sentence, unused, sizeof(unused));
		e = judge_stream(leg, p, first ? &sentence : why);
		if (!e)
			e = judge_offer_security(leg, d, p, s, first ? &sentence : why);
		first = first ? first : e;
		s->is_wanted = !e;
		s->peer_direction = p->direction;
		s->is_muxed = may_mux(leg, i, p->is_muxed);
		wanted += s->is_wanted;
	}
	if (wanted || !asked) {
		why->len = 0;
		return ERR_NONE;
	}
	return first;
}

/* The one line of the answer must repeat a tag of ours with its suite (RFC 4568 5.1.3). */
static bool read_answer_crypto(const struct offer_leg *leg, const struct description_stream *p,
			       struct offer_stream *s)
{
	struct slice lines = p->lines, value;
	enum crypt_suite suite;

	while (description_next_attribute(&lines, "crypto", &value)) {
		struct crypto_line line;

		if (crypto_parse(value, &line) || line.tag == 0 ||
		    !offer_is_suite_offered(leg->trunk, line.tag - 1, &suite) ||
		    suite != line.suite)
			continue;
		s->crypto = line;
		explicit_bzero(&line, sizeof(line));
		return true;
	}
	return false;
}

static enum err judge_answer_security(const struct offer_leg *leg,
				      const struct description_stream *p, struct offer_stream *s,
				      struct text *why)
{
	s->is_secure = false;
	if (s->form == OFFER_FORM_IMAGE)
		return ERR_NONE;
	if (s->form != OFFER_FORM_PLAIN && read_answer_crypto(leg, p, s)) {
		s->is_secure = true;
		return ERR_NONE;
	}
	if (description_is_secure(p))
		return refuse(why, ERR_REFUSED,
			      s->form == OFFER_FORM_PLAIN
				      ? "SRTP was answered but not offered"
				      : "the answer has no crypto line that fits the offer");
	if (s->form == OFFER_FORM_SECURE || leg->trunk->srtp == CONFIG_SRTP_REQUIRED)
		return refuse(why, ERR_REFUSED, "SRTP was offered and the answer is plain RTP");
	return ERR_NONE;
}

/* ours: the stream as we offered it. */
static enum err judge_answer_stream(const struct offer_leg *leg,
				    const struct description_stream *ours,
				    const struct description_stream *p, struct offer_stream *s,
				    struct text *why)
{
	struct format_list offered, answered;
	enum err e;

	if (!slice_is_equal_nocase(ours->media, p->media) ||
	    description_is_rtp(ours) != description_is_rtp(p))
		return refuse(why, ERR_UNSUPPORTED, "the answer changes the kind of a stream");
	e = judge_stream(leg, p, why);
	if (e)
		return e;
	format_list_read(ours, &offered);
	format_list_read(p, &answered);
	format_list_keep_common(&answered, &offered);
	if (s->form != OFFER_FORM_IMAGE && !format_list_has_codec(&answered))
		return refuse(why, ERR_UNSUPPORTED, "the answer has no codec of the offer");
	return judge_answer_security(leg, p, s, why);
}

static enum err judge_answer(const struct offer_leg *leg, const struct description *told,
			     struct offer_exchange *x, const struct description *d,
			     struct text *why)
{
	if (d->stream_count > x->stream_count)
		return refuse(why, ERR_UNSUPPORTED,
			      "the answer has more streams than the offer (RFC 3264 6)");
	for (unsigned i = 0; i < offer_count_carried(x->stream_count); i++) {
		const struct description_stream *p = &d->streams[i];
		struct offer_stream *s = &x->streams[i];
		enum err e;

		s->is_wanted = false;
		s->is_secure = false;
		/* Left out is refused: some peers drop the lines they do not like. */
		if (i >= d->stream_count || p->port == 0 || s->form == OFFER_FORM_REFUSED)
			continue;
		e = judge_answer_stream(leg, &told->streams[i], p, s, why);
		if (e)
			return e;
		s->is_wanted = true;
		s->peer_direction = p->direction & direction_mirror(s->told_direction);
		s->is_muxed = s->told_mux && p->is_muxed;
	}
	return ERR_NONE;
}

enum err offer_judge_answer(const struct offer_leg *leg, struct offer_exchange *x,
			    const struct description *d, struct text *why)
{
	struct description *told;
	enum err e = description_parse((struct slice){ x->told, x->told_len }, &told, why);

	if (e)
		return e;
	e = judge_answer(leg, told, x, d, why);
	description_destroy(told);
	return e;
}
