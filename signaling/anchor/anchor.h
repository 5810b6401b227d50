/* anchor.h -- one worker's link to the media process: sessions reserved, changed and
 * released over the bus, and given back to a media process that was restarted. */
#ifndef SIGNALING_ANCHOR_ANCHOR_H
#define SIGNALING_ANCHOR_ANCHOR_H
#include <stdbool.h>
#include <stdint.h>

#include "common/addr.h"
#include "common/ipc/ipc.h"
#include "common/loop.h"
#include "signaling/offer/offer.h"

struct anchor;

struct anchor_reservation {
	uint64_t session;
	const char *realm[2];
	uint8_t family[2]; /* 4, 6 or 0 */
	uint16_t port[2];  /* wanted, 0: any */
};

struct anchor_ready {
	struct addr local[2]; /* for SDP */
	uint16_t bound[2];    /* to ask for again */
};

struct anchor_callbacks {
	/* The media process is there, for the first time or again: reserve and change what
	 * lives, then anchor_claim. */
	void (*on_up)(void *owner);
	void (*on_down)(void *owner);
	/* Exactly one per anchor_reserve.  On an error `ready` is NULL. */
	void (*on_ready)(void *owner, uint64_t session, enum err e, struct slice why,
			 const struct anchor_ready *ready);
	/* Exactly one per anchor_release; `counts` is NULL when media could not tell. */
	void (*on_released)(void *owner, uint64_t session, const struct ipc_media_released *counts);
	void (*on_event)(void *owner, uint64_t session, unsigned side,
			 enum ipc_media_event_kind kind, const struct addr *source);
};

enum err anchor_create(struct loop *l, const char *state_dir,
		       const struct anchor_callbacks *callbacks, void *owner,
		       struct anchor **out_anchor);
void anchor_destroy(struct anchor *r);
bool anchor_is_up(const struct anchor *r);
/* ERR_UNREACHABLE: the media process is not there; no callback follows. */
enum err anchor_reserve(struct anchor *r, const struct anchor_reservation *reservation);
/* flags: IPC_MEDIA_LATCH and IPC_MEDIA_RELATCH; the others follow from m. */
enum err anchor_change(struct anchor *r, uint64_t session, unsigned side,
		       const struct offer_media *m, unsigned flags, unsigned silence_s);
enum err anchor_release(struct anchor *r, uint64_t session);
/* Everything this process wants to keep has been reserved again. */
void anchor_claim(struct anchor *r);

#endif
