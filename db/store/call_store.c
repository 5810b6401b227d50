/* call_store.c -- recoverable calls as rows of encoded state. */
#include "db/store/call_store.h"

#include <stdlib.h>

enum { CALL_FILE_ID = 0x454e4c31 }; /* "ENL1" */

struct call_store {
	struct db *db;
};

static const char *const migrations[] = {
	"CREATE TABLE call (call INTEGER PRIMARY KEY, worker INTEGER NOT NULL,"
	" caller_dialog BLOB NOT NULL, called_dialog BLOB NOT NULL, state BLOB NOT NULL);",
};

static const struct db_schema schema = {
	.file_id = CALL_FILE_ID,
	.sync = DB_SYNC_NORMAL,
	.migrations = migrations,
	.migration_count = sizeof(migrations) / sizeof(migrations[0]),
};

enum err call_store_open(const char *path, enum db_access access, struct text *why,
			 struct call_store **out_store)
{
	struct call_store *s = calloc(1, sizeof(*s));
	enum err e;

	if (!s)
		return ERR_MEMORY;
	e = db_open(path, access, &schema, why, &s->db);
	if (e) {
		free(s);
		return e;
	}
	*out_store = s;
	return ERR_NONE;
}

void call_store_close(struct call_store *s)
{
	if (!s)
		return;
	db_close(s->db);
	free(s);
}

enum err call_store_begin(struct call_store *s)
{
	return db_begin(s->db);
}

enum err call_store_commit(struct call_store *s)
{
	enum err e = db_commit(s->db);

	if (e)
		db_rollback(s->db);
	return e;
}

enum err call_store_put(struct call_store *s, const struct call_record *record)
{
	struct db_statement *st;
	enum err e;

	if (record->state.len > CALL_STORE_STATE_MAX ||
	    record->dialogs[0].len > CALL_STORE_DIALOG_MAX ||
	    record->dialogs[1].len > CALL_STORE_DIALOG_MAX)
		return ERR_TOO_LONG;
	e = db_prepare(s->db, "INSERT OR REPLACE INTO call VALUES (?1, ?2, ?3, ?4, ?5)", &st);
	if (e)
		return e;
	db_bind_u64(st, 1, record->call);
	db_bind_u64(st, 2, record->worker);
	db_bind_blob(st, 3, record->dialogs[0]);
	db_bind_blob(st, 4, record->dialogs[1]);
	db_bind_blob(st, 5, record->state);
	return db_run(st);
}

enum err call_store_delete(struct call_store *s, uint64_t call)
{
	struct db_statement *st;
	enum err e = db_prepare(s->db, "DELETE FROM call WHERE call = ?1", &st);

	if (e)
		return e;
	db_bind_u64(st, 1, call);
	return db_run(st);
}

enum err call_store_load(struct call_store *s,
			 void (*visit)(void *arg, const struct call_record *record), void *arg)
{
	struct db_statement *st;
	bool has_row;
	enum err e = db_prepare(
		s->db, "SELECT call, worker, caller_dialog, called_dialog, state FROM call", &st);

	if (e)
		return e;
	while (!(e = db_step(st, &has_row)) && has_row) {
		struct call_record record = {
			.call = db_column_u64(st, 0),
			.worker = (uint32_t)db_column_u64(st, 1),
			.dialogs = { db_column_bytes(st, 2), db_column_bytes(st, 3) },
			.state = db_column_bytes(st, 4),
		};

		visit(arg, &record);
	}
	return e;
}

enum err call_store_count(struct call_store *s, uint64_t *out_count)
{
	struct db_statement *st;
	bool has_row = false;
	enum err e = db_prepare(s->db, "SELECT count(*) FROM call", &st);

	if (!e)
		e = db_step(st, &has_row);
	if (e)
		return e;
	*out_count = db_column_u64(st, 0);
	db_step_end(st);
	return ERR_NONE;
}
