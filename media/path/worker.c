/* worker.c -- the portable path: a socket per port, one epoll per thread.
 *
 * The life of a relay here: a letter brings it, its sockets are watched; each
 * readable socket gives one packet per turn, so that a flooded port gets no more
 * turns than its neighbours (level-triggered: what is left is reported again); a
 * letter removes it, and after the turn it goes back to the control thread. */
#include "media/path/worker.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/check.h"
#include "common/clock.h"
#include "media/path/news.h"

enum { EVENTS_PER_TURN = 128 };

enum letter { LETTER_ADD, LETTER_ORDER, LETTER_REMOVE, LETTER_STOP };

struct worker {
	pthread_t thread;
	int epoll_fd;
	struct mailbox in, out;
	struct news_ring news;
	struct mail stop;
	bool is_stopping;
	struct mail *leaving; /* removed in this turn */
	struct relay_counters counters;
	uint8_t buffer[PACKET_SIZE_MAX + CRYPT_TRAILER_MAX];
	/* The control thread's from here. */
	struct loop_watch *watch;
	struct worker_callbacks callbacks;
	void *owner;
};

/* --- the worker's thread --------------------------------------------------- */

static void watch_port(struct worker *w, struct relay_port *p)
{
	struct epoll_event event = { .events = EPOLLIN, .data = { .ptr = p } };

	if (p->fd >= 0)
		CHECK(epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, p->fd, &event) == 0);
}

static void unwatch_port(struct worker *w, struct relay_port *p)
{
	struct epoll_event unused;

	if (p->fd >= 0)
		epoll_ctl(w->epoll_fd, EPOLL_CTL_DEL, p->fd, &unused);
}

static void for_each_port(struct worker *w, struct relay *r,
			  void (*fn)(struct worker *, struct relay_port *))
{
	for (unsigned s = 0; s < RELAY_SIDES; s++)
		for (unsigned c = 0; c < RELAY_COMPONENTS; c++)
			fn(w, &r->sides[s].ports[c]);
}

static void move_side(struct worker *w, struct worker_order *order)
{
	for (unsigned c = 0; c < RELAY_COMPONENTS; c++) {
		struct relay_port *p = &order->relay->sides[order->side].ports[c];
		int old = p->fd;

		unwatch_port(w, p);
		p->fd = order->fds[c];
		order->fds[c] = old;
		watch_port(w, p);
	}
}

static void carry_out(struct worker *w, struct worker_order *order)
{
	if (order->kind == WORKER_MOVE)
		move_side(w, order);
	else
		relay_apply(order->relay, order->side, &order->change, clock_now_us());
	mailbox_post(&w->out, &order->mail);
}

/* Packets of this turn may still point at it: it leaves when the turn is over. */
static void let_go(struct worker *w, struct relay *r)
{
	for_each_port(w, r, unwatch_port);
	r->is_removed = true;
	r->remove_mail.next = w->leaving;
	w->leaving = &r->remove_mail;
}

static void read_mail(struct worker *w)
{
	struct mail *mail = mailbox_take(&w->in), *next;

	for (; mail; mail = next) {
		next = mail->next;
		switch ((enum letter)mail->kind) {
		case LETTER_ADD:
			for_each_port(w, CONTAINER_OF(mail, struct relay, add_mail), watch_port);
			break;
		case LETTER_ORDER:
			carry_out(w, CONTAINER_OF(mail, struct worker_order, mail));
			break;
		case LETTER_REMOVE:
			let_go(w, CONTAINER_OF(mail, struct relay, remove_mail));
			break;
		case LETTER_STOP:
			w->is_stopping = true;
			break;
		}
	}
}

static void give_back(struct worker *w)
{
	while (w->leaving) {
		struct mail *mail = w->leaving;

		w->leaving = mail->next;
		mailbox_post(&w->out, mail);
	}
}

static void tell_news(struct worker *w, const struct relay_port *in, const struct relay_frame *f)
{
	for (unsigned what = RELAY_NEWS_STARTED; what <= RELAY_NEWS_RETURNED; what <<= 1) {
		struct worker_news n = { .session = in->relay->session,
					 .source = f->source,
					 .side = in->side,
					 .what = (uint8_t)what };

		if (!(f->news & what))
			continue;
		if (what == RELAY_NEWS_LATCHED)
			counter_add(&w->counters.relayed[RELAYED_LATCHED], 1);
		if (what == RELAY_NEWS_RETURNED)
			counter_add(&w->counters.relayed[RELAYED_RETURNED], 1);
		if (news_put(&w->news, &n))
			mailbox_wake(&w->out);
		else
			counter_add(&w->counters.relayed[RELAYED_EVENTS_LOST], 1);
	}
}

/* False: nothing was there after all. */
static bool receive(struct worker *w, struct relay_port *in, struct relay_frame *f)
{
	socklen_t source_len = sizeof(f->source);
	ssize_t len = recvfrom(in->fd, w->buffer, PACKET_SIZE_MAX, MSG_DONTWAIT | MSG_TRUNC,
			       &f->source.sa, &source_len);

	if (len < 0)
		return false;
	f->packet = (struct crypt_packet){ .data = w->buffer,
					   .len = (size_t)len,
					   .size = sizeof(w->buffer) };
	f->news = 0;
	if (len > PACKET_SIZE_MAX) {
		relay_note_drop(in, f, DROP_LONG);
		return false;
	}
	return true;
}

static void relay_packet(struct worker *w, struct relay_port *in, int64_t now_us)
{
	struct relay_frame f;
	struct relay_port *out;
	const struct addr *to;

	if (in->fd < 0 || in->relay->is_removed)
		return;
	f.counters = &w->counters;
	f.now_us = now_us;
	if (!receive(w, in, &f))
		return;
	out = relay_forward(in, &f);
	if (f.news)
		tell_news(w, in, &f);
	if (!out)
		return;
	to = &out->latch.remote;
	if (sendto(out->fd, f.packet.data, f.packet.len, MSG_DONTWAIT | MSG_NOSIGNAL, &to->sa,
		   addr_get_len(to)) < 0)
		relay_note_drop(in, &f, DROP_SEND_FAILED);
	else
		relay_note_sent(out, &f);
}

static void *run(void *arg)
{
	struct worker *w = arg;
	struct epoll_event events[EVENTS_PER_TURN];

	while (!w->is_stopping) {
		int count = epoll_wait(w->epoll_fd, events, EVENTS_PER_TURN, -1);
		int64_t now_us = clock_now_us();

		/* Letters first: whoever got an answer about a change may count on it.  And
		 * the wake before the letters, or one that comes between is slept over. */
		for (int i = 0; i < count; i++)
			if (!events[i].data.ptr)
				mailbox_drain_wakes(&w->in);
		read_mail(w);
		for (int i = 0; i < count; i++)
			if (events[i].data.ptr)
				relay_packet(w, events[i].data.ptr, now_us);
		give_back(w);
	}
	return NULL;
}

/* --- the control thread ---------------------------------------------------- */

static void take_returns(struct worker *w)
{
	struct mail *mail = mailbox_take(&w->out), *next;

	for (; mail; mail = next) {
		next = mail->next;
		if (mail->kind == LETTER_ORDER)
			w->callbacks.on_order_done(w->owner,
						   CONTAINER_OF(mail, struct worker_order, mail));
		else
			w->callbacks.on_removed(w->owner,
						CONTAINER_OF(mail, struct relay, remove_mail));
	}
}

static void take_all(struct worker *w)
{
	struct worker_news news;

	mailbox_drain_wakes(&w->out);
	while (news_take(&w->news, &news))
		w->callbacks.on_news(w->owner, &news);
	take_returns(w);
}

static void on_wake(void *owner, int events)
{
	(void)events;
	take_all(owner);
}

/* Signals are the control thread's. */
static enum err start_thread(struct worker *w, unsigned index)
{
	sigset_t all, before;
	char name[16];
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&w->thread, NULL, run, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error)
		return err_from_errno(error);
	snprintf(name, sizeof(name), "media-%u", index % 1000);
	pthread_setname_np(w->thread, name);
	return ERR_NONE;
}

static enum err open_epoll(struct worker *w)
{
	struct epoll_event event = { .events = EPOLLIN, .data = { .ptr = NULL } };

	w->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (w->epoll_fd < 0)
		return err_from_errno(errno);
	if (epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, w->in.wake_fd, &event) == 0)
		return ERR_NONE;
	close(w->epoll_fd);
	return err_from_errno(errno);
}

enum err worker_create(struct loop *l, unsigned index, const struct worker_callbacks *callbacks,
		       void *owner, struct worker **out_worker)
{
	struct worker *w = calloc(1, sizeof(*w));
	enum err e;

	if (!w)
		return ERR_MEMORY;
	w->callbacks = *callbacks;
	w->owner = owner;
	e = mailbox_open(&w->in);
	if (e)
		goto no_in;
	e = mailbox_open(&w->out);
	if (e)
		goto no_out;
	e = open_epoll(w);
	if (e)
		goto no_epoll;
	e = loop_watch_open(l, w->out.wake_fd, LOOP_READABLE, on_wake, w, &w->watch);
	if (e)
		goto no_watch;
	e = start_thread(w, index);
	if (e)
		goto no_thread;
	*out_worker = w;
	return ERR_NONE;
no_thread:
	loop_watch_close(w->watch);
no_watch:
	close(w->epoll_fd);
no_epoll:
	mailbox_close(&w->out);
no_out:
	mailbox_close(&w->in);
no_in:
	free(w);
	return e;
}

void worker_destroy(struct worker *w)
{
	if (!w)
		return;
	w->stop.kind = LETTER_STOP;
	mailbox_post(&w->in, &w->stop);
	pthread_join(w->thread, NULL);
	take_all(w);
	loop_watch_close(w->watch);
	close(w->epoll_fd);
	mailbox_close(&w->out);
	mailbox_close(&w->in);
	free(w);
}

void worker_add(struct worker *w, struct relay *r)
{
	r->add_mail.kind = LETTER_ADD;
	mailbox_post(&w->in, &r->add_mail);
}

void worker_give_order(struct worker *w, struct worker_order *order)
{
	order->mail.kind = LETTER_ORDER;
	mailbox_post(&w->in, &order->mail);
}

void worker_remove(struct worker *w, struct relay *r)
{
	r->remove_mail.kind = LETTER_REMOVE;
	mailbox_post(&w->in, &r->remove_mail);
}

const struct relay_counters *worker_get_counters(const struct worker *w)
{
	return &w->counters;
}
