/* db.h -- one SQLite file behind our own types: opening and migrating it, write
 * transactions, statements and their rows.  Used by the stores; nothing above db/
 * needs more of it than enum db_access.
 *
 * Every file is in WAL mode with one writing process; readers see the last commit. */
#ifndef DB_STORE_DB_H
#define DB_STORE_DB_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/slice.h"
#include "common/text.h"

struct db;
struct db_statement;

/* DB_READ never creates, migrates or changes the file. */
enum db_access { DB_READ, DB_WRITE };
/* FULL: a commit that returned is on the disk.  NORMAL: the file stays sound, the last
 * commits may be lost with the power (never with the process alone). */
enum db_sync { DB_SYNC_FULL, DB_SYNC_NORMAL };

/* What a file holds.  migrations[i] leads from schema version i to i + 1; versions are
 * only ever appended. */
struct db_schema {
	uint32_t file_id; /* SQLite's application_id: whose file this is */
	enum db_sync sync;
	const char *const *migrations;
	unsigned migration_count;
};

enum { DB_BUSY_TIMEOUT_MS = 5000, DB_WHY_SIZE = 512 };

/* On an error `why` (may be NULL) has a sentence with file, cause and way out, and the
 * file is as it was.  ERR_NOT_FOUND: no such file (DB_READ) or folder.  ERR_VERSION: made
 * by a newer release, or for DB_READ not migrated yet.  ERR_SYNTAX: damaged, or not
 * ours.  ERR_DENIED, ERR_DISK_FULL, ERR_BUSY, ERR_IO. */
enum err db_open(const char *path, enum db_access access, const struct db_schema *schema,
		 struct text *why, struct db **out_db);
void db_close(struct db *db);

/* One write transaction at a time.  After an error of any statement in it: db_rollback. */
enum err db_begin(struct db *db);
enum err db_commit(struct db *db);
void db_rollback(struct db *db);

/* The statement lives until db_close and is kept under its text, so ask for it each time. */
enum err db_prepare(struct db *db, const char *sql, struct db_statement **out_statement);
/* Parameters count from 1.  Bytes are borrowed until db_step_end. */
void db_bind_u64(struct db_statement *s, int parameter, uint64_t value);
void db_bind_i64(struct db_statement *s, int parameter, int64_t value);
void db_bind_text(struct db_statement *s, int parameter, struct slice text);
void db_bind_string(struct db_statement *s, int parameter, const char *text);
void db_bind_blob(struct db_statement *s, int parameter, struct slice bytes);
/* *out_has_row false: finished, and db_step_end was done. */
enum err db_step(struct db_statement *s, bool *out_has_row);
/* Leaves the statement before its last row. */
void db_step_end(struct db_statement *s);
/* For statements without rows. */
enum err db_run(struct db_statement *s);
/* Columns count from 0; slices are good until the next db_step. */
uint64_t db_column_u64(struct db_statement *s, int column);
int64_t db_column_i64(struct db_statement *s, int column);
struct slice db_column_bytes(struct db_statement *s, int column);
/* Cut to what fits. */
void db_column_copy(struct db_statement *s, int column, char *out, size_t size);
uint64_t db_last_row_id(const struct db *db);
uint64_t db_changed_rows(const struct db *db);

/* Tests: the file may not grow beyond so many pages, as on a full disk; 0: no limit. */
void db_set_test_page_limit(struct db *db, unsigned pages);

#endif
