/* commit.h -- one commit: validate, save as prepared, ask both processes, commit on
 * disk, apply.  commit.def is its life; one at a time. */
#ifndef MGMT_CONFIG_COMMIT_H
#define MGMT_CONFIG_COMMIT_H
#include "common/fsm.h"
#include "common/text.h"
#include "db/config/config.h"

enum commit_state {
#define STATE(name, help) COMMIT_##name,
#include "mgmt/config/commit.def"
	COMMIT_STATE_COUNT
};

enum commit_event {
#define EVENT(name, help) COMMIT_EV_##name,
#include "mgmt/config/commit.def"
	COMMIT_EVENT_COUNT
};

extern const struct fsm_table commit_fsm;

enum {
	COMMIT_VOTE_MS = 5000,
	COMMIT_APPLY_MS = 5000,
	COMMIT_REPORT_SIZE = 8192,
};

struct running;
struct commit;

struct commit_request {
	const struct config *candidate; /* copied */
	const char *author, *comment; /* copied */
	unsigned confirm_minutes; /* 0: for good */
};

struct commit_result {
	enum commit_state state; /* DONE or REFUSED */
	uint64_t revision;
	const char *report; /* sentences, one a line; may be empty when DONE */
};

/* Calls fn once, perhaps before it returns; the next commit can be started in the loop's
 * next turn.  ERR_BUSY: another commit is under way (fn is not called).  ERR_MEMORY. */
typedef void commit_fn(void *arg, const struct commit_result *result);
enum err commit_start(struct running *r, const struct commit_request *request, commit_fn *fn,
		      void *arg);
/* Whoever waited is gone; the commit goes on. */
void commit_forget(struct commit *c, const void *arg);
/* Ends at once; fn is not called. */
void commit_destroy(struct commit *c);

#endif
