/* offer_fixture.h -- two legs of a call with their trunks, for the tests of offers. */
#ifndef TESTS_UNIT_OFFER_FIXTURE_H
#define TESTS_UNIT_OFFER_FIXTURE_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signaling/offer/offer.h"

#define SUITES "AES_CM_128_HMAC_SHA1_80,AES_CM_128_HMAC_SHA1_32,AEAD_AES_128_GCM,AEAD_AES_256_GCM"
/* 30 bytes of key and salt, the example of RFC 4568. */
#define KEY "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"
#define CRYPTO_80 "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|2^31\r\n"

#define HEAD "v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n"

#define OFFER                                                                                      \
	HEAD "m=audio 4000 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 "    \
	     "0-16\r\na=ptime:20\r\n"
#define ANSWER                                                                                     \
	"v=0\r\no=- 9 1 IN IP4 203.0.113.9\r\ns=-\r\nc=IN IP4 203.0.113.9\r\nt=0 0\r\n"            \
	"m=audio 6000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n"

/* Leg 0 is towards 192.0.2.0/24, leg 1 towards 203.0.113.0/24. */
struct pair {
	struct config_trunk trunks[2];
	struct offer_leg *legs[2];
	struct addr local[2][OFFER_STREAMS_MAX];
	char body[OFFER_BODY_MAX + 1];
	char why[512];
};

static inline struct pair *pair_create(void)
{
	struct pair *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	for (int i = 0; i < 2; i++) {
		strcpy(p->trunks[i].srtp_suites, SUITES);
		for (uint16_t k = 0; k < OFFER_STREAMS_MAX; k++)
			assert_int_equal(
				addr_parse(i ? SLICE("198.51.100.2") : SLICE("198.51.100.1"),
					   (uint16_t)(20000 + 10000 * i + 2 * k), &p->local[i][k]),
				ERR_NONE);
	}
	return p;
}

/* The trunks are as the test has set them by now. */
static inline void pair_start(struct pair *p)
{
	for (int i = 0; i < 2; i++)
		assert_int_equal(offer_leg_create(&p->trunks[i], true, &p->legs[i]), ERR_NONE);
}

static inline void pair_destroy(struct pair *p)
{
	offer_leg_destroy(p->legs[0]);
	offer_leg_destroy(p->legs[1]);
	free(p);
}

static inline enum err pair_receive(struct pair *p, int leg, const char *body)
{
	struct text why;
	enum err e;

	text_init(&why, p->why, sizeof(p->why) - 1);
	e = offer_receive(p->legs[leg], slice_from_text(body), &why);
	text_get_string(&why);
	return e;
}

/* p->body is what the leg's peer is told. */
static inline enum err pair_make_from(struct pair *p, int leg, const struct offer_leg *from)
{
	struct text out, why;
	enum err e;

	text_init(&out, p->body, sizeof(p->body) - 1);
	text_init(&why, p->why, sizeof(p->why) - 1);
	e = offer_make(p->legs[leg], from, p->local[leg], OFFER_STREAMS_MAX, &out, &why);
	text_get_string(&out);
	text_get_string(&why);
	return e;
}

static inline enum err pair_make(struct pair *p, int leg)
{
	return pair_make_from(p, leg, p->legs[1 - leg]);
}

/* `from` offers, the other answers. */
static inline enum err pair_exchange(struct pair *p, int from, const char *offer,
				     const char *answer)
{
	enum err e = pair_receive(p, from, offer);

	if (!e)
		e = pair_make(p, 1 - from);
	if (!e)
		e = pair_receive(p, 1 - from, answer);
	if (!e)
		e = pair_make(p, from);
	return e;
}

static inline void assert_contains(const char *body, const char *part)
{
	if (!strstr(body, part))
		fail_msg("\"%s\" is not in:\n%s", part, body);
}

static inline void assert_lacks(const char *body, const char *part)
{
	if (strstr(body, part))
		fail_msg("\"%s\" is in:\n%s", part, body);
}

#endif
