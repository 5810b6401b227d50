/* test_media_packet.c -- telling packets apart, loss and jitter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "media/path/packet.h"
#include "media/path/quality.h"

static enum packet_class classify(uint8_t first, uint8_t second, size_t len)
{
	uint8_t data[64] = { first, second };

	return packet_classify(data, len);
}

/* RFC 7983 section 7 and RFC 5761 section 4. */
static void tells_packets_apart_by_their_first_bytes(void **state)
{
	(void)state;
	assert_int_equal(classify(0x80, 8, 12), PACKET_RTP);
	assert_int_equal(classify(0x80, 0x80 | 8, 12), PACKET_RTP);
	assert_int_equal(classify(0x80, 191, 12), PACKET_RTP);
	assert_int_equal(classify(0x80, 192, 8), PACKET_RTCP);
	assert_int_equal(classify(0x81, 200, 28), PACKET_RTCP);
	assert_int_equal(classify(0x80, 223, 8), PACKET_RTCP);
	assert_int_equal(classify(0x80, 224, 12), PACKET_RTP);
	assert_int_equal(classify(0, 1, 20), PACKET_STUN);
	assert_int_equal(classify(22, 254, 20), PACKET_DTLS);
	assert_int_equal(classify(64, 0, 20), PACKET_UNKNOWN);
	assert_int_equal(classify(0xc0, 8, 20), PACKET_UNKNOWN);
	for (size_t len = 0; len < 12; len++)
		assert_int_equal(classify(0x80, 8, len), PACKET_SHORT);
	assert_int_equal(classify(0x80, 200, 7), PACKET_SHORT);
}

/* The array is exactly as long as the packet, so that a sanitizer sees a read too far. */
static bool read_exact(const uint8_t *bytes, size_t len, struct rtp_header *h)
{
	uint8_t *copy = malloc(len);
	bool ok;

	assert_non_null(copy);
	memcpy(copy, bytes, len);
	ok = packet_read_rtp(copy, len, h);
	free(copy);
	return ok;
}

static void refuses_headers_that_do_not_fit(void **state)
{
	uint8_t data[64] = { 0x92, 8, 1, 2, 0, 0, 0, 9, 0, 0, 0, 7 };
	struct rtp_header h;

	(void)state;
	data[23] = 3; /* two CSRCs, then an extension of three words */
	for (size_t len = 12; len < 36; len++)
		assert_false(read_exact(data, len, &h));
	assert_true(read_exact(data, 36, &h));
	assert_int_equal(h.len, 36);
	assert_int_equal(h.seq, 0x102);
	assert_int_equal(h.ssrc, 7);
	assert_int_equal(h.timestamp, 9);
}

static void feed(struct quality *q, uint32_t ssrc, uint16_t seq, uint32_t timestamp, int64_t now_us)
{
	quality_note(q,
		     &(struct rtp_header){
			     .ssrc = ssrc, .seq = seq, .timestamp = timestamp, .payload_type = 8 },
		     now_us);
}

static void counts_gaps_across_the_wrap(void **state)
{
	struct quality q = { 0 };

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		if (i % 10 != 5)
			feed(&q, 1, (uint16_t)(65500 + i), i * 160, i * 20000);
	assert_int_equal(q.lost, 10);
}

static void reordered_packets_are_not_lost(void **state)
{
	struct quality q = { 0 };
	static const uint16_t order[] = { 1, 2, 4, 3, 5, 7, 6, 8 };

	(void)state;
	for (unsigned i = 0; i < 8; i++)
		feed(&q, 1, order[i], order[i] * 160u, i * 20000);
	assert_int_equal(q.lost, 0);
}

static void a_new_ssrc_and_a_restart_are_not_loss(void **state)
{
	struct quality q = { 0 };

	(void)state;
	feed(&q, 1, 10, 0, 0);
	feed(&q, 1, 12, 320, 40000); /* one lost */
	feed(&q, 2, 40000, 0, 60000);
	feed(&q, 2, 40001, 160, 80000);
	feed(&q, 2, 100, 320, 100000); /* RFC 3550 A.1: two in a row are a restart */
	feed(&q, 2, 101, 480, 120000);
	feed(&q, 2, 102, 640, 140000);
	assert_int_equal(q.lost, 1);
}

static void one_stray_packet_does_not_restart_the_count(void **state)
{
	struct quality q = { 0 };

	(void)state;
	feed(&q, 1, 10, 0, 0);
	feed(&q, 1, 30000, 0, 10000);
	feed(&q, 1, 11, 160, 20000);
	assert_int_equal(q.lost, 0);
}

/* RFC 3550 A.8: J += (|D| - J) / 16 with D 5 ms tends to 5 ms. */
static void jitter_tends_to_the_mean_deviation(void **state)
{
	struct quality steady = { 0 }, jumpy = { 0 };

	(void)state;
	for (unsigned i = 0; i < 500; i++) {
		feed(&steady, 1, (uint16_t)i, i * 160, i * 20000);
		feed(&jumpy, 1, (uint16_t)i, i * 160, i * 20000 + (i % 2) * 5000);
	}
	assert_int_equal(steady.jitter_us, 0);
	assert_in_range(jumpy.jitter_us, 4500, 5100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_packets_apart_by_their_first_bytes),
		cmocka_unit_test(refuses_headers_that_do_not_fit),
		cmocka_unit_test(counts_gaps_across_the_wrap),
		cmocka_unit_test(reordered_packets_are_not_lost),
		cmocka_unit_test(a_new_ssrc_and_a_restart_are_not_loss),
		cmocka_unit_test(one_stray_packet_does_not_restart_the_count),
		cmocka_unit_test(jitter_tends_to_the_mean_deviation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
