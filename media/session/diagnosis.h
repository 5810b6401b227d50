/* diagnosis.h -- one sentence about what was wrong with the media of a session, from
 * its counters; nothing when all was well. */
#ifndef MEDIA_SESSION_DIAGNOSIS_H
#define MEDIA_SESSION_DIAGNOSIS_H
#include <stdbool.h>
#include <stdint.h>

#include "common/text.h"
#include "media/session/session.h"

/* What is known of one side. */
struct diagnosis_side {
	const char *realm;
	bool is_expected; /* signaling lets it send and said where it is */
	bool is_secure;
	uint64_t received, lost;
	uint64_t drops[DROP_COUNT];
	int64_t quiet_us; /* since its last packet; only with received */
};

void diagnosis_read(const struct session *s, unsigned side, int64_t now_us,
		    struct diagnosis_side *out_side);
void diagnosis_print(const struct diagnosis_side sides[RELAY_SIDES], struct text *out);

#endif
