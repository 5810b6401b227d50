/* failure.c -- a failure is noted where it happens and told at the end of the turn,
 * so that nobody hears of it from inside his own transport_send. */
#include "signaling/transport/failure.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/log.h"
#include "signaling/transport/counters.h"
#include "signaling/transport/flow.h"

struct failure {
	struct list node;
	struct flow_home *home; /* where its sender is, while it is on its way there */
	uint64_t token;
	enum err e;
	char why[INSIDE_WHY_SIZE];
};

static void queue(struct transport *t, struct failure *f)
{
	list_append(&t->failures, &f->node);
	loop_late_start(t->loop, &t->late);
}

static void on_posted(void *arg)
{
	struct failure *f = arg;
	struct transport *t = flow_home_find(f->home);

	flow_home_unref(f->home);
	if (t)
		queue(t, f);
	else
		free(f);
}

static void post(struct flow_home *home, struct failure *f)
{
	f->home = flow_home_ref(home);
	if (flow_home_post(home, on_posted, f)) {
		flow_home_unref(home);
		free(f);
	}
}

void failure_report(struct transport *t, unsigned home, uint64_t token, enum err e,
		    const char *why)
{
	struct failure *f;

	if (!token)
		return;
	counter_add(COUNT_sends_failed, 1);
	f = calloc(1, sizeof(*f));
	if (!f) {
		log_err("a failed send could not be reported", F_ERR(ERR_MEMORY));
		return;
	}
	*f = (struct failure){ .token = token, .e = e };
	list_init(&f->node);
	snprintf(f->why, sizeof(f->why), "%s", why);
	if (home == t->worker || home >= t->sibling_count)
		queue(t, f);
	else
		post(t->siblings[home], f);
}

void failure_flush(struct transport *t)
{
	while (!list_is_empty(&t->failures)) {
		struct failure *f = CONTAINER_OF(t->failures.next, struct failure, node);

		list_remove(&f->node);
		t->callbacks.on_failed(t->owner, f->token, f->e, f->why);
		free(f);
	}
}

void failure_forget_all(struct transport *t)
{
	LIST_FOR_EACH(node, &t->failures) {
		list_remove(node);
		free(CONTAINER_OF(node, struct failure, node));
	}
}
