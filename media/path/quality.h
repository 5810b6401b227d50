/* quality.h -- loss and jitter of one incoming stream (RFC 3550 A.1, A.3, A.8). */
#ifndef MEDIA_PATH_QUALITY_H
#define MEDIA_PATH_QUALITY_H
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "media/path/packet.h"

/* Written by the stream's worker; `lost` and `jitter_us` may be read by anybody. */
struct quality {
	uint32_t ssrc;
	uint16_t max_seq, resync_seq;
	bool is_started, may_resync;
	uint32_t cycles; /* of max_seq, in units of 65536 packets */
	uint32_t base_seq;
	uint32_t received; /* of this run of sequence numbers */
	int32_t transit;
	uint32_t jitter_16;   /* in RTP ticks, scaled by 16 */
	uint64_t lost_before; /* by earlier SSRCs and runs */
	_Atomic uint64_t lost;
	_Atomic uint32_t jitter_us;
};

void quality_note(struct quality *q, const struct rtp_header *h, int64_t now_us);

#endif
