/* confirm.h -- `commit confirm`: the revision before comes back by itself unless
 * somebody confirms in time.  What waits is on disk too, so that a restart of mgmt in
 * between does not make an unconfirmed revision stay. */
#ifndef MGMT_CONFIG_CONFIRM_H
#define MGMT_CONFIG_CONFIRM_H
#include <stdbool.h>

#include "common/timer.h"

struct running;

struct confirm {
	struct running *running;
	struct timer timer; /* runs while something waits */
	uint64_t back_to; /* the revision before; 0: the empty configuration */
	char path[4096];
};

enum { CONFIRM_MINUTES_MAX = 24 * 60 };

void confirm_init(struct confirm *c, struct running *r, const char *database_dir);
void confirm_fini(struct confirm *c);
/* After the newest revision was loaded: takes up what an earlier process left. */
void confirm_resume(struct confirm *c);

void confirm_start(struct confirm *c, unsigned minutes, uint64_t back_to);
/* The running revision stays, or has been replaced.  False: nothing waited. */
bool confirm_end(struct confirm *c);
bool confirm_is_waiting(const struct confirm *c);

#endif
