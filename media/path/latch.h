/* latch.h -- whom a media port listens to, and where its packets go.
 *
 * The address told by signaling may always speak.  With learning allowed, one other
 * source may be learned inside a window after signaling's last change, and only
 * while the told address is silent: an authenticated packet teaches at once, a plain
 * source must first show a steady stream, so that a sprayed packet wins nothing.  A
 * few packets do for another port of the told host, or where no address was told;
 * another host must go on for longer, and the told address have had its time to
 * speak.  What was learned holds until signaling says otherwise or the told address
 * speaks after all. */
#ifndef MEDIA_PATH_LATCH_H
#define MEDIA_PATH_LATCH_H
#include <stdbool.h>
#include <stdint.h>

#include "common/addr.h"

enum latch_state {
	LATCH_FIXED,   /* the told address only */
	LATCH_WAITING, /* nobody was heard yet; learning is allowed inside the window */
	LATCH_TOLD,    /* the told address has spoken */
	LATCH_LEARNED  /* another source was learned */
};

enum latch_answer { LATCH_REFUSE, LATCH_ACCEPT, LATCH_PROVE };

enum {
	LATCH_WINDOW_S = 30,
	LATCH_NEAR_PACKETS = 3,	   /* the proof of another port of the told host */
	LATCH_FAR_PACKETS = 10,	   /* and of another host, with */
	LATCH_FAR_SILENCE_MS = 300 /* of silence of the told address */
};

struct latch {
	struct addr remote; /* where to send: told or learned; unset: not known */
	uint8_t state;	    /* enum latch_state */
	uint8_t proof_count;
	uint16_t proof_seq;
	uint32_t proof_ssrc;
	struct addr told, candidate;
	int64_t opened_us; /* the window */
};

/* Of a plain RTP packet. */
struct latch_proof {
	uint32_t ssrc;
	uint16_t seq;
	int64_t now_us;
};

/* What signaling says: the address (unset: none), whether to learn, and whether what
 * was learned is void.  A new told address makes it void as well. */
enum latch_mode { LATCH_MODE_FIXED, LATCH_MODE_LEARN, LATCH_MODE_RELEARN };
void latch_set(struct latch *l, const struct addr *told, enum latch_mode mode, int64_t now_us);
/* Opens the window again where nobody was heard yet. */
void latch_extend(struct latch *l, int64_t now_us);
/* May this source speak?  LATCH_PROVE: it may be learned, see the next two. */
enum latch_answer latch_judge(const struct latch *l, const struct addr *source, int64_t now_us);
/* A packet of an accepted source, or an authenticated one of a source to prove. */
void latch_learn(struct latch *l, const struct addr *source);
/* A plain packet of a source to prove; true when it has now proved itself. */
bool latch_prove(struct latch *l, const struct addr *source, const struct latch_proof *proof);
/* What was learned was wrong after all: back to the told address. */
void latch_forget(struct latch *l);

#endif
