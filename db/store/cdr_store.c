/* cdr_store.c -- call records as rows. */
#include "db/store/cdr_store.h"

#include <stdlib.h>

enum { CDR_FILE_ID = 0x454e5231, CDR_LIMIT_DEFAULT = 100 }; /* "ENR1" */

/* Column, kind, member of struct cdr: the order of binding and reading. */
#define CDR_COLUMNS(COLUMN)                                                                        \
	COLUMN(call, NUMBER, call)                                                                 \
	COLUMN(caller_trunk, TEXT, caller_leg.trunk)                                               \
	COLUMN(caller_call_id, TEXT, caller_leg.call_id)                                           \
	COLUMN(caller_peer, TEXT, caller_leg.peer)                                                 \
	COLUMN(caller_codec, TEXT, caller_leg.codec)                                               \
	COLUMN(caller_suite, TEXT, caller_leg.suite)                                               \
	COLUMN(caller_received, NUMBER, caller_leg.packets_received)                               \
	COLUMN(caller_sent, NUMBER, caller_leg.packets_sent)                                       \
	COLUMN(caller_lost, NUMBER, caller_leg.packets_lost)                                       \
	COLUMN(caller_jitter_us, NUMBER, caller_leg.jitter_us)                                     \
	COLUMN(called_trunk, TEXT, called_leg.trunk)                                               \
	COLUMN(called_call_id, TEXT, called_leg.call_id)                                           \
	COLUMN(called_peer, TEXT, called_leg.peer)                                                 \
	COLUMN(called_codec, TEXT, called_leg.codec)                                               \
	COLUMN(called_suite, TEXT, called_leg.suite)                                               \
	COLUMN(called_received, NUMBER, called_leg.packets_received)                               \
	COLUMN(called_sent, NUMBER, called_leg.packets_sent)                                       \
	COLUMN(called_lost, NUMBER, called_leg.packets_lost)                                       \
	COLUMN(called_jitter_us, NUMBER, called_leg.jitter_us)                                     \
	COLUMN(caller, TEXT, caller)                                                               \
	COLUMN(called, TEXT, called)                                                               \
	COLUMN(start_wall_us, NUMBER, start_wall_us)                                               \
	COLUMN(ring_wall_us, NUMBER, ring_wall_us)                                                 \
	COLUMN(answer_wall_us, NUMBER, answer_wall_us)                                             \
	COLUMN(end_wall_us, NUMBER, end_wall_us)                                                   \
	COLUMN(status, NUMBER, status)                                                             \
	COLUMN(ender, NUMBER, ender)                                                               \
	COLUMN(reason, TEXT, reason)                                                               \
	COLUMN(diagnosis, TEXT, diagnosis)

#define COLUMN_NAME(column, kind, member) ", " #column
#define COLUMN_PARAMETER(column, kind, member) ", ?"

struct cdr_store {
	struct db *db;
};

/* Spelled out: a migration never changes, the list above may. */
static const char *const migrations[] = {
	"CREATE TABLE cdr (number INTEGER PRIMARY KEY, call INTEGER NOT NULL,"
	" caller_trunk TEXT NOT NULL, caller_call_id TEXT NOT NULL, caller_peer TEXT NOT NULL,"
	" caller_codec TEXT NOT NULL, caller_suite TEXT NOT NULL, caller_received INTEGER NOT NULL,"
	" caller_sent INTEGER NOT NULL, caller_lost INTEGER NOT NULL,"
	" caller_jitter_us INTEGER NOT NULL,"
	" called_trunk TEXT NOT NULL, called_call_id TEXT NOT NULL, called_peer TEXT NOT NULL,"
	" called_codec TEXT NOT NULL, called_suite TEXT NOT NULL, called_received INTEGER NOT NULL,"
	" called_sent INTEGER NOT NULL, called_lost INTEGER NOT NULL,"
	" called_jitter_us INTEGER NOT NULL,"
	" caller TEXT NOT NULL, called TEXT NOT NULL, start_wall_us INTEGER NOT NULL,"
	" ring_wall_us INTEGER NOT NULL, answer_wall_us INTEGER NOT NULL,"
	" end_wall_us INTEGER NOT NULL, status INTEGER NOT NULL, ender INTEGER NOT NULL,"
	" reason TEXT NOT NULL, diagnosis TEXT NOT NULL);"
	"CREATE INDEX cdr_call ON cdr (call);",
};

static const struct db_schema schema = {
	.file_id = CDR_FILE_ID,
	.sync = DB_SYNC_FULL,
	.migrations = migrations,
	.migration_count = sizeof(migrations) / sizeof(migrations[0]),
};

enum err cdr_store_open(const char *path, enum db_access access, struct text *why,
			struct cdr_store **out_store)
{
	struct cdr_store *s = calloc(1, sizeof(*s));
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

void cdr_store_close(struct cdr_store *s)
{
	if (!s)
		return;
	db_close(s->db);
	free(s);
}

static enum err insert(struct db *db, const struct cdr *r)
{
	struct db_statement *st;
	int at = 0;
	enum err e =
		db_prepare(db,
			   "INSERT INTO cdr (number" CDR_COLUMNS(
				   COLUMN_NAME) ") VALUES (NULL" CDR_COLUMNS(COLUMN_PARAMETER) ")",
			   &st);

	if (e)
		return e;
#define BIND_NUMBER(member) db_bind_i64(st, ++at, (int64_t)r->member);
#define BIND_TEXT(member) db_bind_string(st, ++at, r->member);
#define BIND(column, kind, member) BIND_##kind(member)
	CDR_COLUMNS(BIND)
	return db_run(st);
}

enum err cdr_store_append(struct cdr_store *s, const struct cdr *records, size_t count)
{
	enum err e;

	if (count > CDR_BATCH_MAX)
		return ERR_LIMIT;
	e = db_begin(s->db);
	for (size_t i = 0; i < count && !e; i++)
		e = insert(s->db, &records[i]);
	if (!e)
		e = db_commit(s->db);
	if (e)
		db_rollback(s->db);
	return e;
}

enum err cdr_store_trim(struct cdr_store *s, uint64_t kept)
{
	struct db_statement *st;
	enum err e = db_prepare(
		s->db, "DELETE FROM cdr WHERE number <= (SELECT max(number) FROM cdr) - ?1", &st);

	if (e)
		return e;
	db_bind_u64(st, 1, kept);
	return db_run(st);
}

static void read_record(struct db_statement *st, struct cdr *r)
{
	int at = 0;

	r->number = db_column_u64(st, 0);
#define READ_NUMBER(member) r->member = (__typeof__(r->member))db_column_i64(st, ++at);
#define READ_TEXT(member) db_column_copy(st, ++at, r->member, sizeof(r->member));
#define READ(column, kind, member) READ_##kind(member)
	CDR_COLUMNS(READ)
}

#define CDR_CONDITIONS                                                                             \
	"(?2 = 0 OR number < ?2)"                                                                  \
	" AND (?3 = '' OR caller_trunk = ?3 OR called_trunk = ?3)"                                 \
	" AND (?4 = '' OR instr(caller, ?4) OR instr(called, ?4))"                                 \
	" AND (?5 = 0 OR start_wall_us >= ?5) AND (?6 = 0 OR start_wall_us <= ?6)"                 \
	" ORDER BY number DESC LIMIT ?7"
#define CDR_SELECT "SELECT number" CDR_COLUMNS(COLUMN_NAME) " FROM cdr WHERE "

enum err cdr_store_query(struct cdr_store *s, const struct cdr_filter *filter,
			 void (*visit)(void *arg, const struct cdr *record), void *arg)
{
	struct db_statement *st;
	struct cdr record;
	bool has_row;
	/* Two texts, so that a search by call takes the index. */
	enum err e = db_prepare(s->db,
				filter->call ? CDR_SELECT "call = ?1 AND " CDR_CONDITIONS
					     : CDR_SELECT "?1 = 0 AND " CDR_CONDITIONS,
				&st);

	if (e)
		return e;
	db_bind_u64(st, 1, filter->call);
	db_bind_u64(st, 2, filter->before_number);
	db_bind_string(st, 3, filter->trunk ? filter->trunk : "");
	db_bind_string(st, 4, filter->party ? filter->party : "");
	db_bind_i64(st, 5, filter->from_wall_us);
	db_bind_i64(st, 6, filter->to_wall_us);
	db_bind_u64(st, 7, filter->limit ? filter->limit : CDR_LIMIT_DEFAULT);
	while (!(e = db_step(st, &has_row)) && has_row) {
		read_record(st, &record);
		visit(arg, &record);
	}
	return e;
}

enum err cdr_store_count(struct cdr_store *s, uint64_t *out_count)
{
	struct db_statement *st;
	bool has_row = false;
	enum err e = db_prepare(s->db, "SELECT count(*) FROM cdr", &st);

	if (!e)
		e = db_step(st, &has_row);
	if (e)
		return e;
	*out_count = db_column_u64(st, 0);
	db_step_end(st);
	return ERR_NONE;
}

struct db *cdr_store_get_test_db(struct cdr_store *s)
{
	return s->db;
}
