/* worker.h -- one thread that carries calls whole: its own loop, transport,
 * transactions, resolver, link to media, and calls.  A message goes to the worker its
 * call lives on, whoever received it: our tags and branches name the worker, and an
 * INVITE's Call-ID chooses it. */
#ifndef SIGNALING_WORKER_H
#define SIGNALING_WORKER_H
#include <pthread.h>

#include "signaling/call/call.h"
#include "signaling/peer/ping.h"
#include "signaling/policy/policy.h"

enum { WORKERS_MAX = 64 };

struct worker_group;

/* A row of calls.db on its way to the worker that takes it up. */
struct kept {
	struct kept *next;
	size_t len;
	char state[];
};

struct worker {
	struct worker_group *group;
	unsigned index;
	pthread_t thread;
	struct loop *loop;
	struct transport *transport;
	struct transactions *transactions;
	struct resolver *resolver;
	struct anchor *anchor;
	struct calls *calls;
	struct pinger *pinger; /* worker 0 only */
	struct policy *policy;
	struct transport_plan *plan;		  /* prepared, not applied */
	const struct config_trunk *current_trunk; /* of the message being handled */
	struct kept *kept; /* calls of an earlier process, taken up with the first policy */
	bool is_running;
};

struct worker_group {
	struct worker workers[WORKERS_MAX];
	struct transport *transports[WORKERS_MAX]; /* of the workers; they keep a pointer to it */
	unsigned count;
	struct loop *control; /* the main thread's */
	struct peers *peers;
	struct recorder *recorder;
	/* All workers reach media: calls can be carried. */
	void (*on_media)(void *arg, bool is_up);
	void *on_media_arg;
	unsigned media_up; /* control thread only */
};

/* Everything but the thread.  worker_fini also after a failed worker_init. */
enum err worker_init(struct worker *w, const char *state_dir, const char *dns_servers);
void worker_fini(struct worker *w);

/* Starts `count` threads.  state_dir: where media.sock is. */
enum err worker_group_start(struct worker_group *g, unsigned count, struct loop *control,
			    const char *state_dir, const char *dns_servers);
/* Ends the threads and frees everything they had. */
void worker_group_stop(struct worker_group *g);

/* Runs fn(worker, arg) on every worker's thread, then done(arg) on the control thread
 * once all have.  ERR_MEMORY: nothing runs. */
/* Before the first policy: hands the rows of calls.db to their workers. */
void worker_group_load_calls(struct worker_group *g);
/* On the worker's thread: a policy to run; the first one also takes up kept calls. */
void worker_use_policy(struct worker *w, struct policy *policy);

typedef void worker_fn(struct worker *w, void *arg);
typedef void worker_done_fn(void *arg);
enum err worker_group_run(struct worker_group *g, worker_fn *fn, worker_done_fn *done, void *arg);

void worker_visit_counters(void (*visit)(void *arg, const char *name, uint64_t value,
					 const char *help),
			   void *arg);

#endif
