/* bind.h -- opening a listener's socket.  Every worker opens its own for the same
 * address (SO_REUSEPORT); another program on that address is still found out. */
#ifndef SIGNALING_TRANSPORT_BIND_H
#define SIGNALING_TRANSPORT_BIND_H
#include "signaling/transport/inside.h"

/* `local` gets the port the kernel chose when it was 0.  On an error `why` says what
 * stands in the way and what to do. */
enum err bind_open(enum config_transport kind, struct addr *local, unsigned dscp, struct text *why,
		   int *out_fd);
/* With the address that bind_open left in `local`. */
void bind_close(enum config_transport kind, const struct addr *local, int fd);
void bind_set_dscp(int fd, const struct addr *local, unsigned dscp);

#endif
