/* test_media_latch.c -- whom a media port listens to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "common/clock.h"
#include "media/path/latch.h"

static const struct addr nobody;

static struct addr make(const char *host, uint16_t port)
{
	struct addr a;

	assert_int_equal(addr_parse(slice_from_text(host), port, &a), ERR_NONE);
	return a;
}

static bool prove(struct latch *l, const struct addr *source, uint32_t ssrc, uint16_t seq,
		  int64_t now_us)
{
	struct latch_proof proof = { ssrc, seq, now_us };

	return latch_prove(l, source, &proof);
}

/* How many packets of a stream without a gap, 20 ms apart, are heard in vain. */
static unsigned count_unheard(struct latch *l, const struct addr *source, uint16_t seq,
			      int64_t now_us)
{
	unsigned count = 0;

	while (!prove(l, source, 77, seq++, now_us)) {
		assert_true(++count < 100);
		now_us += CLOCK_MS(20);
	}
	return count;
}

static void accepts_only_the_told_address_when_fixed(void **state)
{
	struct addr told = make("192.0.2.1", 5000), other = make("192.0.2.1", 5001);
	struct latch l = { 0 };

	(void)state;
	latch_set(&l, &told, LATCH_MODE_FIXED, 0);
	assert_int_equal(latch_judge(&l, &told, 1), LATCH_ACCEPT);
	assert_int_equal(latch_judge(&l, &other, 1), LATCH_REFUSE);
	latch_learn(&l, &told);
	assert_true(addr_is_equal(&l.remote, &told));
}

static void sends_to_the_told_address_before_anybody_spoke(void **state)
{
	struct addr told = make("192.0.2.1", 5000);
	struct latch l = { 0 };

	(void)state;
	latch_set(&l, &told, LATCH_MODE_LEARN, 0);
	assert_true(addr_is_equal(&l.remote, &told));
}

static void learns_nobody_once_the_told_address_has_spoken(void **state)
{
	struct addr told = make("192.0.2.1", 5000), other = make("198.51.100.9", 6000);
	struct latch l = { 0 };

	(void)state;
	latch_set(&l, &told, LATCH_MODE_LEARN, 0);
	assert_int_equal(latch_judge(&l, &other, 1), LATCH_PROVE);
	latch_learn(&l, &told);
	assert_int_equal(latch_judge(&l, &other, 1), LATCH_REFUSE);
}

static void learns_another_port_of_the_told_host_from_three_packets(void **state)
{
	struct addr told = make("10.0.0.1", 5000), nat = make("10.0.0.1", 6000);
	struct latch l = { 0 };

	(void)state;
	latch_set(&l, &told, LATCH_MODE_LEARN, 0);
	/* a jump and another SSRC begin anew */
	assert_false(prove(&l, &nat, 77, 1, 1));
	assert_false(prove(&l, &nat, 77, 2, 1));
	assert_false(prove(&l, &nat, 77, 900, 1));
	assert_false(prove(&l, &nat, 78, 901, 1));
	assert_int_equal(l.state, LATCH_WAITING);
	assert_int_equal(count_unheard(&l, &nat, 20, 1), LATCH_NEAR_PACKETS - 1);
	assert_true(addr_is_equal(&l.remote, &nat));
	assert_int_equal(latch_judge(&l, &nat, 1), LATCH_ACCEPT);
}

static void learns_another_host_only_from_a_long_stream_after_a_silence(void **state)
{
	struct addr told = make("10.0.0.1", 5000), nat = make("198.51.100.9", 6000);
	int64_t silence_us = CLOCK_MS(LATCH_FAR_SILENCE_MS);
	struct latch l = { 0 };

	(void)state;
	latch_set(&l, &told, LATCH_MODE_LEARN, 0);
	for (uint16_t seq = 1; seq <= 300; seq++) /* however many, it is too early */
		assert_false(prove(&l, &nat, 77, seq, silence_us - 1));
	assert_true(prove(&l, &nat, 77, 301, silence_us));
	latch_set(&l, &told, LATCH_MODE_RELEARN, 0);
	assert_int_equal(count_unheard(&l, &nat, 1, silence_us), LATCH_FAR_PACKETS - 1);
	latch_set(&l, &told, LATCH_MODE_RELEARN, 0);
	assert_int_equal(count_unheard(&l, &nat, 1, 0), LATCH_FAR_SILENCE_MS / 20);
	assert_true(addr_is_equal(&l.remote, &nat));
}

static void another_host_starts_anew_with_each_break_of_its_stream(void **state)
{
	struct addr told = make("10.0.0.1", 5000), nat = make("198.51.100.9", 6000);
	int64_t now_us = CLOCK_SECONDS(1);
	struct latch l = { 0 };

	(void)state;
	latch_set(&l, &told, LATCH_MODE_LEARN, 0);
	for (uint16_t seq = 1; seq < LATCH_FAR_PACKETS; seq++)
		assert_false(prove(&l, &nat, 77, seq, now_us));
	assert_false(prove(&l, &nat, 78, LATCH_FAR_PACKETS, now_us));
	for (uint16_t seq = 1; seq < LATCH_FAR_PACKETS; seq++)
		assert_false(prove(&l, &nat, 78, seq, now_us));
	assert_false(prove(&l, &nat, 78, LATCH_FAR_PACKETS - 1, now_us)); /* the same again */
	assert_int_equal(l.state, LATCH_WAITING);
}

static void a_change_gives_the_told_address_its_time_again(void **state)
{
	struct addr told = make("10.0.0.1", 5000), nat = make("198.51.100.9", 6000);
	struct latch l = { 0 };

	(void)state;
	latch_set(&l, &told, LATCH_MODE_LEARN, 0);
	latch_extend(&l, CLOCK_SECONDS(10));
	assert_int_equal(count_unheard(&l, &nat, 1, CLOCK_SECONDS(10)), LATCH_FAR_SILENCE_MS / 20);
}

static void a_sprayed_packet_neither_wins_nor_spoils_the_stream_behind_it(void **state)
{
	struct addr told = make("10.0.0.1", 5000), nat = make("198.51.100.9", 6000);
	int64_t now_us = CLOCK_SECONDS(1);
	struct latch l = { 0 };

	(void)state;
	latch_set(&l, &told, LATCH_MODE_LEARN, 0);
	for (uint16_t i = 0; i < 100; i++) {
		struct addr sprayer = make("203.0.113.7", (uint16_t)(1024 + i));

		assert_false(prove(&l, &sprayer, 5, i, now_us));
	}
	assert_int_equal(count_unheard(&l, &nat, 10, now_us), LATCH_FAR_PACKETS - 1);
	assert_true(addr_is_equal(&l.remote, &nat));
}

static void what_was_learned_can_be_forgotten(void **state)
{
	struct addr told = make("10.0.0.1", 5001), thief = make("203.0.113.7", 6001);
	struct latch l = { 0 };

	(void)state;
	latch_set(&l, &told, LATCH_MODE_LEARN, 0);
	latch_learn(&l, &thief);
	latch_forget(&l);
	assert_true(addr_is_equal(&l.remote, &told));
	assert_int_equal(l.state, LATCH_WAITING);
	latch_learn(&l, &told);
	latch_forget(&l);
	assert_int_equal(l.state, LATCH_TOLD);
}

static void what_was_learned_is_locked(void **state)
{
	struct addr told = make("10.0.0.1", 5000), nat = make("198.51.100.9", 6000);
	struct addr thief = make("203.0.113.7", 6000);
	struct latch l = { 0 };

	(void)state;
	latch_set(&l, &told, LATCH_MODE_LEARN, 0);
	latch_learn(&l, &nat); /* authenticated */
	assert_int_equal(latch_judge(&l, &thief, 1), LATCH_REFUSE);
	latch_learn(&l, &thief);
	assert_true(addr_is_equal(&l.remote, &nat));
}

static void the_told_address_takes_over_when_it_speaks_after_all(void **state)
{
	struct addr told = make("192.0.2.1", 5000), other = make("198.51.100.9", 6000);
	struct latch l = { 0 };

	(void)state;
	latch_set(&l, &told, LATCH_MODE_LEARN, 0);
	latch_learn(&l, &other);
	assert_int_equal(latch_judge(&l, &told, 1), LATCH_ACCEPT);
	latch_learn(&l, &told);
	assert_true(addr_is_equal(&l.remote, &told));
	assert_int_equal(latch_judge(&l, &other, 1), LATCH_REFUSE);
}

static void learning_ends_with_the_window(void **state)
{
	struct addr told = make("10.0.0.1", 5000), nat = make("198.51.100.9", 6000);
	int64_t end_us = CLOCK_SECONDS(LATCH_WINDOW_S);
	struct latch l = { 0 };

	(void)state;
	latch_set(&l, &told, LATCH_MODE_LEARN, 0);
	assert_int_equal(latch_judge(&l, &nat, end_us - 1), LATCH_PROVE);
	assert_int_equal(latch_judge(&l, &nat, end_us), LATCH_REFUSE);
	assert_int_equal(latch_judge(&l, &told, end_us), LATCH_ACCEPT);
	latch_extend(&l, end_us);
	assert_int_equal(latch_judge(&l, &nat, end_us), LATCH_PROVE);
}

static void the_same_answer_again_keeps_what_was_learned(void **state)
{
	struct addr told = make("10.0.0.1", 5000), nat = make("198.51.100.9", 6000);
	struct latch l = { 0 };

	(void)state;
	latch_set(&l, &told, LATCH_MODE_LEARN, 0);
	latch_learn(&l, &nat);
	latch_set(&l, &told, LATCH_MODE_LEARN, 50);
	assert_true(addr_is_equal(&l.remote, &nat));
}

static void a_new_answer_makes_what_was_learned_void(void **state)
{
	struct addr told = make("10.0.0.1", 5000), nat = make("198.51.100.9", 6000);
	struct addr moved = make("10.0.0.2", 5000);
	struct latch l = { 0 };

	(void)state;
	latch_set(&l, &told, LATCH_MODE_LEARN, 0);
	latch_learn(&l, &nat);
	latch_set(&l, &told, LATCH_MODE_RELEARN, 50);
	assert_true(addr_is_equal(&l.remote, &told));
	assert_int_equal(latch_judge(&l, &nat, 51), LATCH_PROVE);
	latch_learn(&l, &nat);
	latch_set(&l, &moved, LATCH_MODE_LEARN, 60);
	assert_true(addr_is_equal(&l.remote, &moved));
}

static void learns_where_no_address_was_told(void **state)
{
	struct addr source = make("198.51.100.9", 6000);
	struct latch l = { 0 };

	(void)state;
	latch_set(&l, &nobody, LATCH_MODE_FIXED, 0);
	assert_int_equal(latch_judge(&l, &source, 1), LATCH_REFUSE);
	latch_set(&l, &nobody, LATCH_MODE_LEARN, 0);
	assert_int_equal(latch_judge(&l, &source, 1), LATCH_PROVE);
	assert_int_equal(count_unheard(&l, &source, 1, 1), LATCH_NEAR_PACKETS - 1);
	assert_true(addr_is_equal(&l.remote, &source));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts_only_the_told_address_when_fixed),
		cmocka_unit_test(sends_to_the_told_address_before_anybody_spoke),
		cmocka_unit_test(learns_nobody_once_the_told_address_has_spoken),
		cmocka_unit_test(learns_another_port_of_the_told_host_from_three_packets),
		cmocka_unit_test(learns_another_host_only_from_a_long_stream_after_a_silence),
		cmocka_unit_test(another_host_starts_anew_with_each_break_of_its_stream),
		cmocka_unit_test(a_change_gives_the_told_address_its_time_again),
		cmocka_unit_test(a_sprayed_packet_neither_wins_nor_spoils_the_stream_behind_it),
		cmocka_unit_test(what_was_learned_is_locked),
		cmocka_unit_test(what_was_learned_can_be_forgotten),
		cmocka_unit_test(the_told_address_takes_over_when_it_speaks_after_all),
		cmocka_unit_test(learning_ends_with_the_window),
		cmocka_unit_test(the_same_answer_again_keeps_what_was_learned),
		cmocka_unit_test(a_new_answer_makes_what_was_learned_void),
		cmocka_unit_test(learns_where_no_address_was_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
