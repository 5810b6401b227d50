/* failure.h -- telling the sender, later, that a message did not get out. */
#ifndef SIGNALING_TRANSPORT_FAILURE_H
#define SIGNALING_TRANSPORT_FAILURE_H
#include "signaling/transport/inside.h"

/* on_failed at the end of this turn, on the worker `home`.  token 0: nothing. */
void failure_report(struct transport *t, unsigned home, uint64_t token, enum err e,
		    const char *why);
/* Calls on_failed for all that waits. */
void failure_flush(struct transport *t);
void failure_forget_all(struct transport *t);

#endif
