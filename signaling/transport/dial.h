/* dial.h -- connections we open, and which of them may be used again. */
#ifndef SIGNALING_TRANSPORT_DIAL_H
#define SIGNALING_TRANSPORT_DIAL_H
#include "signaling/transport/conn.h"

/* Sends over a connection to that target, an open one or a new one. */
enum err dial_send(struct endpoint *ep, const struct transport_target *to,
		   struct conn_receipt receipt, const char *bytes, size_t len);
/* Under which a connection is found again. */
uint64_t dial_hash(const struct conn *c);
/* Keepalive, no delay, and an end for peers that stop answering. */
void dial_tune(int fd);

#endif
