/* cdr.c -- a call as its record. */
#include <stdio.h>
#include <string.h>

#include "signaling/call/internal.h"

/* "RTP/SAVP PCMA/8000 AES_CM_128_HMAC_SHA1_80": the second and third word. */
static void fill_media(struct cdr_leg *r, const struct offer_leg *offer)
{
	char bytes[160];
	struct text t;
	struct slice rest, word;

	text_init(&t, bytes, sizeof(bytes));
	offer_describe(offer, &t);
	rest = text_get(&t);
	slice_take_until(&rest, ' ');
	word = slice_take_until(&rest, ' ');
	slice_copy_text(word, r->codec, sizeof(r->codec));
	word = slice_take_until(&rest, ' ');
	if (suite_find_name(word) != SUITE_NONE)
		slice_copy_text(word, r->suite, sizeof(r->suite));
}

static void fill_leg(struct cdr_leg *r, const struct leg *leg)
{
	if (!leg->trunk)
		return;
	snprintf(r->trunk, sizeof(r->trunk), "%s", leg->trunk->object.name);
	snprintf(r->call_id, sizeof(r->call_id), "%s", leg->call_id ? leg->call_id : "");
	addr_print(&leg->to.remote, r->peer, sizeof(r->peer));
	if (leg->offer)
		fill_media(r, leg->offer);
}

static void fill_counts(struct cdr *r, const struct ipc_media_released *m)
{
	r->caller_leg.packets_received = m->received_0;
	r->caller_leg.packets_sent = m->sent_0;
	r->caller_leg.packets_lost = m->lost_0;
	r->caller_leg.jitter_us = m->jitter_us_0;
	r->called_leg.packets_received = m->received_1;
	r->called_leg.packets_sent = m->sent_1;
	r->called_leg.packets_lost = m->lost_1;
	r->called_leg.jitter_us = m->jitter_us_1;
}

void call_write_record(const struct call *c)
{
	struct cdr r = { .call = c->id,
			 .start_wall_us = c->began_wall_us,
			 .ring_wall_us = c->rang_wall_us,
			 .answer_wall_us = c->answered_wall_us,
			 .end_wall_us = c->ended_wall_us,
			 .status = c->end_status,
			 .ender = (enum cdr_ender)c->ended_by };

	if (!c->owner->context.recorder)
		return;
	fill_leg(&r.caller_leg, &c->legs[0]);
	fill_leg(&r.called_leg, &c->legs[1]);
	fill_counts(&r, &c->counts);
	snprintf(r.caller, sizeof(r.caller), "%s", c->caller);
	snprintf(r.called, sizeof(r.called), "%s", c->called);
	snprintf(r.reason, sizeof(r.reason), "%.*s", CDR_REASON_SIZE - 1, c->failure.why);
	snprintf(r.diagnosis, sizeof(r.diagnosis), "%s", c->diagnosis);
	recorder_write(c->owner->context.recorder, &r);
}
