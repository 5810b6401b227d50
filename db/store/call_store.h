/* call_store.h -- calls.db: what signaling needs to take up its answered calls again
 * after a restart.  One row per answered call; the file lives in /run and ends with the
 * machine, so it is written without waiting for a disk. */
#ifndef DB_STORE_CALL_STORE_H
#define DB_STORE_CALL_STORE_H
#include "db/store/db.h"

struct call_store;

enum { CALL_STORE_STATE_MAX = 65536, CALL_STORE_DIALOG_MAX = 1024 };

struct call_record {
	uint64_t call;
	uint32_t worker;
	struct slice dialogs[2]; /* identifiers of the caller's and the called side's dialog */
	struct slice state;	 /* encoded by signaling */
};

enum err call_store_open(const char *path, enum db_access access, struct text *why,
			 struct call_store **out_store);
void call_store_close(struct call_store *s);

/* Several puts and deletes cost one commit between these two; without them each is its
 * own.  Not to be held across a wait. */
enum err call_store_begin(struct call_store *s);
enum err call_store_commit(struct call_store *s);

/* Replaces the row of that call.  ERR_TOO_LONG above the limits. */
enum err call_store_put(struct call_store *s, const struct call_record *record);
/* Deleting what is not there is no error. */
enum err call_store_delete(struct call_store *s, uint64_t call);
/* The slices of a record are good inside visit only; visit must not write. */
enum err call_store_load(struct call_store *s,
			 void (*visit)(void *arg, const struct call_record *record), void *arg);
enum err call_store_count(struct call_store *s, uint64_t *out_count);

#endif
