/* record.c -- the queue of records and kept calls, and the thread that writes batches.
 * A batch that the disk refuses stays and is tried again; the queue has an end. */
#include "signaling/record/record.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"

/* GATHER_MS: a commit costs the same for one row and for many.  A call answered and a
 * process killed within it is the only call that is not taken up again. */
enum {
	QUEUE_MAX = 50000,
	BATCH = 512,
	GATHER_MS = 50,
	KEPT = 1000000,
	RETRY_S = 1,
	PATH_SIZE = 512
};

/* One thing to write. */
struct queued {
	struct queued *next;
	enum { QUEUED_RECORD, QUEUED_KEEP, QUEUED_FORGET } kind;
	uint64_t call;
	unsigned worker;
	size_t len;
	char bytes[]; /* struct cdr, or the state to keep */
};

struct recorder {
	struct cdr_store *store;
	struct call_store *calls; /* NULL: calls do not survive a restart */
	pthread_t thread;
	pthread_mutex_t lock;	   /* guards the queue and `ending` */
	pthread_cond_t more, full; /* the first item; a whole batch, or the end */
	struct queued *first, **last;
	unsigned count;
	bool ending;
	atomic_ullong written, lost, retried;
};

/* With the lock held: the first item opens a batch, which stays open for a moment. */
static void wait_for_batch(struct recorder *r)
{
	struct timespec until;

	while (!r->first && !r->ending)
		pthread_cond_wait(&r->more, &r->lock);
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += GATHER_MS * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	while (!r->ending && r->count < BATCH &&
	       pthread_cond_timedwait(&r->full, &r->lock, &until) == 0)
		;
}

/* Takes up to BATCH items off the queue; waits for some unless it is ending. */
static unsigned take_batch(struct recorder *r, struct queued **batch)
{
	unsigned count = 0;

	pthread_mutex_lock(&r->lock);
	wait_for_batch(r);
	while (r->first && count < BATCH) {
		batch[count++] = r->first;
		r->first = r->first->next;
		r->count--;
	}
	if (!r->first)
		r->last = &r->first;
	pthread_mutex_unlock(&r->lock);
	return count;
}

static bool is_ending(struct recorder *r)
{
	bool ending;

	pthread_mutex_lock(&r->lock);
	ending = r->ending;
	pthread_mutex_unlock(&r->lock);
	return ending;
}

static void write_records(struct recorder *r, const struct cdr *records, unsigned count)
{
	bool complained = false;
	enum err e;

	while (count && (e = cdr_store_append(r->store, records, count)) != ERR_NONE) {
		if (!complained)
			log_err("call records cannot be written; they are kept and tried again",
				F_ERR(e), F_INT("records", count));
		complained = true;
		atomic_fetch_add(&r->retried, 1);
		if (is_ending(r)) {
			atomic_fetch_add(&r->lost, count);
			log_err("call records are lost", F_INT("records", count));
			return;
		}
		nanosleep(&(struct timespec){ .tv_sec = RETRY_S }, NULL);
	}
	if (complained)
		log_warn("call records are written again");
	atomic_fetch_add(&r->written, count);
}

static enum err write_call(struct recorder *r, const struct queued *q)
{
	struct call_record record = { .call = q->call,
				      .worker = q->worker,
				      .state = { q->bytes, q->len } };

	if (q->kind == QUEUED_KEEP)
		return call_store_put(r->calls, &record);
	return call_store_delete(r->calls, q->call);
}

/* Only the last word about a call is written; one kept and forgotten within a batch, as
 * short calls are, costs nothing. */
static bool is_last_word(struct queued *const *batch, unsigned at, unsigned count)
{
	for (unsigned i = at + 1; i < count; i++)
		if (batch[i]->kind != QUEUED_RECORD && batch[i]->call == batch[at]->call)
			return false;
	return true;
}

/* calls.db follows cdr.db: a call is forgotten only once its record is safe. */
static void write_calls(struct recorder *r, struct queued *const *batch, unsigned count)
{
	enum err e = r->calls ? call_store_begin(r->calls) : ERR_NOT_FOUND;

	for (unsigned i = 0; i < count && !e; i++)
		if (batch[i]->kind != QUEUED_RECORD && is_last_word(batch, i, count))
			e = write_call(r, batch[i]);
	if (r->calls && call_store_commit(r->calls) && !e)
		e = ERR_IO;
	if (r->calls && e)
		log_warn("a call's state could not be kept; it would not survive a restart",
			 F_ERR(e));
}

static void write_batch(struct recorder *r, struct queued **batch, unsigned count,
			struct cdr *records)
{
	unsigned record_count = 0;

	for (unsigned i = 0; i < count; i++)
		if (batch[i]->kind == QUEUED_RECORD)
			memcpy(&records[record_count++], batch[i]->bytes, sizeof(*records));
	write_records(r, records, record_count);
	if (record_count < count)
		write_calls(r, batch, count);
	for (unsigned i = 0; i < count; i++) {
		explicit_bzero(batch[i]->bytes, batch[i]->len); /* it may hold keys */
		free(batch[i]);
	}
}

static void *run(void *arg)
{
	struct recorder *r = arg;
	struct queued *batch[BATCH];
	struct cdr *records = calloc(BATCH, sizeof(*records));
	unsigned count, since_trim = 0;

	while (records && (count = take_batch(r, batch)) > 0) {
		write_batch(r, batch, count, records);
		since_trim += count;
		if (since_trim > KEPT / 100) {
			cdr_store_trim(r->store, KEPT);
			since_trim = 0;
		}
	}
	free(records);
	return NULL;
}

static enum err open_records(struct recorder *r, const char *database_dir)
{
	char path[PATH_SIZE], bytes[256];
	struct text why;
	enum err e;

	snprintf(path, sizeof(path), "%s/cdr.db", database_dir);
	text_init(&why, bytes, sizeof(bytes) - 1);
	e = cdr_store_open(path, DB_WRITE, &why, &r->store);
	if (e)
		log_err("the file of call records cannot be used", F_STR("file", path), F_ERR(e),
			F_STR("why", text_get_string(&why)));
	return e;
}

/* What cannot be read back is worth nothing: the file is begun anew. */
static void open_calls(struct recorder *r, const char *state_dir)
{
	char path[PATH_SIZE], bytes[256];
	struct text why;

	snprintf(path, sizeof(path), "%s/calls.db", state_dir);
	text_init(&why, bytes, sizeof(bytes) - 1);
	if (call_store_open(path, DB_WRITE, &why, &r->calls) == ERR_NONE)
		return;
	log_warn("the calls of an earlier process cannot be read; the file is begun anew",
		 F_STR("file", path), F_STR("why", text_get_string(&why)));
	unlink(path);
	if (call_store_open(path, DB_WRITE, NULL, &r->calls))
		r->calls = NULL;
}

static void make_condition(pthread_cond_t *c)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(c, &attributes);
	pthread_condattr_destroy(&attributes);
}

enum err recorder_create(const char *database_dir, const char *state_dir,
			 struct recorder **out_recorder)
{
	struct recorder *r = calloc(1, sizeof(*r));
	enum err e;

	if (!r)
		return ERR_MEMORY;
	e = open_records(r, database_dir);
	if (e) {
		free(r);
		return e;
	}
	open_calls(r, state_dir);
	pthread_mutex_init(&r->lock, NULL);
	make_condition(&r->more);
	make_condition(&r->full);
	r->last = &r->first;
	if (pthread_create(&r->thread, NULL, run, r)) {
		call_store_close(r->calls);
		cdr_store_close(r->store);
		free(r);
		return ERR_LIMIT;
	}
	*out_recorder = r;
	return ERR_NONE;
}

void recorder_load_calls(struct recorder *r,
			 void (*visit)(void *arg, const struct call_record *record), void *arg)
{
	if (r->calls && call_store_load(r->calls, visit, arg))
		log_warn("the calls of an earlier process cannot be read");
}

void recorder_destroy(struct recorder *r)
{
	if (!r)
		return;
	pthread_mutex_lock(&r->lock);
	r->ending = true;
	pthread_cond_signal(&r->more);
	pthread_cond_signal(&r->full);
	pthread_mutex_unlock(&r->lock);
	pthread_join(r->thread, NULL);
	call_store_close(r->calls);
	cdr_store_close(r->store);
	pthread_cond_destroy(&r->more);
	pthread_cond_destroy(&r->full);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

static struct queued *make(int kind, uint64_t call, const void *bytes, size_t len)
{
	struct queued *q = malloc(sizeof(*q) + len);

	if (!q)
		return NULL;
	*q = (struct queued){ .kind = kind, .call = call, .len = len };
	if (len)
		memcpy(q->bytes, bytes, len);
	return q;
}

/* Only records may be lost: without a keep a call merely does not survive a restart,
 * and forgetting is never dropped. */
static void append(struct recorder *r, struct queued *q)
{
	bool full = !q;

	if (q) {
		pthread_mutex_lock(&r->lock);
		full = r->count >= QUEUE_MAX && q->kind != QUEUED_FORGET;
		if (!full) {
			*r->last = q;
			r->last = &q->next;
			if (r->count++ == 0)
				pthread_cond_signal(&r->more);
			if (r->count == BATCH)
				pthread_cond_signal(&r->full);
		}
		pthread_mutex_unlock(&r->lock);
	}
	if (!full)
		return;
	if (!q || q->kind == QUEUED_RECORD)
		atomic_fetch_add(&r->lost, 1);
	free(q);
}

void recorder_write(struct recorder *r, const struct cdr *record)
{
	append(r, make(QUEUED_RECORD, record->call, record, sizeof(*record)));
}

void recorder_keep_call(struct recorder *r, uint64_t call, unsigned worker, struct slice state)
{
	struct queued *q = r->calls ? make(QUEUED_KEEP, call, state.data, state.len) : NULL;

	if (!q)
		return;
	q->worker = worker;
	append(r, q);
}

void recorder_forget_call(struct recorder *r, uint64_t call)
{
	struct queued *q = r->calls ? make(QUEUED_FORGET, call, NULL, 0) : NULL;

	if (q)
		append(r, q);
}

void recorder_visit_counters(struct recorder *r,
			     void (*visit)(void *arg, const char *name, uint64_t value,
					   const char *help),
			     void *arg)
{
	visit(arg, "records.written", r->written, "call records on disk");
	visit(arg, "records.retried", r->retried,
	      "batches the disk refused and that were tried again");
	visit(arg, "records.lost", r->lost,
	      "call records lost: queue full, or disk full at the end");
}
