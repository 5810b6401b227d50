/* test_offer_srtp.c -- SRTP by trunk: what is accepted, what is answered, what is offered.
 * Sources: RFC 4568, RFC 5939, MS-SDPEXT "SRTP Encryption", and the hold re-INVITE of a
 * Lync 2010 Mediation Server with optional SRTP. */
#include "tests/unit/offer_fixture.h"

#define PLAIN HEAD "m=audio 4000 RTP/AVP 8\r\n"
#define BEST_EFFORT PLAIN CRYPTO_80
#define LYNC PLAIN "a=tcap:1 RTP/SAVP\r\na=pcfg:1 t=1\r\n" CRYPTO_80
#define SECURE HEAD "m=audio 4000 RTP/SAVP 8\r\n" CRYPTO_80
#define OTHER_PLAIN "v=0\r\nc=IN IP4 203.0.113.9\r\nm=audio 6000 RTP/AVP 8\r\n"

static void follows_the_table_for_offers(void **state)
{
	static const struct {
		uint8_t srtp;
		const char *offer;
		enum err result;
		const char *protocol; /* of our answer */
		bool is_secure;
	} rows[] = {
		{ CONFIG_SRTP_OFF, PLAIN, ERR_NONE, "m=audio 20000 RTP/AVP 8\r\n", false },
		{ CONFIG_SRTP_OFF, BEST_EFFORT, ERR_NONE, "m=audio 20000 RTP/AVP 8\r\n", false },
		{ CONFIG_SRTP_OFF, LYNC, ERR_NONE, "m=audio 20000 RTP/AVP 8\r\n", false },
		{ CONFIG_SRTP_OFF, SECURE, ERR_REFUSED, NULL, false },
		{ CONFIG_SRTP_OPTIONAL, PLAIN, ERR_NONE, "m=audio 20000 RTP/AVP 8\r\n", false },
		{ CONFIG_SRTP_OPTIONAL, BEST_EFFORT, ERR_NONE, "m=audio 20000 RTP/AVP 8\r\n",
		  true },
		{ CONFIG_SRTP_OPTIONAL, LYNC, ERR_NONE, "m=audio 20000 RTP/SAVP 8\r\n", true },
		{ CONFIG_SRTP_OPTIONAL, SECURE, ERR_NONE, "m=audio 20000 RTP/SAVP 8\r\n", true },
		{ CONFIG_SRTP_REQUIRED, PLAIN, ERR_REFUSED, NULL, false },
		{ CONFIG_SRTP_REQUIRED, BEST_EFFORT, ERR_NONE, "m=audio 20000 RTP/AVP 8\r\n",
		  true },
		{ CONFIG_SRTP_REQUIRED, LYNC, ERR_NONE, "m=audio 20000 RTP/SAVP 8\r\n", true },
		{ CONFIG_SRTP_REQUIRED, SECURE, ERR_NONE, "m=audio 20000 RTP/SAVP 8\r\n", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pair *p = pair_create();
		struct offer_media m;

		p->trunks[0].srtp = rows[i].srtp;
		pair_start(p);
		assert_int_equal(pair_exchange(p, 0, rows[i].offer, OTHER_PLAIN), rows[i].result);
		if (rows[i].result) {
			assert_true(strlen(p->why) > 0);
			assert_int_equal(offer_leg_get_state(p->legs[0]), OFFER_IDLE);
			pair_destroy(p);
			continue;
		}
		assert_contains(p->body, rows[i].protocol);
		offer_get_media(p->legs[0], 0, &m);
		assert_true(m.may_send && m.may_receive);
		assert_int_equal(m.send_suite,
				 rows[i].is_secure ? SUITE_AES_CM_128_80 : SUITE_NONE);
		assert_int_equal(m.receive_suite, m.send_suite);
		(rows[i].is_secure ? assert_contains : assert_lacks)(p->body, "a=crypto:1 AES_CM");
		(rows[i].is_secure && rows[i].offer[0] && strstr(rows[i].offer, "tcap")
			 ? assert_contains
			 : assert_lacks)(p->body, "a=acfg:1 t=1\r\n");
		pair_destroy(p);
	}
}

static void says_why_a_plain_offer_is_refused(void **state)
{
	struct pair *p = pair_create();

	(void)state;
	p->trunks[0].srtp = CONFIG_SRTP_REQUIRED;
	pair_start(p);
	assert_int_equal(pair_receive(p, 0, PLAIN), ERR_REFUSED);
	assert_string_equal(p->why, "the trunk requires SRTP and the offer has none");
	pair_destroy(p);
}

/* MS-SDPEXT "SRTP Encryption": RTP/AVP with crypto lines MUST be answered with SAVP. */
static void answers_best_effort_srtp_with_savp_on_a_microsoft_trunk(void **state)
{
	struct pair *p = pair_create();

	(void)state;
	p->trunks[0].srtp = CONFIG_SRTP_OPTIONAL;
	p->trunks[0].srtp_offer = CONFIG_OFFER_CAPABILITY;
	pair_start(p);
	assert_int_equal(pair_exchange(p, 0, BEST_EFFORT, OTHER_PLAIN), ERR_NONE);
	assert_contains(p->body, "m=audio 20000 RTP/SAVP 8\r\n");
	assert_lacks(p->body, "acfg");
	pair_destroy(p);
}

static void answers_the_mediation_server_s_hold(void **state)
{
	static const char hold[] =
		"v=0\r\no=- 34278 2 IN IP4 192.0.2.7\r\ns=session\r\nc=IN IP4 192.0.2.7\r\n"
		"b=CT:1000\r\nt=0 0\r\nm=audio 51466 RTP/AVP 8 101\r\nc=IN IP4 192.0.2.7\r\n"
		"a=tcap:1 RTP/SAVP\r\na=pcfg:1 t=1\r\na=rtcp:51467\r\na=label:Audio\r\n"
		"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|2^31|2:1\r\n"
		"a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|2^31\r\n"
		"a=inactive\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
		"a=fmtp:101 0-16\r\n";
	static const char answer[] =
		"v=0\r\nc=IN IP4 203.0.113.9\r\nm=audio 6000 RTP/AVP 8 101\r\n"
		"a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=recvonly\r\n";
	struct pair *p = pair_create();
	struct offer_media m;
	char key[128];

	(void)state;
	p->trunks[0].srtp = CONFIG_SRTP_OPTIONAL;
	p->trunks[0].srtp_offer = CONFIG_OFFER_CAPABILITY;
	p->trunks[0].hold = CONFIG_HOLD_INACTIVE;
	p->trunks[1].hold = CONFIG_HOLD_SENDONLY;
	pair_start(p);
	assert_int_equal(pair_receive(p, 0, hold), ERR_NONE);
	assert_int_equal(pair_make(p, 1), ERR_NONE);
	assert_contains(p->body, "a=sendonly\r\n");
	assert_int_equal(pair_receive(p, 1, answer), ERR_NONE);
	assert_int_equal(pair_make(p, 0), ERR_NONE);
	assert_string_equal(strstr(p->body, "m="), strstr(p->body, "m=audio"));
	assert_contains(p->body, "t=0 0\r\nm=audio 20000 RTP/SAVP 8 101\r\n"
				 "a=rtpmap:8 PCMA/8000\r\n"
				 "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n"
				 "a=acfg:1 t=1\r\n"
				 "a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:");
	assert_int_equal(sscanf(strstr(p->body, "inline:"), "inline:%127[^|]", key), 1);
	assert_int_equal(strlen(key), 40);
	assert_string_not_equal(key, KEY);
	assert_contains(p->body, "|2^31\r\na=rtcp:20001\r\na=inactive\r\n");
	offer_get_media(p->legs[0], 0, &m);
	assert_false(m.may_send);
	assert_false(m.may_receive);
	assert_int_equal(m.receive_mki_len, 0);
	pair_destroy(p);
}

static void receives_under_the_mki_when_nothing_else_is_offered(void **state)
{
	struct pair *p = pair_create();
	struct offer_media m;

	(void)state;
	p->trunks[0].srtp = CONFIG_SRTP_REQUIRED;
	pair_start(p);
	assert_int_equal(pair_exchange(p, 0,
				       HEAD "m=audio 4000 RTP/SAVP 8\r\n"
					    "a=crypto:5 AES_CM_128_HMAC_SHA1_32 inline:" KEY
					    "|2^31|1:1\r\n",
				       OTHER_PLAIN),
			 ERR_NONE);
	assert_contains(p->body, "a=crypto:5 AES_CM_128_HMAC_SHA1_32 inline:");
	offer_get_media(p->legs[0], 0, &m);
	assert_int_equal(m.receive_mki_len, 1);
	assert_int_equal(m.receive_mki[0], 1);
	assert_int_equal(m.send_mki_len, 0);
	assert_memory_equal(m.receive_key, "YS___semctl (", 13);
	pair_destroy(p);
}

static void makes_the_offer_the_trunk_asks_for(void **state)
{
	static const struct {
		uint8_t srtp, form;
		bool is_safe, has_crypto, has_tcap;
		const char *media;
	} rows[] = {
		{ CONFIG_SRTP_OFF, CONFIG_OFFER_SAVP, true, false, false, "RTP/AVP" },
		{ CONFIG_SRTP_OFF, CONFIG_OFFER_CAPABILITY, true, false, false, "RTP/AVP" },
		{ CONFIG_SRTP_OPTIONAL, CONFIG_OFFER_SAVP, true, true, false, "RTP/SAVP" },
		{ CONFIG_SRTP_OPTIONAL, CONFIG_OFFER_SAVP, false, false, false, "RTP/AVP" },
		{ CONFIG_SRTP_OPTIONAL, CONFIG_OFFER_CAPABILITY, true, true, true, "RTP/AVP" },
		{ CONFIG_SRTP_REQUIRED, CONFIG_OFFER_SAVP, true, true, false, "RTP/SAVP" },
		{ CONFIG_SRTP_REQUIRED, CONFIG_OFFER_SAVP, false, true, false, "RTP/SAVP" },
		{ CONFIG_SRTP_REQUIRED, CONFIG_OFFER_CAPABILITY, true, true, false, "RTP/SAVP" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pair *p = pair_create();
		char media[64];

		p->trunks[1].srtp = rows[i].srtp;
		p->trunks[1].srtp_offer = rows[i].form;
		pair_start(p);
		offer_leg_destroy(p->legs[1]);
		assert_int_equal(offer_leg_create(&p->trunks[1], rows[i].is_safe, &p->legs[1]),
				 ERR_NONE);
		assert_int_equal(pair_receive(p, 0, PLAIN), ERR_NONE);
		assert_int_equal(pair_make(p, 1), ERR_NONE);
		snprintf(media, sizeof(media), "m=audio 30000 %s 8\r\n", rows[i].media);
		assert_contains(p->body, media);
		(rows[i].has_crypto ? assert_contains
				    : assert_lacks)(p->body, "a=crypto:4 AEAD_AES_256_GCM inline:");
		(rows[i].has_tcap ? assert_contains
				  : assert_lacks)(p->body, "a=tcap:1 RTP/SAVP\r\na=pcfg:1 t=1\r\n");
		pair_destroy(p);
	}
}

/* What the peer may answer to each form of ours. */
static void follows_the_table_for_answers(void **state)
{
	static const struct {
		uint8_t srtp, form;
		const char *answer;
		enum err result;
		bool is_secure;
	} rows[] = {
		{ CONFIG_SRTP_OFF, CONFIG_OFFER_SAVP, PLAIN, ERR_NONE, false },
		{ CONFIG_SRTP_OFF, CONFIG_OFFER_SAVP, BEST_EFFORT, ERR_NONE, false },
		{ CONFIG_SRTP_OFF, CONFIG_OFFER_SAVP, SECURE, ERR_REFUSED, false },
		{ CONFIG_SRTP_OPTIONAL, CONFIG_OFFER_SAVP, SECURE, ERR_NONE, true },
		{ CONFIG_SRTP_OPTIONAL, CONFIG_OFFER_SAVP, PLAIN, ERR_REFUSED, false },
		{ CONFIG_SRTP_OPTIONAL, CONFIG_OFFER_CAPABILITY, PLAIN, ERR_NONE, false },
		{ CONFIG_SRTP_OPTIONAL, CONFIG_OFFER_CAPABILITY, BEST_EFFORT, ERR_NONE, true },
		{ CONFIG_SRTP_OPTIONAL, CONFIG_OFFER_CAPABILITY, SECURE "a=acfg:1 t=1\r\n",
		  ERR_NONE, true },
		{ CONFIG_SRTP_REQUIRED, CONFIG_OFFER_SAVP, SECURE, ERR_NONE, true },
		{ CONFIG_SRTP_REQUIRED, CONFIG_OFFER_SAVP, PLAIN, ERR_REFUSED, false },
		/* A tag that is not ours, a suite that is not the tag's. */
		{ CONFIG_SRTP_REQUIRED, CONFIG_OFFER_SAVP,
		  HEAD "m=audio 4000 RTP/SAVP 8\r\na=crypto:9 AES_CM_128_HMAC_SHA1_80 inline:" KEY
		       "\r\n",
		  ERR_REFUSED, false },
		{ CONFIG_SRTP_REQUIRED, CONFIG_OFFER_SAVP,
		  HEAD "m=audio 4000 RTP/SAVP 8\r\na=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:" KEY
		       "\r\n",
		  ERR_REFUSED, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pair *p = pair_create();
		struct offer_media m;

		p->trunks[1].srtp = rows[i].srtp;
		p->trunks[1].srtp_offer = rows[i].form;
		pair_start(p);
		assert_int_equal(pair_receive(p, 0, PLAIN), ERR_NONE);
		assert_int_equal(pair_make(p, 1), ERR_NONE);
		assert_int_equal(pair_receive(p, 1, rows[i].answer), rows[i].result);
		assert_int_equal(offer_leg_get_state(p->legs[1]),
				 rows[i].result ? OFFER_LOCAL : OFFER_IDLE);
		offer_get_media(p->legs[1], 0, &m);
		assert_int_equal(m.send_suite,
				 rows[i].is_secure ? SUITE_AES_CM_128_80 : SUITE_NONE);
		if (rows[i].is_secure)
			assert_contains(p->body, "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:");
		pair_destroy(p);
	}
}

static void sends_with_the_key_it_printed(void **state)
{
	struct pair *p = pair_create();
	struct offer_media m;
	char line[160];

	(void)state;
	p->trunks[1].srtp = CONFIG_SRTP_REQUIRED;
	strcpy(p->trunks[1].srtp_suites, "AEAD_AES_128_GCM,AES_CM_128_HMAC_SHA1_80");
	pair_start(p);
	assert_int_equal(pair_receive(p, 0, PLAIN), ERR_NONE);
	assert_int_equal(pair_make(p, 1), ERR_NONE);
	assert_int_equal(sscanf(strstr(p->body, "a=crypto:2"), "%159[^\r]", line), 1);
	assert_int_equal(pair_receive(p, 1,
				      "v=0\r\nc=IN IP4 203.0.113.9\r\nm=audio 6000 RTP/SAVP 8\r\n"
				      "a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|2^31\r\n"),
			 ERR_NONE);
	offer_get_media(p->legs[1], 0, &m);
	assert_int_equal(m.send_key_len, 30);
	{
		static const char alphabet[] =
			"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
		const char *key = strstr(line, "inline:") + 7;

		for (int i = 0; i < 40; i++) {
			unsigned bit = (unsigned)i * 6, byte = bit / 8;
			unsigned two = (unsigned)m.send_key[byte] << 8 |
				       (byte < 29 ? m.send_key[byte + 1] : 0u);

			assert_int_equal(key[i], alphabet[two >> (10 - bit % 8) & 63]);
		}
	}
	assert_memory_not_equal(m.send_key, m.receive_key, 30);
	pair_destroy(p);
}

/* RFC 3711 9.1: same key, same context; a key that ran and was put aside never returns. */
static void keeps_keys_over_new_offers_until_the_suite_changes(void **state)
{
#define SECURE_32                                                                                  \
	HEAD "m=audio 4000 RTP/SAVP 8\r\na=crypto:1 AES_CM_128_HMAC_SHA1_32 inline:" KEY "\r\n"
	struct pair *p = pair_create();
	struct offer_media first, again, other, back;

	(void)state;
	p->trunks[0].srtp = CONFIG_SRTP_REQUIRED;
	pair_start(p);
	assert_int_equal(pair_exchange(p, 0, SECURE, OTHER_PLAIN), ERR_NONE);
	offer_get_media(p->legs[0], 0, &first);
	assert_int_equal(pair_exchange(p, 0, SECURE, OTHER_PLAIN), ERR_NONE);
	offer_get_media(p->legs[0], 0, &again);
	assert_memory_equal(first.send_key, again.send_key, 30);
	assert_int_equal(pair_exchange(p, 0, SECURE_32, OTHER_PLAIN), ERR_NONE);
	offer_get_media(p->legs[0], 0, &other);
	assert_int_equal(other.send_suite, SUITE_AES_CM_128_32);
	assert_memory_not_equal(first.send_key, other.send_key, 30);
	assert_int_equal(pair_exchange(p, 0, SECURE, OTHER_PLAIN), ERR_NONE);
	offer_get_media(p->legs[0], 0, &back);
	assert_memory_not_equal(first.send_key, back.send_key, 30);
	pair_destroy(p);
}

static void offers_keep_the_agreed_key(void **state)
{
	struct pair *p = pair_create();
	char first[160], again[160];

	(void)state;
	p->trunks[0].srtp = CONFIG_SRTP_REQUIRED;
	pair_start(p);
	assert_int_equal(pair_exchange(p, 0, SECURE, OTHER_PLAIN), ERR_NONE);
	assert_int_equal(sscanf(strstr(p->body, "a=crypto:1"), "%159[^\r]", first), 1);
	assert_int_equal(pair_receive(p, 1, OTHER_PLAIN), ERR_NONE);
	assert_int_equal(pair_make(p, 0), ERR_NONE);
	assert_int_equal(sscanf(strstr(p->body, "a=crypto:1"), "%159[^\r]", again), 1);
	assert_string_equal(first, again);
	pair_destroy(p);
}

static void never_carries_t38_to_a_trunk_that_requires_srtp(void **state)
{
	struct pair *p = pair_create();

	(void)state;
	p->trunks[1].srtp = CONFIG_SRTP_REQUIRED;
	pair_start(p);
	assert_int_equal(pair_receive(p, 0, HEAD "m=image 4000 udptl t38\r\n"), ERR_NONE);
	assert_int_equal(pair_make(p, 1), ERR_REFUSED);
	assert_int_equal(offer_leg_get_state(p->legs[1]), OFFER_IDLE);
	pair_destroy(p);
}

static void refuses_dtls(void **state)
{
	struct pair *p = pair_create();

	(void)state;
	p->trunks[0].srtp = CONFIG_SRTP_OPTIONAL;
	pair_start(p);
	assert_int_equal(pair_receive(p, 0,
				      HEAD "m=audio 4000 UDP/TLS/RTP/SAVP 8\r\n"
					   "a=fingerprint:sha-1 00:11\r\n"),
			 ERR_UNSUPPORTED);
	pair_destroy(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(follows_the_table_for_offers),
		cmocka_unit_test(says_why_a_plain_offer_is_refused),
		cmocka_unit_test(answers_best_effort_srtp_with_savp_on_a_microsoft_trunk),
		cmocka_unit_test(answers_the_mediation_server_s_hold),
		cmocka_unit_test(receives_under_the_mki_when_nothing_else_is_offered),
		cmocka_unit_test(makes_the_offer_the_trunk_asks_for),
		cmocka_unit_test(follows_the_table_for_answers),
		cmocka_unit_test(sends_with_the_key_it_printed),
		cmocka_unit_test(keeps_keys_over_new_offers_until_the_suite_changes),
		cmocka_unit_test(offers_keep_the_agreed_key),
		cmocka_unit_test(never_carries_t38_to_a_trunk_that_requires_srtp),
		cmocka_unit_test(refuses_dtls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
