/* running.h -- the configuration in force, where it is kept and the processes that run
 * it.  The one place commits go through. */
#ifndef MGMT_CONFIG_RUNNING_H
#define MGMT_CONFIG_RUNNING_H
#include "common/loop.h"
#include "common/text.h"
#include "db/config/config.h"
#include "db/store/config_store.h"
#include "mgmt/config/commit.h"
#include "mgmt/config/confirm.h"
#include "mgmt/config/sibling.h"

enum { RUNNING_SIGNALING, RUNNING_MEDIA, RUNNING_SIBLINGS };

/* Fields are for reading; `commit` is commit.c's. */
struct running {
	struct loop *loop;
	struct config_store *store;
	struct config *config; /* what the revision says; empty, not NULL, before the first */
	uint64_t revision; /* 0: none yet */
	struct sibling siblings[RUNNING_SIBLINGS];
	struct commit *commit; /* under way, or NULL */
	struct confirm confirm;
	/* Every process runs the running revision (or there is none): once. */
	void (*on_ready)(void *owner);
	void *owner;
	bool was_ready;
};

/* Opens (or makes) config.db in a directory and loads the newest revision.  The
 * reason of a failure is in `why`. */
enum err running_create(struct loop *l, const char *database_dir, struct text *why,
			struct running **out_running);
void running_destroy(struct running *r);

/* A new revision becomes the running one without anybody being asked: at the start,
 * when nobody is there yet. */
enum err running_adopt(struct running *r, const struct config *c, const char *author,
		       const char *comment);
/* The commit machine: the revision is on disk and in force.  Takes the configuration. */
void running_take_revision(struct running *r, uint64_t revision, struct config *c);
/* Something may have become ready. */
void running_note_progress(struct running *r);
struct sibling *running_find_sibling(struct running *r, enum ipc_role role);

#endif
