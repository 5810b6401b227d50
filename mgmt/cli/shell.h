/* shell.h -- the interactive shell: editing, history, completion and `?` help. */
#ifndef MGMT_CLI_SHELL_H
#define MGMT_CLI_SHELL_H
#include "mgmt/cli/client.h"

/* CTL_BYE is what ctl_end says when the session is over. */
enum cli_status { CLI_DONE = 0, CLI_FAILED = 1, CLI_NOT_UNDERSTOOD = 2, CLI_BYE = 255 };

/* Prints why the management process cannot be reached. */
void cli_report_unreachable(const struct client *c, enum err e);
/* Runs one line and prints what it says; returns an enum cli_status. */
int cli_run_line(struct client *c, struct slice line, bool json);
/* Until exit or the end of input.  Returns the process's exit status. */
int shell_run(struct client *c, bool json);
/* Lines of standard input, which is no terminal; goes on after a failure and
 * returns the worst status. */
int shell_run_script(struct client *c, bool json);

/* The longest text all choices that complete `word` begin with, after `word`: what
 * Tab may insert.  Placeholders ("<address>") are never inserted.  out_is_whole:
 * exactly one choice was left. */
struct choices;
struct choices *choices_create(void);
void choices_destroy(struct choices *c);
enum err choices_add(struct choices *c, struct slice word, struct slice help);
size_t choices_get_common(const struct choices *c, struct slice word, char *out, size_t size,
			  bool *out_is_whole);
void choices_print(const struct choices *c);

#endif
