/* test_media_crypt.c -- SRTP against a plain use of libsrtp2, a known answer, and
 * everything that must not get through. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <srtp2/srtp.h>
#include <string.h>

#include "common/suite.h"
#include "media/crypt/crypt.h"

enum { BUFFER_SIZE = 4096 + CRYPT_TRAILER_MAX, AB_PACKET_LEN = 28 };

static const uint8_t master[SUITE_KEY_MAX] = { 0xe1, 0xf9, 0x7a, 0x0d, 0x3e, 0x01, 0x8b, 0xe0,
					       0xd6, 0x4f, 0xa3, 0x2c, 0x06, 0xde, 0x41, 0x39,
					       0x0e, 0xc6, 0x75, 0xad, 0x49, 0x8a, 0xfe, 0xeb,
					       0xb6, 0x96, 0x0b, 0x3a, 0xab, 0xe6, 0x11, 0x22,
					       0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa,
					       0xbb, 0xcc, 0xdd, 0xee, 0x01, 0x02 };

struct buffer {
	uint8_t data[BUFFER_SIZE];
	struct crypt_packet p;
};

static struct slice get_key(unsigned suite)
{
	const struct suite *s = suite_find(suite);

	return (struct slice){ (const char *)master, (size_t)s->key_bytes + s->salt_bytes };
}

static struct crypt *make(enum crypt_direction direction, unsigned suite, struct slice mki)
{
	struct crypt *c;

	assert_int_equal(crypt_create(direction, suite, get_key(suite), mki, &c), ERR_NONE);
	return c;
}

/* What RFC 4568 and RFC 7714 say of a suite, told to the library without our code. */
static srtp_t make_plain(unsigned suite, srtp_ssrc_type_t direction, struct slice mki)
{
	static unsigned char key[SUITE_KEY_MAX], mki_bytes[4];
	static srtp_master_key_t one = { key, mki_bytes, 0 };
	static srtp_master_key_t *all[] = { &one };
	srtp_policy_t policy = { .window_size = 1024 };
	srtp_t s;

	memcpy(key, master, sizeof(key));
	policy.ssrc.type = direction;
	if (suite == SUITE_AES_CM_128_80)
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtp);
	if (suite == SUITE_AES_CM_128_32)
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&policy.rtp);
	if (suite == SUITE_AES_GCM_128)
		srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
	if (suite == SUITE_AES_GCM_256)
		srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtp);
	policy.rtcp = policy.rtp;
	if (suite == SUITE_AES_CM_128_32)
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);
	if (mki.len) {
		memcpy(mki_bytes, mki.data, mki.len);
		one.mki_size = (unsigned)mki.len;
		policy.keys = all;
		policy.num_master_keys = 1;
	} else {
		policy.key = key;
	}
	assert_int_equal(srtp_create(&s, &policy), srtp_err_status_ok);
	return s;
}

/* Both tags as long as SRTCP's (RFC 4568 6.2.2): the library finds the MKI only then. */
static srtp_t make_plain_rtcp(unsigned suite, srtp_ssrc_type_t direction, struct slice mki)
{
	return make_plain(suite == SUITE_AES_CM_128_32 ? SUITE_AES_CM_128_80 : suite, direction,
			  mki);
}

static void put_rtp_of(struct buffer *b, uint16_t seq, uint32_t ssrc, size_t len)
{
	uint8_t head[12] = { 0x80,
			     0x0f,
			     (uint8_t)(seq >> 8),
			     (uint8_t)seq,
			     0xde,
			     0xca,
			     0xfb,
			     0xad,
			     (uint8_t)(ssrc >> 24),
			     (uint8_t)(ssrc >> 16),
			     (uint8_t)(ssrc >> 8),
			     (uint8_t)ssrc };

	memset(b->data, 0xab, len);
	memcpy(b->data, head, sizeof(head));
	b->p = (struct crypt_packet){ .data = b->data, .len = len, .size = sizeof(b->data) };
}

static void put_rtp(struct buffer *b, uint16_t seq)
{
	put_rtp_of(b, seq, 0xcafebabe, AB_PACKET_LEN);
}

static void put_rtcp(struct buffer *b)
{
	static const uint8_t report[] = { 0x80, 201, 0, 1, 0xca, 0xfe, 0xba, 0xbe };

	memcpy(b->data, report, sizeof(report));
	b->p = (struct crypt_packet){ .data = b->data,
				      .len = sizeof(report),
				      .size = sizeof(b->data) };
}

static const struct slice mkis[] = {
	{ NULL, 0 }, { "\x01", 1 }, { "\x01\x02", 2 }, { "\0\0\0\1", 4 }
};

/* Calls fn for every suite and every form of MKI. */
static void for_each_form(void (*fn)(unsigned suite, struct slice mki))
{
	for (unsigned suite = SUITE_NONE + 1; suite < SUITE_COUNT; suite++)
		for (unsigned i = 0; i < sizeof(mkis) / sizeof(mkis[0]); i++)
			fn(suite, mkis[i]);
}

static size_t get_tag_len(unsigned suite, int is_rtcp)
{
	if (suite == SUITE_AES_GCM_128 || suite == SUITE_AES_GCM_256)
		return 16;
	return suite == SUITE_AES_CM_128_32 && !is_rtcp ? 4 : 10;
}

static void compare_rtp_out(unsigned suite, struct slice mki)
{
	struct crypt *ours = make(CRYPT_PROTECT, suite, mki);
	srtp_t plain = make_plain(suite, ssrc_any_inbound, mki);

	/* Across the wrap, so that the roll-over counter is in it. */
	for (unsigned i = 0; i < 20; i++) {
		struct buffer b, before;
		int len;

		put_rtp(&before, (uint16_t)(65526 + i));
		put_rtp(&b, (uint16_t)(65526 + i));
		assert_int_equal(crypt_rtp(ours, &b.p), CRYPT_OK);
		assert_int_equal(b.p.len, AB_PACKET_LEN + get_tag_len(suite, 0) + mki.len);
		assert_memory_not_equal(b.data + 12, before.data + 12, 16);
		len = (int)b.p.len;
		assert_int_equal(srtp_unprotect_mki(plain, b.data, &len, mki.len > 0),
				 srtp_err_status_ok);
		assert_int_equal(len, AB_PACKET_LEN);
		assert_memory_equal(b.data, before.data, AB_PACKET_LEN);
	}
	crypt_destroy(ours);
	srtp_dealloc(plain);
}

static void protects_rtp_as_the_library_reads_it(void **state)
{
	(void)state;
	for_each_form(compare_rtp_out);
}

static void compare_rtp_in(unsigned suite, struct slice mki)
{
	struct crypt *ours = make(CRYPT_UNPROTECT, suite, mki);
	srtp_t plain = make_plain(suite, ssrc_any_outbound, mki);

	for (unsigned i = 0; i < 20; i++) {
		struct buffer b, before;
		int len = AB_PACKET_LEN;

		put_rtp(&before, (uint16_t)(65526 + i));
		put_rtp(&b, (uint16_t)(65526 + i));
		assert_int_equal(srtp_protect_mki(plain, b.data, &len, mki.len > 0, 0),
				 srtp_err_status_ok);
		b.p.len = (size_t)len;
		assert_int_equal(crypt_rtp(ours, &b.p), CRYPT_OK);
		assert_int_equal(b.p.len, AB_PACKET_LEN);
		assert_memory_equal(b.data, before.data, AB_PACKET_LEN);
	}
	crypt_destroy(ours);
	srtp_dealloc(plain);
}

static void reads_rtp_as_the_library_protects_it(void **state)
{
	(void)state;
	for_each_form(compare_rtp_in);
}

static void compare_rtcp(unsigned suite, struct slice mki)
{
	struct crypt *out = make(CRYPT_PROTECT, suite, mki),
		     *in = make(CRYPT_UNPROTECT, suite, mki);
	srtp_t plain_in = make_plain_rtcp(suite, ssrc_any_inbound, mki);
	srtp_t plain_out = make_plain_rtcp(suite, ssrc_any_outbound, mki);

	for (unsigned i = 0; i < 5; i++) {
		struct buffer b;
		int len;

		put_rtcp(&b);
		assert_int_equal(crypt_rtcp(out, &b.p), CRYPT_OK);
		assert_int_equal(b.p.len, 8 + 4 + get_tag_len(suite, 1) + mki.len);
		len = (int)b.p.len;
		assert_int_equal(srtp_unprotect_rtcp_mki(plain_in, b.data, &len, mki.len > 0),
				 srtp_err_status_ok);
		assert_int_equal(len, 8);
		put_rtcp(&b);
		assert_int_equal(srtp_protect_rtcp_mki(plain_out, b.data, &len, mki.len > 0, 0),
				 srtp_err_status_ok);
		b.p.len = (size_t)len;
		assert_int_equal(crypt_rtcp(in, &b.p), CRYPT_OK);
		assert_int_equal(b.p.len, 8);
	}
	crypt_destroy(out);
	crypt_destroy(in);
	srtp_dealloc(plain_in);
	srtp_dealloc(plain_out);
}

static void exchanges_rtcp_with_the_library(void **state)
{
	(void)state;
	for_each_form(compare_rtcp);
}

/* The vector that SRTP implementations share for this key, ROC 0, seq 0x1234. */
static void agrees_with_the_known_answer(void **state)
{
	static const uint8_t answer[] = { 0x80, 0x0f, 0x12, 0x34, 0xde, 0xca, 0xfb, 0xad,
					  0xca, 0xfe, 0xba, 0xbe, 0x4e, 0x55, 0xdc, 0x4c,
					  0xe7, 0x99, 0x78, 0xd8, 0x8c, 0xa4, 0xd2, 0x15,
					  0x94, 0x9d, 0x24, 0x02, 0xb7, 0x8d, 0x6a, 0xcc,
					  0x99, 0xea, 0x17, 0x9b, 0x8d, 0xbb };
	struct crypt *c = make(CRYPT_PROTECT, SUITE_AES_CM_128_80, SLICE_NONE);
	struct buffer b;

	(void)state;
	put_rtp(&b, 0x1234);
	assert_int_equal(crypt_rtp(c, &b.p), CRYPT_OK);
	assert_int_equal(b.p.len, sizeof(answer));
	assert_memory_equal(b.data, answer, sizeof(answer));
	crypt_destroy(c);
}

static void refuse_replay(unsigned suite, struct slice mki)
{
	struct crypt *out = make(CRYPT_PROTECT, suite, mki),
		     *in = make(CRYPT_UNPROTECT, suite, mki);
	struct buffer first, copy, late;

	for (uint16_t seq = 1; seq <= 1 + 2 * CRYPT_REPLAY_WINDOW; seq++) {
		struct buffer b;

		put_rtp(&b, seq);
		assert_int_equal(crypt_rtp(out, &b.p), CRYPT_OK);
		if (seq == 1)
			late = b;
		if (seq == 2 * CRYPT_REPLAY_WINDOW)
			first = b;
		if (seq > 1) {
			b.p.data = b.data;
			assert_int_equal(crypt_rtp(in, &b.p), CRYPT_OK);
		}
	}
	copy = first;
	copy.p.data = copy.data;
	assert_int_equal(crypt_rtp(in, &copy.p), CRYPT_REPLAY);
	late.p.data = late.data;
	assert_int_equal(crypt_rtp(in, &late.p), CRYPT_REPLAY);
	crypt_destroy(out);
	crypt_destroy(in);
}

static void refuses_replayed_and_too_old_packets(void **state)
{
	(void)state;
	for_each_form(refuse_replay);
}

static void refuse_forgery(unsigned suite, struct slice mki)
{
	struct crypt *out = make(CRYPT_PROTECT, suite, mki),
		     *in = make(CRYPT_UNPROTECT, suite, mki);
	struct buffer good, b;

	put_rtp(&good, 7);
	assert_int_equal(crypt_rtp(out, &good.p), CRYPT_OK);
	for (size_t i = 1; i < good.p.len; i++) {
		b = good;
		b.p.data = b.data;
		b.data[i] ^= 0x40;
		assert_int_not_equal(crypt_rtp(in, &b.p), CRYPT_OK);
	}
	put_rtp(&b, 7); /* not encrypted at all */
	assert_int_not_equal(crypt_rtp(in, &b.p), CRYPT_OK);
	good.p.data = good.data;
	assert_int_equal(crypt_rtp(in, &good.p), CRYPT_OK);
	crypt_destroy(out);
	crypt_destroy(in);
}

static void refuses_every_changed_byte_and_plain_rtp(void **state)
{
	(void)state;
	for_each_form(refuse_forgery);
}

static void refuse_short(unsigned suite, struct slice mki)
{
	for (int direction = CRYPT_PROTECT; direction <= CRYPT_UNPROTECT; direction++) {
		struct crypt *c = make((enum crypt_direction)direction, suite, mki);

		for (size_t len = 0; len < 40; len++) {
			struct buffer b;

			memset(b.data, 0x80, sizeof(b.data));
			b.p = (struct crypt_packet){ b.data, len, sizeof(b.data) };
			if (direction == CRYPT_UNPROTECT || len < 12)
				assert_int_not_equal(crypt_rtp(c, &b.p), CRYPT_OK);
			b.p.len = len;
			if (direction == CRYPT_UNPROTECT || len < 8)
				assert_int_not_equal(crypt_rtcp(c, &b.p), CRYPT_OK);
		}
		crypt_destroy(c);
	}
}

static void refuses_packets_too_short_to_be_real(void **state)
{
	(void)state;
	for_each_form(refuse_short);
}

static void refuses_to_protect_without_room_for_the_tag(void **state)
{
	struct crypt *c = make(CRYPT_PROTECT, SUITE_AES_CM_128_80, SLICE_NONE);
	struct buffer b;

	(void)state;
	put_rtp(&b, 1);
	b.p.size = b.p.len + CRYPT_TRAILER_MAX - 1;
	assert_int_equal(crypt_rtp(c, &b.p), CRYPT_MALFORMED);
	crypt_destroy(c);
}

static void protects_the_shortest_the_longest_and_the_extended(void **state)
{
	(void)state;
	for (unsigned suite = SUITE_NONE + 1; suite < SUITE_COUNT; suite++) {
		struct crypt *out = make(CRYPT_PROTECT, suite, SLICE_NONE);
		struct crypt *in = make(CRYPT_UNPROTECT, suite, SLICE_NONE);
		static const size_t lengths[] = { 12, 13, 1500, 4096 };
		struct buffer b;

		for (unsigned i = 0; i < 4; i++) {
			put_rtp_of(&b, (uint16_t)(10 + i), 5, lengths[i]);
			assert_int_equal(crypt_rtp(out, &b.p), CRYPT_OK);
			assert_int_equal(crypt_rtp(in, &b.p), CRYPT_OK);
			assert_int_equal(b.p.len, lengths[i]);
		}
		/* Two CSRCs and an extension of one word. */
		put_rtp_of(&b, 20, 5, 60);
		b.data[0] = 0x92;
		memcpy(b.data + 20, (uint8_t[]){ 0xbe, 0xde, 0, 1, 0x10, 0xff, 0, 0 }, 8);
		assert_int_equal(crypt_rtp(out, &b.p), CRYPT_OK);
		assert_int_equal(b.data[24], 0x10);
		assert_int_equal(crypt_rtp(in, &b.p), CRYPT_OK);
		assert_int_equal(b.p.len, 60);
		assert_int_equal(b.data[59], 0xab);
		crypt_destroy(out);
		crypt_destroy(in);
	}
}

static void requires_the_mki_that_was_agreed(void **state)
{
	struct crypt *with_1 = make(CRYPT_PROTECT, SUITE_AES_CM_128_80, mkis[1]);
	struct crypt *without = make(CRYPT_PROTECT, SUITE_AES_CM_128_80, SLICE_NONE);
	struct crypt *in = make(CRYPT_UNPROTECT, SUITE_AES_CM_128_80, (struct slice){ "\x02", 1 });
	struct buffer b;

	(void)state;
	put_rtp(&b, 1);
	assert_int_equal(crypt_rtp(with_1, &b.p), CRYPT_OK);
	assert_int_equal(crypt_rtp(in, &b.p), CRYPT_BAD_AUTH);
	put_rtp(&b, 2);
	assert_int_equal(crypt_rtp(without, &b.p), CRYPT_OK);
	assert_int_equal(crypt_rtp(in, &b.p), CRYPT_BAD_AUTH);
	crypt_destroy(with_1);
	crypt_destroy(without);
	crypt_destroy(in);
}

static void serves_many_ssrcs_but_not_without_bound(void **state)
{
	struct crypt *out = make(CRYPT_PROTECT, SUITE_AES_CM_128_80, SLICE_NONE);
	struct crypt *in = make(CRYPT_UNPROTECT, SUITE_AES_CM_128_80, SLICE_NONE);
	struct buffer b;

	(void)state;
	/* Forgers use up no place. */
	for (uint32_t ssrc = 1000; ssrc < 1000 + 2 * CRYPT_SSRC_MAX; ssrc++) {
		put_rtp_of(&b, 1, ssrc, 60);
		assert_int_equal(crypt_rtp(in, &b.p), CRYPT_BAD_AUTH);
	}
	for (uint32_t ssrc = 0; ssrc < CRYPT_SSRC_MAX; ssrc++) {
		put_rtp_of(&b, 1, ssrc, 60);
		assert_int_equal(crypt_rtp(out, &b.p), CRYPT_OK);
		assert_int_equal(crypt_rtp(in, &b.p), CRYPT_OK);
	}
	put_rtp_of(&b, 1, CRYPT_SSRC_MAX, 60);
	assert_int_equal(crypt_rtp(out, &b.p), CRYPT_SSRC_LIMIT);
	put_rtp_of(&b, 2, 3, 60);
	assert_int_equal(crypt_rtp(out, &b.p), CRYPT_OK);
	assert_int_equal(crypt_rtp(in, &b.p), CRYPT_OK);
	crypt_destroy(out);
	crypt_destroy(in);
}

static void refuses_keys_that_do_not_fit_their_suite(void **state)
{
	struct slice key = { (const char *)master, 30 };
	struct crypt *c;

	(void)state;
	assert_int_equal(crypt_create(CRYPT_PROTECT, SUITE_NONE, SLICE_NONE, SLICE_NONE, &c),
			 ERR_UNSUPPORTED);
	assert_int_equal(crypt_create(CRYPT_PROTECT, SUITE_COUNT, key, SLICE_NONE, &c),
			 ERR_UNSUPPORTED);
	assert_int_equal(crypt_create(CRYPT_PROTECT, SUITE_AES_GCM_256, key, SLICE_NONE, &c),
			 ERR_RANGE);
	assert_int_equal(crypt_create(CRYPT_PROTECT, SUITE_AES_CM_128_80, key,
				      (struct slice){ "12345", 5 }, &c),
			 ERR_RANGE);
	key.len = 29;
	assert_int_equal(crypt_create(CRYPT_PROTECT, SUITE_AES_CM_128_80, key, SLICE_NONE, &c),
			 ERR_RANGE);
}

static int open_library(void **state)
{
	(void)state;
	return crypt_open() == ERR_NONE ? 0 : -1;
}

static int close_library(void **state)
{
	(void)state;
	crypt_close();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(protects_rtp_as_the_library_reads_it),
		cmocka_unit_test(reads_rtp_as_the_library_protects_it),
		cmocka_unit_test(exchanges_rtcp_with_the_library),
		cmocka_unit_test(agrees_with_the_known_answer),
		cmocka_unit_test(refuses_replayed_and_too_old_packets),
		cmocka_unit_test(refuses_every_changed_byte_and_plain_rtp),
		cmocka_unit_test(refuses_packets_too_short_to_be_real),
		cmocka_unit_test(refuses_to_protect_without_room_for_the_tag),
		cmocka_unit_test(protects_the_shortest_the_longest_and_the_extended),
		cmocka_unit_test(requires_the_mki_that_was_agreed),
		cmocka_unit_test(serves_many_ssrcs_but_not_without_bound),
		cmocka_unit_test(refuses_keys_that_do_not_fit_their_suite),
	};

	return cmocka_run_group_tests(tests, open_library, close_library);
}
