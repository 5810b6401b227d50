/* call.h -- the calls of one worker: two dialogs, one offer/answer each, and the
 * table of call.def between them.
 *
 * The life of a call: an INVITE opens it (calls_handle_request); a route gives places
 * to call, media gives ports; our own INVITE goes out; what the callee answers is
 * told to the caller in the caller's dialect; BYE of either side ends it; media's
 * counts and the record close it. */
#ifndef SIGNALING_CALL_CALL_H
#define SIGNALING_CALL_CALL_H
#include <stdbool.h>
#include <stdint.h>

#include "common/ipc/ipc.h"
#include "signaling/peer/peer.h"
#include "signaling/policy/policy.h"
#include "signaling/record/record.h"
#include "signaling/anchor/anchor.h"
#include "signaling/resolve/resolve.h"
#include "signaling/transaction/transaction.h"

enum { CALLS_MAX = 60000, CALLS_ENDED_KEPT = 1000 };

enum call_state {
#define STATE(name, help) CALL_##name,
#include "signaling/call/call.def"
};

enum call_event {
#define EVENT(name, help) CALL_EV_##name,
#include "signaling/call/call.def"
};

struct calls;

/* What a worker lends to its calls; all of it outlives them. */
struct calls_context {
	struct loop *loop;
	unsigned worker;
	struct transport *transport;
	struct transactions *transactions;
	struct resolver *resolver;
	struct anchor *anchor;
	struct peers *peers;
	struct recorder *recorder; /* NULL: no records (tests) */
};

enum err calls_create(const struct calls_context *context, struct calls **out_calls);
/* Calls that live are dropped without a word; for the end of the process. */
void calls_destroy(struct calls *cs);
/* New calls follow this one. */
void calls_set_policy(struct calls *cs, struct policy *policy);

/* A call of an earlier process, as calls.db has it.  Before calls_handle_media_up. */
enum err calls_restore(struct calls *cs, struct slice state);

/* From the transaction layer.  trunk: whom the source belongs to; NULL only for a
 * request inside a dialog. */
void calls_handle_request(struct calls *cs, uint64_t server_id, struct message *m,
			  const struct transport_origin *from, const struct config_trunk *trunk);
void calls_handle_cancel(struct calls *cs, uint64_t server_id);
void calls_handle_ack(struct calls *cs, struct message *m);
void calls_handle_unacknowledged(struct calls *cs, uint64_t server_id);
/* Does a dialog here have this local tag?  Lets a request in from an unknown source. */
bool calls_has_dialog(const struct calls *cs, struct slice local_tag);
/* -1: not a tag of ours. */
int calls_worker_of_tag(struct slice local_tag);

/* From the media process, by the anchor. */
void calls_handle_media_up(struct calls *cs);
void calls_handle_ready(struct calls *cs, uint64_t session, enum err e, struct slice why,
			const struct anchor_ready *ready);
void calls_handle_released(struct calls *cs, uint64_t session,
			   const struct ipc_media_released *counts);
void calls_handle_media_event(struct calls *cs, uint64_t session, unsigned side,
			      enum ipc_media_event_kind kind, const struct addr *source);

/* Show and clear.  put gets rows of the types show_calls and show_call answer with. */
typedef void calls_put_fn(void *arg, enum ipc_type type, const void *row);
void calls_list(struct calls *cs, struct slice filter, calls_put_fn *put, void *arg);
/* A call that lives or ended lately; ERR_NOT_FOUND. */
enum err calls_show(struct calls *cs, uint64_t id, calls_put_fn *put, void *arg);
/* id 0: all.  Returns how many were told to end. */
unsigned calls_clear(struct calls *cs, uint64_t id);
unsigned calls_get_count(const struct calls *cs);
void calls_visit_counters(void (*visit)(void *arg, const char *name, uint64_t value,
					const char *help),
			  void *arg);

#endif
