/* refusal.h -- one log line for each refused peer: why, and what to do.  A peer that
 * comes back every second, or a thousand of them, does not fill the log. */
#ifndef SIGNALING_TRANSPORT_REFUSAL_H
#define SIGNALING_TRANSPORT_REFUSAL_H
#include "common/addr.h"

enum {
	REFUSAL_SLOTS = 256,
	REFUSAL_REPEAT_S = 10, /* the same source is named again after this */
	REFUSAL_PER_SECOND = 20, /* lines of all sources together */
};

struct refusals {
	struct refusal_slot {
		uint64_t source;
		int64_t last_us;
		unsigned kept_back;
	} slots[REFUSAL_SLOTS];
	int64_t second_us;
	unsigned in_second;
};

/* sentence is fixed text; reason and fix are for the operator. */
void refusal_log(struct refusals *r, const char *sentence, const struct addr *source,
		 const char *reason, const char *fix);

#endif
