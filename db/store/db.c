/* db.c -- statements, rows and transactions over SQLite.  Opening is in db_open.c. */
#include "db/store/db.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/check.h"
#include "db/store/db_private.h"

static enum err from_errno(int errnum)
{
	switch (errnum) {
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return ERR_DISK_FULL;
	case ENOENT:
	case ENOTDIR:
		return ERR_NOT_FOUND;
	case EACCES:
	case EPERM:
	case EROFS:
		return ERR_DENIED;
	default:
		return ERR_IO;
	}
}

/* sqlite3_system_errno knows about opening only; the file that failed remembers more.
 * That is the write-ahead log or the database itself. */
static int last_errno(struct db *db)
{
	sqlite3_file *wal = NULL;
	int errnum = 0;

	(void)sqlite3_file_control(db->sqlite, "main", SQLITE_FCNTL_JOURNAL_POINTER, (void *)&wal);
	if (wal && wal->pMethods)
		(void)wal->pMethods->xFileControl(wal, SQLITE_FCNTL_LAST_ERRNO, &errnum);
	if (errnum == 0)
		(void)sqlite3_file_control(db->sqlite, "main", SQLITE_FCNTL_LAST_ERRNO, &errnum);
	return errnum;
}

enum err db_error_from(struct db *db, int code)
{
	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return ERR_NONE;
	case SQLITE_FULL:
		return ERR_DISK_FULL;
	case SQLITE_NOMEM:
		return ERR_MEMORY;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return ERR_BUSY;
	case SQLITE_PERM:
	case SQLITE_READONLY:
	case SQLITE_AUTH:
		return ERR_DENIED;
	case SQLITE_NOTADB:
	case SQLITE_CORRUPT:
		return ERR_SYNTAX;
	case SQLITE_TOOBIG:
		return ERR_TOO_LONG;
	case SQLITE_CONSTRAINT:
		return ERR_EXISTS;
	case SQLITE_IOERR:
		return from_errno(last_errno(db));
	default:
		return from_errno(sqlite3_system_errno(db->sqlite));
	}
}

enum err db_run_text(struct db *db, const char *sql)
{
	return db_error_from(db, sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL));
}

enum err db_begin(struct db *db)
{
	return db_run_text(db, "BEGIN IMMEDIATE");
}

enum err db_commit(struct db *db)
{
	return db_run_text(db, "COMMIT");
}

void db_rollback(struct db *db)
{
	if (!sqlite3_get_autocommit(db->sqlite))
		(void)db_run_text(db, "ROLLBACK");
}

enum err db_prepare(struct db *db, const char *sql, struct db_statement **out_statement)
{
	struct db_statement *s;
	int code;

	for (s = db->statements; s; s = s->next)
		if (strcmp(sqlite3_sql(s->stmt), sql) == 0) {
			db_step_end(s);
			*out_statement = s;
			return ERR_NONE;
		}
	s = calloc(1, sizeof(*s));
	if (!s)
		return ERR_MEMORY;
	code = sqlite3_prepare_v3(db->sqlite, sql, -1, SQLITE_PREPARE_PERSISTENT, &s->stmt, NULL);
	if (code != SQLITE_OK) {
		free(s);
		return db_error_from(db, code);
	}
	s->db = db;
	s->next = db->statements;
	db->statements = s;
	*out_statement = s;
	return ERR_NONE;
}

void db_statements_destroy(struct db *db)
{
	while (db->statements) {
		struct db_statement *s = db->statements;

		db->statements = s->next;
		sqlite3_finalize(s->stmt);
		free(s);
	}
}

/* A binding fails for want of memory only, or for a parameter that is not there; the
 * step reports it. */
static void note_binding(struct db_statement *s, int code)
{
	CHECK(code != SQLITE_RANGE && code != SQLITE_MISUSE);
	if (code != SQLITE_OK)
		s->failed = code;
}

void db_bind_i64(struct db_statement *s, int parameter, int64_t value)
{
	note_binding(s, sqlite3_bind_int64(s->stmt, parameter, value));
}

void db_bind_u64(struct db_statement *s, int parameter, uint64_t value)
{
	db_bind_i64(s, parameter, (int64_t)value);
}

void db_bind_text(struct db_statement *s, int parameter, struct slice text)
{
	note_binding(s, sqlite3_bind_text(s->stmt, parameter, text.len ? text.data : "",
					  (int)text.len, SQLITE_STATIC));
}

void db_bind_string(struct db_statement *s, int parameter, const char *text)
{
	db_bind_text(s, parameter, slice_from_text(text));
}

void db_bind_blob(struct db_statement *s, int parameter, struct slice bytes)
{
	note_binding(s, sqlite3_bind_blob(s->stmt, parameter, bytes.len ? bytes.data : "",
					  (int)bytes.len, SQLITE_STATIC));
}

enum err db_step(struct db_statement *s, bool *out_has_row)
{
	int code = s->failed ? s->failed : sqlite3_step(s->stmt);
	enum err e = db_error_from(s->db, code);

	if (code != SQLITE_ROW)
		db_step_end(s);
	if (!e)
		*out_has_row = code == SQLITE_ROW;
	return e;
}

void db_step_end(struct db_statement *s)
{
	sqlite3_reset(s->stmt);
	sqlite3_clear_bindings(s->stmt);
	s->failed = SQLITE_OK;
}

enum err db_run(struct db_statement *s)
{
	bool has_row = false;
	enum err e = db_step(s, &has_row);

	if (has_row)
		db_step_end(s);
	return e;
}

int64_t db_column_i64(struct db_statement *s, int column)
{
	return sqlite3_column_int64(s->stmt, column);
}

uint64_t db_column_u64(struct db_statement *s, int column)
{
	return (uint64_t)db_column_i64(s, column);
}

struct slice db_column_bytes(struct db_statement *s, int column)
{
	const void *data = sqlite3_column_blob(s->stmt, column);
	int len = sqlite3_column_bytes(s->stmt, column);

	return data ? (struct slice){ data, (size_t)len } : SLICE_NONE;
}

void db_column_copy(struct db_statement *s, int column, char *out, size_t size)
{
	struct slice bytes = db_column_bytes(s, column);

	if (bytes.len >= size)
		bytes.len = size - 1;
	if (bytes.len)
		memcpy(out, bytes.data, bytes.len);
	out[bytes.len] = '\0';
}

uint64_t db_last_row_id(const struct db *db)
{
	return (uint64_t)sqlite3_last_insert_rowid(db->sqlite);
}

uint64_t db_changed_rows(const struct db *db)
{
	return (uint64_t)sqlite3_changes64(db->sqlite);
}
