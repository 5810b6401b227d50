/* db_open.c -- opening a file: is it ours, whole and of our version; migrating it when it
 * is older.  A file that is refused is left as it is. */
#include <stdlib.h>

#include "db/store/db_private.h"

enum {
	/* Larger files are not read through at each start: 64 MB of pages. */
	DB_CHECKED_PAGES = 16384,
	DB_UNLIMITED_PAGES = 0x7ffffffe,
};

static enum err read_number(struct db *db, const char *sql, uint64_t *out_value)
{
	struct db_statement *s;
	bool has_row = false;
	enum err e = db_prepare(db, sql, &s);

	if (!e)
		e = db_step(s, &has_row);
	if (e)
		return e;
	if (!has_row)
		return ERR_SYNTAX;
	*out_value = db_column_u64(s, 0);
	db_step_end(s);
	return ERR_NONE;
}

static enum err say(struct text *why, const char *path, const char *sentence, enum err e)
{
	if (why)
		text_printf(why, "%s: %s", path, sentence);
	return e;
}

static enum err say_error(struct text *why, const char *path, enum err e)
{
	switch (e) {
	case ERR_NONE:
		return e;
	case ERR_SYNTAX:
		return say(why, path,
			   "the file is damaged or no database; move it away and restore a copy, "
			   "it was not changed",
			   e);
	case ERR_NOT_FOUND:
		return say(why, path, "there is no such file or folder", e);
	case ERR_DENIED:
		return say(why, path, "not permitted; check owner and mode of file and folder", e);
	case ERR_DISK_FULL:
		return say(why, path, "no space left on the disk; make room and start again", e);
	case ERR_BUSY:
		return say(why, path, "another process is writing to it; only one may", e);
	default:
		return say(why, path, err_text(e), e);
	}
}

static enum err check_pages(struct db *db)
{
	struct db_statement *s;
	uint64_t pages;
	bool has_row = false;
	enum err e = read_number(db, "PRAGMA page_count", &pages);

	if (e || pages > DB_CHECKED_PAGES)
		return e;
	e = db_prepare(db, "PRAGMA quick_check(1)", &s);
	if (!e)
		e = db_step(s, &has_row);
	if (e)
		return e;
	if (!has_row || !slice_is_text(db_column_bytes(s, 0), "ok"))
		e = ERR_SYNTAX;
	db_step_end(s);
	return e;
}

/* Ours by its number, or empty and about to become ours. */
static enum err check_owner(struct db *db, const char *path, const struct db_schema *schema,
			    struct text *why)
{
	uint64_t file_id, tables;
	enum err e = read_number(db, "PRAGMA application_id", &file_id);

	if (!e)
		e = read_number(db, "SELECT count(*) FROM sqlite_schema", &tables);
	if (e)
		return say_error(why, path, e);
	if (file_id == schema->file_id || (file_id == 0 && tables == 0))
		return ERR_NONE;
	return say(why, path, "this database belongs to something else; name another file",
		   ERR_SYNTAX);
}

static enum err migrate_one(struct db *db, const struct db_schema *schema, uint64_t version)
{
	char buf[128];
	struct text stamp;
	enum err e;

	text_init(&stamp, buf, sizeof(buf));
	text_printf(&stamp, "PRAGMA application_id = %u; PRAGMA user_version = %u", schema->file_id,
		    (unsigned)version + 1);
	e = db_begin(db);
	if (!e)
		e = db_run_text(db, schema->migrations[version]);
	if (!e)
		e = db_run_text(db, text_get_string(&stamp));
	if (!e)
		e = db_commit(db);
	if (e)
		db_rollback(db);
	return e;
}

static enum err bring_to_version(struct db *db, const char *path, enum db_access access,
				 const struct db_schema *schema, struct text *why)
{
	uint64_t version;
	enum err e = read_number(db, "PRAGMA user_version", &version);

	if (!e && version > schema->migration_count)
		return say(why, path,
			   "a newer release wrote this file; install that release again, or move "
			   "the file away and restore an older copy",
			   ERR_VERSION);
	if (!e && access == DB_READ && version < schema->migration_count)
		return say(why, path,
			   "an older release wrote this file; the process that owns it brings it "
			   "up to date at its start",
			   ERR_VERSION);
	for (; !e && version < schema->migration_count; version++)
		e = migrate_one(db, schema, version);
	return say_error(why, path, e);
}

static enum err set_up(struct db *db, enum db_access access, const struct db_schema *schema)
{
	enum err e = db_run_text(db, "PRAGMA trusted_schema = OFF");

	if (e || access == DB_READ)
		return e;
	e = db_run_text(db, "PRAGMA journal_mode = WAL; PRAGMA journal_size_limit = 16777216");
	if (e)
		return e;
	return db_run_text(db, schema->sync == DB_SYNC_FULL ? "PRAGMA synchronous = FULL"
							    : "PRAGMA synchronous = NORMAL");
}

static enum err open_checked(struct db *db, const char *path, enum db_access access,
			     const struct db_schema *schema, struct text *why)
{
	int flags = access == DB_READ ? SQLITE_OPEN_READONLY
				      : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
	enum err e = db_error_from(
		db, sqlite3_open_v2(path, &db->sqlite, flags | SQLITE_OPEN_FULLMUTEX, NULL));

	if (e)
		return say_error(why, path, e);
	sqlite3_extended_result_codes(db->sqlite, 1);
	sqlite3_busy_timeout(db->sqlite, DB_BUSY_TIMEOUT_MS);
	e = check_owner(db, path, schema, why);
	if (e)
		return e;
	if (access == DB_WRITE)
		e = check_pages(db);
	/* Version before WAL: a file of a newer release is not touched. */
	if (!e) {
		uint64_t version;

		e = read_number(db, "PRAGMA user_version", &version);
		if (!e && version <= schema->migration_count)
			e = set_up(db, access, schema);
	}
	if (e)
		return say_error(why, path, e);
	return bring_to_version(db, path, access, schema, why);
}

enum err db_open(const char *path, enum db_access access, const struct db_schema *schema,
		 struct text *why, struct db **out_db)
{
	struct db *db = calloc(1, sizeof(*db));
	enum err e;

	if (!db)
		return ERR_MEMORY;
	e = open_checked(db, path, access, schema, why);
	if (e) {
		db_close(db);
		return e;
	}
	*out_db = db;
	return ERR_NONE;
}

void db_close(struct db *db)
{
	if (!db)
		return;
	db_statements_destroy(db);
	sqlite3_close(db->sqlite);
	free(db);
}

void db_set_test_page_limit(struct db *db, unsigned pages)
{
	char buf[64];
	struct text sql;

	text_init(&sql, buf, sizeof(buf));
	text_printf(&sql, "PRAGMA max_page_count = %u", pages ? pages : DB_UNLIMITED_PAGES);
	(void)db_run_text(db, text_get_string(&sql));
}
