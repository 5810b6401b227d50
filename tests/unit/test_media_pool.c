/* test_media_pool.c -- lending media ports. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "media/session/pool.h"
#include "media/session/socket.h"

static struct addr get_loopback(void)
{
	struct addr a;

	assert_int_equal(addr_parse(SLICE("127.0.0.1"), 0, &a), ERR_NONE);
	return a;
}

/* A range of `pairs` pairs that is free now: the kernel chooses, we look around it. */
static struct pool_config find_range(unsigned pairs)
{
	struct addr a = get_loopback();

	for (unsigned tries = 0; tries < 100; tries++) {
		struct addr got;
		socklen_t len = sizeof(got);
		int fds[2], fd = socket(AF_INET, SOCK_DGRAM, 0);
		unsigned low, i;

		assert_int_equal(bind(fd, &a.sa, addr_get_len(&a)), 0);
		assert_int_equal(getsockname(fd, &got.sa, &len), 0);
		close(fd);
		low = addr_get_port(&got) & ~1u;
		for (i = 0; i < pairs && low + 2 * pairs < 65000; i++) {
			if (socket_open_pair(&a, (uint16_t)(low + 2 * i), 0, fds))
				break;
			socket_close_pair(fds);
		}
		if (i == pairs)
			return (struct pool_config){ .address = a,
						     .port_low = (uint16_t)low,
						     .port_high = (uint16_t)(low + 2 * pairs - 1),
						     .dscp = 46 };
	}
	fail();
	return (struct pool_config){ 0 };
}

static struct pool *make(const struct pool_config *config)
{
	struct pool *p;

	assert_int_equal(pool_create(config, &p), ERR_NONE);
	return p;
}

static uint16_t get_bound_port(int fd)
{
	struct addr a;
	socklen_t len = sizeof(a);

	assert_int_equal(getsockname(fd, &a.sa, &len), 0);
	return addr_get_port(&a);
}

static void lends_even_ports_with_both_sockets_bound_and_marked(void **state)
{
	struct pool_config config = find_range(4);
	struct pool *p = make(&config);
	struct pool_pair pair;
	int tos = 0;
	socklen_t len = sizeof(tos);

	(void)state;
	assert_int_equal(pool_lend(p, 0, &pair), ERR_NONE);
	assert_int_equal(pair.port % 2, 0);
	assert_int_equal(get_bound_port(pair.fds[0]), pair.port);
	assert_int_equal(get_bound_port(pair.fds[1]), pair.port + 1);
	assert_int_equal(getsockopt(pair.fds[0], IPPROTO_IP, IP_TOS, &tos, &len), 0);
	assert_int_equal(tos, 46 << 2);
	pool_take_back(p, &pair);
	pool_unref(p);
}

static void lends_each_port_once_and_then_refuses(void **state)
{
	struct pool_config config = find_range(8);
	struct pool *p = make(&config);
	struct pool_pair pairs[8], extra;

	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		assert_int_equal(pool_lend(p, 0, &pairs[i]), ERR_NONE);
		for (unsigned j = 0; j < i; j++)
			assert_int_not_equal(pairs[i].port, pairs[j].port);
	}
	assert_int_equal(pool_lend(p, 0, &extra), ERR_LIMIT);
	assert_int_equal(pool_get_free(p), 0);
	for (unsigned i = 0; i < 8; i++)
		pool_take_back(p, &pairs[i]);
	assert_int_equal(pool_get_free(p), 8);
	pool_unref(p);
}

static void a_port_rests_before_it_is_lent_again(void **state)
{
	struct pool_config config = find_range(3);
	struct pool *p = make(&config);
	struct pool_pair first, other;
	uint16_t rested;

	(void)state;
	clock_set_test(1000);
	assert_int_equal(pool_lend(p, 0, &first), ERR_NONE);
	rested = first.port;
	pool_take_back(p, &first);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(pool_lend(p, 0, &other), ERR_NONE);
		assert_int_not_equal(other.port, rested);
		pool_take_back(p, &other);
	}
	clock_advance_test(CLOCK_SECONDS(POOL_QUARANTINE_S));
	assert_int_equal(pool_lend(p, 0, &other), ERR_NONE);
	assert_int_equal(other.port, rested); /* the longest unused first */
	pool_take_back(p, &other);
	pool_unref(p);
}

static void a_resting_port_is_better_than_none(void **state)
{
	struct pool_config config = find_range(1);
	struct pool *p = make(&config);
	struct pool_pair pair;

	(void)state;
	clock_set_test(1000);
	assert_int_equal(pool_lend(p, 0, &pair), ERR_NONE);
	pool_take_back(p, &pair);
	assert_int_equal(pool_lend(p, 0, &pair), ERR_NONE);
	pool_take_back(p, &pair);
	pool_unref(p);
}

static void honours_the_wanted_port(void **state)
{
	struct pool_config config = find_range(8);
	struct pool *p = make(&config);
	uint16_t wanted = (uint16_t)(config.port_low + 6);
	struct pool_pair pair, second;

	(void)state;
	assert_int_equal(pool_lend(p, wanted, &pair), ERR_NONE);
	assert_int_equal(pair.port, wanted);
	assert_int_equal(pool_lend(p, wanted, &second), ERR_NONE); /* lent: another instead */
	assert_int_not_equal(second.port, wanted);
	pool_take_back(p, &second);
	pool_take_back(p, &pair);
	assert_int_equal(pool_lend(p, wanted, &pair), ERR_NONE); /* resting, but asked for */
	assert_int_equal(pair.port, wanted);
	pool_take_back(p, &pair);
	assert_int_equal(pool_lend(p, (uint16_t)(config.port_low + 1), &pair), ERR_NONE);
	pool_take_back(p, &pair);
	assert_int_equal(pool_lend(p, (uint16_t)(config.port_high + 1), &pair), ERR_NONE);
	pool_take_back(p, &pair);
	pool_unref(p);
}

static void skips_ports_that_another_program_holds(void **state)
{
	struct pool_config config = find_range(2);
	struct pool *p = make(&config);
	struct addr taken = config.address;
	struct pool_pair pair, none;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	(void)state;
	addr_set_port(&taken, (uint16_t)(config.port_low + 1)); /* an RTCP port */
	assert_int_equal(bind(fd, &taken.sa, addr_get_len(&taken)), 0);
	assert_int_equal(pool_lend(p, 0, &pair), ERR_NONE);
	assert_int_equal(pair.port, config.port_low + 2);
	assert_int_equal(pool_lend(p, 0, &none), ERR_LIMIT);
	close(fd);
	pool_take_back(p, &pair);
	pool_unref(p);
}

static void uses_the_ports_in_no_fixed_order(void **state)
{
	struct pool_config config = { .address = get_loopback(),
				      .port_low = 20000,
				      .port_high = 59999 };
	unsigned in_order = 0;
	uint16_t last = 0;
	struct pool *p = make(&config);

	(void)state;
	for (unsigned i = 0; i < 64; i++) {
		struct pool_pair pair;

		assert_int_equal(pool_lend(p, 0, &pair), ERR_NONE);
		in_order += pair.port == last + 2;
		last = pair.port;
		pool_take_back(p, &pair);
	}
	assert_in_range(in_order, 0, 8);
	pool_unref(p);
}

static void refuses_ranges_without_a_pair(void **state)
{
	struct pool_config config = { .address = get_loopback(),
				      .port_low = 20001,
				      .port_high = 20002 };
	struct pool *p;

	(void)state;
	assert_int_equal(pool_create(&config, &p), ERR_RANGE);
	config.port_high = 20003;
	assert_int_equal(pool_create(&config, &p), ERR_NONE);
	assert_int_equal(pool_get_total(p), 1);
	pool_unref(p);
	config.port_low = 65534;
	config.port_high = 65535;
	assert_int_equal(pool_create(&config, &p), ERR_NONE);
	pool_unref(p);
}

static void says_when_the_address_is_not_local(void **state)
{
	struct pool_config config = { .port_low = 20000, .port_high = 20010 };
	struct pool_pair pair;
	struct pool *p;

	(void)state;
	assert_int_equal(addr_parse(SLICE("192.0.2.77"), 0, &config.address), ERR_NONE);
	p = make(&config);
	assert_int_equal(pool_lend(p, 0, &pair), ERR_ADDRESS);
	pool_unref(p);
}

static int get_room(int fd)
{
	int size;
	socklen_t len = sizeof(size);

	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, &len), 0);
	return size;
}

static void send_to(const struct addr *host, uint16_t port, unsigned count)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct addr to = *host;

	addr_set_port(&to, port);
	for (unsigned i = 0; i < count; i++)
		assert_int_equal(sendto(fd, "late", 4, 0, &to.sa, addr_get_len(&to)), 4);
	close(fd);
}

static void a_kept_pair_is_lent_first_and_holds_nothing_of_its_past(void **state)
{
	struct pool_config config = find_range(8);
	struct pool *p = make(&config);
	struct pool_pair first, second;
	int room;
	char byte;

	(void)state;
	clock_set_test(1000);
	pool_start_keeping(p);
	assert_int_equal(pool_lend(p, 0, &first), ERR_NONE);
	second = first;
	room = get_room(first.fds[0]);
	send_to(&config.address, first.port, 5);
	pool_take_back(p, &second);
	for (unsigned c = 0; c < 2; c++)
		send_to(&config.address, (uint16_t)(first.port + c), 500);
	clock_advance_test(CLOCK_SECONDS(POOL_QUARANTINE_S));
	assert_int_equal(pool_lend(p, 0, &second), ERR_NONE);
	assert_int_equal(second.port, first.port);
	for (unsigned c = 0; c < 2; c++) {
		assert_int_equal(second.fds[c], first.fds[c]);
		assert_int_equal(recv(second.fds[c], &byte, 1, MSG_DONTWAIT), -1);
		send_to(&config.address, (uint16_t)(second.port + c), 1);
		assert_int_equal(recv(second.fds[c], &byte, 1, MSG_DONTWAIT), 1);
	}
	assert_int_equal(get_room(second.fds[0]), room);
	pool_take_back(p, &second);
	pool_stop_keeping(p);
	pool_unref(p);
}

static void a_kept_pair_has_room_for_next_to_nothing(void **state)
{
	struct pool_config config = find_range(1);
	struct pool *p = make(&config);
	struct pool_pair pair;
	int fd;

	(void)state;
	pool_start_keeping(p);
	assert_int_equal(pool_lend(p, 0, &pair), ERR_NONE);
	fd = pair.fds[0];
	pool_take_back(p, &pair);
	assert_in_range(get_room(fd), 1, 8192);
	pool_stop_keeping(p);
	pool_unref(p);
}

static void keeps_no_more_pairs_than_the_limit(void **state)
{
	enum { PAIRS = POOL_KEPT_MAX + 8 };
	struct pool_config config = { .address = get_loopback(),
				      .port_low = 20000,
				      .port_high = 59999 };
	struct pool_pair pairs[PAIRS];
	struct pool *p = make(&config);
	unsigned open = 0;

	(void)state;
	pool_start_keeping(p);
	for (unsigned i = 0; i < PAIRS; i++)
		assert_int_equal(pool_lend(p, 0, &pairs[i]), ERR_NONE);
	for (unsigned i = 0; i < PAIRS; i++)
		pool_take_back(p, &pairs[i]);
	for (unsigned i = 0; i < PAIRS; i++)
		open += fcntl(pairs[i].fds[0], F_GETFD) >= 0;
	assert_int_equal(open, POOL_KEPT_MAX);
	pool_stop_keeping(p);
	for (unsigned i = 0; i < PAIRS; i++)
		assert_int_equal(fcntl(pairs[i].fds[1], F_GETFD), -1);
	pool_unref(p);
}

/* A session of the past still holds the pool, a new revision has another over its range. */
static void a_pool_of_the_past_holds_no_port_of_its_successor(void **state)
{
	struct pool_config config = find_range(2);
	struct pool *past = make(&config), *successor = make(&config);
	struct pool_pair held, back, other;

	(void)state;
	pool_start_keeping(past);
	pool_start_keeping(past); /* by two revisions */
	assert_int_equal(pool_lend(past, 0, &held), ERR_NONE);
	assert_int_equal(pool_lend(past, 0, &back), ERR_NONE);
	pool_take_back(past, &back);
	pool_stop_keeping(past);
	assert_int_equal(pool_lend(successor, 0, &other), ERR_LIMIT);
	pool_stop_keeping(past);
	assert_int_equal(pool_lend(successor, 0, &other), ERR_NONE);
	assert_int_not_equal(other.port, held.port);
	pool_take_back(past, &held);
	pool_take_back(successor, &other);
	pool_unref(past);
	pool_unref(successor);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lends_even_ports_with_both_sockets_bound_and_marked),
		cmocka_unit_test(lends_each_port_once_and_then_refuses),
		cmocka_unit_test(a_port_rests_before_it_is_lent_again),
		cmocka_unit_test(a_resting_port_is_better_than_none),
		cmocka_unit_test(honours_the_wanted_port),
		cmocka_unit_test(skips_ports_that_another_program_holds),
		cmocka_unit_test(uses_the_ports_in_no_fixed_order),
		cmocka_unit_test(refuses_ranges_without_a_pair),
		cmocka_unit_test(says_when_the_address_is_not_local),
		cmocka_unit_test(a_kept_pair_is_lent_first_and_holds_nothing_of_its_past),
		cmocka_unit_test(a_kept_pair_has_room_for_next_to_nothing),
		cmocka_unit_test(keeps_no_more_pairs_than_the_limit),
		cmocka_unit_test(a_pool_of_the_past_holds_no_port_of_its_successor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
