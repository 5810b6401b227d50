/* test_ipc_channel.c -- channels of the bus: who may say what, requests and their
 * deadlines, links that dial again, peers that do not read. */
#include "tests/unit/turns.h"

#include <sys/socket.h>
#include <sys/un.h>

#include "common/ipc/ipc.h"

static char filler[60000];

/* A mgmt that listens and a signaling that dials it, in one loop. */
struct bus {
	struct loop *loop;
	char dir[64], path[128];
	struct ipc_server *server;
	struct ipc_link *link;
	struct ipc_channel *at_server; /* the newest channel that came up */
	unsigned server_ups, server_downs, link_ups, link_downs, messages;
	enum err server_why;
	struct ipc_message last; /* numbers only; strings are gone */
	/* the last request */
	unsigned rows, lasts;
	enum err error;
	char sentence[512];
};

static struct bus bus;

static void on_server_up(void *owner, struct ipc_channel *c)
{
	struct bus *b = owner;

	b->at_server = c;
	b->server_ups++;
}

static void on_server_message(void *owner, struct ipc_channel *c, const struct ipc_message *m)
{
	struct bus *b = owner;

	(void)c;
	b->messages++;
	b->last = *m;
}

static void on_server_down(void *owner, struct ipc_channel *c, enum err why)
{
	struct bus *b = owner;

	b->server_downs++;
	b->server_why = why;
	if (b->at_server == c)
		b->at_server = NULL;
}

static void on_link_up(void *owner, struct ipc_channel *c)
{
	(void)c;
	((struct bus *)owner)->link_ups++;
}

/* Plays signaling: answers what a test asks. */
static void on_link_message(void *owner, struct ipc_channel *c, const struct ipc_message *m)
{
	struct ipc_counter_row row = { .name = SLICE("calls"), .value = 7 };

	(void)owner;
	switch (m->type) {
	case IPC_show_counters:
		ipc_send(c, IPC_counter_row, m->id, &row);
		ipc_send(c, IPC_counter_row, m->id, &row);
		ipc_send_done(c, m->id, 2);
		break;
	case IPC_reload_tls:
		ipc_send_refused(c, m->id, ERR_CERTIFICATE, "the key does not fit");
		break;
	default: /* show_calls is never answered */
		break;
	}
}

static void on_link_down(void *owner, struct ipc_channel *c, enum err why)
{
	(void)c;
	(void)why;
	((struct bus *)owner)->link_downs++;
}

static const struct ipc_callbacks server_callbacks = { on_server_up, on_server_message,
						       on_server_down };
static const struct ipc_callbacks link_callbacks = { on_link_up, on_link_message, on_link_down };

static void open_server(void)
{
	assert_int_equal(ipc_server_open(bus.loop, bus.path, 0600, IPC_MGMT, &server_callbacks,
					 &bus, &bus.server),
			 ERR_NONE);
}

static int set_up(void **state)
{
	(void)state;
	clock_set_test(CLOCK_SECONDS(5000));
	memset(&bus, 0, sizeof(bus));
	snprintf(bus.dir, sizeof(bus.dir), "/tmp/test-ipc-XXXXXX");
	assert_non_null(mkdtemp(bus.dir));
	snprintf(bus.path, sizeof(bus.path), "%s/mgmt.sock", bus.dir);
	assert_int_equal(loop_create(&bus.loop), ERR_NONE);
	open_server();
	assert_int_equal(ipc_link_open(bus.loop, bus.path, IPC_SIG, IPC_MGMT, &link_callbacks, &bus,
				       &bus.link),
			 ERR_NONE);
	turns_settle(bus.loop);
	return bus.server_ups == 1 && bus.link_ups == 1 ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	ipc_link_close(bus.link);
	ipc_server_close(bus.server);
	loop_destroy(bus.loop);
	rmdir(bus.dir);
	return 0;
}

/* A peer that speaks frames of its own making. */
static int dial_raw(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	memcpy(un.sun_path, bus.path, sizeof(un.sun_path) - 1);
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	return fd;
}

static void send_raw(int fd, enum ipc_type type, uint32_t id, const void *message)
{
	static uint8_t frame[IPC_FRAME_MAX];
	size_t len;

	assert_int_equal(ipc_encode(type, id, message, frame, sizeof(frame), &len), ERR_NONE);
	assert_int_equal(send(fd, frame, len, MSG_NOSIGNAL), len);
	turns_settle(bus.loop);
}

static void say_hello(int fd, enum ipc_role role)
{
	struct ipc_hello hello = { .role = (uint8_t)role, .version = SLICE(ENLACE_VERSION) };

	send_raw(fd, IPC_hello, 0, &hello);
}

static bool is_closed(int fd)
{
	char byte;
	ssize_t len;

	while ((len = recv(fd, &byte, 1, MSG_DONTWAIT)) > 0)
		;
	return len == 0;
}

static void on_reply(void *arg, enum err e, const struct ipc_message *m, bool is_last)
{
	struct bus *b = arg;

	if (!is_last) {
		b->rows++;
		return;
	}
	b->lasts++;
	b->error = e;
	if (m && m->type == IPC_refused)
		slice_copy_text(m->refused.sentence, b->sentence, sizeof(b->sentence));
}

static void ask(enum ipc_type type, const void *message)
{
	assert_int_equal(
		ipc_request(bus.at_server, type, message, CLOCK_SECONDS(2), on_reply, &bus),
		ERR_NONE);
	turns_settle(bus.loop);
}

static void both_sides_learn_who_the_other_is(void **state)
{
	const struct ipc_peer *peer = ipc_channel_get_peer(bus.at_server);

	(void)state;
	assert_int_equal(peer->role, IPC_SIG);
	assert_int_equal(peer->pid, getpid());
	assert_int_equal(peer->uid, getuid());
	peer = ipc_channel_get_peer(ipc_link_get_channel(bus.link));
	assert_int_equal(peer->role, IPC_MGMT);
	assert_true(ipc_peer_is_allowed(peer));
}

static void a_request_gets_its_rows_and_one_last_answer(void **state)
{
	(void)state;
	ask(IPC_show_counters, &(struct ipc_show_counters){ 0 });
	assert_int_equal(bus.rows, 2);
	assert_int_equal(bus.lasts, 1);
	assert_int_equal(bus.error, ERR_NONE);
	turns_advance(bus.loop, CLOCK_SECONDS(10));
	assert_int_equal(bus.lasts, 1);
}

static void a_refusal_brings_its_error_and_sentence(void **state)
{
	(void)state;
	ask(IPC_reload_tls, &(struct ipc_reload_tls){ 0 });
	assert_int_equal(bus.error, ERR_CERTIFICATE);
	assert_string_equal(bus.sentence, "the key does not fit");
}

static void a_request_without_answer_ends_at_its_deadline(void **state)
{
	(void)state;
	ask(IPC_show_calls, &(struct ipc_show_calls){ 0 });
	turns_advance(bus.loop, CLOCK_MS(1990));
	assert_int_equal(bus.lasts, 0);
	turns_advance(bus.loop, CLOCK_MS(20));
	assert_int_equal(bus.lasts, 1);
	assert_int_equal(bus.error, ERR_TIMEOUT);
}

static void an_answer_after_the_deadline_is_dropped(void **state)
{
	(void)state;
	ask(IPC_show_calls, &(struct ipc_show_calls){ 0 });
	turns_advance(bus.loop, CLOCK_SECONDS(3));
	assert_int_equal(ipc_send_done(ipc_link_get_channel(bus.link), 1, 0), ERR_NONE);
	turns_settle(bus.loop);
	assert_int_equal(bus.lasts, 1);
	assert_int_equal(bus.messages, 0);
	assert_int_equal(bus.server_downs, 0);
}

static void requests_fail_when_the_channel_goes(void **state)
{
	(void)state;
	ask(IPC_show_calls, &(struct ipc_show_calls){ 0 });
	ipc_channel_close(ipc_link_get_channel(bus.link));
	turns_settle(bus.loop);
	assert_int_equal(bus.lasts, 1);
	assert_int_equal(bus.error, ERR_CLOSED);
	assert_int_equal(bus.server_downs, 1);
}

static void requests_fail_before_the_close_of_their_server_returns(void **state)
{
	(void)state;
	ask(IPC_show_calls, &(struct ipc_show_calls){ 0 });
	ipc_server_close(bus.server);
	bus.server = NULL;
	assert_int_equal(bus.lasts, 1);
	assert_int_equal(bus.error, ERR_CLOSED);
	turns_settle(bus.loop);
	assert_int_equal(bus.lasts, 1);
	assert_int_equal(bus.server_downs, 0);
}

static void a_link_dials_again_when_its_server_is_back(void **state)
{
	(void)state;
	ipc_server_close(bus.server);
	turns_settle(bus.loop);
	assert_int_equal(bus.link_downs, 1);
	assert_null(ipc_link_get_channel(bus.link));
	turns_advance(bus.loop, CLOCK_MS(110));
	assert_int_equal(bus.link_ups, 1);
	open_server();
	turns_advance(bus.loop, CLOCK_MS(1010));
	assert_int_equal(bus.link_ups, 2);
	assert_non_null(ipc_link_get_channel(bus.link));
}

static void a_second_server_on_the_same_socket_is_refused(void **state)
{
	struct ipc_server *second = NULL;

	(void)state;
	assert_int_equal(ipc_server_open(bus.loop, bus.path, 0600, IPC_MGMT, &server_callbacks,
					 &bus, &second),
			 ERR_EXISTS);
	assert_null(second);
}

static void a_socket_left_over_by_a_killed_process_is_replaced(void **state)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct ipc_server *second = NULL;
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	(void)state;
	snprintf(un.sun_path, sizeof(un.sun_path), "%s/left.sock", bus.dir);
	assert_int_equal(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	close(fd);
	assert_int_equal(ipc_server_open(bus.loop, un.sun_path, 0600, IPC_MGMT, &server_callbacks,
					 &bus, &second),
			 ERR_NONE);
	ipc_server_close(second);
}

static void nonsense_costs_its_own_channel_and_no_other(void **state)
{
	int fd = dial_raw();

	(void)state;
	say_hello(fd, IPC_MEDIA);
	assert_int_equal(bus.server_ups, 2);
	assert_int_equal(send(fd, "nonsense", 8, MSG_NOSIGNAL), 8);
	turns_settle(bus.loop);
	assert_true(is_closed(fd));
	assert_int_equal(bus.server_downs, 1);
	assert_int_equal(bus.link_downs, 0);
	close(fd);
}

static void a_message_its_sender_may_not_send_costs_the_channel(void **state)
{
	int fd = dial_raw();

	(void)state;
	say_hello(fd, IPC_CTL);
	send_raw(fd, IPC_config_vote, 0, &(struct ipc_config_vote){ 0 });
	assert_true(is_closed(fd));
	assert_int_equal(bus.messages, 0);
	assert_int_equal(bus.server_why, ERR_DENIED);
	close(fd);
}

static void a_message_that_is_not_for_the_receiver_costs_the_channel(void **state)
{
	int fd = dial_raw();

	(void)state;
	say_hello(fd, IPC_MEDIA);
	send_raw(fd, IPC_media_ready, 0, &(struct ipc_media_ready){ 0 });
	assert_true(is_closed(fd));
	assert_int_equal(bus.messages, 0);
	close(fd);
}

static void who_speaks_before_hello_is_cut_off(void **state)
{
	int fd = dial_raw();

	(void)state;
	send_raw(fd, IPC_ctl_exec, 1, &(struct ipc_ctl_exec){ 0 });
	assert_true(is_closed(fd));
	assert_int_equal(bus.server_ups, 1);
	assert_int_equal(bus.messages, 0);
	close(fd);
}

static void who_says_hello_twice_is_cut_off(void **state)
{
	int fd = dial_raw();

	(void)state;
	say_hello(fd, IPC_CTL);
	say_hello(fd, IPC_SIG);
	assert_true(is_closed(fd));
	close(fd);
}

static void who_connects_and_says_nothing_is_cut_off_in_time(void **state)
{
	int fd = dial_raw();

	(void)state;
	turns_settle(bus.loop);
	turns_advance(bus.loop, CLOCK_SECONDS(4));
	assert_false(is_closed(fd));
	turns_advance(bus.loop, CLOCK_SECONDS(2));
	assert_true(is_closed(fd));
	assert_int_equal(bus.server_downs, 0);
	assert_int_equal(bus.link_downs, 0);
	close(fd);
}

static void a_peer_that_does_not_read_loses_its_channel_not_our_memory(void **state)
{
	struct ipc_ctl_text text = { .text = { filler, 60000 } };
	int fd = dial_raw();
	enum err e = ERR_NONE;
	unsigned sent = 0;

	(void)state;
	say_hello(fd, IPC_CTL);
	while (!e && sent < 1000) {
		e = ipc_send(bus.at_server, IPC_ctl_text, 1, &text);
		sent += !e;
		if (sent % 16 == 0)
			turns_settle(bus.loop);
	}
	assert_int_equal(e, ERR_LIMIT);
	assert_true(sent < 100);
	turns_settle(bus.loop);
	assert_int_equal(bus.server_why, ERR_LIMIT);
	close(fd);
}

static void what_was_queued_comes_in_order_when_the_peer_reads(void **state)
{
	enum { COUNT = 500 };
	int fd = dial_raw();
	static uint8_t frame[IPC_FRAME_MAX];
	uint32_t expected = 0;

	(void)state;
	say_hello(fd, IPC_CTL);
	assert_true(recv(fd, frame, sizeof(frame), 0) > 0); /* welcome */
	for (uint32_t i = 1; i <= COUNT; i++)
		assert_int_equal(ipc_send_done(bus.at_server, i, i), ERR_NONE);
	for (int round = 0; round < COUNT && expected < COUNT; round++) {
		ssize_t len;

		turns_settle(bus.loop);
		while ((len = recv(fd, frame, sizeof(frame), MSG_DONTWAIT)) > 0) {
			struct ipc_message m;

			assert_int_equal(ipc_decode(frame, (size_t)len, &m), ERR_NONE);
			assert_int_equal(m.done.count, ++expected);
		}
	}
	assert_int_equal(expected, COUNT);
	close(fd);
}

static void nothing_can_be_sent_on_a_closed_channel(void **state)
{
	struct ipc_channel *c = bus.at_server;

	(void)state;
	ipc_channel_close(c);
	assert_int_equal(ipc_send_done(c, 1, 1), ERR_CLOSED);
	assert_int_equal(ipc_request(c, IPC_show_calls, &(struct ipc_show_calls){ 0 },
				     CLOCK_SECONDS(1), on_reply, &bus),
			 ERR_CLOSED);
	turns_settle(bus.loop);
	assert_int_equal(bus.lasts, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define ON_BUS(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
		ON_BUS(both_sides_learn_who_the_other_is),
		ON_BUS(a_request_gets_its_rows_and_one_last_answer),
		ON_BUS(a_refusal_brings_its_error_and_sentence),
		ON_BUS(a_request_without_answer_ends_at_its_deadline),
		ON_BUS(an_answer_after_the_deadline_is_dropped),
		ON_BUS(requests_fail_when_the_channel_goes),
		ON_BUS(requests_fail_before_the_close_of_their_server_returns),
		ON_BUS(a_link_dials_again_when_its_server_is_back),
		ON_BUS(a_second_server_on_the_same_socket_is_refused),
		ON_BUS(a_socket_left_over_by_a_killed_process_is_replaced),
		ON_BUS(nonsense_costs_its_own_channel_and_no_other),
		ON_BUS(a_message_its_sender_may_not_send_costs_the_channel),
		ON_BUS(a_message_that_is_not_for_the_receiver_costs_the_channel),
		ON_BUS(who_speaks_before_hello_is_cut_off),
		ON_BUS(who_says_hello_twice_is_cut_off),
		ON_BUS(who_connects_and_says_nothing_is_cut_off_in_time),
		ON_BUS(a_peer_that_does_not_read_loses_its_channel_not_our_memory),
		ON_BUS(what_was_queued_comes_in_order_when_the_peer_reads),
		ON_BUS(nothing_can_be_sent_on_a_closed_channel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
