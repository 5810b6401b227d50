/* internal.h -- what session.c, change.c and table.c share; nobody else includes it. */
#ifndef MEDIA_SESSION_INTERNAL_H
#define MEDIA_SESSION_INTERNAL_H
#include "media/session/session.h"

/* The worker is done with an order: what it replaced is given up. */
void session_order_finish(struct worker_order *order);
/* The worker is done with the session: ports go back, the rest is freed. */
void session_dispose(struct relay *r);
void session_side_init(struct session_side *side, unsigned index);

#endif
