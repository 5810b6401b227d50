/* config_store.c -- revisions as rows of lines. */
#include "db/store/config_store.h"

#include <stdlib.h>

#include "common/clock.h"

enum { CONFIG_FILE_ID = 0x454e4331 }; /* "ENC1" */

struct config_store {
	struct db *db;
};

static const char *const migrations[] = {
	"CREATE TABLE revision (number INTEGER PRIMARY KEY AUTOINCREMENT, wall_us INTEGER NOT NULL,"
	" author TEXT NOT NULL, comment TEXT NOT NULL, state INTEGER NOT NULL);"
	"CREATE TABLE line (revision INTEGER NOT NULL, position INTEGER NOT NULL,"
	" text TEXT NOT NULL, PRIMARY KEY (revision, position)) WITHOUT ROWID;",
};

static const struct db_schema schema = {
	.file_id = CONFIG_FILE_ID,
	.sync = DB_SYNC_FULL,
	.migrations = migrations,
	.migration_count = sizeof(migrations) / sizeof(migrations[0]),
};

enum err config_store_open(const char *path, enum db_access access, struct text *why,
			   struct config_store **out_store)
{
	struct config_store *s = calloc(1, sizeof(*s));
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

void config_store_close(struct config_store *s)
{
	if (!s)
		return;
	db_close(s->db);
	free(s);
}

static enum err run_with_number(struct db *db, const char *sql, uint64_t number)
{
	struct db_statement *st;
	enum err e = db_prepare(db, sql, &st);

	if (e)
		return e;
	db_bind_u64(st, 1, number);
	return db_run(st);
}

/* What was prepared and given up, and what is older than the kept ones. */
static enum err drop_old(struct db *db)
{
	struct db_statement *st;
	enum err e = run_with_number(
		db,
		"DELETE FROM revision WHERE state = 0 OR number NOT IN"
		" (SELECT number FROM revision WHERE state = 1 ORDER BY number DESC LIMIT ?1)",
		CONFIG_STORE_KEPT);

	if (e)
		return e;
	e = db_prepare(db, "DELETE FROM line WHERE revision NOT IN (SELECT number FROM revision)",
		       &st);
	return e ? e : db_run(st);
}

static enum err insert_revision(struct db *db, const char *author, const char *comment,
				uint64_t *out_number)
{
	struct db_statement *st;
	enum err e = db_prepare(db,
				"INSERT INTO revision (wall_us, author, comment, state)"
				" VALUES (?1, ?2, ?3, 0)",
				&st);

	if (e)
		return e;
	db_bind_i64(st, 1, clock_wall_us());
	db_bind_string(st, 2, author);
	db_bind_string(st, 3, comment);
	e = db_run(st);
	if (!e)
		*out_number = db_last_row_id(db);
	return e;
}

struct line_writer {
	struct db *db;
	uint64_t revision, position;
	enum err e;
};

static void write_line(void *arg, const char *line)
{
	struct line_writer *w = arg;
	struct db_statement *st;

	if (!w->e)
		w->e = db_prepare(w->db, "INSERT INTO line VALUES (?1, ?2, ?3)", &st);
	if (w->e)
		return;
	db_bind_u64(st, 1, w->revision);
	db_bind_u64(st, 2, w->position++);
	db_bind_string(st, 3, line);
	w->e = db_run(st);
}

enum err config_store_prepare(struct config_store *s, const struct config *c, const char *author,
			      const char *comment, uint64_t *out_number)
{
	struct line_writer w = { .db = s->db };
	enum err e = db_begin(s->db);

	if (e)
		return e;
	e = drop_old(s->db);
	if (!e)
		e = insert_revision(s->db, author, comment, &w.revision);
	if (!e) {
		config_print_lines(c, write_line, &w);
		e = w.e;
	}
	if (!e)
		e = db_commit(s->db);
	if (e) {
		db_rollback(s->db);
		return e;
	}
	*out_number = w.revision;
	return ERR_NONE;
}

enum err config_store_commit(struct config_store *s, uint64_t number)
{
	enum err e =
		run_with_number(s->db, "UPDATE revision SET state = 1 WHERE number = ?1", number);

	if (e)
		return e;
	return db_changed_rows(s->db) ? ERR_NONE : ERR_NOT_FOUND;
}

enum err config_store_get_newest(struct config_store *s, uint64_t *out_number)
{
	struct db_statement *st;
	bool has_row = false;
	enum err e = db_prepare(s->db, "SELECT max(number) FROM revision WHERE state = 1", &st);

	if (!e)
		e = db_step(st, &has_row);
	if (e)
		return e;
	if (has_row && db_column_u64(st, 0))
		*out_number = db_column_u64(st, 0);
	else
		e = ERR_NOT_FOUND;
	db_step_end(st);
	return e;
}

/* A revision without a row is none; one without lines is the empty configuration. */
static enum err find_revision(struct config_store *s, uint64_t number)
{
	struct db_statement *st;
	bool has_row = false;
	enum err e = db_prepare(s->db, "SELECT 1 FROM revision WHERE number = ?1", &st);

	if (e)
		return e;
	db_bind_u64(st, 1, number);
	e = db_step(st, &has_row);
	if (e)
		return e;
	if (!has_row)
		return ERR_NOT_FOUND;
	db_step_end(st);
	return ERR_NONE;
}

/* visit returns an error to stop. */
static enum err for_each_line(struct config_store *s, uint64_t number,
			      enum err (*visit)(void *arg, struct slice line), void *arg)
{
	struct db_statement *st;
	bool has_row;
	enum err e = find_revision(s, number);

	if (!e)
		e = db_prepare(s->db, "SELECT text FROM line WHERE revision = ?1 ORDER BY position",
			       &st);
	if (e)
		return e;
	db_bind_u64(st, 1, number);
	while (!(e = db_step(st, &has_row)) && has_row) {
		e = visit(arg, db_column_bytes(st, 0));
		if (e) {
			db_step_end(st);
			break;
		}
	}
	return e;
}

struct line_reader {
	struct config *config;
	struct text *why;
};

static enum err read_line(void *arg, struct slice line)
{
	struct line_reader *r = arg;

	return config_apply_line(r->config, line, r->why) ? ERR_SYNTAX : ERR_NONE;
}

enum err config_store_load(struct config_store *s, uint64_t number, struct text *why,
			   struct config **out_config)
{
	struct line_reader r = { .why = why };
	enum err e = config_create(&r.config);

	if (!e)
		e = for_each_line(s, number, read_line, &r);
	if (e) {
		config_destroy(r.config);
		return e;
	}
	*out_config = r.config;
	return ERR_NONE;
}

struct line_printer {
	void (*put)(void *arg, const char *line);
	void *arg;
};

static enum err print_line(void *arg, struct slice line)
{
	const struct line_printer *p = arg;
	char buf[CONFIG_LINE_SIZE];
	enum err e = slice_copy_text(line, buf, sizeof(buf));

	if (!e)
		p->put(p->arg, buf);
	return e;
}

enum err config_store_print(struct config_store *s, uint64_t number,
			    void (*put)(void *arg, const char *line), void *arg)
{
	struct line_printer p = { put, arg };

	return for_each_line(s, number, print_line, &p);
}

enum err config_store_list(struct config_store *s, unsigned limit,
			   void (*visit)(void *arg, const struct config_revision *r), void *arg)
{
	struct db_statement *st;
	bool has_row;
	enum err e = db_prepare(s->db,
				"SELECT number, wall_us, author, comment, state FROM revision"
				" WHERE state = 1 ORDER BY number DESC LIMIT ?1",
				&st);

	if (e)
		return e;
	db_bind_u64(st, 1, limit);
	while (!(e = db_step(st, &has_row)) && has_row) {
		struct config_revision r = {
			.number = db_column_u64(st, 0),
			.wall_us = db_column_i64(st, 1),
			.state = db_column_u64(st, 4) ? CONFIG_COMMITTED : CONFIG_PREPARED,
		};

		db_column_copy(st, 2, r.author, sizeof(r.author));
		db_column_copy(st, 3, r.comment, sizeof(r.comment));
		visit(arg, &r);
	}
	return e;
}
