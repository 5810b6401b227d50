/* refusal.c -- the rate limit in front of log lines that a stranger can cause. */
#include "signaling/transport/refusal.h"

#include "common/clock.h"
#include "common/hash.h"
#include "common/log.h"
#include "signaling/transport/counters.h"

static uint64_t hash_source(const struct addr *source)
{
	uint8_t blob[ADDR_BLOB_MAX];
	struct addr without_port = *source;

	addr_set_port(&without_port, 0);
	return hash_bytes(blob, addr_to_blob(&without_port, blob)) | 1;
}

static bool is_second_full(struct refusals *r, int64_t now_us)
{
	if (now_us - r->second_us >= CLOCK_SECONDS(1)) {
		r->second_us = now_us;
		r->in_second = 0;
	}
	return r->in_second >= REFUSAL_PER_SECOND;
}

void refusal_log(struct refusals *r, const char *sentence, const struct addr *source,
		 const char *reason, const char *fix)
{
	uint64_t key = hash_source(source);
	struct refusal_slot *slot = &r->slots[key / 2 % REFUSAL_SLOTS];
	int64_t now_us = clock_now_us();
	bool is_repeat = slot->source == key &&
			 now_us - slot->last_us < CLOCK_SECONDS(REFUSAL_REPEAT_S);

	if (is_repeat || is_second_full(r, now_us)) {
		slot->kept_back++;
		counter_add(COUNT_log_lines_saved, 1);
		return;
	}
	r->in_second++;
	log_warn(sentence, F_ADDR("peer", source), F_STR("reason", reason), F_STR("fix", fix),
		 F_INT("kept_back", slot->kept_back));
	*slot = (struct refusal_slot){ .source = key, .last_us = now_us };
}
