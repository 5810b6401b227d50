/* dns.c -- c-ares: its sockets are watched by the loop, its time is ours. */
#include "signaling/resolve/dns.h"

#include <ares.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/list.h"

enum { TRY_MS = 1200, TRIES = 3, TTL_MIN_S = 1, TTL_MAX_S = 86400 };

struct dns {
	struct loop *loop;
	ares_channel channel;
	struct list sockets;
	struct timer timer;
	bool is_ending;
};

struct dns_socket {
	struct list node;
	struct dns *d;
	ares_socket_t fd;
	struct loop_watch *watch;
};

struct dns_question {
	struct dns *d;
	dns_fn *fn;
	void *arg;
};

static pthread_once_t library_once = PTHREAD_ONCE_INIT;
static int library_status;

static void start_library(void)
{
	library_status = ares_library_init(ARES_LIB_INIT_ALL);
}

/* --- sockets and time ---------------------------------------------------- */

static void arm_timer(struct dns *d)
{
	struct timeval longest = { .tv_sec = 60 }, wait;
	struct timeval *next = ares_timeout(d->channel, &longest, &wait);

	timer_start(loop_get_timers(d->loop), &d->timer,
		    CLOCK_SECONDS(next->tv_sec) + next->tv_usec);
}

static void on_timer(struct timer *t)
{
	struct dns *d = CONTAINER_OF(t, struct dns, timer);

	ares_process_fd(d->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	arm_timer(d);
}

static void on_socket_ready(void *owner, int events)
{
	struct dns_socket *s = owner;
	struct dns *d = s->d;
	ares_socket_t fd = s->fd;

	/* The socket may be gone after this. */
	ares_process_fd(d->channel, events & LOOP_READABLE ? fd : ARES_SOCKET_BAD,
			events & LOOP_WRITABLE ? fd : ARES_SOCKET_BAD);
	arm_timer(d);
}

static struct dns_socket *find_socket(struct dns *d, ares_socket_t fd)
{
	LIST_FOR_EACH(node, &d->sockets) {
		struct dns_socket *s = CONTAINER_OF(node, struct dns_socket, node);

		if (s->fd == fd)
			return s;
	}
	return NULL;
}

static void socket_close(struct dns_socket *s)
{
	loop_watch_close(s->watch);
	list_remove(&s->node);
	free(s);
}

static void watch_new(struct dns *d, ares_socket_t fd, int events)
{
	struct dns_socket *s = calloc(1, sizeof(*s));

	/* Without a watch the question times out: nothing worse. */
	if (!s)
		return;
	s->d = d;
	s->fd = fd;
	if (loop_watch_open(d->loop, fd, events, on_socket_ready, s, &s->watch)) {
		free(s);
		return;
	}
	list_init(&s->node);
	list_append(&d->sockets, &s->node);
}

static void on_socket_state(void *arg, ares_socket_t fd, int readable, int writable)
{
	struct dns *d = arg;
	struct dns_socket *s = find_socket(d, fd);
	int events = (readable ? LOOP_READABLE : 0) | (writable ? LOOP_WRITABLE : 0);

	if (!events && s)
		socket_close(s);
	else if (events && s)
		loop_watch_set(s->watch, events);
	else if (events)
		watch_new(d, fd, events);
}

/* --- life ---------------------------------------------------------------- */

enum err dns_create(struct loop *l, const char *servers, struct dns **out_dns)
{
	struct ares_options options = { .flags = ARES_FLAG_NOSEARCH,
					.timeout = TRY_MS,
					.tries = TRIES,
					.sock_state_cb = on_socket_state };
	struct dns *d = calloc(1, sizeof(*d));

	if (!d)
		return ERR_MEMORY;
	pthread_once(&library_once, start_library);
	d->loop = l;
	list_init(&d->sockets);
	timer_init(&d->timer, on_timer);
	options.sock_state_cb_data = d;
	if (library_status || ares_init_options(&d->channel, &options,
						ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS |
							ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB)) {
		free(d);
		return ERR_NAME;
	}
	if (servers && ares_set_servers_ports_csv(d->channel, servers)) {
		dns_destroy(d);
		return ERR_SYNTAX;
	}
	*out_dns = d;
	return ERR_NONE;
}

void dns_destroy(struct dns *d)
{
	if (!d)
		return;
	d->is_ending = true;
	ares_destroy(d->channel);
	LIST_FOR_EACH(node, &d->sockets)
		socket_close(CONTAINER_OF(node, struct dns_socket, node));
	timer_stop(loop_get_timers(d->loop), &d->timer);
	free(d);
}

/* --- questions and answers ----------------------------------------------- */

static enum err judge(int status)
{
	switch (status) {
	case ARES_SUCCESS:
		return ERR_NONE;
	case ARES_ENODATA:
	case ARES_ENOTFOUND:
	case ARES_EBADNAME:
		return ERR_NOT_FOUND;
	default:
		return ERR_NAME;
	}
}

static unsigned limit_ttl(unsigned ttl_s)
{
	if (ttl_s < TTL_MIN_S)
		return TTL_MIN_S;
	return ttl_s > TTL_MAX_S ? TTL_MAX_S : ttl_s;
}

static void finish(struct dns_question *q, struct dns_answer *answer)
{
	if (!q->d->is_ending) {
		answer->ttl_s = limit_ttl(answer->ttl_s);
		q->fn(q->arg, answer);
	}
	free(q);
}

static void on_srv(void *arg, int status, int timeouts, unsigned char *bytes, int len)
{
	struct dns_answer answer = { .e = judge(status) };

	(void)timeouts;
	if (!answer.e)
		answer.e = srv_parse(bytes, len, answer.srv, &answer.srv_count, &answer.ttl_s);
	finish(arg, &answer);
}

static void take_family(const struct ares_addrinfo *info, int family, struct dns_answer *answer)
{
	for (const struct ares_addrinfo_node *n = info->nodes; n; n = n->ai_next) {
		if (n->ai_family != family || answer->address_count == DNS_ADDRESSES_MAX)
			continue;
		if (addr_from_sockaddr(n->ai_addr, n->ai_addrlen,
				       &answer->addresses[answer->address_count]))
			continue;
		addr_set_port(&answer->addresses[answer->address_count++], 0);
		if (n->ai_ttl >= 0 && (unsigned)n->ai_ttl < answer->ttl_s)
			answer->ttl_s = (unsigned)n->ai_ttl;
	}
}

static void on_host(void *arg, int status, int timeouts, struct ares_addrinfo *info)
{
	struct dns_answer answer = { .e = judge(status), .ttl_s = TTL_MAX_S };

	(void)timeouts;
	if (info) {
		take_family(info, AF_INET6, &answer);
		take_family(info, AF_INET, &answer);
		for (struct ares_addrinfo_cname *c = info->cnames; c; c = c->next)
			if (c->ttl >= 0 && (unsigned)c->ttl < answer.ttl_s)
				answer.ttl_s = (unsigned)c->ttl;
		ares_freeaddrinfo(info);
	}
	if (!answer.e && !answer.address_count)
		answer.e = ERR_NOT_FOUND;
	finish(arg, &answer);
}

static struct dns_question *question_create(struct dns *d, dns_fn *fn, void *arg)
{
	struct dns_question *q = calloc(1, sizeof(*q));

	if (q) {
		*q = (struct dns_question){ .d = d, .fn = fn, .arg = arg };
	} else {
		struct dns_answer answer = { .e = ERR_NAME, .ttl_s = TTL_MIN_S };

		fn(arg, &answer);
	}
	return q;
}

void dns_ask_srv(struct dns *d, const char *name, dns_fn *fn, void *arg)
{
	struct dns_question *q = question_create(d, fn, arg);

	if (!q)
		return;
	ares_query(d->channel, name, ns_c_in, ns_t_srv, on_srv, q);
	arm_timer(d);
}

void dns_ask_host(struct dns *d, const char *name, dns_fn *fn, void *arg)
{
	struct ares_addrinfo_hints hints = { .ai_family = AF_UNSPEC,
					     .ai_socktype = SOCK_STREAM,
					     .ai_flags = ARES_AI_NOSORT };
	struct dns_question *q = question_create(d, fn, arg);

	if (!q)
		return;
	ares_getaddrinfo(d->channel, name, NULL, &hints, on_host, q);
	arm_timer(d);
}
