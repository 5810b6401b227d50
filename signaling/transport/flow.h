/* flow.h -- how workers reach one another: a message for a connection that another
 * worker owns, a failure for the worker that sent it. */
#ifndef SIGNALING_TRANSPORT_FLOW_H
#define SIGNALING_TRANSPORT_FLOW_H
#include "signaling/transport/inside.h"

/* A worker's transport as the others know it.  Held by it, by its siblings and by
 * everything that is on its way to it, so that it outlives the transport. */
struct flow_home;

enum err flow_home_create(struct transport *t, struct flow_home **out_home);
struct flow_home *flow_home_ref(struct flow_home *h);
void flow_home_unref(struct flow_home *h);
/* The transport and its loop are about to go: nothing is posted any more. */
void flow_home_leave(struct flow_home *h);
/* On its own thread: the transport, or NULL when it is gone. */
struct transport *flow_home_find(struct flow_home *h);
/* From any thread.  ERR_CLOSED: it is gone. */
enum err flow_home_post(struct flow_home *h, loop_post_fn *fn, void *arg);
void flow_forget_siblings(struct transport *t);

/* Copies everything and posts it to that worker's loop. */
enum err flow_hand_over(struct transport *t, unsigned worker, const struct transport_target *to,
			uint64_t token, const char *bytes, size_t len);

#endif
