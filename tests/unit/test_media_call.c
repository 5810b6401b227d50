/* test_media_call.c -- the media process from the bus to the wire: a real worker
 * relays between real loopback sockets. */
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
					      .remote_rtcp = place_blob(&c->phones[i].addr[1], rtcp),
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
				      &(struct ipc_show_media){ 0 }), ERR_NONE);
	assert_true(c.place.row_count >= 6);
	close_call(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(relays_rtp_and_rtcp_both_ways),
		cmocka_unit_test(relays_between_ipv4_and_ipv6),
		cmocka_unit_test(tells_signaling_that_media_started),
		cmocka_unit_test(release_gives_the_ports_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
