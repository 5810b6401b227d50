/* config_store.h -- config.db: the revisions of the configuration.  mgmt writes it; the
 * others open it to read the revision they are told about.
 *
 * A revision is prepared (stored, not in force), then committed once every process has
 * agreed.  Numbers rise and are never used again; a revision that was given up leaves a gap. */
#ifndef DB_STORE_CONFIG_STORE_H
#define DB_STORE_CONFIG_STORE_H
#include "db/config/config.h"
#include "db/store/db.h"

struct config_store;

enum { CONFIG_STORE_KEPT = 100 };

enum config_revision_state { CONFIG_PREPARED, CONFIG_COMMITTED };

struct config_revision {
	uint64_t number;
	int64_t wall_us; /* when it was prepared */
	char author[CONFIG_NAME_SIZE];
	char comment[CONFIG_TEXT_SIZE];
	enum config_revision_state state;
};

/* Errors as db_open; `why` may be NULL. */
enum err config_store_open(const char *path, enum db_access access, struct text *why,
			   struct config_store **out_store);
void config_store_close(struct config_store *s);

/* Prepared revisions that were never committed are dropped by the next prepare; of
 * committed ones the last CONFIG_STORE_KEPT stay.  On disk when it returns. */
enum err config_store_prepare(struct config_store *s, const struct config *c, const char *author,
			      const char *comment, uint64_t *out_number);
/* ERR_NOT_FOUND.  Committing twice is no error. */
enum err config_store_commit(struct config_store *s, uint64_t number);

/* Number of the newest committed revision.  ERR_NOT_FOUND: there is none yet. */
enum err config_store_get_newest(struct config_store *s, uint64_t *out_number);
/* ERR_NOT_FOUND; ERR_SYNTAX with the line in `why` (may be NULL) when this release does
 * not understand what is stored. */
enum err config_store_load(struct config_store *s, uint64_t number, struct text *why,
			   struct config **out_config);
/* The same as "set ..." lines. */
enum err config_store_print(struct config_store *s, uint64_t number,
			    void (*put)(void *arg, const char *line), void *arg);
/* Committed revisions, newest first, at most `limit`. */
enum err config_store_list(struct config_store *s, unsigned limit,
			   void (*visit)(void *arg, const struct config_revision *r), void *arg);

#endif
