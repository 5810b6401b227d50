/* bind.c -- listener sockets, and the book of addresses this process listens on.
 *
 * SO_REUSEPORT lets our workers share an address, but also any other process of our
 * user: two SBCs started by mistake would each take half of the calls.  So the first
 * socket of the process on an address is preceded by a trial without it. */
#include "signaling/transport/bind.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BACKLOG = 1024, UDP_BUFFER_BYTES = 4 << 20 };

struct taken {
	struct taken *next;
	struct addr local;
	bool is_udp;
	unsigned sockets;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards all_taken */
static struct taken *all_taken;

static struct taken **find_taken(bool is_udp, const struct addr *local)
{
	struct taken **at = &all_taken;

	while (*at && ((*at)->is_udp != is_udp || !addr_is_equal(&(*at)->local, local)))
		at = &(*at)->next;
	return at;
}

static enum err note_taken(bool is_udp, const struct addr *local)
{
	struct taken **at = find_taken(is_udp, local);

	if (!*at) {
		*at = calloc(1, sizeof(**at));
		if (!*at)
			return ERR_MEMORY;
		(*at)->local = *local;
		(*at)->is_udp = is_udp;
	}
	(*at)->sockets++;
	return ERR_NONE;
}

static void note_free(bool is_udp, const struct addr *local)
{
	struct taken **at = find_taken(is_udp, local), *found = *at;

	if (!found || --found->sockets)
		return;
	*at = found->next;
	free(found);
}

static void set_option(int fd, int level, int name, int value)
{
	/* Whatever the kernel refuses here is comfort, not function. */
	(void)setsockopt(fd, level, name, &value, sizeof(value));
}

void bind_set_dscp(int fd, const struct addr *local, unsigned dscp)
{
	if (addr_is_ipv6(local))
		set_option(fd, IPPROTO_IPV6, IPV6_TCLASS, (int)dscp << 2);
	else
		set_option(fd, IPPROTO_IP, IP_TOS, (int)dscp << 2);
}

/* Bound, not yet listening; -1 and errno. */
static int open_bound(bool is_udp, const struct addr *local, bool is_shared)
{
	int type = (is_udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK | SOCK_CLOEXEC;
	int fd = socket(local->sa.sa_family, type, 0), saved;

	if (fd < 0)
		return -1;
	if (addr_is_ipv6(local))
		set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	if (!is_udp)
		set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (is_shared)
		set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	if (bind(fd, &local->sa, addr_get_len(local)) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

static const char *advice(int errnum)
{
	switch (errnum) {
	case EADDRINUSE:
		return "another program listens there: stop it or choose another port";
	case EADDRNOTAVAIL:
		return "no interface of this machine has the address: add it or correct it";
	case EACCES:
		return "ports below 1024 need the right to bind them (CAP_NET_BIND_SERVICE)";
	case EMFILE:
	case ENFILE:
		return "no file descriptor is left: raise the limit (LimitNOFILE)";
	case EAFNOSUPPORT:
		return "this kernel has no such address family";
	default:
		return strerror(errnum);
	}
}

static enum err refuse(enum config_transport kind, const struct addr *local, struct text *why,
		       int errnum)
{
	static const char *const words[] = { "udp", "tcp", "tls" };
	char buf[ADDR_TEXT_SIZE];

	text_printf(why, "cannot listen on %s (%s): %s", addr_print(local, buf, sizeof(buf)),
		    words[kind], advice(errnum));
	return errnum == EADDRINUSE ? ERR_EXISTS : err_from_errno(errnum);
}

static void tune_udp(int fd, const struct addr *local)
{
	set_option(fd, SOL_SOCKET, SO_RCVBUF, UDP_BUFFER_BYTES);
	set_option(fd, SOL_SOCKET, SO_SNDBUF, UDP_BUFFER_BYTES);
	if (addr_is_ipv6(local))
		set_option(fd, IPPROTO_IPV6, IPV6_RECVERR, 1);
	else
		set_option(fd, IPPROTO_IP, IP_RECVERR, 1);
}

static int open_first_or_shared(bool is_udp, const struct addr *local)
{
	if (addr_get_port(local) != 0 && !*find_taken(is_udp, local)) {
		int trial = open_bound(is_udp, local, false);

		if (trial < 0)
			return -1;
		close(trial);
	}
	return open_bound(is_udp, local, true);
}

enum err bind_open(enum config_transport kind, struct addr *local, unsigned dscp, struct text *why,
		   int *out_fd)
{
	bool is_udp = kind == CONFIG_UDP;
	socklen_t len = sizeof(local->in6);
	enum err e = ERR_NONE;
	int fd;

	pthread_mutex_lock(&lock);
	fd = open_first_or_shared(is_udp, local);
	if (fd < 0) {
		e = refuse(kind, local, why, errno);
		goto out;
	}
	if (!is_udp && listen(fd, BACKLOG)) {
		e = refuse(kind, local, why, errno);
		close(fd);
		goto out;
	}
	(void)getsockname(fd, &local->sa, &len);
	bind_set_dscp(fd, local, dscp);
	if (is_udp)
		tune_udp(fd, local);
	e = note_taken(is_udp, local);
	if (e)
		close(fd);
	else
		*out_fd = fd;
out:
	pthread_mutex_unlock(&lock);
	return e;
}

void bind_close(enum config_transport kind, const struct addr *local, int fd)
{
	if (fd < 0)
		return;
	close(fd);
	pthread_mutex_lock(&lock);
	note_free(kind == CONFIG_UDP, local);
	pthread_mutex_unlock(&lock);
}
