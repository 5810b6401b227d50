/* worker.h -- a thread that relays packets of the sessions pinned to it.
 *
 * The control thread speaks to it in letters and never touches a relay it has handed
 * over.  What comes back, relays and changes that are done with, and news of
 * sessions, arrives in the control thread through the callbacks. */
#ifndef MEDIA_PATH_WORKER_H
#define MEDIA_PATH_WORKER_H
#include <stdint.h>

#include "common/err.h"
#include "common/loop.h"
#include "media/path/relay.h"

struct worker;

struct worker_news {
	uint64_t session;
	struct addr source;
	uint8_t side;
	uint8_t what; /* one of RELAY_NEWS_ */
};

/* An order about a relay that the worker has. */
struct worker_order {
	struct mail mail;
	enum { WORKER_CHANGE, WORKER_MOVE } kind;
	struct relay *relay;
	unsigned side;
	struct relay_change change; /* WORKER_CHANGE */
	int fds[RELAY_COMPONENTS];  /* WORKER_MOVE: in the new sockets, out the old ones */
	void *data;		    /* the giver's */
};

struct worker_callbacks {
	void (*on_news)(void *owner, const struct worker_news *news);
	/* Carried out; what it replaced is in it.  The order is the giver's again. */
	void (*on_order_done)(void *owner, struct worker_order *order);
	/* The worker has let go of it. */
	void (*on_removed)(void *owner, struct relay *r);
};

enum err worker_create(struct loop *l, unsigned index, const struct worker_callbacks *callbacks,
		       void *owner, struct worker **out_worker);
/* Joins the thread.  What it still holds comes back through the callbacks first. */
void worker_destroy(struct worker *w);

/* The order of these three is kept; none can fail. */
void worker_add(struct worker *w, struct relay *r);
void worker_give_order(struct worker *w, struct worker_order *order);
void worker_remove(struct worker *w, struct relay *r);

const struct relay_counters *worker_get_counters(const struct worker *w);

#endif
