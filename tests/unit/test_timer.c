/* test_timer.c -- common/timer: never early, never lost, in any order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/clock.h"
#include "common/timer.h"

enum { MANY = 2000, ROUNDS = 3000 };

static struct timer_queue queue;

struct alarm {
	struct timer timer;
	int64_t due_us;
	unsigned fired;
};

static void on_alarm(struct timer *t)
{
	struct alarm *a = CONTAINER_OF(t, struct alarm, timer);

	a->fired++;
	assert_true(clock_now_us() >= a->due_us);
}

static int set_up(void **state)
{
	(void)state;
	clock_set_test(CLOCK_SECONDS(1000) + 137);
	timer_queue_init(&queue);
	return 0;
}

static void start(struct alarm *a, int64_t delay_us)
{
	a->due_us = clock_now_us() + delay_us;
	timer_start(&queue, &a->timer, delay_us);
}

static void fires_once_and_never_early(void **state)
{
	struct alarm a = { 0 };

	(void)state;
	timer_init(&a.timer, on_alarm);
	start(&a, CLOCK_MS(250));
	clock_advance_test(CLOCK_MS(250) - 1);
	timer_queue_run(&queue);
	assert_int_equal(a.fired, 0);
	clock_advance_test(CLOCK_MS(1) + 1);
	timer_queue_run(&queue);
	timer_queue_run(&queue);
	assert_int_equal(a.fired, 1);
	assert_false(timer_is_running(&a.timer));
}

static void a_stopped_timer_does_not_fire(void **state)
{
	struct alarm a = { 0 };

	(void)state;
	timer_init(&a.timer, on_alarm);
	start(&a, CLOCK_MS(5));
	timer_stop(&queue, &a.timer);
	timer_stop(&queue, &a.timer);
	clock_advance_test(CLOCK_SECONDS(1));
	timer_queue_run(&queue);
	assert_int_equal(a.fired, 0);
	assert_int_equal(timer_queue_get_wait_us(&queue), -1);
}

static void a_restarted_timer_forgets_its_first_time(void **state)
{
	struct alarm a = { 0 };

	(void)state;
	timer_init(&a.timer, on_alarm);
	start(&a, CLOCK_MS(5));
	start(&a, CLOCK_SECONDS(100));
	clock_advance_test(CLOCK_SECONDS(50));
	timer_queue_run(&queue);
	assert_int_equal(a.fired, 0);
	clock_advance_test(CLOCK_SECONDS(51));
	timer_queue_run(&queue);
	assert_int_equal(a.fired, 1);
}

static struct alarm other;

static void stop_other(struct timer *t)
{
	(void)t;
	timer_stop(&queue, &other.timer);
}

static void a_callback_may_stop_a_timer_due_at_the_same_time(void **state)
{
	struct timer first;

	(void)state;
	other = (struct alarm){ 0 };
	timer_init(&first, stop_other);
	timer_init(&other.timer, on_alarm);
	timer_start(&queue, &first, CLOCK_MS(10));
	start(&other, CLOCK_MS(10));
	clock_advance_test(CLOCK_MS(20));
	timer_queue_run(&queue);
	assert_int_equal(other.fired, 0);
}

static unsigned repeats;

static void start_again(struct timer *t)
{
	repeats++;
	timer_start(&queue, t, 0);
}

static void a_timer_that_starts_itself_without_delay_waits_for_the_next_run(void **state)
{
	struct timer t;

	(void)state;
	repeats = 0;
	timer_init(&t, start_again);
	timer_start(&queue, &t, 0);
	clock_advance_test(CLOCK_MS(1));
	timer_queue_run(&queue);
	assert_int_equal(repeats, 1);
	timer_stop(&queue, &t);
}

/* Small generator: the same numbers in every run. */
static uint64_t next_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return *seed >> 33;
}

/* Delays from none to beyond the wheel's widest turn, steps from 1 us to hours: each
 * timer must fire between its time and the first run 1 ms later. */
static void agrees_with_a_plain_list_whatever_the_delays(void **state)
{
	static struct alarm alarms[MANY];
	uint64_t seed = 42;

	(void)state;
	for (int i = 0; i < MANY; i++) {
		alarms[i] = (struct alarm){ 0 };
		timer_init(&alarms[i].timer, on_alarm);
		start(&alarms[i], (int64_t)(next_random(&seed) >> (next_random(&seed) % 31)) * 10);
	}
	for (int round = 0; round < ROUNDS; round++) {
		struct alarm *a = &alarms[next_random(&seed) % MANY];

		clock_advance_test(1 + (int64_t)(next_random(&seed) >> (next_random(&seed) % 31)));
		timer_queue_run(&queue);
		if (round % 16 == 0) {
			a->fired = 0;
			start(a, (int64_t)(next_random(&seed) >> (next_random(&seed) % 31)));
		}
		if (round % 100)
			continue;
		for (int i = 0; i < MANY; i++) {
			bool is_due = alarms[i].due_us + CLOCK_MS(1) <= clock_now_us();

			assert_true(alarms[i].fired <= 1);
			if (is_due)
				assert_int_equal(alarms[i].fired, 1);
			assert_int_equal(timer_is_running(&alarms[i].timer), alarms[i].fired == 0);
		}
	}
	for (int i = 0; i < MANY; i++)
		timer_stop(&queue, &alarms[i].timer);
}

static void never_says_to_wait_longer_than_the_next_timer(void **state)
{
	struct alarm a = { 0 };
	uint64_t seed = 7;

	(void)state;
	timer_init(&a.timer, on_alarm);
	for (int i = 0; i < ROUNDS; i++) {
		unsigned turns = 0;

		a.fired = 0;
		start(&a, (int64_t)(next_random(&seed) >> (next_random(&seed) % 31)));
		while (!a.fired) {
			int64_t wait_us = timer_queue_get_wait_us(&queue);

			assert_true(wait_us >= 0);
			assert_true(clock_now_us() + wait_us <= a.due_us + CLOCK_MS(1));
			clock_advance_test(wait_us);
			timer_queue_run(&queue);
			assert_true(++turns < 64);
		}
	}
}

static void wall_clock_jumps_do_not_matter_and_long_delays_do_not_overflow(void **state)
{
	struct alarm a = { 0 };

	(void)state;
	timer_init(&a.timer, on_alarm);
	timer_start(&queue, &a.timer, INT64_C(1) << 60);
	clock_advance_test(CLOCK_SECONDS(86400));
	timer_queue_run(&queue);
	assert_int_equal(a.fired, 0);
	timer_stop(&queue, &a.timer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(fires_once_and_never_early, set_up),
		cmocka_unit_test_setup(a_stopped_timer_does_not_fire, set_up),
		cmocka_unit_test_setup(a_restarted_timer_forgets_its_first_time, set_up),
		cmocka_unit_test_setup(a_callback_may_stop_a_timer_due_at_the_same_time, set_up),
		cmocka_unit_test_setup(
			a_timer_that_starts_itself_without_delay_waits_for_the_next_run, set_up),
		cmocka_unit_test_setup(agrees_with_a_plain_list_whatever_the_delays, set_up),
		cmocka_unit_test_setup(never_says_to_wait_longer_than_the_next_timer, set_up),
		cmocka_unit_test_setup(
			wall_clock_jumps_do_not_matter_and_long_delays_do_not_overflow, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
