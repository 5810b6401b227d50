/* turns.h -- turning a loop by hand: so many turns, or until something is true.  Time
 * stands unless the test moves it, and nothing sleeps. */
#ifndef TESTS_UNIT_TURNS_H
#define TESTS_UNIT_TURNS_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/check.h"
#include "common/clock.h"
#include "common/loop.h"

enum { TURNS_SETTLED = 40, TURNS_MAX = 20000 };

struct turns {
	struct loop *loop;
	unsigned left;
	bool (*is_done)(void *arg);
	void *arg;
};

static inline void turns_next(void *arg)
{
	struct turns *t = arg;

	if (t->left == 0 || (t->is_done && t->is_done(t->arg))) {
		loop_stop(t->loop);
		return;
	}
	t->left--;
	CHECK(loop_post(t->loop, turns_next, t) == ERR_NONE);
}

/* Enough turns for everything that is on its way between sockets of this process. */
static inline void turns_settle(struct loop *l)
{
	struct turns t = { .loop = l, .left = TURNS_SETTLED };

	CHECK(loop_post(l, turns_next, &t) == ERR_NONE);
	loop_run(l);
}

/* False: it has not become true. */
static inline bool turns_until(struct loop *l, bool (*is_done)(void *arg), void *arg)
{
	struct turns t = { .loop = l, .left = TURNS_MAX, .is_done = is_done, .arg = arg };

	CHECK(loop_post(l, turns_next, &t) == ERR_NONE);
	loop_run(l);
	return is_done(arg);
}

static inline void turns_advance(struct loop *l, int64_t delta_us)
{
	clock_advance_test(delta_us);
	turns_settle(l);
}

#endif
