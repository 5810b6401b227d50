/* test_media_session.c -- the life of sessions and of configuration, over the bus. */
/* tsan */
#include "tests/unit/media_support.h"

enum { OPEN = IPC_MEDIA_SEND | IPC_MEDIA_RECEIVE, KEY_LEN = 30 };

static const char key_a[] = "AAAAAAAAAAAAAAAABBBBBBBBBBBBBB";

static void open_place(struct media_place *p)
{
	place_open(p);
	place_configure(p, "127.0.0.1", 2);
}

static unsigned count_sessions(struct media_place *p)
{
	return (unsigned)p->bus.table.sessions.count;
}

static void reserving_again_changes_nothing(void **state)
{
	struct media_place p;
	uint16_t ports[2];

	(void)state;
	open_place(&p);
	assert_int_equal(place_reserve(&p, 7), ERR_NONE);
	memcpy(ports, p.ports, sizeof(ports));
	assert_int_not_equal(ports[0], 0);
	assert_int_equal(place_reserve(&p, 7), ERR_NONE);
	assert_memory_equal(ports, p.ports, sizeof(ports));
	assert_int_equal(count_sessions(&p), 1);
	place_close(&p);
}

static void only_the_side_whose_realm_differs_moves(void **state)
{
	struct media_place p;
	uint16_t ports[2];

	(void)state;
	open_place(&p);
	assert_int_equal(place_reserve(&p, 7), ERR_NONE);
	memcpy(ports, p.ports, sizeof(ports));
	assert_int_equal(place_ask(&p, IPC_media_reserve,
				   &(struct ipc_media_reserve){ .session = 7,
								.realm_0 = SLICE("core"),
								.realm_1 = SLICE("core") }),
			 ERR_NONE);
	assert_int_equal(p.ports[0], ports[0]);
	assert_in_range(p.ports[1], 20000, 39999);
	place_close(&p);
}

static void a_moved_side_relays_from_its_new_port(void **state)
{
	struct media_place p;
	struct phone phones[2];
	uint8_t packet[2048];

	(void)state;
	open_place(&p);
	assert_int_equal(place_reserve(&p, 7), ERR_NONE);
	assert_int_equal(place_ask(&p, IPC_media_reserve,
				   &(struct ipc_media_reserve){ .session = 7,
								.realm_0 = SLICE("core"),
								.realm_1 = SLICE("core") }),
			 ERR_NONE);
	for (uint8_t i = 0; i < 2; i++) {
		phone_open(&phones[i], "127.0.0.1", &p.local[i]);
		place_change_side(&p, 7, i, &phones[i].addr[0], OPEN);
	}
	for (unsigned i = 0; i < 2; i++) {
		phone_send(&phones[i]);
		assert_int_equal(phone_receive(&phones[!i], 0, packet, sizeof(packet), 5000),
				 PHONE_PACKET_SIZE);
	}
	phone_close(&phones[0]);
	phone_close(&phones[1]);
	place_close(&p);
}

/* A port is free again when the worker has let go of it. */
static bool has_let_go(struct media_place *p)
{
	return p->bus.table.leaving == 0;
}

static void a_wanted_port_is_given_for_restoration(void **state)
{
	struct media_place p;
	uint16_t ports[2];

	(void)state;
	open_place(&p);
	assert_int_equal(place_reserve(&p, 7), ERR_NONE);
	memcpy(ports, p.ports, sizeof(ports));
	assert_int_equal(place_release(&p, 7), ERR_NONE);
	place_run_until(&p, has_let_go);
	assert_int_equal(place_ask(&p, IPC_media_reserve,
				   &(struct ipc_media_reserve){ .session = 8,
								.realm_0 = SLICE("core"),
								.realm_1 = SLICE("edge"),
								.port_0 = ports[0],
								.port_1 = ports[1] }),
			 ERR_NONE);
	assert_memory_equal(ports, p.ports, sizeof(ports));
	place_close(&p);
}

static void refuses_what_it_cannot_give_and_says_why(void **state)
{
	struct media_place p;

	(void)state;
	place_open(&p);
	assert_int_equal(place_reserve(&p, 7), ERR_NOT_FOUND);
	assert_non_null(strstr(p.sentence, "not configured"));
	place_configure(&p, "127.0.0.1", 1);
	assert_int_equal(place_ask(&p, IPC_media_reserve,
				   &(struct ipc_media_reserve){ .session = 7,
								.realm_0 = SLICE("core"),
								.realm_1 = SLICE("moon") }),
			 ERR_NOT_FOUND);
	assert_non_null(strstr(p.sentence, "moon"));
	assert_int_equal(place_ask(&p, IPC_media_reserve,
				   &(struct ipc_media_reserve){ .session = 7,
								.realm_0 = SLICE("core"),
								.realm_1 = SLICE("edge"),
								.family_1 = 6 }),
			 ERR_ADDRESS);
	assert_non_null(strstr(p.sentence, "IPv6"));
	assert_int_equal(count_sessions(&p), 0);
	place_close(&p);
}

static void exhausted_ports_are_refused_with_the_realm_named(void **state)
{
	struct media_place p;
	unsigned reserved = 0;

	(void)state;
	place_open(&p);
	place_send_media(&p, 1, PATH_AUTO, 1);
	place_send_realm(&p, 1, "core", "127.0.0.1", 20000, 39999);
	place_send_realm(&p, 1, "edge", "127.0.0.1", 47000, 47019);
	place_apply(&p, 1);
	while (reserved < 20 && place_reserve(&p, 100 + reserved) == ERR_NONE)
		reserved++;
	assert_in_range(reserved, 1, 10);
	assert_int_equal(p.error, ERR_LIMIT);
	assert_non_null(strstr(p.sentence, "edge"));
	/* Nothing of the refused one is left behind: a released port makes room. */
	assert_int_equal(place_release(&p, 100), ERR_NONE);
	place_run_until(&p, has_let_go);
	assert_int_equal(place_reserve(&p, 200), ERR_NONE);
	place_close(&p);
}

static void refuses_changes_that_make_no_sense(void **state)
{
	struct media_place p;
	struct addr v6;
	uint8_t blob[ADDR_BLOB_MAX];
	struct ipc_media_change m = { .session = 7 };

	(void)state;
	open_place(&p);
	assert_int_equal(place_ask(&p, IPC_media_change, &m), ERR_NOT_FOUND);
	assert_int_equal(place_reserve(&p, 7), ERR_NONE);
	m.send_suite = 77;
	assert_int_equal(place_ask(&p, IPC_media_change, &m), ERR_UNSUPPORTED);
	m.send_suite = SUITE_AES_CM_128_80;
	m.send_key = (ipc_blob){ key_a, 29 };
	assert_int_equal(place_ask(&p, IPC_media_change, &m), ERR_RANGE);
	m.send_suite = SUITE_NONE;
	assert_int_equal(place_ask(&p, IPC_media_change, &m), ERR_RANGE);
	m.send_key = SLICE_NONE;
	v6 = place_addr("2001:db8::1", 4000);
	m.remote_rtp = place_blob(&v6, blob);
	assert_int_equal(place_ask(&p, IPC_media_change, &m), ERR_ADDRESS);
	assert_non_null(strstr(p.sentence, "core"));
	m.remote_rtp = (ipc_blob){ "xyz", 3 };
	assert_int_not_equal(place_ask(&p, IPC_media_change, &m), ERR_NONE);
	place_close(&p);
}

static bool has_forgotten(struct media_place *p)
{
	struct session *s = session_find(&p->bus.table, 7);

	return s && !s->owner;
}

static bool is_dialled(struct media_place *p)
{
	return ipc_link_get_channel(p->signaling) != NULL;
}

static void sessions_outlive_the_signaling_channel_and_are_claimed_again(void **state)
{
	struct media_place p;

	(void)state;
	open_place(&p);
	assert_int_equal(place_reserve(&p, 7), ERR_NONE);
	assert_int_equal(place_reserve(&p, 8), ERR_NONE);
	ipc_link_close(p.signaling);
	place_run_until(&p, has_forgotten);
	assert_int_equal(count_sessions(&p), 2);
	place_dial(&p);
	place_run_until(&p, is_dialled);
	/* They look like those of another process now. */
	session_find(&p.bus.table, 7)->owner_pid = 1;
	session_find(&p.bus.table, 8)->owner_pid = 1;
	assert_int_equal(place_reserve(&p, 7), ERR_NONE);
	assert_int_equal(place_ask(&p, IPC_media_claimed,
				   &(struct ipc_media_claimed){ .pid = (uint32_t)getpid() }),
			 ERR_NONE);
	assert_int_equal(p.count, 1);
	assert_int_equal(count_sessions(&p), 1);
	assert_non_null(session_find(&p.bus.table, 7));
	place_close(&p);
}

static bool has_event(struct media_place *p)
{
	return p->event_count > 0;
}

static void silence_is_told_but_not_on_hold(void **state)
{
	struct media_place p;
	struct addr a = place_addr("127.0.0.1", 9);
	uint8_t blob[ADDR_BLOB_MAX];
	struct ipc_media_change m = { .session = 7,
				      .remote_rtp = place_blob(&a, blob),
				      .silence_s = 1 };

	(void)state;
	open_place(&p);
	assert_int_equal(place_reserve(&p, 7), ERR_NONE);
	m.flags = IPC_MEDIA_SEND; /* side 0 is on hold */
	assert_int_equal(place_ask(&p, IPC_media_change, &m), ERR_NONE);
	m.flags = OPEN;
	m.side = 1;
	m.silence_s = 2;
	assert_int_equal(place_ask(&p, IPC_media_change, &m), ERR_NONE);
	place_run_until(&p, has_event);
	assert_int_equal(p.events[0].kind, IPC_MEDIA_SILENT);
	assert_int_equal(p.events[0].side, 1);
	assert_int_equal(p.event_count, 1);
	place_close(&p);
}

static void change_keys(struct media_place *p, const char *key)
{
	struct ipc_media_change m = { .session = 7,
				      .flags = OPEN,
				      .send_suite = SUITE_AES_CM_128_80,
				      .send_key = { key, KEY_LEN },
				      .receive_suite = SUITE_AES_CM_128_80,
				      .receive_key = { key, KEY_LEN } };
	struct addr a = place_addr("127.0.0.1", 9);
	uint8_t blob[ADDR_BLOB_MAX];

	m.remote_rtp = place_blob(&a, blob);
	assert_int_equal(place_ask(p, IPC_media_change, &m), ERR_NONE);
}

static void keys_are_never_shown(void **state)
{
	struct media_place p;

	(void)state;
	open_place(&p);
	assert_int_equal(place_reserve(&p, 7), ERR_NONE);
	change_keys(&p, key_a);
	assert_int_equal(place_ask_on(&p, p.mgmt_channel, IPC_show_sessions,
				      &(struct ipc_show_sessions){ 0 }),
			 ERR_NONE);
	assert_int_equal(p.row_count, 2);
	assert_non_null(strstr(p.rows[0], "AES_CM_128_HMAC_SHA1_80"));
	for (unsigned i = 0; i < p.row_count; i++)
		assert_null(strstr(p.rows[i], "AAAA"));
	place_close(&p);
}

static void a_thousand_sessions_come_and_go(void **state)
{
	struct media_place p;

	(void)state;
	open_place(&p);
	for (uint64_t id = 1; id <= 1000; id++) {
		struct addr a = place_addr("127.0.0.1", 9);

		assert_int_equal(place_reserve(&p, id), ERR_NONE);
		place_change_side(&p, id, 0, &a, OPEN | IPC_MEDIA_LATCH);
		if (id > 20)
			assert_int_equal(place_release(&p, id - 20), ERR_NONE);
	}
	assert_int_equal(count_sessions(&p), 20);
	place_close(&p);
}

/* --- configuration --------------------------------------------------------- */

static void expect_vote(struct media_place *p, uint64_t revision, const char *part_of_sentence)
{
	assert_false(place_prepare(p, revision));
	if (!strstr(p->sentence, part_of_sentence))
		fail_msg("\"%s\" does not say \"%s\"", p->sentence, part_of_sentence);
}

static void refuses_revisions_that_would_not_work(void **state)
{
	struct media_place p;

	(void)state;
	place_open(&p);
	expect_vote(&p, 9, "has not got that revision");
	place_send_media(&p, 1, PATH_KERNEL, 1);
	expect_vote(&p, 1, "\"kernel\" is not built into this version");
	place_send_media(&p, 2, PATH_STEERED, 1);
	expect_vote(&p, 2, "\"steered\" is not built into this version");
	place_send_media(&p, 3, PATH_AUTO, 1);
	place_send_realm(&p, 3, "core", "192.0.2.77", 20000, 20100);
	expect_vote(&p, 3, "realm \"core\": media address 192.0.2.77 cannot be used");
	place_send_media(&p, 4, PATH_AUTO, 1);
	place_send_realm(&p, 4, "core", "127.0.0.1", 20001, 20002);
	expect_vote(&p, 4, "media-ports 20001-20002");
	place_send_media(&p, 5, PATH_AUTO, 1);
	place_send_realm(&p, 5, "core", "127.0.0.1", 20000, 20100);
	place_send_realm(&p, 5, "edge", "127.0.0.1", 20100, 20200);
	expect_vote(&p, 5, "realms \"core\" and \"edge\" share");
	place_send_media(&p, 6, PATH_AUTO, 1);
	place_send_realm(&p, 6, "core", "0.0.0.0", 20000, 20100);
	expect_vote(&p, 6, "stands for every address");
	place_send_media(&p, 7, PATH_AUTO, 1);
	place_send_realm(&p, 7, "core", "127.0.0.1", 20000, 20100);
	place_send_realm(&p, 7, "core", "127.0.0.1", 30000, 30100);
	expect_vote(&p, 7, "could not be read");
	assert_null(p.bus.running);
	place_close(&p);
}

static void a_refused_or_dropped_revision_leaves_the_running_one_alone(void **state)
{
	struct media_place p;

	(void)state;
	open_place(&p);
	place_send_media(&p, 2, PATH_AUTO, 1);
	place_send_realm(&p, 2, "core", "127.0.0.1", 20000, 39999);
	assert_true(place_prepare(&p, 2));
	assert_int_equal(ipc_send(p.mgmt_channel, IPC_config_drop, 0,
				  &(struct ipc_config_drop){ .revision = 2 }),
			 ERR_NONE);
	assert_int_equal(place_ask_on(&p, p.mgmt_channel, IPC_config_apply,
				      &(struct ipc_config_apply){ .revision = 2 }),
			 ERR_STATE);
	assert_int_equal(place_reserve(&p, 7), ERR_NONE);
	place_close(&p);
}

static void sessions_of_a_realm_that_vanished_go_on(void **state)
{
	struct media_place p;
	struct phone phones[2];
	uint8_t packet[2048];

	(void)state;
	open_place(&p);
	assert_int_equal(place_reserve(&p, 7), ERR_NONE);
	for (uint8_t i = 0; i < 2; i++) {
		phone_open(&phones[i], "127.0.0.1", &p.local[i]);
		place_change_side(&p, 7, i, &phones[i].addr[0], OPEN);
	}
	place_send_media(&p, 2, PATH_AUTO, 2);
	place_send_realm(&p, 2, "core", "127.0.0.1", 20000, 39999);
	place_apply(&p, 2);
	phone_send(&phones[0]);
	assert_int_equal(phone_receive(&phones[1], 0, packet, sizeof(packet), 5000),
			 PHONE_PACKET_SIZE);
	assert_int_equal(place_reserve(&p, 8), ERR_NOT_FOUND);
	assert_int_equal(place_release(&p, 7), ERR_NONE);
	phone_close(&phones[0]);
	phone_close(&phones[1]);
	place_close(&p);
}

static void an_unchanged_realm_keeps_its_lent_ports(void **state)
{
	struct media_place p;

	(void)state;
	open_place(&p);
	assert_int_equal(place_reserve(&p, 7), ERR_NONE);
	place_send_media(&p, 2, PATH_PORTABLE, 2);
	place_send_realm(&p, 2, "core", "127.0.0.1", 20000, 39999);
	place_send_realm(&p, 2, "edge", "127.0.0.1", 40000, 50000);
	place_apply(&p, 2);
	assert_int_equal(
		place_ask_on(&p, p.mgmt_channel, IPC_show_media, &(struct ipc_show_media){ 0 }),
		ERR_NONE);
	for (unsigned i = 0; i < p.row_count; i++)
		if (strstr(p.rows[i], "core ports free"))
			assert_non_null(strstr(p.rows[i], "9999 of 10000"));
	place_close(&p);
}

static void counters_are_shown_by_name(void **state)
{
	struct media_place p;

	(void)state;
	open_place(&p);
	assert_int_equal(
		place_ask_on(&p, p.mgmt_channel, IPC_show_counters,
			     &(struct ipc_show_counters){ .filter = SLICE("wrong_source") }),
		ERR_NONE);
	assert_int_equal(p.row_count, 1);
	assert_non_null(strstr(p.rows[0], "media_drop_wrong_source"));
	place_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reserving_again_changes_nothing),
		cmocka_unit_test(only_the_side_whose_realm_differs_moves),
		cmocka_unit_test(a_moved_side_relays_from_its_new_port),
		cmocka_unit_test(a_wanted_port_is_given_for_restoration),
		cmocka_unit_test(refuses_what_it_cannot_give_and_says_why),
		cmocka_unit_test(exhausted_ports_are_refused_with_the_realm_named),
		cmocka_unit_test(refuses_changes_that_make_no_sense),
		cmocka_unit_test(sessions_outlive_the_signaling_channel_and_are_claimed_again),
		cmocka_unit_test(silence_is_told_but_not_on_hold),
		cmocka_unit_test(keys_are_never_shown),
		cmocka_unit_test(a_thousand_sessions_come_and_go),
		cmocka_unit_test(refuses_revisions_that_would_not_work),
		cmocka_unit_test(a_refused_or_dropped_revision_leaves_the_running_one_alone),
		cmocka_unit_test(sessions_of_a_realm_that_vanished_go_on),
		cmocka_unit_test(an_unchanged_realm_keeps_its_lent_ports),
		cmocka_unit_test(counters_are_shown_by_name),
	};

	return cmocka_run_group_tests(tests, place_open_library, place_close_library);
}
