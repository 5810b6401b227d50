/* counters.h -- the transports' counters; any worker may count at any time. */
#ifndef SIGNALING_TRANSPORT_COUNTERS_H
#define SIGNALING_TRANSPORT_COUNTERS_H
#include <stdint.h>

enum counter {
#define COUNTER(name, help) COUNT_##name,
#include "signaling/transport/counters.def"
	COUNT_COUNT
};

void counter_add(enum counter c, uint64_t amount);
uint64_t counter_get(enum counter c);

#endif
