/* fuzz_offer.c -- bodies from both peers of a call in any order, on trunks of any policy.
 *
 * The first byte chooses the policies, the rest is cut at NUL bytes into bodies; each
 * goes to one leg, and what it leads to is told to the other.  Whatever we tell must be
 * a description we would accept ourselves and name no address but ours. */
#include <stdlib.h>
#include <string.h>

#include "common/check.h"
#include "signaling/offer/description.h"
#include "signaling/offer/offer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BODIES_MAX = 8 };

static struct config_trunk trunks[2];
static struct addr local[2][OFFER_STREAMS_MAX];

static void set_trunks(uint8_t policy)
{
	for (int i = 0; i < 2; i++) {
		struct config_trunk *t = &trunks[i];

		strcpy(t->srtp_suites, "AES_CM_128_HMAC_SHA1_80,AEAD_AES_256_GCM");
		t->srtp = (policy >> i) % 3;
		t->srtp_offer = (policy >> (i + 2)) % 2;
		t->hold = (policy >> (i + 3)) % 3;
		t->rtcp_mux = (policy >> (i + 4)) % 3;
		strcpy(t->codecs, policy & (0x40 << i) ? "PCMA,PCMU" : "");
		for (uint16_t k = 0; k < OFFER_STREAMS_MAX; k++)
			addr_parse(i ? SLICE("198.51.100.2") : SLICE("2001:db8::1"),
				   (uint16_t)(20000 + 2 * k), &local[i][k]);
	}
}

static void check_told(struct slice body, int side)
{
	char bytes[512];
	struct text why;
	struct description *d = NULL;

	text_init(&why, bytes, sizeof(bytes));
	CHECK(!description_parse(body, &d, &why));
	for (unsigned i = 0; i < d->stream_count; i++)
		CHECK(!d->streams[i].port ||
		      addr_is_same_host(&d->streams[i].rtp, &local[side][0]));
	description_destroy(d);
}

static void tell(struct offer_leg *leg, const struct offer_leg *from, int side)
{
	static char out[OFFER_BODY_MAX];
	char bytes[512];
	struct text body, why;

	text_init(&body, out, sizeof(out));
	text_init(&why, bytes, sizeof(bytes));
	if (!offer_make(leg, from, local[side], OFFER_STREAMS_MAX, &body, &why))
		check_told(text_get(&body), side);
}

static void look(const struct offer_leg *leg)
{
	char bytes[256];
	struct text out;

	text_init(&out, bytes, sizeof(bytes));
	offer_describe(leg, &out);
	(void)offer_is_held(leg);
	for (unsigned i = 0; i < OFFER_STREAMS_MAX; i++) {
		struct offer_media m;

		offer_get_media(leg, i, &m);
		CHECK(!m.may_send || addr_is_set(&m.remote_rtp));
		CHECK(trunks[0].srtp != CONFIG_SRTP_REQUIRED ||
		      trunks[1].srtp != CONFIG_SRTP_REQUIRED || !m.may_send || m.send_suite);
	}
}

static void take(struct offer_leg *legs[2], int side, struct slice body)
{
	struct offer_leg *leg = legs[side], *other = legs[1 - side];
	char bytes[512];
	struct text why;

	text_init(&why, bytes, sizeof(bytes));
	if (offer_repeat_is_answer(leg, body)) {
		offer_reopen(leg);
		offer_reopen(other);
	}
	if (offer_receive(leg, body, &why)) {
		CHECK(why.len > 0);
		offer_rollback(other);
		return;
	}
	tell(other, leg, 1 - side);
	look(leg);
	look(other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct offer_leg *legs[2];
	struct slice rest;

	if (size < 1)
		return 0;
	set_trunks(data[0]);
	for (int i = 0; i < 2; i++)
		if (offer_leg_create(&trunks[i], data[0] & 1, &legs[i]))
			abort();
	rest = (struct slice){ (const char *)data + 1, size - 1 };
	for (int i = 0; i < BODIES_MAX && rest.len; i++)
		take(legs, i & 1, slice_take_until(&rest, '\0'));
	offer_leg_destroy(legs[0]);
	offer_leg_destroy(legs[1]);
	return 0;
}
