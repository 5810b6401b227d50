/* socket.h -- the UDP sockets of a media port pair. */
#ifndef MEDIA_SESSION_SOCKET_H
#define MEDIA_SESSION_SOCKET_H
#include <stdbool.h>
#include <stdint.h>

#include "common/addr.h"
#include "common/err.h"

/* Binds address:rtp_port and the port after it.  ERR_EXISTS: one of the two is taken.
 * ERR_ADDRESS: the address is not local. */
enum err socket_open_pair(const struct addr *address, uint16_t rtp_port, uint8_t dscp,
			  int out_fds[2]);
void socket_close_pair(const int fds[2]);
/* Keeps the pair bound while nobody has it: next to nothing is queued, or a flood at
 * idle ports would use up the memory of all sockets.  False: the kernel would not;
 * close it then.  `size` is the room of the RTP socket, 0: not known yet. */
bool socket_rest_pair(const int fds[2], int *size);
/* Throws away what is queued and gives back the room. */
bool socket_wake_pair(const int fds[2], int size);
/* ERR_NONE when a socket can be bound to the address. */
enum err socket_probe(const struct addr *address);

#endif
