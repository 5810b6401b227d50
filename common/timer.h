/* timer.h -- timers of one thread on the monotonic clock: a hierarchical wheel of
 * 1 ms ticks, so start and stop cost the same with ten timers or a million. */
#ifndef COMMON_TIMER_H
#define COMMON_TIMER_H
#include <stdbool.h>
#include <stdint.h>

#include "common/list.h"

enum { TIMER_LEVELS = 6, TIMER_SLOTS = 64 };

struct timer;
typedef void timer_fn(struct timer *t);

/* Lives inside its owner, who finds itself with CONTAINER_OF. */
struct timer {
	struct list node;
	int64_t due_tick;
	timer_fn *fn;
	uint8_t level, slot;
};

struct timer_queue {
	int64_t now_tick;
	uint64_t busy[TIMER_LEVELS];
	struct list slots[TIMER_LEVELS][TIMER_SLOTS];
	struct list due;
};

void timer_queue_init(struct timer_queue *q);
void timer_init(struct timer *t, timer_fn *fn);
/* Never early, at most 1 ms plus the loop's delay late.  Restarts a running one. */
void timer_start(struct timer_queue *q, struct timer *t, int64_t delay_us);
void timer_stop(struct timer_queue *q, struct timer *t);
bool timer_is_running(const struct timer *t);
/* Calls what is due at clock_now_us(); a callback may start and stop any timer. */
void timer_queue_run(struct timer_queue *q);
/* Microseconds until timer_queue_run has something to do; -1: no timer runs. */
int64_t timer_queue_get_wait_us(const struct timer_queue *q);

#endif
