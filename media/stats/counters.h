/* counters.h -- the lists of counters.def as numbers.  Each counter has one thread
 * that writes it; anybody may read, without a lock and perhaps a packet late. */
#ifndef MEDIA_STATS_COUNTERS_H
#define MEDIA_STATS_COUNTERS_H
#include <stdatomic.h>
#include <stdint.h>

enum drop {
#define DROP(NAME, name, help) DROP_##NAME,
#include "media/stats/counters.def"
	DROP_COUNT
};

enum relayed {
#define RELAYED(NAME, name, help) RELAYED_##NAME,
#include "media/stats/counters.def"
	RELAYED_COUNT
};

enum control {
#define CONTROL(NAME, name, help) CONTROL_##NAME,
#include "media/stats/counters.def"
	CONTROL_COUNT
};

/* Written by one worker. */
struct relay_counters {
	_Atomic uint64_t drops[DROP_COUNT];
	_Atomic uint64_t relayed[RELAYED_COUNT];
};

struct counter_description {
	const char *name, *help;
};

extern const struct counter_description drop_descriptions[DROP_COUNT];
extern const struct counter_description relayed_descriptions[RELAYED_COUNT];
extern const struct counter_description control_descriptions[CONTROL_COUNT];

/* The control thread's own. */
void control_count(enum control c);
uint64_t control_get(enum control c);

/* Only by the counter's one writer: no bus lock is needed. */
static inline void counter_add(_Atomic uint64_t *counter, uint64_t n)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + n,
			      memory_order_relaxed);
}

static inline uint64_t counter_get(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

#endif
