/* test_shapes.c -- every state machine of the product has a sound table: no row that
 * can never be taken, no state out of reach, none that waits for ever. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "common/fsm.h"

/* The Makefile collects the names, so that a new machine cannot be forgotten. */
#define MACHINE(name) extern const struct fsm_table name##_fsm;
#include "gen/machines.def"
#undef MACHINE

static const struct fsm_table *const machines[] = {
#define MACHINE(name) &name##_fsm,
#include "gen/machines.def"
#undef MACHINE
};

static void has_a_sound_shape(void **state)
{
	const struct fsm_table *table = *state;
	static char space[16384];
	struct text findings;
	unsigned count;

	text_init(&findings, space, sizeof(space));
	count = fsm_check_shape(table, &findings);
	if (count)
		print_error("%s", text_get_string(&findings));
	assert_int_equal(count, 0);
}

int main(void)
{
	enum { COUNT = sizeof(machines) / sizeof(machines[0]) };
	static struct CMUnitTest tests[COUNT];
	static char names[COUNT][64];

	for (unsigned i = 0; i < COUNT; i++) {
		snprintf(names[i], sizeof(names[i]), "%s_has_a_sound_shape", machines[i]->name);
		tests[i].name = names[i];
		tests[i].test_func = has_a_sound_shape;
		tests[i].initial_state = (void *)(uintptr_t)machines[i];
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
