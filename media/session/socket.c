/* socket.c -- opening, marking and binding UDP sockets. */
#include "media/session/socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/* RTCP comes every few seconds: its socket never needs more room than this. */
enum { DRAIN_MAX = 1024, RTCP_ROOM_BYTES = 16384 };

static int mark(int fd, int family, uint8_t dscp)
{
	int value = dscp << 2, on = 1;

	if (family == AF_INET)
		return setsockopt(fd, IPPROTO_IP, IP_TOS, &value, sizeof(value));
	if (setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)))
		return -1;
	return setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &value, sizeof(value));
}

static enum err translate(int errnum)
{
	switch (errnum) {
	case EADDRINUSE:
	case EACCES: /* a port below 1024 without the right to it */
		return ERR_EXISTS;
	case EADDRNOTAVAIL:
		return ERR_ADDRESS;
	case EMFILE:
	case ENFILE:
		return ERR_LIMIT;
	default:
		return err_from_errno(errnum);
	}
}

static enum err open_one(const struct addr *address, uint16_t port, uint8_t dscp, int *out_fd)
{
	int family = address->sa.sa_family;
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct addr local = *address;
	enum err e;

	addr_set_port(&local, port);
	if (fd >= 0 && mark(fd, family, dscp) == 0 &&
	    bind(fd, &local.sa, addr_get_len(&local)) == 0) {
		*out_fd = fd;
		return ERR_NONE;
	}
	e = translate(errno);
	if (fd >= 0)
		close(fd);
	return e;
}

/* The kernel doubles what it is told and has a least value. */
static bool set_room(int fd, int size)
{
	int half = size / 2;

	return setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &half, sizeof(half)) == 0;
}

enum err socket_open_pair(const struct addr *address, uint16_t rtp_port, uint8_t dscp,
			  int out_fds[2])
{
	int rtp, rtcp;
	enum err e = open_one(address, rtp_port, dscp, &rtp);

	if (e)
		return e;
	e = open_one(address, (uint16_t)(rtp_port + 1), dscp, &rtcp);
	if (e) {
		close(rtp);
		return e;
	}
	set_room(rtcp, RTCP_ROOM_BYTES); /* if it cannot be, there is more than needed */
	out_fds[0] = rtp;
	out_fds[1] = rtcp;
	return ERR_NONE;
}

void socket_close_pair(const int fds[2])
{
	close(fds[0]);
	close(fds[1]);
}

bool socket_rest_pair(const int fds[2], int *size)
{
	socklen_t len = sizeof(*size);

	if (!*size && getsockopt(fds[0], SOL_SOCKET, SO_RCVBUF, size, &len))
		return false;
	return set_room(fds[0], 0);
}

/* Bounded: under a flood there is always one more. */
static void drain(int fd)
{
	for (unsigned i = 0; i < DRAIN_MAX; i++)
		if (recv(fd, NULL, 0, MSG_DONTWAIT | MSG_TRUNC) < 0)
			return;
}

bool socket_wake_pair(const int fds[2], int size)
{
	drain(fds[0]);
	drain(fds[1]);
	return set_room(fds[0], size);
}

enum err socket_probe(const struct addr *address)
{
	int fd;
	enum err e = open_one(address, 0, 0, &fd);

	if (!e)
		close(fd);
	return e;
}
