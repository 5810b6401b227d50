/* db_private.h -- what db.c and db_open.c share.  Nobody else sees SQLite's types. */
#ifndef DB_STORE_DB_PRIVATE_H
#define DB_STORE_DB_PRIVATE_H
#include <sqlite3.h>

#include "db/store/db.h"

struct db {
	sqlite3 *sqlite;
	struct db_statement *statements;
};

struct db_statement {
	struct db *db;
	sqlite3_stmt *stmt;
	int failed; /* first binding that failed, or SQLITE_OK */
	struct db_statement *next;
};

enum err db_error_from(struct db *db, int code);
/* SQL without parameters and rows; may be several statements. */
enum err db_run_text(struct db *db, const char *sql);
void db_statements_destroy(struct db *db);

#endif
