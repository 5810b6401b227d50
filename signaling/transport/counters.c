/* counters.c -- one relaxed atomic per row of counters.def, shared by all workers. */
#include "signaling/transport/counters.h"

#include <stdatomic.h>

#include "signaling/transport/transport.h"

static atomic_ullong values[COUNT_COUNT];

static const struct {
	const char *name, *help;
} rows[] = {
#define COUNTER(counter_name, counter_help) { .name = #counter_name, .help = counter_help },
#include "signaling/transport/counters.def"
};

void counter_add(enum counter c, uint64_t amount)
{
	atomic_fetch_add_explicit(&values[c], amount, memory_order_relaxed);
}

uint64_t counter_get(enum counter c)
{
	return atomic_load_explicit(&values[c], memory_order_relaxed);
}

void transport_visit_counters(void (*visit)(void *arg, const char *name, uint64_t value,
					    const char *help),
			      void *arg)
{
	for (unsigned i = 0; i < COUNT_COUNT; i++)
		visit(arg, rows[i].name, counter_get((enum counter)i), rows[i].help);
}
