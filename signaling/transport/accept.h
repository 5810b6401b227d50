/* accept.h -- taking connections, within limits for all and for one address. */
#ifndef SIGNALING_TRANSPORT_ACCEPT_H
#define SIGNALING_TRANSPORT_ACCEPT_H
#include "signaling/transport/inside.h"

struct accept_source; /* an address with connections to us */

void accept_init(struct endpoint *ep);
/* Takes nothing until its watch is set. */
enum err accept_start(struct endpoint *ep);
/* A connection of that source is gone; NULL is fine. */
void accept_forget(struct transport *t, struct accept_source *s);

#endif
