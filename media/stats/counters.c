/* counters.c -- names of the counters, and those of the control thread. */
#include "media/stats/counters.h"

const struct counter_description drop_descriptions[] = {
#define DROP(NAME, text, sentence) [DROP_##NAME] = { .name = (text), .help = (sentence) },
#include "media/stats/counters.def"
};

const struct counter_description relayed_descriptions[] = {
#define RELAYED(NAME, text, sentence) [RELAYED_##NAME] = { .name = (text), .help = (sentence) },
#include "media/stats/counters.def"
};

const struct counter_description control_descriptions[] = {
#define CONTROL(NAME, text, sentence) [CONTROL_##NAME] = { .name = (text), .help = (sentence) },
#include "media/stats/counters.def"
};

static _Atomic uint64_t control_counters[CONTROL_COUNT];

void control_count(enum control c)
{
	counter_add(&control_counters[c], 1);
}

uint64_t control_get(enum control c)
{
	return counter_get(&control_counters[c]);
}
