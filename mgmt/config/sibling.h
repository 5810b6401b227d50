/* sibling.h -- signaling or media as mgmt sees it: is it there, and which revision of
 * the configuration does it run?  sibling.def is its life. */
#ifndef MGMT_CONFIG_SIBLING_H
#define MGMT_CONFIG_SIBLING_H
#include "common/fsm.h"
#include "common/ipc/ipc.h"
#include "db/config/config.h"

enum sibling_state {
#define STATE(name, help) SIBLING_##name,
#include "mgmt/config/sibling.def"
	SIBLING_STATE_COUNT
};

enum sibling_event {
#define EVENT(name, help) SIBLING_EV_##name,
#include "mgmt/config/sibling.def"
	SIBLING_EVENT_COUNT
};

extern const struct fsm_table sibling_fsm;

enum { SIBLING_ANSWER_MS = 5000, SIBLING_RETRY_MS = 2000, SIBLING_ASK_MS = 2000 };

struct running;

struct sibling {
	struct fsm fsm;
	struct running *running;
	const char *name; /* "signaling", "media" */
	enum ipc_role role;
	struct ipc_channel *channel; /* NULL: down */
	uint64_t asked_revision, revision; /* prepared last; in force there, 0: none */
	int64_t since_us; /* in its state */
	char refusal[512]; /* why it cannot run the revision; "" otherwise */
};

void sibling_init(struct sibling *s, struct running *r, enum ipc_role role);
void sibling_fini(struct sibling *s);
void sibling_come_up(struct sibling *s, struct ipc_channel *c);
/* Nothing happens when `c` is not its channel any more. */
void sibling_go_down(struct sibling *s, const struct ipc_channel *c);

/* Asks it to prepare a revision (media gets the rows before) or to apply one.  What
 * `fn` hears is config_vote or done.  ERR_UNREACHABLE: it is down. */
enum err sibling_prepare(struct sibling *s, uint64_t revision, const struct config *c,
			 int64_t deadline_us, ipc_reply_fn *fn, void *arg);
enum err sibling_apply(struct sibling *s, uint64_t revision, int64_t deadline_us, ipc_reply_fn *fn,
		       void *arg);
/* A commit has done with it: it runs the new revision, or it goes on as before. */
void sibling_note_commit_end(struct sibling *s, bool applied);
void sibling_drop(struct sibling *s, uint64_t revision);

bool sibling_is_up(const struct sibling *s);
/* In between: it is being brought to the running revision right now. */
bool sibling_is_busy(const struct sibling *s);

#endif
