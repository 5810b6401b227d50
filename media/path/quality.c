/* quality.c -- sequence numbers and arrival times, packet by packet. */
#include "media/path/quality.h"

/* RFC 3550 A.1: a longer jump is a restart, a shorter step back is reordering. */
enum { DROPOUT_MAX = 3000, MISORDER_MAX = 100 };

static void publish_lost(struct quality *q)
{
	uint32_t expected = (q->cycles << 16) + q->max_seq - q->base_seq + 1;
	uint64_t lost = expected > q->received ? expected - q->received : 0;

	atomic_store_explicit(&q->lost, q->lost_before + lost, memory_order_relaxed);
}

static void start_run(struct quality *q, const struct rtp_header *h)
{
	q->lost_before = atomic_load_explicit(&q->lost, memory_order_relaxed);
	q->ssrc = h->ssrc;
	q->is_started = true;
	q->may_resync = false;
	q->max_seq = h->seq;
	q->base_seq = h->seq;
	q->cycles = 0;
	q->received = 0;
	q->transit = 0;
}

/* False: the packet is far out of sequence and is not part of this run. */
static bool note_sequence(struct quality *q, uint16_t seq)
{
	uint16_t step = (uint16_t)(seq - q->max_seq);

	if (step < DROPOUT_MAX) {
		if (seq < q->max_seq)
			q->cycles++;
		q->max_seq = seq;
		q->may_resync = false;
		return true;
	}
	if (step > UINT16_MAX - MISORDER_MAX)
		return true;
	return false;
}

static void note_jitter(struct quality *q, const struct rtp_header *h, int64_t now_us)
{
	uint32_t rate = packet_get_clock_rate(h->payload_type);
	int32_t transit = (int32_t)((uint32_t)(uint64_t)(now_us * rate / 1000000) - h->timestamp);
	int64_t difference = (int64_t)transit - q->transit;

	if (q->received > 1) {
		if (difference < 0)
			difference = -difference;
		/* A new talk spurt may restart the sender's clock: that is not jitter. */
		if (difference < (int64_t)rate)
			q->jitter_16 += (uint32_t)difference - ((q->jitter_16 + 8) >> 4);
		atomic_store_explicit(&q->jitter_us,
				      (uint32_t)((uint64_t)q->jitter_16 * 1000000 / 16 / rate),
				      memory_order_relaxed);
	}
	q->transit = transit;
}

void quality_note(struct quality *q, const struct rtp_header *h, int64_t now_us)
{
	if (!q->is_started || h->ssrc != q->ssrc) {
		start_run(q, h);
	} else if (!note_sequence(q, h->seq)) {
		if (!q->may_resync || h->seq != q->resync_seq) {
			q->resync_seq = (uint16_t)(h->seq + 1);
			q->may_resync = true;
			return;
		}
		start_run(q, h);
	}
	q->received++;
	publish_lost(q);
	note_jitter(q, h, now_us);
}
