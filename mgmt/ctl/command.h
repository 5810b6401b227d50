/* command.h -- from a line to a row of commands.def, and what may come next on it.
 * Knows nothing of sessions or processes. */
#ifndef MGMT_CTL_COMMAND_H
#define MGMT_CTL_COMMAND_H
#include "common/err.h"
#include "common/slice.h"
#include "common/text.h"

enum command_mode { COMMAND_OPERATE = 1, COMMAND_CONFIGURE = 2, COMMAND_BOTH = 3 };
enum command_kind { COMMAND_NONE, COMMAND_OPTIONAL, COMMAND_REQUIRED, COMMAND_LINE };

struct ctl_session;
typedef void command_fn(struct ctl_session *s, struct slice argument);

struct command {
	enum command_mode mode; /* a set of bits: where it is understood */
	enum command_kind kind;
	const char *words, *argument, *help;
	command_fn *run;
};

/* All rows, in their order; NULL behind the last. */
const struct command *command_get(unsigned index);

/* The command of a line and its argument, quotes taken off.  ERR_SYNTAX: `why` says
 * what was not understood and what would be. */
enum err command_parse(enum command_mode mode, struct slice line,
		       const struct command **out_command, struct slice *out_argument,
		       struct text *why);

/* Calls put for every word that may stand where the line ends: the unfinished last
 * word, or the next one behind a blank.  Words in angle brackets are placeholders.
 * Returns the command when its LINE argument is where the line ends, for the caller to
 * go on with out_argument; else NULL. */
typedef void command_put_fn(void *arg, struct slice word, const char *help);
const struct command *command_complete(enum command_mode mode, struct slice line,
				       command_put_fn *put, void *arg, struct slice *out_argument);

/* Takes the next word off *rest: blanks end it, double quotes keep blanks and are taken
 * off.  Empty at the end; a quoted empty word comes as data != NULL with len 0. */
struct slice command_take_word(struct slice *rest);

#define COMMAND(mode, words, kind, argument, handler, help) command_fn ctl_do_##handler;
#include "mgmt/ctl/commands.def"

#endif
