/* plan.c -- what each stream of a body of ours will be: which formats, which direction,
 * plain or SRTP.  Nothing is printed here. */
#include "signaling/offer/leg.h"

#include <stdlib.h>

static enum err refuse(struct text *why, enum err e, const char *sentence)
{
	text_put_string(why, sentence);
	return e;
}

bool offer_source_is_active(const struct offer_source *src, unsigned stream)
{
	const struct description *d = src->description;

	if (stream >= offer_count_carried(d->stream_count) || d->streams[stream].port == 0)
		return false;
	return src->exchange->streams[stream].is_wanted;
}

static uint8_t source_direction(const struct offer_source *src, unsigned stream)
{
	const struct offer_stream *s = &src->exchange->streams[stream];

	return src->is_own ? s->told_direction : s->peer_direction;
}

void offer_plan_formats(const struct offer_leg *leg, const struct offer_exchange *x,
			const struct offer_source *src, unsigned stream,
			struct format_list *out_list)
{
	const struct description_stream *from = &src->description->streams[stream];
	struct format_list offered;

	format_list_read(from, out_list);
	format_list_filter(out_list, from, src->codecs);
	format_list_filter(out_list, from, leg->trunk->codecs);
	if (x->is_ours) {
		format_list_sort(out_list, from, leg->trunk->codecs);
		return;
	}
	format_list_read(&x->remote->streams[stream], &offered);
	format_list_keep_common(out_list, &offered);
}

static bool has_formats(const struct offer_leg *leg, const struct offer_exchange *x,
			const struct offer_source *src, unsigned stream)
{
	struct format_list list;

	offer_plan_formats(leg, x, src, stream, &list);
	return description_is_rtp(&src->description->streams[stream]) ? format_list_has_codec(&list)
								      : list.count > 0;
}

/* Hold as this trunk's peer wants to hear it (Teams and Lync know only a=inactive). */
static uint8_t convert_direction(const struct offer_leg *leg, uint8_t direction)
{
	if (direction == DIRECTION_BOTH)
		return direction;
	if (leg->trunk->hold == CONFIG_HOLD_INACTIVE)
		return DIRECTION_INACTIVE;
	if (leg->trunk->hold == CONFIG_HOLD_SENDONLY && direction == DIRECTION_INACTIVE)
		return DIRECTION_SEND;
	return direction;
}

bool offer_is_suite_offered(const struct config_trunk *trunk, unsigned position,
			    enum crypt_suite *out_suite)
{
	const char *rest = trunk->srtp_suites;
	struct slice word;

	while (config_list_next(&rest, &word)) {
		if (position-- > 0)
			continue;
		*out_suite = suite_find_name(word);
		return *out_suite != SUITE_NONE;
	}
	return false;
}

static const struct offer_stream *find_agreed(const struct offer_leg *leg, unsigned i)
{
	const struct offer_exchange *c = leg->current;

	if (!c || i >= offer_count_carried(c->stream_count) || !c->streams[i].is_wanted)
		return NULL;
	return &c->streams[i];
}

/* A key is made once and kept, unless it ran for a suite that is no longer in use. */
static enum err prepare_key(struct offer_leg *leg, unsigned i, enum crypt_suite suite)
{
	const struct offer_stream *agreed = find_agreed(leg, i);
	struct offer_keys *k = leg->keys[i];
	enum err e;

	if (!k)
		k = leg->keys[i] = calloc(1, sizeof(*k));
	if (!k)
		return ERR_MEMORY;
	if (k->is_made[suite] &&
	    (!k->has_run[suite] || (agreed && agreed->is_secure && agreed->crypto.suite == suite)))
		return ERR_NONE;
	e = crypto_make_key(suite, k->key[suite]);
	if (e)
		return e;
	k->is_made[suite] = true;
	k->has_run[suite] = false;
	return ERR_NONE;
}

static enum err prepare_offered_keys(struct offer_leg *leg, unsigned i, struct text *why)
{
	const char *rest = leg->trunk->srtp_suites;
	struct slice word;
	unsigned offered = 0;

	while (config_list_next(&rest, &word)) {
		enum crypt_suite suite = suite_find_name(word);
		enum err e = suite ? prepare_key(leg, i, suite) : ERR_NONE;

		if (e)
			return e;
		offered += suite != SUITE_NONE;
	}
	if (!offered)
		return refuse(why, ERR_REFUSED, "the trunk's srtp-suites name no known suite");
	return ERR_NONE;
}

/* What was agreed stays; a new stream follows the trunk.  An optional SRTP offer without
 * the capability form is SRTP only, so it is made only where the keys are safe. */
static uint8_t choose_form(const struct offer_leg *leg, unsigned i)
{
	const struct config_trunk *t = leg->trunk;
	const struct offer_stream *agreed = find_agreed(leg, i);

	if (t->srtp == CONFIG_SRTP_OFF)
		return OFFER_FORM_PLAIN;
	if (t->srtp == CONFIG_SRTP_REQUIRED)
		return OFFER_FORM_SECURE;
	if (agreed && !agreed->is_secure)
		return OFFER_FORM_PLAIN;
	if (t->srtp_offer == CONFIG_OFFER_CAPABILITY)
		return OFFER_FORM_CAPABILITY;
	return agreed || leg->is_secure_transport ? OFFER_FORM_SECURE : OFFER_FORM_PLAIN;
}

static bool choose_mux(const struct offer_leg *leg, unsigned i)
{
	const struct offer_stream *agreed = find_agreed(leg, i);

	return agreed ? agreed->is_muxed : leg->trunk->rtcp_mux == CONFIG_MUX_OFFER;
}

static enum err plan_offer_stream(struct offer_leg *leg, struct offer_exchange *x,
				  const struct offer_source *src, unsigned i, struct text *why)
{
	struct offer_stream *s = &x->streams[i];

	if (!has_formats(leg, x, src, i))
		return refuse(why, ERR_UNSUPPORTED, "no codec is allowed on both trunks");
	s->told_direction = convert_direction(leg, source_direction(src, i));
	if (!description_is_rtp(&src->description->streams[i])) {
		if (leg->trunk->srtp == CONFIG_SRTP_REQUIRED)
			return refuse(why, ERR_REFUSED,
				      "the trunk requires SRTP and T.38 has no encryption");
		s->form = OFFER_FORM_IMAGE;
		return ERR_NONE;
	}
	s->told_mux = choose_mux(leg, i);
	s->form = choose_form(leg, i);
	return s->form == OFFER_FORM_PLAIN ? ERR_NONE : prepare_offered_keys(leg, i, why);
}

static bool is_same_kind(const struct description_stream *a, const struct description_stream *b)
{
	return slice_is_equal_nocase(a->media, b->media) &&
	       description_is_rtp(a) == description_is_rtp(b);
}

static enum err plan_answer_stream(struct offer_leg *leg, struct offer_exchange *x,
				   const struct offer_source *src, unsigned i, struct text *why)
{
	const struct description_stream *p = &x->remote->streams[i];
	struct offer_stream *s = &x->streams[i];

	if (!is_same_kind(p, &src->description->streams[i]) || !has_formats(leg, x, src, i))
		return refuse(why, ERR_UNSUPPORTED, "the two sides have no codec in common");
	s->told_direction = convert_direction(leg, source_direction(src, i)) &
			    direction_mirror(s->peer_direction);
	s->told_mux = s->is_muxed;
	s->form = !description_is_rtp(p) ? OFFER_FORM_IMAGE
		  : s->is_secure	 ? OFFER_FORM_SECURE
					 : OFFER_FORM_PLAIN;
	return s->is_secure ? prepare_key(leg, i, s->crypto.suite) : ERR_NONE;
}

typedef enum err plan_stream_fn(struct offer_leg *leg, struct offer_exchange *x,
				const struct offer_source *src, unsigned i, struct text *why);

/* One stream that cannot be is port 0; when none can be, the first reason counts. */
static enum err plan_all(struct offer_leg *leg, struct offer_exchange *x,
			 const struct offer_source *src, plan_stream_fn *plan_stream,
			 struct text *why)
{
	enum err first = ERR_NONE;
	unsigned planned = 0;

	for (unsigned i = 0; i < offer_count_carried(x->stream_count); i++) {
		char unused[256];
		struct text sentence;
		enum err e;

		x->streams[i].form = OFFER_FORM_REFUSED;
		x->streams[i].told_direction = DIRECTION_INACTIVE;
		if (!offer_source_is_active(src, i) || i >= src->local_count ||
		    !addr_is_set(&src->local[i]) || (x->remote && !x->streams[i].is_wanted))
			continue;
		text_init(&sentence, unused, sizeof(unused));
		e = plan_stream(leg, x, src, i, first ? &sentence : why);
		if (e == ERR_MEMORY || e == ERR_CRYPTO)
			return e;
		if (e)
			x->streams[i].form = OFFER_FORM_REFUSED;
		first = first ? first : e;
		planned += !e;
	}
	if (planned || !first) {
		why->len = 0;
		return ERR_NONE;
	}
	return first;
}

enum err offer_plan_offer(struct offer_leg *leg, struct offer_exchange *x,
			  const struct offer_source *src, struct text *why)
{
	return plan_all(leg, x, src, plan_offer_stream, why);
}

enum err offer_plan_answer(struct offer_leg *leg, struct offer_exchange *x,
			   const struct offer_source *src, struct text *why)
{
	return plan_all(leg, x, src, plan_answer_stream, why);
}
