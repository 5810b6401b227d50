/* udp.c -- receiving by recvmmsg, sending by sendto, both from the listener's socket,
 * so that a reply leaves from the address the request was sent to. */
#include "signaling/transport/udp.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "signaling/transport/counters.h"
#include "signaling/transport/failure.h"

enum { DATAGRAM_SIZE = 65536, BATCHES_PER_TURN = 4, ERRORS_PER_TURN = 64, CONTROL_SIZE = 256 };

struct udp_batch {
	struct mmsghdr headers[UDP_BATCH];
	struct iovec vectors[UDP_BATCH];
	struct addr sources[UDP_BATCH];
	char bytes[UDP_BATCH][DATAGRAM_SIZE];
};

/* A ring of sends whose failure somebody wants to hear of. */
struct udp_sent {
	unsigned next;
	struct udp_sent_entry {
		uint64_t token;
		int64_t at_us;
		unsigned home;
		struct addr remote;
	} entries[UDP_SENT_MAX];
};

enum err udp_create(struct transport *t)
{
	t->udp_batch = calloc(1, sizeof(*t->udp_batch));
	t->udp_sent = calloc(1, sizeof(*t->udp_sent));
	return t->udp_batch && t->udp_sent ? ERR_NONE : ERR_MEMORY;
}

void udp_destroy(struct transport *t)
{
	free(t->udp_batch);
	free(t->udp_sent);
}

static void prepare_batch(struct udp_batch *b)
{
	for (unsigned i = 0; i < UDP_BATCH; i++) {
		b->vectors[i] = (struct iovec){ b->bytes[i], DATAGRAM_SIZE };
		b->headers[i].msg_hdr = (struct msghdr){ .msg_name = &b->sources[i],
							 .msg_namelen = sizeof(b->sources[i]),
							 .msg_iov = &b->vectors[i],
							 .msg_iovlen = 1 };
	}
}

static void deliver(struct endpoint *ep, struct mmsghdr *m, char *bytes)
{
	struct transport *t = ep->t;
	struct transport_origin from = { .listener = ep->index,
					 .kind = CONFIG_UDP,
					 .local = ep->shown.local };

	counter_add(COUNT_udp_received, 1);
	if (m->msg_hdr.msg_flags & MSG_TRUNC) {
		counter_add(COUNT_udp_truncated, 1);
		return;
	}
	if (m->msg_len == 0 ||
	    addr_from_sockaddr(m->msg_hdr.msg_name, m->msg_hdr.msg_namelen, &from.source))
		return;
	t->callbacks.on_message(t->owner, &from, bytes, m->msg_len);
}

/* False when nothing more waits. */
static bool receive_batch(struct endpoint *ep)
{
	struct udp_batch *b = ep->t->udp_batch;
	int count;

	prepare_batch(b);
	count = recvmmsg(ep->fd, b->headers, UDP_BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < count; i++)
		deliver(ep, &b->headers[i], b->bytes[i]);
	return count == UDP_BATCH;
}

static void fail_sends_to(struct transport *t, const struct addr *remote, int errnum)
{
	struct udp_sent *s = t->udp_sent;
	int64_t oldest_us = clock_now_us() - CLOCK_SECONDS(UDP_SENT_S);
	char why[INSIDE_WHY_SIZE], host[ADDR_TEXT_SIZE];
	struct text text;

	text_init(&text, why, sizeof(why));
	text_printf(&text, "%s over UDP: %s (ICMP)", addr_print(remote, host, sizeof(host)),
		    strerror(errnum));
	for (unsigned i = 1; i <= UDP_SENT_MAX; i++) {
		struct udp_sent_entry *e = &s->entries[(s->next - i) % UDP_SENT_MAX];

		if (e->at_us < oldest_us || !addr_is_set(&e->remote))
			break;
		if (!e->token || !addr_is_equal(&e->remote, remote))
			continue;
		failure_report(t, e->home, e->token, ERR_UNREACHABLE, text_get_string(&text));
		e->token = 0;
	}
}

static const struct sock_extended_err *find_error(struct msghdr *m)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if ((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) ||
		    (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR))
			return (const struct sock_extended_err *)(const void *)CMSG_DATA(c);
	}
	return NULL;
}

/* RFC 3261 18.4: an ICMP error is a transport error for the request it answers.
 * A router's "too big" (EMSGSIZE) is none: the kernel fragments the next try. */
static bool take_error(struct endpoint *ep)
{
	struct addr name = { .in6 = { 0 } }, remote;
	char byte;
	union {
		struct cmsghdr align;
		char bytes[CONTROL_SIZE];
	} control;
	struct iovec vector = { &byte, 1 };
	struct msghdr m = { .msg_name = &name,
			    .msg_namelen = sizeof(name),
			    .msg_iov = &vector,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	const struct sock_extended_err *error;

	if (recvmsg(ep->fd, &m, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
		return false;
	error = find_error(&m);
	if (!error || error->ee_errno == EMSGSIZE ||
	    addr_from_sockaddr(&name.sa, m.msg_namelen, &remote))
		return true;
	counter_add(COUNT_udp_icmp_errors, 1);
	fail_sends_to(ep->t, &remote, (int)error->ee_errno);
	return true;
}

static void on_ready(void *owner, int events)
{
	struct endpoint *ep = owner;

	(void)events;
	for (unsigned i = 0; i < BATCHES_PER_TURN && receive_batch(ep); i++)
		;
	for (unsigned i = 0; i < ERRORS_PER_TURN && take_error(ep); i++)
		;
}

enum err udp_start(struct endpoint *ep)
{
	return loop_watch_open(ep->t->loop, ep->fd, 0, on_ready, ep, &ep->watch);
}

static void remember(struct transport *t, const struct addr *remote, uint64_t token, unsigned home)
{
	struct udp_sent *s = t->udp_sent;

	s->entries[s->next++ % UDP_SENT_MAX] = (struct udp_sent_entry){
		.token = token, .at_us = clock_now_us(), .home = home, .remote = *remote
	};
}

static bool is_earlier_error(int errnum)
{
	return errnum == ECONNREFUSED || errnum == EHOSTUNREACH || errnum == ENETUNREACH ||
	       errnum == EHOSTDOWN || errnum == EPROTO || errnum == ENOPROTOOPT || errnum == EINTR;
}

enum err udp_send(struct endpoint *ep, const struct addr *remote, uint64_t token, unsigned home,
		  const char *bytes, size_t len)
{
	ssize_t sent = -1;

	/* The kernel hands an error of an earlier datagram to the next call. */
	for (unsigned try = 0; try < 2 && sent < 0; try++) {
		sent = sendto(ep->fd, bytes, len, MSG_DONTWAIT, &remote->sa, addr_get_len(remote));
		if (sent < 0 && !is_earlier_error(errno))
			break;
	}
	if (sent >= 0) {
		counter_add(COUNT_udp_sent, 1);
		if (token)
			remember(ep->t, remote, token, home);
		return ERR_NONE;
	}
	if (errno == EAGAIN || errno == ENOBUFS) {
		/* Lost as in the network; SIP sends again. */
		counter_add(COUNT_udp_send_full, 1);
		return ERR_NONE;
	}
	counter_add(COUNT_udp_send_failed, 1);
	return errno == EMSGSIZE ? ERR_TOO_LONG : ERR_UNREACHABLE;
}
