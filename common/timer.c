/* timer.c -- hierarchical timing wheel (Varghese, Lauck 1987).
 * A timer sits on the level of the highest bit of its distance and falls to a
 * lower level each time the level's hand reaches its slot. */
#include "common/timer.h"

#include "common/check.h"
#include "common/clock.h"

enum { TICK_US = 1000, SLOT_BITS = 6, SLOT_MASK = TIMER_SLOTS - 1, LEVEL_NONE = 0xff };

#define MAX_DISTANCE (((int64_t)1 << (SLOT_BITS * TIMER_LEVELS)) - 1)

static int64_t tick_now(void)
{
	return clock_now_us() / TICK_US;
}

void timer_queue_init(struct timer_queue *q)
{
	q->now_tick = tick_now();
	list_init(&q->due);
	for (int level = 0; level < TIMER_LEVELS; level++) {
		q->busy[level] = 0;
		for (int slot = 0; slot < TIMER_SLOTS; slot++)
			list_init(&q->slots[level][slot]);
	}
}

void timer_init(struct timer *t, timer_fn *fn)
{
	list_init(&t->node);
	t->fn = fn;
	t->level = LEVEL_NONE;
}

bool timer_is_running(const struct timer *t)
{
	return !list_is_empty(&t->node);
}

static void insert(struct timer_queue *q, struct timer *t)
{
	int64_t distance = t->due_tick - q->now_tick;
	int level = 0;

	if (distance <= 0) {
		t->level = LEVEL_NONE;
		list_append(&q->due, &t->node);
		return;
	}
	while (level < TIMER_LEVELS - 1 && distance >> (SLOT_BITS * (level + 1)))
		level++;
	t->level = (uint8_t)level;
	t->slot = (uint8_t)(t->due_tick >> (SLOT_BITS * level) & SLOT_MASK);
	list_append(&q->slots[level][t->slot], &t->node);
	q->busy[level] |= (uint64_t)1 << t->slot;
}

void timer_stop(struct timer_queue *q, struct timer *t)
{
	list_remove(&t->node);
	if (t->level != LEVEL_NONE && list_is_empty(&q->slots[t->level][t->slot]))
		q->busy[t->level] &= ~((uint64_t)1 << t->slot);
	t->level = LEVEL_NONE;
}

void timer_start(struct timer_queue *q, struct timer *t, int64_t delay_us)
{
	/* Both roundings go up: a timer never fires early. */
	int64_t due = (clock_now_us() + delay_us + TICK_US - 1) / TICK_US;

	CHECK(t->fn);
	timer_stop(q, t);
	if (due - q->now_tick > MAX_DISTANCE)
		due = q->now_tick + MAX_DISTANCE;
	t->due_tick = due;
	insert(q, t);
}

static void take_slot(struct timer_queue *q, int level, int slot, struct list *out)
{
	LIST_FOR_EACH(node, &q->slots[level][slot]) {
		list_remove(node);
		list_append(out, node);
	}
	q->busy[level] &= ~((uint64_t)1 << slot);
}

/* Moves everything whose slot the hands have passed to `out`. */
static void advance(struct timer_queue *q, int64_t now, struct list *out)
{
	for (int level = 0; level < TIMER_LEVELS; level++) {
		int64_t from = q->now_tick >> (SLOT_BITS * level);
		int64_t to = now >> (SLOT_BITS * level);
		int64_t steps = to - from < TIMER_SLOTS ? to - from : TIMER_SLOTS;

		if (steps == 0)
			break;
		for (int64_t i = 1; q->busy[level] && i <= steps; i++)
			take_slot(q, level, (int)((from + i) & SLOT_MASK), out);
	}
	q->now_tick = now;
}

void timer_queue_run(struct timer_queue *q)
{
	int64_t now = tick_now();
	struct list passed;

	list_init(&passed);
	if (now > q->now_tick)
		advance(q, now, &passed);
	LIST_FOR_EACH(node, &passed) {
		list_remove(node);
		insert(q, CONTAINER_OF(node, struct timer, node));
	}
	/* What a callback starts with no delay waits for the next run. */
	list_init(&passed);
	LIST_FOR_EACH(node, &q->due) {
		list_remove(node);
		list_append(&passed, node);
	}
	while (!list_is_empty(&passed)) {
		struct timer *t = CONTAINER_OF(passed.next, struct timer, node);

		list_remove(&t->node);
		t->fn(t);
	}
}

int64_t timer_queue_get_wait_us(const struct timer_queue *q)
{
	int64_t best = -1, now;

	if (!list_is_empty(&q->due))
		return 0;
	for (int level = 0; level < TIMER_LEVELS; level++) {
		int64_t hand = q->now_tick >> (SLOT_BITS * level);
		unsigned turn = (unsigned)(hand & SLOT_MASK);
		uint64_t busy = q->busy[level], turned;
		int64_t tick;

		if (!busy)
			continue;
		turned = turn ? busy >> turn | busy << (TIMER_SLOTS - turn) : busy;
		/* Bit 0 is the hand's own slot: a whole turn away. */
		tick = turned & ~(uint64_t)1 ? __builtin_ctzll(turned & ~(uint64_t)1) : TIMER_SLOTS;
		tick = (hand + tick) << (SLOT_BITS * level);
		if (best < 0 || tick < best)
			best = tick;
	}
	if (best < 0)
		return -1;
	now = clock_now_us();
	return best * TICK_US > now ? best * TICK_US - now : 0;
}
