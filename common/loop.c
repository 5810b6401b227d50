/* loop.c -- libuv wrapped: descriptors, posted work, the timer wheel, signals. */
#include "common/loop.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <uv.h>

#include "common/check.h"

struct posted {
	struct posted *next;
	loop_post_fn *fn;
	void *arg;
};

struct loop {
	uv_loop_t uv;
	uv_timer_t wheel_timer;
	uv_prepare_t before_wait;
	uv_check_t after_wait;
	uv_async_t wake;
	uv_signal_t on_term, on_int;
	bool has_signals;
	struct timer_queue timers;
	struct list late;
	pthread_mutex_t lock; /* guards posted_* */
	struct posted *posted_first, **posted_last;
};

struct loop_signal {
	uv_signal_t uv;
	loop_signal_fn *fn;
	void *owner;
};

struct loop_watch {
	uv_poll_t poll;
	int events; /* LOOP_* that are wanted */
	loop_watch_fn *fn;
	void *owner;
};

void loop_run_posted(struct loop *l)
{
	struct posted *p, *next;

	pthread_mutex_lock(&l->lock);
	p = l->posted_first;
	l->posted_first = NULL;
	l->posted_last = &l->posted_first;
	pthread_mutex_unlock(&l->lock);
	for (; p; p = next) {
		next = p->next;
		p->fn(p->arg);
		free(p);
	}
}

static void run_late(struct loop *l)
{
	while (!list_is_empty(&l->late)) {
		struct loop_late *late = CONTAINER_OF(l->late.next, struct loop_late, node);

		list_remove(&late->node);
		late->fn(late);
	}
}

static void on_wheel_timer(uv_timer_t *t)
{
	(void)t; /* the wheel is turned after every wait */
}

/* Runs before each wait: what came up in this turn goes out, then the wait is
 * limited to the next timer. */
static void on_before_wait(uv_prepare_t *prepare)
{
	struct loop *l = prepare->data;
	int64_t wait_us;

	timer_queue_run(&l->timers);
	run_late(l);
	wait_us = timer_queue_get_wait_us(&l->timers);
	uv_update_time(&l->uv);
	if (wait_us < 0)
		uv_timer_stop(&l->wheel_timer);
	else
		uv_timer_start(&l->wheel_timer, on_wheel_timer, (uint64_t)(wait_us + 999) / 1000,
			       0);
}

static void on_after_wait(uv_check_t *check)
{
	struct loop *l = check->data;

	timer_queue_run(&l->timers);
	run_late(l);
}

static void on_wake(uv_async_t *async)
{
	loop_run_posted(async->data);
}

static void on_signal(uv_signal_t *s, int number)
{
	(void)number;
	loop_stop(s->data);
}

enum err loop_create(struct loop **out_loop)
{
	struct loop *l = calloc(1, sizeof(*l));

	if (!l)
		return ERR_MEMORY;
	if (uv_loop_init(&l->uv)) {
		free(l);
		return ERR_LIMIT;
	}
	timer_queue_init(&l->timers);
	list_init(&l->late);
	pthread_mutex_init(&l->lock, NULL);
	l->posted_last = &l->posted_first;
	CHECK(uv_timer_init(&l->uv, &l->wheel_timer) == 0);
	CHECK(uv_prepare_init(&l->uv, &l->before_wait) == 0);
	CHECK(uv_check_init(&l->uv, &l->after_wait) == 0);
	if (uv_async_init(&l->uv, &l->wake, on_wake)) {
		uv_loop_close(&l->uv);
		free(l);
		return ERR_LIMIT;
	}
	l->before_wait.data = l->after_wait.data = l->wake.data = l;
	uv_prepare_start(&l->before_wait, on_before_wait);
	uv_check_start(&l->after_wait, on_after_wait);
	*out_loop = l;
	return ERR_NONE;
}

void loop_destroy(struct loop *l)
{
	if (!l)
		return;
	loop_run_posted(l);
	run_late(l);
	uv_close((uv_handle_t *)&l->wheel_timer, NULL);
	uv_close((uv_handle_t *)&l->before_wait, NULL);
	uv_close((uv_handle_t *)&l->after_wait, NULL);
	uv_close((uv_handle_t *)&l->wake, NULL);
	if (l->has_signals) {
		uv_close((uv_handle_t *)&l->on_term, NULL);
		uv_close((uv_handle_t *)&l->on_int, NULL);
	}
	/* A stop that nobody waited for (a second SIGTERM) ends the first run at once. */
	while (uv_run(&l->uv, UV_RUN_DEFAULT))
		;
	CHECK(uv_loop_close(&l->uv) == 0);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

void loop_run(struct loop *l)
{
	uv_run(&l->uv, UV_RUN_DEFAULT);
}

static void stop_now(void *arg)
{
	struct loop *l = arg;

	uv_stop(&l->uv);
}

void loop_stop(struct loop *l)
{
	CHECK(loop_post(l, stop_now, l) == ERR_NONE);
}

struct timer_queue *loop_get_timers(struct loop *l)
{
	return &l->timers;
}

struct uv_loop_s *loop_get_uv(struct loop *l)
{
	return &l->uv;
}

static int to_uv_events(int events)
{
	return (events & LOOP_READABLE ? UV_READABLE : 0) |
	       (events & LOOP_WRITABLE ? UV_WRITABLE : 0);
}

static void on_poll(uv_poll_t *poll, int status, int uv_events);

static void arm(struct loop_watch *w)
{
	if (w->events)
		uv_poll_start(&w->poll, to_uv_events(w->events), on_poll);
	else
		uv_poll_stop(&w->poll);
}

static void on_poll(uv_poll_t *poll, int status, int uv_events)
{
	struct loop_watch *w = poll->data;
	int events = (uv_events & UV_READABLE ? LOOP_READABLE : 0) |
		     (uv_events & UV_WRITABLE ? LOOP_WRITABLE : 0);

	if (status < 0) {
		/* libuv stops watching after POLLERR; an error queue (IP_RECVERR) or a
		 * refused datagram is no reason to go deaf. */
		arm(w);
		events = LOOP_READABLE;
	}
	w->fn(w->owner, events);
}

enum err loop_watch_open(struct loop *l, int fd, int events, loop_watch_fn *fn, void *owner,
			 struct loop_watch **out_watch)
{
	struct loop_watch *w = calloc(1, sizeof(*w));

	if (!w)
		return ERR_MEMORY;
	if (uv_poll_init(&l->uv, &w->poll, fd)) {
		free(w);
		return ERR_IO;
	}
	w->poll.data = w;
	w->fn = fn;
	w->owner = owner;
	loop_watch_set(w, events);
	*out_watch = w;
	return ERR_NONE;
}

/* libuv pays two system calls for a change, also for one that changes nothing. */
void loop_watch_set(struct loop_watch *w, int events)
{
	if (events == w->events)
		return;
	w->events = events;
	arm(w);
}

static void on_watch_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void loop_watch_close(struct loop_watch *w)
{
	if (!w)
		return;
	uv_poll_stop(&w->poll);
	uv_close((uv_handle_t *)&w->poll, on_watch_closed);
}

enum err loop_post(struct loop *l, loop_post_fn *fn, void *arg)
{
	struct posted *p = malloc(sizeof(*p));

	if (!p)
		return ERR_MEMORY;
	*p = (struct posted){ .fn = fn, .arg = arg };
	pthread_mutex_lock(&l->lock);
	*l->posted_last = p;
	l->posted_last = &p->next;
	pthread_mutex_unlock(&l->lock);
	uv_async_send(&l->wake);
	return ERR_NONE;
}

void loop_late_init(struct loop_late *late, void (*fn)(struct loop_late *late))
{
	list_init(&late->node);
	late->fn = fn;
}

void loop_late_start(struct loop *l, struct loop_late *late)
{
	if (list_is_empty(&late->node))
		list_append(&l->late, &late->node);
}

void loop_late_stop(struct loop_late *late)
{
	list_remove(&late->node);
}

static void on_loop_signal(uv_signal_t *uv, int number)
{
	struct loop_signal *s = uv->data;

	s->fn(s->owner, number);
}

static void on_loop_signal_closed(uv_handle_t *handle)
{
	free(handle->data);
}

enum err loop_signal_open(struct loop *l, int number, loop_signal_fn *fn, void *owner,
			  struct loop_signal **out_signal)
{
	struct loop_signal *s = calloc(1, sizeof(*s));

	if (!s)
		return ERR_MEMORY;
	if (uv_signal_init(&l->uv, &s->uv)) {
		free(s);
		return ERR_LIMIT;
	}
	s->uv.data = s;
	s->fn = fn;
	s->owner = owner;
	uv_signal_start(&s->uv, on_loop_signal, number);
	*out_signal = s;
	return ERR_NONE;
}

void loop_signal_close(struct loop_signal *s)
{
	if (s)
		uv_close((uv_handle_t *)&s->uv, on_loop_signal_closed);
}

enum err loop_stop_on_signals(struct loop *l)
{
	signal(SIGPIPE, SIG_IGN);
	if (uv_signal_init(&l->uv, &l->on_term) || uv_signal_init(&l->uv, &l->on_int))
		return ERR_LIMIT;
	l->has_signals = true;
	l->on_term.data = l->on_int.data = l;
	uv_signal_start(&l->on_term, on_signal, SIGTERM);
	uv_signal_start(&l->on_int, on_signal, SIGINT);
	return ERR_NONE;
}
