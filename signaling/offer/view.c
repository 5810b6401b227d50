/* view.c -- what was agreed, as media, show commands and records want to know it. */
#include <string.h>

#include "signaling/offer/leg.h"

static void get_keys(const struct offer_leg *leg, unsigned i, struct offer_media *m)
{
	const struct crypto_line *peer = &leg->current->streams[i].crypto;

	m->send_suite = m->receive_suite = peer->suite;
	m->send_key_len = m->receive_key_len = peer->key_len;
	memcpy(m->send_key, leg->keys[i]->key[peer->suite], peer->key_len);
	memcpy(m->receive_key, peer->key, peer->key_len);
	m->receive_mki_len = peer->mki_len;
	memcpy(m->receive_mki, peer->mki, sizeof(peer->mki));
}

struct slice offer_get_told(const struct offer_leg *leg)
{
	const struct offer_exchange *x =
		leg->pending && leg->pending->told ? leg->pending : leg->current;

	return x ? (struct slice){ x->told, x->told_len } : SLICE_NONE;
}

void offer_get_media(const struct offer_leg *leg, unsigned stream, struct offer_media *out_media)
{
	const struct offer_exchange *x = leg->current;
	const struct offer_stream *s;
	const struct description_stream *p;

	memset(out_media, 0, sizeof(*out_media));
	if (!x) {
		/* RFC 3264 5.1: ready to receive as soon as the offer is out. */
		x = leg->pending;
		out_media->may_receive = x && x->is_ours &&
					 stream < offer_count_carried(x->stream_count) &&
					 x->streams[stream].form == OFFER_FORM_PLAIN &&
					 x->streams[stream].told_direction & DIRECTION_RECEIVE;
		return;
	}
	if (stream >= offer_count_carried(x->stream_count) || !x->streams[stream].is_wanted)
		return;
	s = &x->streams[stream];
	p = &x->remote->streams[stream];
	if (!addr_is_any(&p->rtp)) {
		out_media->remote_rtp = p->rtp;
		out_media->remote_rtcp = s->is_muxed ? p->rtp : p->rtcp;
		out_media->may_send =
			s->told_direction & DIRECTION_SEND && s->peer_direction & DIRECTION_RECEIVE;
	}
	out_media->may_receive =
		s->told_direction & DIRECTION_RECEIVE && s->peer_direction & DIRECTION_SEND;
	out_media->rtcp_mux = s->is_muxed;
	if (s->is_secure)
		get_keys(leg, stream, out_media);
}

bool offer_is_held(const struct offer_leg *leg)
{
	const struct offer_exchange *x = offer_find_received(leg);

	for (unsigned i = 0; x && x->remote && i < offer_count_carried(x->stream_count); i++)
		if (x->streams[i].is_wanted)
			return !(x->streams[i].peer_direction & DIRECTION_RECEIVE);
	return false;
}

/* The formats that were agreed stand in the answer, whoever wrote it. */
static void describe_stream(const struct offer_stream *s, const struct description_stream *answer,
			    struct text *out)
{
	const struct format *f;
	struct format_list list;

	format_list_read(answer, &list);
	f = format_list_find_codec(&list);
	text_put_string(out, s->form == OFFER_FORM_IMAGE ? "udptl"
			     : s->is_secure		 ? "RTP/SAVP"
							 : "RTP/AVP");
	if (f) {
		text_put_byte(out, ' ');
		text_put_slice(out, f->encoding.len ? f->encoding : f->word);
	}
	if (s->is_secure)
		text_printf(out, " %s", suite_find(s->crypto.suite)->sdp_name);
}

void offer_describe(const struct offer_leg *leg, struct text *out)
{
	const struct offer_exchange *x = leg->current;
	struct description *told = NULL;
	char unused[256];
	struct text why;

	if (!x)
		return;
	text_init(&why, unused, sizeof(unused));
	if (!x->is_ours && description_parse((struct slice){ x->told, x->told_len }, &told, &why))
		return;
	for (unsigned i = 0; i < offer_count_carried(x->stream_count); i++) {
		if (!x->streams[i].is_wanted)
			continue;
		describe_stream(&x->streams[i], told ? &told->streams[i] : &x->remote->streams[i],
				out);
		break;
	}
	description_destroy(told);
}
