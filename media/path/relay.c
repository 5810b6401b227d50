/* relay.c -- the judgement over one frame, cheapest checks first: class by first
 * bytes, source, cryptography, direction. */
#include "media/path/relay.h"

#include <stdlib.h>
#include <string.h>

#include "media/rtcp/rewrite.h"

struct relay *relay_create(uint64_t session)
{
	struct relay *r = aligned_alloc(RELAY_LINE, sizeof(*r));

	if (!r)
		return NULL;
	memset(r, 0, sizeof(*r));
	r->session = session;
	for (unsigned s = 0; s < RELAY_SIDES; s++) {
		cname_init(&r->sides[s].name);
		for (unsigned c = 0; c < RELAY_COMPONENTS; c++) {
			struct relay_port *p = &r->sides[s].ports[c];

			p->relay = r;
			p->fd = -1;
			p->side = (uint8_t)s;
			p->component = (uint8_t)c;
		}
	}
	return r;
}

void relay_destroy(struct relay *r)
{
	if (!r)
		return;
	for (unsigned s = 0; s < RELAY_SIDES; s++) {
		crypt_destroy(r->sides[s].receive);
		crypt_destroy(r->sides[s].send);
	}
	free(r);
}

static void swap_crypt(struct crypt **mine, struct crypt **theirs)
{
	struct crypt *old = *mine;

	*mine = *theirs;
	*theirs = old;
}

void relay_apply(struct relay *r, unsigned side, struct relay_change *change, int64_t now_us)
{
	struct relay_side *s = &r->sides[side];

	s->flags = change->flags;
	if (change->has_new_receive)
		swap_crypt(&s->receive, &change->receive);
	if (change->has_new_send)
		swap_crypt(&s->send, &change->send);
	if (change->latch == LATCH_MODE_RELEARN)
		s->is_started = false;
	for (unsigned c = 0; c < RELAY_COMPONENTS; c++) {
		latch_set(&s->ports[c].latch, &change->remote[c], change->latch, now_us);
		/* An answer on one side is what the other side waits for before it speaks. */
		latch_extend(&r->sides[!side].ports[c].latch, now_us);
	}
}

void relay_note_drop(struct relay_port *in, const struct relay_frame *f, enum drop reason)
{
	counter_add(&in->relay->sides[in->side].drops[reason], 1);
	counter_add(&f->counters->drops[reason], 1);
}

static struct relay_port *drop(struct relay_port *in, const struct relay_frame *f, enum drop reason)
{
	relay_note_drop(in, f, reason);
	return NULL;
}

static struct relay_side *get_side(struct relay_port *in)
{
	return &in->relay->sides[in->side];
}

static struct relay_side *get_other_side(struct relay_port *in)
{
	return &in->relay->sides[!in->side];
}

static enum drop drop_from_verdict(enum crypt_verdict v)
{
	switch (v) {
	case CRYPT_BAD_AUTH:
		return DROP_BAD_AUTH;
	case CRYPT_REPLAY:
		return DROP_REPLAY;
	case CRYPT_SSRC_LIMIT:
		return DROP_SSRC_LIMIT;
	case CRYPT_MALFORMED:
		return DROP_NOT_RTP;
	default:
		return DROP_CRYPTO;
	}
}

/* DROP_COUNT: done, or nothing to do on a plain side. */
static enum drop run_crypt(struct relay_side *s, struct crypt *c, struct relay_frame *f)
{
	enum crypt_verdict v;

	if (!(s->flags & RELAY_SECURE))
		return DROP_COUNT;
	if (!c)
		return DROP_NO_KEY;
	v = f->class == PACKET_RTP ? crypt_rtp(c, &f->packet) : crypt_rtcp(c, &f->packet);
	return v ? drop_from_verdict(v) : DROP_COUNT;
}

/* RTCP teaches its port an address only from the host that RTP was heard from; an
 * authenticated packet needs no such guide. */
static enum latch_answer judge_rtcp(struct relay_port *in, const struct relay_frame *f)
{
	const struct latch *rtp = &get_side(in)->ports[RELAY_RTP].latch;
	enum latch_answer answer = latch_judge(&in->latch, &f->source, f->now_us);

	if (answer != LATCH_PROVE || get_side(in)->flags & RELAY_SECURE)
		return answer;
	if (in->component == RELAY_RTCP &&
	    (rtp->state == LATCH_TOLD || rtp->state == LATCH_LEARNED) &&
	    addr_is_same_host(&rtp->remote, &f->source))
		return LATCH_PROVE;
	return LATCH_REFUSE;
}

static void note_latch(struct relay_port *in, struct relay_frame *f, uint8_t state_before)
{
	struct latch *rtcp = &get_side(in)->ports[RELAY_RTCP].latch;

	if (in->latch.state == LATCH_LEARNED && state_before != LATCH_LEARNED)
		f->news |= RELAY_NEWS_LATCHED;
	if (in->latch.state != LATCH_TOLD || state_before != LATCH_LEARNED)
		return;
	f->news |= RELAY_NEWS_RETURNED;
	/* Nor may the one who is shut out go on getting reports. */
	if (!addr_is_same_host(&rtcp->remote, &in->latch.remote))
		latch_forget(rtcp);
}

static void note_accepted(struct relay_port *in, struct relay_frame *f, uint8_t state_before)
{
	struct relay_side *s = get_side(in);

	atomic_store_explicit(&s->last_packet_us, f->now_us, memory_order_relaxed);
	if (f->class == PACKET_RTP && !s->is_started) {
		s->is_started = true;
		f->news |= RELAY_NEWS_STARTED;
	}
	if (in->component == RELAY_RTP)
		note_latch(in, f, state_before);
}

/* Out by this port of the other side, encrypted if it wants that. */
static struct relay_port *send_by(struct relay_port *in, struct relay_port *out,
				  struct relay_frame *f)
{
	struct relay_side *to = get_other_side(in);
	enum drop reason;

	if (!addr_is_set(&out->latch.remote))
		return drop(in, f, DROP_NO_REMOTE);
	reason = run_crypt(to, to->send, f);
	return reason == DROP_COUNT ? out : drop(in, f, reason);
}

static struct relay_port *forward_rtp(struct relay_port *in, struct relay_frame *f)
{
	struct relay_side *from = get_side(in), *to = get_other_side(in);
	uint8_t state_before = in->latch.state;
	struct rtp_header h;
	enum latch_answer answer;
	enum drop reason;

	if (in->component != RELAY_RTP)
		return drop(in, f, DROP_WRONG_PORT);
	if (!packet_read_rtp(f->packet.data, f->packet.len, &h))
		return drop(in, f, DROP_NOT_RTP);
	answer = latch_judge(&in->latch, &f->source, f->now_us);
	if (answer == LATCH_REFUSE)
		return drop(in, f, DROP_WRONG_SOURCE);
	/* Also on hold: the roll-over counter must follow what the peer sends. */
	reason = run_crypt(from, from->receive, f);
	if (reason != DROP_COUNT)
		return drop(in, f, reason);
	if (answer == LATCH_PROVE && !(from->flags & RELAY_SECURE)) {
		struct latch_proof proof = { h.ssrc, h.seq, f->now_us };

		if (!latch_prove(&in->latch, &f->source, &proof))
			return drop(in, f, DROP_UNPROVEN);
	} else {
		latch_learn(&in->latch, &f->source);
	}
	note_accepted(in, f, state_before);
	counter_add(&from->received, 1);
	counter_add(&from->received_bytes, f->packet.len);
	quality_note(&from->quality, &h, f->now_us);
	if (!(from->flags & RELAY_RECEIVE) || !(to->flags & RELAY_SEND))
		return drop(in, f, DROP_HELD);
	return send_by(in, &to->ports[RELAY_RTP], f);
}

/* Leaves room to encrypt it again. */
static enum drop rewrite_rtcp(const struct relay_side *from, struct relay_frame *f)
{
	struct crypt_packet *p = &f->packet;
	size_t size = p->size > CRYPT_TRAILER_MAX ? p->size - CRYPT_TRAILER_MAX : 0;

	switch (rewrite_compound(p->data, &p->len, size, &from->name)) {
	case REWRITE_OK:
		return DROP_COUNT;
	case REWRITE_EMPTY:
		return DROP_EMPTY_RTCP;
	case REWRITE_LONG:
		return DROP_LONG;
	default:
		return DROP_BAD_RTCP;
	}
}

/* RTCP goes on while media is on hold (RFC 3264 8.4). */
static struct relay_port *forward_rtcp(struct relay_port *in, struct relay_frame *f)
{
	struct relay_side *from = get_side(in), *to = get_other_side(in);
	uint8_t state_before = in->latch.state;
	enum drop reason;

	if (in->component == RELAY_RTP && !(from->flags & RELAY_MUX))
		return drop(in, f, DROP_WRONG_PORT);
	if (judge_rtcp(in, f) == LATCH_REFUSE)
		return drop(in, f, DROP_WRONG_SOURCE);
	reason = run_crypt(from, from->receive, f);
	if (reason != DROP_COUNT)
		return drop(in, f, reason);
	reason = rewrite_rtcp(from, f);
	if (reason == DROP_BAD_RTCP)
		return drop(in, f, reason);
	latch_learn(&in->latch, &f->source);
	note_accepted(in, f, state_before);
	counter_add(&from->received_rtcp, 1);
	if (reason != DROP_COUNT)
		return drop(in, f, reason);
	return send_by(in, &to->ports[to->flags & RELAY_MUX ? RELAY_RTP : RELAY_RTCP], f);
}

struct relay_port *relay_forward(struct relay_port *in, struct relay_frame *f)
{
	f->news = 0;
	f->class = packet_classify(f->packet.data, f->packet.len);
	switch (f->class) {
	case PACKET_RTP:
		return forward_rtp(in, f);
	case PACKET_RTCP:
		return forward_rtcp(in, f);
	case PACKET_STUN:
		return drop(in, f, DROP_STUN);
	case PACKET_DTLS:
		return drop(in, f, DROP_DTLS);
	case PACKET_SHORT:
		return drop(in, f, DROP_SHORT);
	default:
		return drop(in, f, DROP_NOT_RTP);
	}
}

void relay_note_sent(struct relay_port *out, const struct relay_frame *f)
{
	struct relay_side *to = &out->relay->sides[out->side];

	if (f->class == PACKET_RTP) {
		counter_add(&to->sent, 1);
		counter_add(&to->sent_bytes, f->packet.len);
		counter_add(&f->counters->relayed[RELAYED_RTP], 1);
	} else {
		counter_add(&to->sent_rtcp, 1);
		counter_add(&f->counters->relayed[RELAYED_RTCP], 1);
	}
	counter_add(&f->counters->relayed[RELAYED_BYTES], f->packet.len);
}
