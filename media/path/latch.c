/* latch.c -- the guarded latch. */
#include "media/path/latch.h"

#include "common/clock.h"

enum { PROOF_SEQ_STEP_MAX = 5 }; /* a few lost packets do not spoil the proof */

static void open_window(struct latch *l, int64_t now_us)
{
	l->opened_us = now_us;
}

void latch_set(struct latch *l, const struct addr *told, enum latch_mode mode, int64_t now_us)
{
	bool is_new = !addr_is_equal(&l->told, told);

	l->told = *told;
	if (mode == LATCH_MODE_FIXED) {
		l->state = LATCH_FIXED;
		l->remote = *told;
		return;
	}
	if (!is_new && mode == LATCH_MODE_LEARN && l->state != LATCH_FIXED) {
		latch_extend(l, now_us);
		return;
	}
	l->state = LATCH_WAITING;
	l->remote = *told;
	l->proof_count = 0;
	open_window(l, now_us);
}

void latch_extend(struct latch *l, int64_t now_us)
{
	if (l->state == LATCH_WAITING)
		open_window(l, now_us);
}

enum latch_answer latch_judge(const struct latch *l, const struct addr *source, int64_t now_us)
{
	if (addr_is_set(&l->remote) && addr_is_equal(&l->remote, source))
		return LATCH_ACCEPT;
	if (addr_is_set(&l->told) && addr_is_equal(&l->told, source))
		return LATCH_ACCEPT;
	if (l->state == LATCH_WAITING && now_us - l->opened_us < CLOCK_SECONDS(LATCH_WINDOW_S))
		return LATCH_PROVE;
	return LATCH_REFUSE;
}

void latch_learn(struct latch *l, const struct addr *source)
{
	if (l->state == LATCH_FIXED)
		return;
	if (addr_is_set(&l->told) && addr_is_equal(&l->told, source)) {
		l->state = LATCH_TOLD;
		l->remote = l->told;
	} else if (l->state == LATCH_WAITING) {
		l->state = LATCH_LEARNED;
		l->remote = *source;
	}
}

void latch_forget(struct latch *l)
{
	if (l->state != LATCH_LEARNED)
		return;
	l->state = LATCH_WAITING;
	l->remote = l->told;
	l->proof_count = 0;
}

static void count_proof(struct latch *l, const struct addr *source, const struct latch_proof *p)
{
	uint16_t step = (uint16_t)(p->seq - l->proof_seq);

	if (l->proof_count && p->ssrc == l->proof_ssrc && step > 0 && step <= PROOF_SEQ_STEP_MAX &&
	    addr_is_equal(&l->candidate, source)) {
		if (l->proof_count < LATCH_FAR_PACKETS)
			l->proof_count++;
	} else {
		l->candidate = *source;
		l->proof_ssrc = p->ssrc;
		l->proof_count = 1;
	}
	l->proof_seq = p->seq;
}

/* In LATCH_WAITING the told address has been silent since the window was opened. */
static bool is_proven(const struct latch *l, int64_t now_us)
{
	if (!addr_is_set(&l->told) || addr_is_same_host(&l->told, &l->candidate))
		return l->proof_count >= LATCH_NEAR_PACKETS;
	return l->proof_count >= LATCH_FAR_PACKETS &&
	       now_us - l->opened_us >= CLOCK_MS(LATCH_FAR_SILENCE_MS);
}

bool latch_prove(struct latch *l, const struct addr *source, const struct latch_proof *proof)
{
	count_proof(l, source, proof);
	if (!is_proven(l, proof->now_us))
		return false;
	latch_learn(l, source);
	return true;
}
