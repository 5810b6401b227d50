/* test_transport.c -- UDP and TCP over the loopback interface.  It is long because one
 * stage serves all claims. */
#include "tests/unit/loopback.h"
#include "signaling/transport/conn.h"

#include <arpa/inet.h>
#include <fcntl.h>

static struct loopback_end a, b;
static char message[LOOPBACK_TEXT_SIZE];

static const char *const core_lines[] = {
	"set realm core address 127.0.0.1 media-ports 20000-20099",
	"set realm core listener u transport udp port 1",
	"set realm core listener t transport tcp port 1", NULL
};
static const char *const edge_lines[] = {
	"set realm edge address 127.0.0.2 media-ports 20000-20099",
	"set realm edge listener u transport udp port 1",
	"set realm edge listener t transport tcp port 1", NULL
};

enum { UDP_LISTENER, TCP_LISTENER };

static int open_both(void **state)
{
	if (loopback_setup(state))
		return -1;
	loopback_open_end(&a, 0);
	loopback_open_end(&b, 0);
	loopback_configure(&a, core_lines);
	loopback_configure(&b, edge_lines);
	return 0;
}

static int close_both(void **state)
{
	transport_destroy(a.transport);
	transport_destroy(b.transport);
	return loopback_teardown(state);
}

static struct transport_target target_of(const struct loopback_end *end, unsigned listener)
{
	const struct transport_listener *l = transport_find_listener(end->transport, listener);

	return (struct transport_target){ .listener = listener,
					  .kind = l->kind,
					  .remote = l->local };
}

static void send_from(struct loopback_end *end, const struct transport_target *to, uint64_t token,
		      const char *call_id)
{
	size_t len = loopback_message(message, sizeof(message), call_id, 10);

	assert_int_equal(transport_send(end->transport, to, token, message, len), ERR_NONE);
}

/* A client that is only a socket. */
static int dial_raw(const struct loopback_end *end, unsigned listener)
{
	struct addr to = loopback_local(end, listener);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, &to.sa, addr_get_len(&to)), 0);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	return fd;
}

static bool is_closed(int fd)
{
	char byte;
	ssize_t len = recv(fd, &byte, 1, MSG_DONTWAIT);

	return len == 0 || (len < 0 && errno != EAGAIN);
}

/* --- UDP ----------------------------------------------------------------------- */

static void carries_a_datagram_both_ways_from_the_listeners_address(void **state)
{
	struct transport_target to = target_of(&b, UDP_LISTENER);
	struct addr mine = loopback_local(&a, UDP_LISTENER);

	(void)state;
	send_from(&a, &to, 1, "one");
	LOOPBACK_UNTIL(b.messages == 1);
	assert_true(addr_is_equal(&b.from.source, &mine));
	assert_true(addr_is_equal(&b.from.local, &to.remote));
	assert_int_equal(b.from.kind, CONFIG_UDP);
	assert_int_equal(b.from.flow, 0);
	to = (struct transport_target){ .listener = UDP_LISTENER, .remote = b.from.source };
	send_from(&b, &to, 1, "two");
	LOOPBACK_UNTIL(a.messages == 1);
	assert_int_equal(a.failures + b.failures, 0);
}

static void receives_more_datagrams_than_one_batch(void **state)
{
	struct transport_target to = target_of(&b, UDP_LISTENER);

	(void)state;
	for (unsigned i = 0; i < 200; i++)
		send_from(&a, &to, 0, "many");
	LOOPBACK_UNTIL(b.messages == 200);
}

/* RFC 3261 18.4. */
static void reports_an_icmp_error_for_its_own_destination_only(void **state)
{
	struct transport_target gone = target_of(&b, UDP_LISTENER), alive = gone;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct addr name = { .in4 = { .sin_family = AF_INET } };
	socklen_t len = sizeof(name);

	(void)state;
	name.in4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, &name.sa, sizeof(name.in4)), 0);
	assert_int_equal(getsockname(fd, &name.sa, &len), 0);
	close(fd);
	gone.remote = name;
	send_from(&a, &alive, 7, "alive");
	send_from(&a, &gone, 8, "gone");
	LOOPBACK_UNTIL(a.failures == 1);
	assert_int_equal(a.failed_token, 8);
	assert_int_equal(a.failed_error, ERR_UNREACHABLE);
	send_from(&a, &alive, 9, "after");
	LOOPBACK_UNTIL(b.messages == 2);
	loopback_settle();
	assert_int_equal(a.failures, 1);
}

static void refuses_a_datagram_longer_than_udp_carries(void **state)
{
	struct transport_target to = target_of(&b, UDP_LISTENER);

	(void)state;
	assert_int_equal(transport_send(a.transport, &to, 1, message, 65530), ERR_TOO_LONG);
	assert_int_equal(transport_send(a.transport, &to, 1, message, 65536), ERR_TOO_LONG);
}

static void marks_datagrams_with_the_realms_dscp(void **state)
{
	static const char *const lines[] = {
		"set realm r address 127.0.0.1 media-ports 20000-20099 signaling-dscp 26",
		"set realm r listener u transport udp port 1", NULL
	};
	struct addr to = { .in4 = { .sin_family = AF_INET } };
	struct transport_target target = { .kind = CONFIG_UDP };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), on = 1, tos = -1;
	socklen_t len = sizeof(to);
	char control[64], byte;
	struct iovec v = { &byte, 1 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = control,
			    .msg_controllen = sizeof(control) };

	(void)state;
	loopback_configure(&a, lines);
	to.in4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, &to.sa, sizeof(to.in4)), 0);
	assert_int_equal(getsockname(fd, &to.sa, &len), 0);
	assert_int_equal(setsockopt(fd, IPPROTO_IP, IP_RECVTOS, &on, sizeof(on)), 0);
	target.remote = to;
	target.listener = (unsigned)transport_select_listener(a.transport, "r", CONFIG_UDP, &to);
	send_from(&a, &target, 0, "dscp");
	assert_true(recvmsg(fd, &m, 0) > 0);
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
		if (c->cmsg_type == IP_TOS)
			tos = *CMSG_DATA(c);
	assert_int_equal(tos, 26 << 2);
	close(fd);
}

static void speaks_ipv6(void **state)
{
	static const char *const lines[] = {
		"set realm six address ::1 media-ports 20000-20099",
		"set realm six listener u transport udp port 1",
		"set realm six listener t transport tcp port 1", NULL
	};
	struct transport_target to;

	(void)state;
	loopback_configure(&a, lines);
	loopback_configure(&b, lines);
	for (unsigned kind = CONFIG_UDP; kind <= CONFIG_TCP; kind++) {
		struct addr six = { .in6 = { .sin6_family = AF_INET6 } };
		int index = transport_select_listener(b.transport, "six", kind, &six);

		assert_true(index >= 0);
		to = target_of(&b, (unsigned)index);
		send_from(&a, &to, 1, "six");
		LOOPBACK_UNTIL(b.messages == kind + 1);
		assert_true(addr_is_ipv6(&b.from.source));
	}
}

/* --- TCP ----------------------------------------------------------------------- */

static void carries_messages_both_ways_over_one_connection(void **state)
{
	struct transport_target to = target_of(&b, TCP_LISTENER), back;
	struct addr mine = loopback_local(&a, TCP_LISTENER);
	uint64_t before = loopback_counter("connections_dialled");

	(void)state;
	send_from(&a, &to, 1, "one");
	LOOPBACK_UNTIL(b.messages == 1);
	assert_true(addr_is_same_host(&b.from.source, &mine));
	assert_true(b.from.flow != 0);
	back = (struct transport_target){ .listener = TCP_LISTENER, .kind = CONFIG_TCP,
					  .remote = b.from.source, .flow = b.from.flow };
	send_from(&b, &back, 2, "two");
	LOOPBACK_UNTIL(a.messages == 1);
	send_from(&a, &to, 3, "three");
	LOOPBACK_UNTIL(b.messages == 2);
	assert_int_equal(loopback_counter("connections_dialled"), before + 1);
}

static void frames_pipelined_messages(void **state)
{
	int fd = dial_raw(&b, TCP_LISTENER);
	size_t len = 0;

	(void)state;
	for (unsigned i = 0; i < 50; i++)
		len += loopback_message(message + len, sizeof(message) - len, "p", i);
	assert_int_equal(write(fd, message, len), (ssize_t)len);
	LOOPBACK_UNTIL(b.messages == 50);
	assert_int_equal(b.total_len, len);
	close(fd);
}

static void frames_messages_split_at_every_byte(void **state)
{
	int fd = dial_raw(&b, TCP_LISTENER);
	size_t len = loopback_message(message, sizeof(message), "s", 20);

	(void)state;
	for (size_t at = 1; at < len; at++) {
		unsigned before = b.messages;

		assert_int_equal(write(fd, message, at), (ssize_t)at);
		loopback_turn();
		loopback_turn();
		assert_int_equal(b.messages, before);
		assert_int_equal(write(fd, message + at, len - at), (ssize_t)(len - at));
		LOOPBACK_UNTIL(b.messages == before + 1);
		assert_memory_equal(b.last, message, len);
	}
	close(fd);
}

static void carries_the_longest_message(void **state)
{
	struct transport_target to = target_of(&b, TCP_LISTENER);
	size_t header = loopback_message(message, sizeof(message), "l", 65000) - 65000;
	size_t len = loopback_message(message, sizeof(message), "l", 65535 - header);

	(void)state;
	assert_int_equal(len, 65535);
	for (unsigned i = 1; i <= 5; i++) {
		assert_int_equal(transport_send(a.transport, &to, i, message, len), ERR_NONE);
		LOOPBACK_UNTIL(b.messages == i);
		assert_int_equal(b.last_len, len);
		assert_memory_equal(b.last, message, len);
	}
}

/* RFC 5626 4.4.1: CRLF CRLF is answered by CRLF; no message. */
static void answers_a_double_crlf_with_one(void **state)
{
	int fd = dial_raw(&b, TCP_LISTENER);
	char got[16];

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(write(fd, &"\r\n\r\n"[i], 1), 1);
		loopback_turn();
	}
	loopback_settle();
	assert_int_equal(recv(fd, got, sizeof(got), MSG_DONTWAIT), 2);
	assert_memory_equal(got, "\r\n", 2);
	assert_int_equal(b.messages, 0);
	close(fd);
}

static void closes_a_stream_whose_lengths_lie(void **state)
{
	static const char *const lies[] = {
		"OPTIONS sip:a SIP/2.0\r\nContent-Length: -1\r\n\r\n",
		"OPTIONS sip:a SIP/2.0\r\nContent-Length: 4294967295\r\n\r\n",
		"OPTIONS sip:a SIP/2.0\r\nContent-Length: 1\r\nl: 2\r\n\r\n",
		"OPTIONS sip:a SIP/2.0\r\nCall-ID: x\r\n\r\n",
		"\x16\x03\x01 something else",
	};
	int good = dial_raw(&b, TCP_LISTENER);
	size_t len = loopback_message(message, sizeof(message), "g", 5);

	(void)state;
	for (unsigned i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		int fd = dial_raw(&b, TCP_LISTENER);

		assert_true(write(fd, lies[i], strlen(lies[i])) > 0);
		LOOPBACK_UNTIL(is_closed(fd));
		close(fd);
		assert_int_equal(write(good, message, len), (ssize_t)len);
		LOOPBACK_UNTIL(b.messages == i + 1);
	}
	close(good);
}

static void closes_a_connection_that_says_nothing(void **state)
{
	int fd = dial_raw(&b, TCP_LISTENER);

	(void)state;
	loopback_settle();
	clock_advance_test(CLOCK_MS(TRANSPORT_HANDSHAKE_MS) - CLOCK_MS(10));
	loopback_settle();
	assert_false(is_closed(fd));
	clock_advance_test(CLOCK_MS(20));
	LOOPBACK_UNTIL(is_closed(fd));
	close(fd);
}

static void closes_a_connection_that_sends_its_first_message_slowly(void **state)
{
	int fd = dial_raw(&b, TCP_LISTENER);
	size_t len = loopback_message(message, sizeof(message), "slow", 0);

	(void)state;
	for (unsigned second = 0; second < 11; second++) {
		if (write(fd, message + second, 1) != 1)
			break;
		loopback_settle();
		clock_advance_test(CLOCK_SECONDS(1));
	}
	assert_true(len > 11);
	LOOPBACK_UNTIL(is_closed(fd));
	assert_int_equal(b.messages, 0);
	close(fd);
}

static void closes_a_connection_that_never_finishes_a_later_message(void **state)
{
	int fd = dial_raw(&b, TCP_LISTENER);
	size_t len = loopback_message(message, sizeof(message), "later", 0);

	(void)state;
	assert_int_equal(write(fd, message, len), (ssize_t)len);
	LOOPBACK_UNTIL(b.messages == 1);
	clock_advance_test(CLOCK_SECONDS(60));
	loopback_settle();
	assert_int_equal(write(fd, message, 20), 20);
	loopback_settle();
	assert_false(is_closed(fd));
	clock_advance_test(CLOCK_MS(TRANSPORT_HANDSHAKE_MS) + CLOCK_MS(2));
	LOOPBACK_UNTIL(is_closed(fd));
	close(fd);
}

static void closes_an_idle_connection_but_not_one_kept_alive(void **state)
{
	int idle = dial_raw(&b, TCP_LISTENER), alive = dial_raw(&b, TCP_LISTENER);
	size_t len = loopback_message(message, sizeof(message), "idle", 0);

	(void)state;
	assert_int_equal(write(idle, message, len), (ssize_t)len);
	assert_int_equal(write(alive, message, len), (ssize_t)len);
	LOOPBACK_UNTIL(b.messages == 2);
	for (unsigned i = 0; i < 2 * TRANSPORT_IDLE_S / 60; i++) {
		clock_advance_test(CLOCK_SECONDS(60));
		assert_int_equal(write(alive, "\r\n\r\n", 4), 4);
		loopback_settle();
	}
	LOOPBACK_UNTIL(is_closed(idle));
	assert_int_equal(write(alive, message, len), (ssize_t)len);
	LOOPBACK_UNTIL(b.messages == 3);
	close(idle);
	close(alive);
}

static void reports_a_refused_connect_for_each_waiting_message(void **state)
{
	struct transport_target to = target_of(&b, TCP_LISTENER);

	(void)state;
	transport_destroy(b.transport);
	b.transport = NULL;
	send_from(&a, &to, 5, "x");
	send_from(&a, &to, 6, "y");
	assert_int_equal(a.failures, 0);
	LOOPBACK_UNTIL(a.failures == 2);
	assert_int_equal(a.failed_token, 6);
	assert_int_equal(a.failed_error, ERR_UNREACHABLE);
	assert_non_null(strstr(a.failed_why, "refused"));
}

static void gives_up_a_connect_that_is_not_answered(void **state)
{
	struct addr full = { .in4 = { .sin_family = AF_INET } };
	struct transport_target to = { .listener = TCP_LISTENER, .kind = CONFIG_TCP };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), fillers[4];
	socklen_t len = sizeof(full);

	(void)state;
	full.in4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, &full.sa, sizeof(full.in4)), 0);
	assert_int_equal(listen(fd, 0), 0);
	assert_int_equal(getsockname(fd, &full.sa, &len), 0);
	for (unsigned i = 0; i < 4; i++) { /* a full backlog answers no SYN */
		fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)connect(fillers[i], &full.sa, sizeof(full.in4));
	}
	to.remote = full;
	send_from(&a, &to, 9, "x");
	loopback_settle();
	assert_int_equal(a.failures, 0);
	clock_advance_test(CLOCK_MS(TRANSPORT_CONNECT_MS) + CLOCK_MS(2));
	LOOPBACK_UNTIL(a.failures == 1);
	assert_int_equal(a.failed_error, ERR_TIMEOUT);
	for (unsigned i = 0; i < 4; i++)
		close(fillers[i]);
	close(fd);
}

static void opens_a_new_connection_when_the_flow_is_gone(void **state)
{
	int fd = dial_raw(&b, TCP_LISTENER);
	size_t len = loopback_message(message, sizeof(message), "gone", 0);
	struct transport_target to = target_of(&a, TCP_LISTENER);

	(void)state;
	assert_int_equal(write(fd, message, len), (ssize_t)len);
	LOOPBACK_UNTIL(b.messages == 1);
	to.flow = b.from.flow;
	close(fd);
	loopback_settle();
	send_from(&b, &to, 1, "new");
	LOOPBACK_UNTIL(a.messages == 1);
	assert_int_equal(b.failures, 0);
}

static void limits_connections_from_one_address(void **state)
{
	static int fds[TRANSPORT_PER_SOURCE_MAX + 1];
	uint64_t before = loopback_counter("refused_source_limit");
	struct transport_target to = target_of(&b, TCP_LISTENER);

	(void)state;
	for (unsigned i = 0; i <= TRANSPORT_PER_SOURCE_MAX; i++) {
		struct addr from = { .in4 = { .sin_family = AF_INET } };
		struct addr remote = loopback_local(&b, TCP_LISTENER);

		from.in4.sin_addr.s_addr = htonl(0x7f000009);
		fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		assert_int_equal(bind(fds[i], &from.sa, sizeof(from.in4)), 0);
		(void)connect(fds[i], &remote.sa, addr_get_len(&remote));
		if (i % 32 == 0)
			loopback_turn();
	}
	LOOPBACK_UNTIL(loopback_counter("refused_source_limit") == before + 1);
	send_from(&a, &to, 1, "another source");
	LOOPBACK_UNTIL(b.messages == 1);
	for (unsigned i = 0; i <= TRANSPORT_PER_SOURCE_MAX; i++)
		close(fds[i]);
}

static void ends_a_connection_whose_peer_does_not_read(void **state)
{
	int fd = dial_raw(&b, TCP_LISTENER);
	size_t len = loopback_message(message, sizeof(message), "stuck", 0);
	struct transport_target to = { .kind = CONFIG_TCP, .listener = TCP_LISTENER };
	enum err e = ERR_NONE;

	(void)state;
	assert_int_equal(write(fd, message, len), (ssize_t)len);
	LOOPBACK_UNTIL(b.messages == 1);
	to.flow = b.from.flow;
	len = loopback_message(message, sizeof(message), "stuck", 60000);
	for (uint64_t i = 1; i < 1000 && !e; i++)
		e = transport_send(b.transport, &to, i, message, len);
	assert_int_equal(e, ERR_LIMIT);
	LOOPBACK_UNTIL(b.failures > 10);
	assert_int_equal(b.failed_error, ERR_LIMIT);
	close(fd);
}

/* --- listeners ------------------------------------------------------------------- */

static void keeps_unchanged_listeners_and_their_index(void **state)
{
	static const char *const lines[] = {
		"set realm core address 127.0.0.1 media-ports 20000-20099",
		"set realm core listener t transport tcp port 1", NULL
	};
	struct addr before = loopback_local(&a, TCP_LISTENER), after;
	int fd = dial_raw(&a, TCP_LISTENER);
	size_t len = loopback_message(message, sizeof(message), "kept", 0);

	(void)state;
	loopback_configure(&a, lines);
	assert_null(transport_find_listener(a.transport, UDP_LISTENER));
	after = loopback_local(&a, TCP_LISTENER);
	assert_true(addr_is_equal(&before, &after));
	assert_int_equal(write(fd, message, len), (ssize_t)len);
	LOOPBACK_UNTIL(a.messages == 1);
	close(fd);
}

static void ends_connections_of_a_dropped_listener(void **state)
{
	static const char *const lines[] = {
		"set realm core address 127.0.0.1 media-ports 20000-20099",
		"set realm core listener u transport udp port 1", NULL
	};
	int fd = dial_raw(&a, TCP_LISTENER);
	size_t len = loopback_message(message, sizeof(message), "dropped", 0);

	(void)state;
	assert_int_equal(write(fd, message, len), (ssize_t)len);
	LOOPBACK_UNTIL(a.messages == 1);
	loopback_configure(&a, lines);
	assert_true(is_closed(fd));
	close(fd);
}

static void says_which_listener_cannot_be_bound_and_changes_nothing(void **state)
{
	struct addr taken = { .in4 = { .sin_family = AF_INET } };
	struct transport_target to = target_of(&a, UDP_LISTENER);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	socklen_t len = sizeof(taken);
	char line[128], why[512];
	const char *lines[] = { "set realm core address 127.0.0.1 media-ports 20000-20099", line,
				NULL };

	(void)state;
	taken.in4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &(int){ 1 }, sizeof(int)), 0);
	assert_int_equal(bind(fd, &taken.sa, sizeof(taken.in4)), 0);
	assert_int_equal(getsockname(fd, &taken.sa, &len), 0);
	snprintf(line, sizeof(line), "set realm core listener bad transport udp port %u",
		 addr_get_port(&taken));
	assert_int_equal(loopback_try_configure(&a, lines, why, sizeof(why)), ERR_EXISTS);
	assert_non_null(
		strstr(why, "realm \"core\" listener \"bad\": cannot listen on 127.0.0.1:"));
	assert_non_null(strstr(why, "another program listens there"));
	send_from(&b, &to, 0, "still here");
	LOOPBACK_UNTIL(a.messages == 1);
	close(fd);
}

static void lets_every_worker_listen_on_one_address(void **state)
{
	struct loopback_end other;
	char line[128];
	const char *lines[] = { "set realm core address 127.0.0.1 media-ports 20000-20099", line,
				NULL };
	struct addr first = loopback_local(&a, UDP_LISTENER);

	(void)state;
	loopback_open_end(&other, 1);
	snprintf(line, sizeof(line), "set realm core listener u transport udp port %u",
		 addr_get_port(&first));
	loopback_configure(&other, lines);
	transport_destroy(other.transport);
}

static void hands_a_message_to_the_worker_that_owns_the_flow(void **state)
{
	static struct loopback_end first, second;
	struct transport *all[2];
	int fd;
	size_t len = loopback_message(message, sizeof(message), "flow", 0);
	struct transport_target to = { .kind = CONFIG_TCP };
	char got[1000];

	(void)state;
	loopback_open_end(&first, 0);
	loopback_open_end(&second, 1);
	all[0] = first.transport;
	all[1] = second.transport;
	assert_int_equal(transport_set_siblings(first.transport, all, 2), ERR_NONE);
	assert_int_equal(transport_set_siblings(second.transport, all, 2), ERR_NONE);
	loopback_configure(&second, edge_lines);
	fd = dial_raw(&second, TCP_LISTENER);
	assert_int_equal(write(fd, message, len), (ssize_t)len);
	LOOPBACK_UNTIL(second.messages == 1);
	assert_int_equal(transport_worker_of_flow(second.from.flow), 1);
	to.flow = second.from.flow;
	to.listener = TCP_LISTENER;
	send_from(&first, &to, 77, "over there");
	LOOPBACK_UNTIL(recv(fd, got, sizeof(got), MSG_DONTWAIT) > 0);
	close(fd);
	loopback_settle();
	send_from(&first, &to, 78, "gone");
	LOOPBACK_UNTIL(first.failures == 1);
	assert_int_equal(first.failed_token, 78);
	assert_int_equal(second.failures, 0);
	/* On their way when both end. */
	send_from(&first, &to, 79, "late");
	transport_destroy(second.transport);
	transport_destroy(first.transport);
	loopback_settle();
	assert_int_equal(first.failures, 1);
}

static void has_a_table_without_gaps(void **state)
{
	char text[2000];
	struct text out;

	(void)state;
	text_init(&out, text, sizeof(text));
	if (fsm_check_shape(&conn_fsm, &out))
		fail_msg("%s", text_get_string(&out));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_both, close_both)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(carries_a_datagram_both_ways_from_the_listeners_address),
		TEST(receives_more_datagrams_than_one_batch),
		TEST(reports_an_icmp_error_for_its_own_destination_only),
		TEST(refuses_a_datagram_longer_than_udp_carries),
		TEST(marks_datagrams_with_the_realms_dscp),
		TEST(speaks_ipv6),
		TEST(carries_messages_both_ways_over_one_connection),
		TEST(frames_pipelined_messages),
		TEST(frames_messages_split_at_every_byte),
		TEST(carries_the_longest_message),
		TEST(answers_a_double_crlf_with_one),
		TEST(closes_a_stream_whose_lengths_lie),
		TEST(closes_a_connection_that_says_nothing),
		TEST(closes_a_connection_that_sends_its_first_message_slowly),
		TEST(closes_a_connection_that_never_finishes_a_later_message),
		TEST(closes_an_idle_connection_but_not_one_kept_alive),
		TEST(reports_a_refused_connect_for_each_waiting_message),
		TEST(gives_up_a_connect_that_is_not_answered),
		TEST(opens_a_new_connection_when_the_flow_is_gone),
		TEST(limits_connections_from_one_address),
		TEST(ends_a_connection_whose_peer_does_not_read),
		TEST(keeps_unchanged_listeners_and_their_index),
		TEST(ends_connections_of_a_dropped_listener),
		TEST(says_which_listener_cannot_be_bound_and_changes_nothing),
		TEST(lets_every_worker_listen_on_one_address),
		TEST(hands_a_message_to_the_worker_that_owns_the_flow),
		cmocka_unit_test(has_a_table_without_gaps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
