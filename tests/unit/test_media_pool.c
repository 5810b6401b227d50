/* test_media_pool.c -- lending media ports. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
