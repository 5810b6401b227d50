/* worker_group.c -- the threads of all workers, the calls an earlier process left to
 * them, and work that every one of them does. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "signaling/worker.h"

/* --- threads ------------------------------------------------------------- */

static void *run_worker(void *arg)
{
	struct worker *w = arg;

	loop_run(w->loop);
	return NULL;
}

static enum err connect_siblings(struct worker_group *g)
{
	enum err e = ERR_NONE;

	for (unsigned i = 0; i < g->count; i++)
		g->transports[i] = g->workers[i].transport;
	for (unsigned i = 0; i < g->count && !e; i++)
		e = transport_set_siblings(g->transports[i], g->transports, g->count);
	return e;
}

enum err worker_group_start(struct worker_group *g, unsigned worker_count, struct loop *control,
			    const char *state_dir, const char *dns_servers)
{
	enum err e = ERR_NONE;

	g->control = control;
	g->count = worker_count;
	for (unsigned i = 0; i < worker_count && !e; i++) {
		g->workers[i].group = g;
		g->workers[i].index = i;
		e = worker_init(&g->workers[i], state_dir, dns_servers);
	}
	if (!e)
		e = connect_siblings(g);
	for (unsigned i = 0; i < worker_count && !e; i++) {
		if (pthread_create(&g->workers[i].thread, NULL, run_worker, &g->workers[i]))
			e = ERR_LIMIT;
		else
			g->workers[i].is_running = true;
	}
	return e;
}

void worker_group_stop(struct worker_group *g)
{
	for (unsigned i = 0; i < g->count; i++)
		if (g->workers[i].is_running)
			loop_stop(g->workers[i].loop);
	for (unsigned i = 0; i < g->count; i++)
		if (g->workers[i].is_running)
			pthread_join(g->workers[i].thread, NULL);
	/* only now: until the last thread ended, each could hand messages to any other */
	for (unsigned i = 0; i < g->count; i++)
		worker_fini(&g->workers[i]);
	g->count = 0;
}

/* --- configuration ------------------------------------------------------- */

static void keep_row(void *arg, const struct call_record *record)
{
	struct worker_group *g = arg;
	struct worker *w = &g->workers[record->worker % g->count];
	struct kept *k = malloc(sizeof(*k) + record->state.len);

	if (!k)
		return;
	k->next = w->kept;
	k->len = record->state.len;
	memcpy(k->state, record->state.data, record->state.len);
	w->kept = k;
}

void worker_group_load_calls(struct worker_group *g)
{
	recorder_load_calls(g->recorder, keep_row, g);
}

/* --- work for all of them ------------------------------------------------ */

struct round {
	struct worker_group *group;
	worker_fn *fn;
	worker_done_fn *done;
	void *arg;
	atomic_uint left;
};

struct round_part {
	struct round *round;
	struct worker *worker;
};

static void finish_round(void *arg)
{
	struct round *r = arg;

	r->done(r->arg);
	free(r);
}

static void run_part(void *arg)
{
	struct round_part *part = arg;
	struct round *r = part->round;

	r->fn(part->worker, r->arg);
	free(part);
	if (atomic_fetch_sub(&r->left, 1) == 1)
		loop_post(r->group->control, finish_round, r);
}

enum err worker_group_run(struct worker_group *g, worker_fn *fn, worker_done_fn *done, void *arg)
{
	struct round *r = calloc(1, sizeof(*r));
	struct round_part *parts[WORKERS_MAX] = { NULL };
	bool enough = r != NULL;

	for (unsigned i = 0; i < g->count && enough; i++)
		enough = (parts[i] = calloc(1, sizeof(*parts[i]))) != NULL;
	if (!enough || g->count == 0) {
		for (unsigned i = 0; i < g->count; i++)
			free(parts[i]);
		free(r);
		return enough ? ERR_STATE : ERR_MEMORY;
	}
	*r = (struct round){ .group = g, .fn = fn, .done = done, .arg = arg };
	atomic_store(&r->left, g->count);
	for (unsigned i = 0; i < g->count; i++) {
		*parts[i] = (struct round_part){ r, &g->workers[i] };
		loop_post(g->workers[i].loop, run_part, parts[i]);
	}
	return ERR_NONE;
}
