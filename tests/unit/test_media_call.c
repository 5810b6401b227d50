/* test_media_call.c -- the media process from the bus to the wire: a real worker
 * relays between real loopback sockets. */
/* tsan */
/* alone */
#include "tests/unit/media_support.h"

enum { OPEN = IPC_MEDIA_SEND | IPC_MEDIA_RECEIVE, SOON_MS = 5000, SESSION = 0xabc };

struct call {
	struct media_place place;
	struct phone phones[2];
};

static void open_call_between(struct call *c, const char *edge, uint8_t flags)
{
	place_open(&c->place);
	place_configure(&c->place, edge, 2);
	assert_int_equal(place_reserve(&c->place, SESSION), ERR_NONE);
	phone_open(&c->phones[0], "127.0.0.1", &c->place.local[0]);
	phone_open(&c->phones[1], edge, &c->place.local[1]);
	for (uint8_t i = 0; i < 2; i++) {
		uint8_t rtp[ADDR_BLOB_MAX], rtcp[ADDR_BLOB_MAX];
		struct ipc_media_change m = { .session = SESSION,
					      .side = i,
					      .remote_rtp = place_blob(&c->phones[i].addr[0], rtp),
					      .remote_rtcp =
						      place_blob(&c->phones[i].addr[1], rtcp),
					      .flags = flags };

		assert_int_equal(place_ask(&c->place, IPC_media_change, &m), ERR_NONE);
	}
}

static void close_call(struct call *c)
{
	phone_close(&c->phones[0]);
	phone_close(&c->phones[1]);
	place_close(&c->place);
}

static void expect_one(struct phone *from, struct phone *to)
{
	uint8_t packet[2048];

	phone_send(from);
	assert_int_equal(phone_receive(to, 0, packet, sizeof(packet), SOON_MS), PHONE_PACKET_SIZE);
}

static void relays_rtp_and_rtcp_both_ways(void **state)
{
	struct call c;
	uint8_t packet[2048];

	(void)state;
	open_call_between(&c, "127.0.0.1", OPEN);
	for (unsigned i = 0; i < 20; i++) {
		expect_one(&c.phones[0], &c.phones[1]);
		expect_one(&c.phones[1], &c.phones[0]);
	}
	phone_send_rtcp(&c.phones[0]);
	assert_int_equal(phone_receive(&c.phones[1], 1, packet, sizeof(packet), SOON_MS), 8);
	assert_int_equal(place_release(&c.place, SESSION), ERR_NONE);
	assert_int_equal(c.place.released.received_0, 20);
	assert_int_equal(c.place.released.sent_1, 20);
	assert_int_equal(c.place.released.received_1, 20);
	assert_int_equal(c.place.released.dropped_0, 0);
	assert_int_equal(c.place.released.lost_0, 0);
	assert_string_equal(c.place.diagnosis, "");
	close_call(&c);
}

static void relays_between_ipv4_and_ipv6(void **state)
{
	struct call c;

	(void)state;
	open_call_between(&c, "::1", OPEN);
	expect_one(&c.phones[0], &c.phones[1]);
	expect_one(&c.phones[1], &c.phones[0]);
	close_call(&c);
}

static bool has_two_events(struct media_place *p)
{
	return p->event_count >= 2;
}

static void tells_signaling_that_media_started(void **state)
{
	struct call c;

	(void)state;
	open_call_between(&c, "127.0.0.1", OPEN);
	expect_one(&c.phones[0], &c.phones[1]);
	expect_one(&c.phones[1], &c.phones[0]);
	expect_one(&c.phones[1], &c.phones[0]);
	place_run_until(&c.place, has_two_events);
	assert_int_equal(c.place.events[0].kind, IPC_MEDIA_STARTED);
	assert_int_equal(c.place.events[0].session, SESSION);
	assert_true(addr_is_equal(&c.place.events[0].source,
				  &c.phones[c.place.events[0].side].addr[0]));
	close_call(&c);
}

static void release_gives_the_ports_back(void **state)
{
	struct call c;

	(void)state;
	open_call_between(&c, "127.0.0.1", OPEN);
	assert_int_equal(place_release(&c.place, SESSION), ERR_NONE);
	assert_int_equal(place_release(&c.place, SESSION), ERR_NOT_FOUND);
	assert_int_equal(place_ask_on(&c.place, c.place.mgmt_channel, IPC_show_media,
				      &(struct ipc_show_media){ 0 }),
			 ERR_NONE);
	assert_true(c.place.row_count >= 6);
	close_call(&c);
}

/* --- SRTP on side 0, RTP on side 1 ------------------------------------------ */

enum { KEY_LEN = 30 };
static const char key_in[] = "AAAAAAAAAAAAAAAABBBBBBBBBBBBBB",
		  key_out[] = "CCCCCCCCCCCCCCCCDDDDDDDDDDDDDD",
		  key_new[] = "EEEEEEEEEEEEEEEEFFFFFFFFFFFFFF";

static void set_keys(struct call *c, const char *receive, const char *send)
{
	uint8_t rtp[ADDR_BLOB_MAX], rtcp[ADDR_BLOB_MAX];
	struct ipc_media_change m = { .session = SESSION,
				      .flags = OPEN,
				      .remote_rtp = place_blob(&c->phones[0].addr[0], rtp),
				      .remote_rtcp = place_blob(&c->phones[0].addr[1], rtcp),
				      .send_suite = SUITE_AES_CM_128_80,
				      .send_key = { send, KEY_LEN },
				      .receive_suite = SUITE_AES_CM_128_80,
				      .receive_key = { receive, KEY_LEN } };

	assert_int_equal(place_ask(&c->place, IPC_media_change, &m), ERR_NONE);
}

static struct crypt *make_crypt(enum crypt_direction direction, const char *key)
{
	struct crypt *c;

	assert_int_equal(crypt_create(direction, SUITE_AES_CM_128_80,
				      (struct slice){ key, KEY_LEN }, SLICE_NONE, &c),
			 ERR_NONE);
	return c;
}

/* What the phone sends next, encrypted; its length is returned. */
static size_t make_srtp(struct phone *ph, struct crypt *c, uint8_t *buffer, size_t size)
{
	struct crypt_packet p = { .data = buffer, .len = PHONE_PACKET_SIZE, .size = size };

	phone_make_rtp(ph, buffer);
	assert_int_equal(crypt_rtp(c, &p), CRYPT_OK);
	return p.len;
}

static void expect_srtp_passes(struct call *c, struct crypt *out)
{
	uint8_t packet[2048], got[2048];
	size_t len = make_srtp(&c->phones[0], out, packet, sizeof(packet));

	phone_send_raw(&c->phones[0], 0, packet, len);
	assert_int_equal(phone_receive(&c->phones[1], 0, got, sizeof(got), SOON_MS),
			 PHONE_PACKET_SIZE);
	assert_int_equal(got[100], 0xd5);
}

static void translates_srtp_to_rtp_and_back(void **state)
{
	struct crypt *out = make_crypt(CRYPT_PROTECT, key_in),
		     *in = make_crypt(CRYPT_UNPROTECT, key_out);
	struct crypt_packet p;
	uint8_t packet[2048];
	struct call c;

	(void)state;
	open_call_between(&c, "127.0.0.1", OPEN);
	set_keys(&c, key_in, key_out);
	c.phones[0].seq = 65530;
	for (unsigned i = 0; i < 20; i++)
		expect_srtp_passes(&c, out);
	phone_send(&c.phones[1]);
	p = (struct crypt_packet){ packet, 0, sizeof(packet) };
	p.len = phone_receive(&c.phones[0], 0, packet, sizeof(packet), SOON_MS);
	assert_int_equal(crypt_rtp(in, &p), CRYPT_OK);
	assert_int_equal(p.len, PHONE_PACKET_SIZE);
	phone_send_rtcp(&c.phones[1]);
	p.len = phone_receive(&c.phones[0], 1, packet, sizeof(packet), SOON_MS);
	assert_int_equal(p.len, 8 + 14);
	assert_int_equal(crypt_rtcp(in, &p), CRYPT_OK);
	crypt_destroy(out);
	crypt_destroy(in);
	close_call(&c);
}

static void the_same_key_again_keeps_the_roll_over_counter(void **state)
{
	struct crypt *out = make_crypt(CRYPT_PROTECT, key_in);
	uint8_t old[2048], got[2048];
	size_t old_len;
	struct call c;

	(void)state;
	open_call_between(&c, "127.0.0.1", OPEN);
	set_keys(&c, key_in, key_out);
	c.phones[0].seq = 65530;
	for (unsigned i = 0; i < 10; i++)
		expect_srtp_passes(&c, out);
	old_len = make_srtp(&c.phones[0], out, old, sizeof(old));
	phone_send_raw(&c.phones[0], 0, old, old_len);
	assert_int_equal(phone_receive(&c.phones[1], 0, got, sizeof(got), SOON_MS),
			 PHONE_PACKET_SIZE);
	set_keys(&c, key_in, key_out);		       /* a re-INVITE that changes nothing */
	phone_send_raw(&c.phones[0], 0, old, old_len); /* still a replay */
	expect_srtp_passes(&c, out);		       /* still ROC 1 */
	assert_int_equal(place_release(&c.place, SESSION), ERR_NONE);
	assert_int_equal(c.place.released.received_0, 12);
	assert_int_equal(c.place.released.dropped_0, 1);
	crypt_destroy(out);
	close_call(&c);
}

static void a_new_key_starts_anew_and_the_old_one_is_dead(void **state)
{
	struct crypt *out = make_crypt(CRYPT_PROTECT, key_in),
		     *fresh = make_crypt(CRYPT_PROTECT, key_new);
	uint8_t old[2048];
	size_t old_len;
	struct call c;

	(void)state;
	open_call_between(&c, "127.0.0.1", OPEN);
	set_keys(&c, key_in, key_out);
	c.phones[0].seq = 65530;
	for (unsigned i = 0; i < 10; i++)
		expect_srtp_passes(&c, out); /* ROC 1 now */
	set_keys(&c, key_new, key_out);
	old_len = make_srtp(&c.phones[0], out, old, sizeof(old));
	phone_send_raw(&c.phones[0], 0, old, old_len);
	expect_srtp_passes(&c, fresh); /* ROC 0 */
	assert_int_equal(place_release(&c.place, SESSION), ERR_NONE);
	assert_int_equal(c.place.released.received_0, 11);
	assert_int_equal(c.place.released.dropped_0, 1);
	crypt_destroy(out);
	crypt_destroy(fresh);
	close_call(&c);
}

static void says_when_the_keys_do_not_agree(void **state)
{
	struct crypt *wrong = make_crypt(CRYPT_PROTECT, key_new);
	uint8_t packet[2048];
	struct call c;

	(void)state;
	open_call_between(&c, "127.0.0.1", OPEN);
	set_keys(&c, key_in, key_out);
	for (unsigned i = 0; i < 5; i++) {
		size_t len = make_srtp(&c.phones[0], wrong, packet, sizeof(packet));

		phone_send_raw(&c.phones[0], 0, packet, len);
	}
	phone_send(&c.phones[0]); /* and plain RTP gets no further */
	for (unsigned i = 0; i < 2; i++) {
		phone_send(&c.phones[1]);
		assert_int_not_equal(
			phone_receive(&c.phones[0], 0, packet, sizeof(packet), SOON_MS), 0);
	}
	assert_int_equal(phone_receive(&c.phones[1], 0, packet, sizeof(packet), 50), 0);
	assert_int_equal(place_release(&c.place, SESSION), ERR_NONE);
	assert_string_equal(c.place.diagnosis, "side 0 (core) sent 6 packets that failed SRTP "
					       "authentication; the keys do not agree");
	crypt_destroy(wrong);
	close_call(&c);
}

static void learns_the_source_behind_nat(void **state)
{
	struct phone nat;
	uint8_t packet[2048];
	struct call c;

	(void)state;
	open_call_between(&c, "127.0.0.1", OPEN | IPC_MEDIA_LATCH);
	phone_open(&nat, "127.0.0.1", &c.place.local[0]);
	for (unsigned i = 0; i < 10; i++)
		phone_send(&nat);
	assert_int_not_equal(phone_receive(&c.phones[1], 0, packet, sizeof(packet), SOON_MS), 0);
	phone_send(&c.phones[1]);
	assert_int_not_equal(phone_receive(&nat, 0, packet, sizeof(packet), SOON_MS), 0);
	place_run_until(&c.place, has_two_events);
	assert_int_equal(place_ask_on(&c.place, c.place.mgmt_channel, IPC_show_sessions,
				      &(struct ipc_show_sessions){ .session = SESSION }),
			 ERR_NONE);
	assert_non_null(
		strstr(c.place.rows[0], addr_print(&nat.addr[0], (char *)packet, sizeof(packet))));
	phone_close(&nat);
	close_call(&c);
}

static bool has_four_events(struct media_place *p)
{
	return p->event_count == 4;
}

static void tells_signaling_that_the_told_address_is_back(void **state)
{
	struct phone other;
	uint8_t packet[2048];
	struct call c;

	(void)state;
	open_call_between(&c, "127.0.0.1", OPEN | IPC_MEDIA_LATCH);
	phone_open(&other, "127.0.0.1", &c.place.local[0]);
	for (unsigned i = 0; i < LATCH_NEAR_PACKETS; i++)
		phone_send(&other);
	assert_int_not_equal(phone_receive(&c.phones[1], 0, packet, sizeof(packet), SOON_MS), 0);
	expect_one(&c.phones[1], &other);
	expect_one(&c.phones[0], &c.phones[1]);
	place_run_until(&c.place, has_four_events); /* started twice, learned, back */
	assert_int_equal(c.place.events[3].kind, IPC_MEDIA_LATCHED);
	assert_int_equal(c.place.events[3].side, 0);
	assert_true(addr_is_equal(&c.place.events[3].source, &c.phones[0].addr[0]));
	phone_close(&other);
	close_call(&c);
}

static void a_flood_at_one_port_harms_no_other_call(void **state)
{
	struct phone flooder, phones[2];
	uint8_t packet[2048];
	size_t got = 0;
	struct call c;

	(void)state;
	open_call_between(&c, "127.0.0.1", OPEN);
	assert_int_equal(place_reserve(&c.place, 2), ERR_NONE);
	phone_open(&flooder, "127.0.0.1", &c.place.local[0]);
	flooder.to[0] = c.phones[0].to[0];
	flooder.ssrc = 0x66666666;
	for (uint8_t i = 0; i < 2; i++) {
		phone_open(&phones[i], "127.0.0.1", &c.place.local[i]);
		place_change_side(&c.place, 2, i, &phones[i].addr[0], OPEN);
	}
	for (unsigned i = 0; i < 50; i++) {
		for (unsigned n = 0; n < 200; n++)
			phone_send(&flooder);
		phone_send(&phones[0]);
		assert_int_not_equal(phone_receive(&phones[1], 0, packet, sizeof(packet), SOON_MS),
				     0);
	}
	/* The flooded call is whole as soon as what is queued is worked off, within a second,
	 * and heard none of it. */
	for (unsigned i = 0; i < 50 && !got; i++) {
		phone_send(&c.phones[0]);
		got = phone_receive(&c.phones[1], 0, packet, sizeof(packet), 20);
	}
	assert_int_not_equal(got, 0);
	do
		assert_memory_not_equal(packet + 8, "ffff", 4);
	while (phone_receive(&c.phones[1], 0, packet, sizeof(packet), 20));
	phone_close(&flooder);
	phone_close(&phones[0]);
	phone_close(&phones[1]);
	close_call(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(relays_rtp_and_rtcp_both_ways),
		cmocka_unit_test(relays_between_ipv4_and_ipv6),
		cmocka_unit_test(tells_signaling_that_media_started),
		cmocka_unit_test(release_gives_the_ports_back),
		cmocka_unit_test(translates_srtp_to_rtp_and_back),
		cmocka_unit_test(the_same_key_again_keeps_the_roll_over_counter),
		cmocka_unit_test(a_new_key_starts_anew_and_the_old_one_is_dead),
		cmocka_unit_test(says_when_the_keys_do_not_agree),
		cmocka_unit_test(learns_the_source_behind_nat),
		cmocka_unit_test(tells_signaling_that_the_told_address_is_back),
		cmocka_unit_test(a_flood_at_one_port_harms_no_other_call),
	};

	return cmocka_run_group_tests(tests, place_open_library, place_close_library);
}
