/* words.h -- what may come next behind `set` and `delete`, from schema.def, choices.def
 * and the names in the candidate. */
#ifndef MGMT_CTL_WORDS_H
#define MGMT_CTL_WORDS_H
#include "db/config/config.h"
#include "mgmt/ctl/command.h"

enum words_verb { WORDS_SET, WORDS_DELETE };

/* `path` is the line behind the verb; its last word is unfinished unless a blank ends
 * it.  Calls put as command_complete does. */
void words_complete(enum words_verb verb, const struct config *c, struct slice path,
		    command_put_fn *put, void *arg);

#endif
