/* loop.h -- one thread's event loop: libuv underneath, our timers on top.
 * Everything but loop_post and loop_stop belongs to the loop's own thread. */
#ifndef COMMON_LOOP_H
#define COMMON_LOOP_H
#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "common/timer.h"

struct loop;
struct loop_watch;
struct uv_loop_s;

enum { LOOP_READABLE = 1, LOOP_WRITABLE = 2 };

enum err loop_create(struct loop **out_loop);
/* Watches and timers must be closed by their owners first. */
void loop_destroy(struct loop *l);
/* Until loop_stop. */
void loop_run(struct loop *l);
/* From any thread or a signal watch. */
void loop_stop(struct loop *l);
struct timer_queue *loop_get_timers(struct loop *l);
struct uv_loop_s *loop_get_uv(struct loop *l);

/* Level triggered.  fn gets LOOP_READABLE and/or LOOP_WRITABLE; an error of the
 * descriptor counts as readable.  The descriptor stays the caller's; close the
 * watch before it. */
typedef void loop_watch_fn(void *owner, int events);
enum err loop_watch_open(struct loop *l, int fd, int events, loop_watch_fn *fn, void *owner,
			 struct loop_watch **out_watch);
void loop_watch_set(struct loop_watch *w, int events);
/* No callback comes after this; NULL is fine. */
void loop_watch_close(struct loop_watch *w);

/* Runs fn(arg) on the loop's thread; callable from any thread.  Order is kept per
 * sender.  ERR_MEMORY: nothing was queued. */
typedef void loop_post_fn(void *arg);
enum err loop_post(struct loop *l, loop_post_fn *fn, void *arg);
/* Runs what was posted so far; for an owner that is about to go. */
void loop_run_posted(struct loop *l);

/* fn is called once at the end of this turn of the loop, after all input of the
 * turn; what was collected during the turn is sent there in one go. */
struct loop_late {
	struct list node;
	void (*fn)(struct loop_late *late);
};
void loop_late_init(struct loop_late *late, void (*fn)(struct loop_late *late));
void loop_late_start(struct loop *l, struct loop_late *late);
void loop_late_stop(struct loop_late *late);

/* A signal of the process as a callback on this loop. */
struct loop_signal;
typedef void loop_signal_fn(void *owner, int number);
enum err loop_signal_open(struct loop *l, int number, loop_signal_fn *fn, void *owner,
			  struct loop_signal **out_signal);
/* NULL is fine. */
void loop_signal_close(struct loop_signal *s);

/* SIGTERM and SIGINT of the process stop this loop; SIGPIPE is ignored. */
enum err loop_stop_on_signals(struct loop *l);

#endif
