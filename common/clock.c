/* clock.c -- the boot-time clock, or a test's own. */
#include "common/clock.h"

#include <stdatomic.h>
#include <time.h>

enum { NO_TEST = -1 };

static atomic_llong test_now_us = NO_TEST;

static int64_t read_clock(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_now_us(void)
{
	long long test = atomic_load_explicit(&test_now_us, memory_order_relaxed);

	return test == NO_TEST ? read_clock(CLOCK_BOOTTIME) : test;
}

int64_t clock_wall_us(void)
{
	long long test = atomic_load_explicit(&test_now_us, memory_order_relaxed);

	return test == NO_TEST ? read_clock(CLOCK_REALTIME) : test;
}

void clock_set_test(int64_t now_us)
{
	atomic_store_explicit(&test_now_us, now_us, memory_order_relaxed);
}

void clock_advance_test(int64_t delta_us)
{
	atomic_fetch_add_explicit(&test_now_us, delta_us, memory_order_relaxed);
}
