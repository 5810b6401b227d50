/* record.h -- writing call records and recoverable calls without making a call wait for
 * a disk: a queue and one thread that owns cdr.db and calls.db.  What record_write took is written,
 * or is counted as lost where the queue or the disk is full. */
#ifndef SIGNALING_RECORD_RECORD_H
#define SIGNALING_RECORD_RECORD_H
#include "common/err.h"
#include "db/store/call_store.h"
#include "db/store/cdr_store.h"

struct recorder;

/* Opens DATABASE/cdr.db and STATE/calls.db.  An unusable cdr.db is an error with a log
 * line that says why; an unusable calls.db is begun anew, with a line. */
enum err recorder_create(const char *database_dir, const char *state_dir,
			 struct recorder **out_recorder);
/* What an earlier process left in calls.db.  Only before anything is written. */
void recorder_load_calls(struct recorder *r,
			 void (*visit)(void *arg, const struct call_record *record), void *arg);
/* Writes what is queued first. */
void recorder_destroy(struct recorder *r);
/* From any thread; the record is copied. */
void recorder_write(struct recorder *r, const struct cdr *record);
/* The recoverable state of an answered call; replaces what was kept before. */
void recorder_keep_call(struct recorder *r, uint64_t call, unsigned worker, struct slice state);
void recorder_forget_call(struct recorder *r, uint64_t call);
void recorder_visit_counters(struct recorder *r,
			     void (*visit)(void *arg, const char *name, uint64_t value,
					   const char *help),
			     void *arg);

#endif
