/* test_media_relay.c -- the judgement over one frame, without sockets: who may speak,
 * what passes, and that nothing falls back from SRTP. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "common/clock.h"
#include "common/suite.h"
#include "media/path/relay.h"

enum { PACKET_LEN = 52, OPEN = RELAY_SEND | RELAY_RECEIVE };

static const char key_a[] = "AAAAAAAAAAAAAAAABBBBBBBBBBBBBB",
		  key_b[] = "aaaaaaaaaaaaaaaabbbbbbbbbbbbbb";

struct desk {
	struct relay *r;
	struct relay_counters counters;
	struct addr peers[RELAY_SIDES][RELAY_COMPONENTS];
	uint8_t buffer[PACKET_SIZE_MAX + CRYPT_TRAILER_MAX];
	struct relay_frame frame;
	int64_t now_us;
};

static struct addr make(const char *host, uint16_t port)
{
	struct addr a;

	assert_int_equal(addr_parse(slice_from_text(host), port, &a), ERR_NONE);
	return a;
}

static struct crypt *make_crypt(enum crypt_direction direction, const char *key)
{
	struct crypt *c;

	assert_int_equal(crypt_create(direction, SUITE_AES_CM_128_80, (struct slice){ key, 30 },
				      SLICE_NONE, &c),
			 ERR_NONE);
	return c;
}

static void apply(struct desk *d, unsigned side, uint8_t flags, enum latch_mode latch)
{
	struct relay_change c = { .flags = flags,
				  .latch = latch,
				  .remote = { d->peers[side][0], d->peers[side][1] } };

	relay_apply(d->r, side, &c, d->now_us);
}

static void open_desk(struct desk *d)
{
	memset(d, 0, sizeof(*d));
	d->r = relay_create(1);
	d->now_us = 1000;
	for (unsigned s = 0; s < RELAY_SIDES; s++)
		for (unsigned c = 0; c < RELAY_COMPONENTS; c++)
			d->peers[s][c] = make(s ? "192.0.2.2" : "192.0.2.1", (uint16_t)(4000 + c));
	apply(d, 0, OPEN, LATCH_MODE_FIXED);
	apply(d, 1, OPEN, LATCH_MODE_FIXED);
}

static void close_desk(struct desk *d)
{
	relay_destroy(d->r);
}

static void secure(struct desk *d, unsigned side, const char *receive, const char *send)
{
	struct relay_change c = { .flags = OPEN | RELAY_SECURE,
				  .latch = LATCH_MODE_FIXED,
				  .remote = { d->peers[side][0], d->peers[side][1] },
				  .has_new_receive = true,
				  .has_new_send = true,
				  .receive = receive ? make_crypt(CRYPT_UNPROTECT, receive) : NULL,
				  .send = send ? make_crypt(CRYPT_PROTECT, send) : NULL };

	relay_apply(d->r, side, &c, d->now_us);
	crypt_destroy(c.receive);
	crypt_destroy(c.send);
}

static void put_rtp(struct desk *d, uint16_t seq)
{
	memset(d->buffer, 0xd5, PACKET_LEN);
	memcpy(d->buffer,
	       (uint8_t[12]){ 0x80, 8, (uint8_t)(seq >> 8), (uint8_t)seq, 0, 0, 0, 9, 0, 0, 0, 7 },
	       12);
	d->frame.packet = (struct crypt_packet){ d->buffer, PACKET_LEN, sizeof(d->buffer) };
}

static void put_rtcp(struct desk *d)
{
	memcpy(d->buffer, (uint8_t[8]){ 0x80, 201, 0, 1, 0, 0, 0, 7 }, 8);
	d->frame.packet = (struct crypt_packet){ d->buffer, 8, sizeof(d->buffer) };
}

static struct relay_port *pass(struct desk *d, unsigned side, unsigned component,
			       struct addr source)
{
	d->frame.source = source;
	d->frame.now_us = d->now_us;
	d->frame.counters = &d->counters;
	return relay_forward(&d->r->sides[side].ports[component], &d->frame);
}

/* Each drop is counted for the side and for the worker. */
static void expect_drop(struct desk *d, unsigned side, unsigned component, struct addr source,
			enum drop reason)
{
	uint64_t of_side = d->r->sides[side].drops[reason], of_worker = d->counters.drops[reason];

	assert_null(pass(d, side, component, source));
	assert_int_equal(d->r->sides[side].drops[reason], of_side + 1);
	assert_int_equal(d->counters.drops[reason], of_worker + 1);
}

static void passes_rtp_to_the_other_side(void **state)
{
	struct desk d;

	(void)state;
	open_desk(&d);
	put_rtp(&d, 1);
	assert_ptr_equal(pass(&d, 0, 0, d.peers[0][0]), &d.r->sides[1].ports[0]);
	assert_int_equal(d.frame.news, RELAY_NEWS_STARTED);
	put_rtp(&d, 1);
	assert_ptr_equal(pass(&d, 1, 0, d.peers[1][0]), &d.r->sides[0].ports[0]);
	put_rtcp(&d);
	assert_ptr_equal(pass(&d, 0, 1, d.peers[0][1]), &d.r->sides[1].ports[1]);
	close_desk(&d);
}

static void drops_what_comes_from_strangers(void **state)
{
	struct desk d;

	(void)state;
	open_desk(&d);
	for (uint16_t seq = 0; seq < 100; seq++) {
		put_rtp(&d, seq);
		expect_drop(&d, 0, 0, make("203.0.113.7", 4000), DROP_WRONG_SOURCE);
		put_rtp(&d, seq);
		expect_drop(&d, 0, 0, make("192.0.2.1", 4002), DROP_WRONG_SOURCE);
		put_rtcp(&d);
		expect_drop(&d, 0, 1, make("203.0.113.7", 4001), DROP_WRONG_SOURCE);
	}
	close_desk(&d);
}

static void drops_what_is_not_rtp(void **state)
{
	static const struct {
		uint8_t bytes[20];
		size_t len;
		unsigned component;
		enum drop reason;
	} cases[] = {
		{ { 0 }, 0, 0, DROP_SHORT },
		{ { 0x80, 8 }, 11, 0, DROP_SHORT },
		{ { 0, 1 }, 20, 0, DROP_STUN },
		{ { 22, 254 }, 20, 0, DROP_DTLS },
		{ { 0x40, 8 }, 20, 0, DROP_NOT_RTP },
		{ { 0x9f, 8 }, 20, 0, DROP_NOT_RTP }, /* 15 CSRCs and an extension do not fit */
		{ { 0x80, 8 }, 20, 1, DROP_WRONG_PORT },
		{ { 0x80, 201, 0, 1 }, 8, 0, DROP_WRONG_PORT },
		{ { 0x80, 201, 0, 9 }, 8, 1, DROP_BAD_RTCP },
	};
	struct desk d;

	(void)state;
	open_desk(&d);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memcpy(d.buffer, cases[i].bytes, sizeof(cases[i].bytes));
		d.frame.packet = (struct crypt_packet){ d.buffer, cases[i].len, sizeof(d.buffer) };
		expect_drop(&d, 0, cases[i].component, d.peers[0][cases[i].component],
			    cases[i].reason);
	}
	close_desk(&d);
}

static void a_closed_direction_passes_no_media_but_rtcp(void **state)
{
	struct desk d;

	(void)state;
	open_desk(&d);
	apply(&d, 0, RELAY_SEND, LATCH_MODE_FIXED);
	put_rtp(&d, 1);
	expect_drop(&d, 0, 0, d.peers[0][0], DROP_HELD);
	put_rtcp(&d);
	assert_non_null(pass(&d, 0, 1, d.peers[0][1]));
	put_rtp(&d, 1);
	assert_non_null(pass(&d, 1, 0, d.peers[1][0]));
	apply(&d, 0, RELAY_RECEIVE, LATCH_MODE_FIXED);
	put_rtp(&d, 2);
	expect_drop(&d, 1, 0, d.peers[1][0], DROP_HELD);
	close_desk(&d);
}

static void drops_where_the_other_address_is_not_known(void **state)
{
	struct desk d;

	(void)state;
	open_desk(&d);
	memset(d.peers[1], 0, sizeof(d.peers[1]));
	apply(&d, 1, OPEN, LATCH_MODE_FIXED);
	put_rtp(&d, 1);
	expect_drop(&d, 0, 0, d.peers[0][0], DROP_NO_REMOTE);
	close_desk(&d);
}

static void rtcp_takes_the_rtp_port_of_a_side_that_multiplexes(void **state)
{
	struct desk d;

	(void)state;
	open_desk(&d);
	apply(&d, 1, OPEN | RELAY_MUX, LATCH_MODE_FIXED);
	put_rtcp(&d);
	assert_ptr_equal(pass(&d, 0, 1, d.peers[0][1]), &d.r->sides[1].ports[0]);
	put_rtcp(&d);
	assert_ptr_equal(pass(&d, 1, 0, d.peers[1][0]), &d.r->sides[0].ports[1]);
	close_desk(&d);
}

static void a_secure_side_never_passes_plain_rtp(void **state)
{
	struct desk d;

	(void)state;
	open_desk(&d);
	secure(&d, 0, key_a, key_b);
	put_rtp(&d, 1);
	expect_drop(&d, 0, 0, d.peers[0][0], DROP_BAD_AUTH);
	put_rtcp(&d);
	assert_null(pass(&d, 0, 1, d.peers[0][1]));
	assert_int_equal(d.r->sides[0].received, 0);
	close_desk(&d);
}

static void what_leaves_for_a_secure_side_is_encrypted(void **state)
{
	struct crypt *peer = make_crypt(CRYPT_UNPROTECT, key_b);
	struct desk d;

	(void)state;
	open_desk(&d);
	secure(&d, 0, key_a, key_b);
	put_rtp(&d, 1);
	assert_non_null(pass(&d, 1, 0, d.peers[1][0]));
	assert_int_equal(d.frame.packet.len, PACKET_LEN + 10);
	assert_int_equal(crypt_rtp(peer, &d.frame.packet), CRYPT_OK);
	assert_int_equal(d.buffer[20], 0xd5);
	put_rtcp(&d);
	assert_non_null(pass(&d, 1, 1, d.peers[1][1]));
	assert_int_equal(crypt_rtcp(peer, &d.frame.packet), CRYPT_OK);
	crypt_destroy(peer);
	close_desk(&d);
}

static void nothing_passes_before_the_key_is_known(void **state)
{
	struct desk d;

	(void)state;
	open_desk(&d);
	secure(&d, 0, NULL, key_b);
	put_rtp(&d, 1);
	expect_drop(&d, 0, 0, d.peers[0][0], DROP_NO_KEY);
	secure(&d, 0, key_a, NULL);
	put_rtp(&d, 1);
	expect_drop(&d, 1, 0, d.peers[1][0], DROP_NO_KEY);
	close_desk(&d);
}

static void put_named_rtcp(struct desk *d)
{
	static const uint8_t packet[] = "\x80\xc9\0\1\0\0\0\7\x81\xca\0\4\0\0\0\7\1\11"
					"bob@host1"; /* the last zero ends it */

	memcpy(d->buffer, packet, sizeof(packet));
	d->frame.packet = (struct crypt_packet){ d->buffer, sizeof(packet), sizeof(d->buffer) };
}

static bool frame_has(const struct desk *d, const void *bytes, size_t len)
{
	return memmem(d->buffer, d->frame.packet.len, bytes, len) != NULL;
}

static void rtcp_names_a_side_by_a_name_of_ours_that_stays(void **state)
{
	struct crypt *peer = make_crypt(CRYPT_UNPROTECT, key_b);
	struct desk d;

	(void)state;
	open_desk(&d);
	secure(&d, 0, key_a, key_b);
	for (unsigned i = 0; i < 2; i++) {
		put_named_rtcp(&d);
		assert_non_null(pass(&d, 1, 1, d.peers[1][1]));
		assert_int_equal(crypt_rtcp(peer, &d.frame.packet), CRYPT_OK);
		assert_false(frame_has(&d, "bob@", 4));
		assert_true(frame_has(&d, d.r->sides[1].name.text, CNAME_LEN));
	}
	assert_memory_not_equal(&d.r->sides[0].name, &d.r->sides[1].name, sizeof(struct cname));
	crypt_destroy(peer);
	close_desk(&d);
}

static void rtcp_that_may_not_pass_is_counted_by_its_reason(void **state)
{
	static const uint8_t application[] = { 0x8f, 206, 0, 2, 0, 0, 0, 7, 0, 0, 0, 8 };
	struct desk d;
	size_t len;

	(void)state;
	open_desk(&d);
	memcpy(d.buffer, application, sizeof(application));
	d.frame.packet = (struct crypt_packet){ d.buffer, sizeof(application), sizeof(d.buffer) };
	expect_drop(&d, 0, 1, d.peers[0][1], DROP_EMPTY_RTCP);
	assert_int_equal(d.r->sides[0].received_rtcp, 1); /* it is a sign of life */
	put_rtcp(&d);
	d.buffer[1] = 203;
	expect_drop(&d, 0, 1, d.peers[0][1], DROP_BAD_RTCP);
	assert_int_equal(d.r->sides[0].received_rtcp, 1);
	put_rtcp(&d);
	memset(d.buffer + 8, 0, PACKET_SIZE_MAX - 8); /* sources without names until it is full */
	for (len = 8; len + 252 <= PACKET_SIZE_MAX; len += 252)
		memcpy(d.buffer + len, (uint8_t[4]){ 0x80 | 31, 202, 0, 62 }, 4);
	d.frame.packet.len = len;
	expect_drop(&d, 0, 1, d.peers[0][1], DROP_LONG);
	close_desk(&d);
}

static void relays_no_replay(void **state)
{
	struct crypt *peer = make_crypt(CRYPT_PROTECT, key_a);
	uint8_t copy[PACKET_LEN + 10];
	struct desk d;

	(void)state;
	open_desk(&d);
	secure(&d, 0, key_a, key_b);
	put_rtp(&d, 1);
	assert_int_equal(crypt_rtp(peer, &d.frame.packet), CRYPT_OK);
	memcpy(copy, d.buffer, sizeof(copy));
	assert_non_null(pass(&d, 0, 0, d.peers[0][0]));
	memcpy(d.buffer, copy, sizeof(copy));
	d.frame.packet.len = sizeof(copy);
	expect_drop(&d, 0, 0, d.peers[0][0], DROP_REPLAY);
	crypt_destroy(peer);
	close_desk(&d);
}

static void only_an_authenticated_packet_moves_a_secure_latch(void **state)
{
	struct addr nat = make("198.51.100.9", 6000), thief = make("203.0.113.7", 6000);
	struct crypt *peer = make_crypt(CRYPT_PROTECT, key_a);
	struct desk d;

	(void)state;
	open_desk(&d);
	secure(&d, 0, key_a, key_b);
	apply(&d, 0, OPEN | RELAY_SECURE, LATCH_MODE_LEARN);
	for (uint16_t seq = 1; seq < 50; seq++) {
		put_rtp(&d, seq);
		expect_drop(&d, 0, 0, thief, DROP_BAD_AUTH);
	}
	put_rtp(&d, 1);
	assert_int_equal(crypt_rtp(peer, &d.frame.packet), CRYPT_OK);
	assert_non_null(pass(&d, 0, 0, nat));
	assert_int_equal(d.frame.news, RELAY_NEWS_STARTED | RELAY_NEWS_LATCHED);
	assert_true(addr_is_equal(&d.r->sides[0].ports[0].latch.remote, &nat));
	put_rtp(&d, 2);
	assert_int_equal(crypt_rtp(peer, &d.frame.packet), CRYPT_OK);
	expect_drop(&d, 0, 0, thief, DROP_WRONG_SOURCE);
	crypt_destroy(peer);
	close_desk(&d);
}

static void a_plain_source_is_relayed_only_after_its_proof(void **state)
{
	struct addr nat = make("198.51.100.9", 6000);
	struct desk d;

	(void)state;
	open_desk(&d);
	apply(&d, 0, OPEN, LATCH_MODE_LEARN);
	d.now_us += CLOCK_MS(LATCH_FAR_SILENCE_MS);
	for (uint16_t seq = 1; seq < LATCH_FAR_PACKETS; seq++) {
		put_rtp(&d, seq);
		expect_drop(&d, 0, 0, nat, DROP_UNPROVEN);
	}
	put_rtp(&d, LATCH_FAR_PACKETS);
	assert_non_null(pass(&d, 0, 0, nat));
	put_rtp(&d, 1);
	assert_ptr_equal(pass(&d, 1, 0, d.peers[1][0]), &d.r->sides[0].ports[0]);
	assert_true(addr_is_equal(&d.r->sides[0].ports[0].latch.remote, &nat));
	close_desk(&d);
}

static void the_told_address_coming_back_is_news_and_shuts_the_other_out(void **state)
{
	struct addr thief = make("203.0.113.7", 6000), thief_rtcp = make("203.0.113.7", 6001);
	struct relay_port *ports;
	struct desk d;

	(void)state;
	open_desk(&d);
	ports = d.r->sides[0].ports;
	apply(&d, 0, OPEN, LATCH_MODE_LEARN);
	latch_learn(&ports[RELAY_RTP].latch, &thief);
	put_rtcp(&d);
	assert_non_null(pass(&d, 0, 1, thief_rtcp));
	assert_true(addr_is_equal(&ports[RELAY_RTCP].latch.remote, &thief_rtcp));
	put_rtp(&d, 1);
	assert_non_null(pass(&d, 0, 0, d.peers[0][0]));
	assert_int_equal(d.frame.news, RELAY_NEWS_STARTED | RELAY_NEWS_RETURNED);
	assert_true(addr_is_equal(&ports[RELAY_RTP].latch.remote, &d.peers[0][0]));
	assert_true(addr_is_equal(&ports[RELAY_RTCP].latch.remote, &d.peers[0][1]));
	put_rtp(&d, 2);
	assert_non_null(pass(&d, 0, 0, d.peers[0][0]));
	assert_int_equal(d.frame.news, 0); /* told once */
	put_rtp(&d, 3);
	expect_drop(&d, 0, 0, thief, DROP_WRONG_SOURCE);
	put_rtcp(&d);
	expect_drop(&d, 0, 1, thief_rtcp, DROP_WRONG_SOURCE);
	close_desk(&d);
}

static void rtcp_is_learned_only_from_the_host_of_rtp(void **state)
{
	struct addr nat_rtcp = make("198.51.100.9", 6001), thief = make("203.0.113.7", 6001);
	struct desk d;

	(void)state;
	open_desk(&d);
	apply(&d, 0, OPEN, LATCH_MODE_LEARN);
	put_rtcp(&d);
	expect_drop(&d, 0, 1, nat_rtcp, DROP_WRONG_SOURCE); /* RTP was not heard yet */
	latch_learn(&d.r->sides[0].ports[0].latch, &(struct addr){ .in4 = nat_rtcp.in4 });
	put_rtcp(&d);
	expect_drop(&d, 0, 1, thief, DROP_WRONG_SOURCE);
	put_rtcp(&d);
	assert_non_null(pass(&d, 0, 1, nat_rtcp));
	put_rtcp(&d);
	expect_drop(&d, 0, 1, thief, DROP_WRONG_SOURCE);
	close_desk(&d);
}

static void a_change_on_one_side_opens_the_window_of_the_other(void **state)
{
	struct addr nat = make("198.51.100.9", 6000);
	struct desk d;

	(void)state;
	open_desk(&d);
	apply(&d, 0, OPEN, LATCH_MODE_LEARN);
	d.now_us += CLOCK_SECONDS(LATCH_WINDOW_S) + 1; /* it rings for long */
	put_rtp(&d, 1);
	expect_drop(&d, 0, 0, nat, DROP_WRONG_SOURCE);
	apply(&d, 1, OPEN, LATCH_MODE_LEARN); /* the answer */
	put_rtp(&d, 1);
	expect_drop(&d, 0, 0, nat, DROP_UNPROVEN);
	close_desk(&d);
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
		cmocka_unit_test(passes_rtp_to_the_other_side),
		cmocka_unit_test(drops_what_comes_from_strangers),
		cmocka_unit_test(drops_what_is_not_rtp),
		cmocka_unit_test(a_closed_direction_passes_no_media_but_rtcp),
		cmocka_unit_test(drops_where_the_other_address_is_not_known),
		cmocka_unit_test(rtcp_takes_the_rtp_port_of_a_side_that_multiplexes),
		cmocka_unit_test(a_secure_side_never_passes_plain_rtp),
		cmocka_unit_test(what_leaves_for_a_secure_side_is_encrypted),
		cmocka_unit_test(nothing_passes_before_the_key_is_known),
		cmocka_unit_test(rtcp_names_a_side_by_a_name_of_ours_that_stays),
		cmocka_unit_test(rtcp_that_may_not_pass_is_counted_by_its_reason),
		cmocka_unit_test(relays_no_replay),
		cmocka_unit_test(only_an_authenticated_packet_moves_a_secure_latch),
		cmocka_unit_test(a_plain_source_is_relayed_only_after_its_proof),
		cmocka_unit_test(the_told_address_coming_back_is_news_and_shuts_the_other_out),
		cmocka_unit_test(rtcp_is_learned_only_from_the_host_of_rtp),
		cmocka_unit_test(a_change_on_one_side_opens_the_window_of_the_other),
	};

	return cmocka_run_group_tests(tests, open_library, close_library);
}
