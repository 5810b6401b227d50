/* flow.h -- a message for a connection that another worker owns. */
#ifndef SIGNALING_TRANSPORT_FLOW_H
#define SIGNALING_TRANSPORT_FLOW_H
#include "signaling/transport/inside.h"

/* Copies everything and posts it to that worker's loop. */
enum err flow_hand_over(struct transport *t, unsigned worker, const struct transport_target *to,
			uint64_t token, const char *bytes, size_t len);

#endif
