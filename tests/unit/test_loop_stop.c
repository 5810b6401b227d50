/* test_loop_stop.c -- the end of a loop that was told to stop more often than once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/loop.h"

static void a_stop_that_nobody_waited_for_does_not_hinder_the_end(void **state)
{
	struct loop *l;

	(void)state;
	assert_int_equal(loop_create(&l), ERR_NONE);
	loop_stop(l);
	loop_run(l);
	loop_stop(l);
	loop_destroy(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stop_that_nobody_waited_for_does_not_hinder_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
