/* test_permit.c -- who may speak for whom on the bus. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <unistd.h>

#include "common/ipc/ipc.h"

static void allows_root_and_our_own_user_in_every_role(void **state)
{
	(void)state;
	for (int role = 0; role < IPC_ROLE_COUNT; role++) {
		struct ipc_peer root = { .role = (enum ipc_role)role, .uid = 0 };
		struct ipc_peer own = { .role = (enum ipc_role)role, .uid = geteuid() };

		assert_true(ipc_peer_is_allowed(&root));
		assert_true(ipc_peer_is_allowed(&own));
	}
}

static void refuses_strangers_in_every_role(void **state)
{
	uid_t stranger = geteuid() == 4000000001u ? 4000000002u : 4000000001u;

	(void)state;
	for (int role = 0; role < IPC_ROLE_COUNT; role++) {
		struct ipc_peer peer = { .role = (enum ipc_role)role, .uid = stranger };

		assert_false(ipc_peer_is_allowed(&peer));
	}
}

static void refuses_a_role_that_does_not_exist(void **state)
{
	struct ipc_peer peer = { .role = (enum ipc_role)77, .uid = 4000000001u };

	(void)state;
	assert_false(ipc_peer_is_allowed(&peer));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allows_root_and_our_own_user_in_every_role),
		cmocka_unit_test(refuses_strangers_in_every_role),
		cmocka_unit_test(refuses_a_role_that_does_not_exist),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
