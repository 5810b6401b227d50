/* configure.c -- commands that edit a candidate and bring it into use. */
#include <stdio.h>

#include "common/log.h"
#include "mgmt/config/lines.h"
#include "mgmt/ctl/session.h"

enum { WHY_SIZE = 1024 };

static enum err open_candidate(struct ctl_session *s)
{
	struct config *c;
	enum err e = config_copy(s->running->config, &c);

	if (e)
		return e;
	config_destroy(s->candidate);
	s->candidate = c;
	s->base = s->running->revision;
	return ERR_NONE;
}

static void close_candidate(struct ctl_session *s)
{
	config_destroy(s->candidate);
	s->candidate = NULL;
	s->mode = COMMAND_OPERATE;
}

void ctl_do_configure(struct ctl_session *s, struct slice argument)
{
	enum err e = open_candidate(s);

	(void)argument;
	if (e) {
		session_fail(s, "no candidate could be made: %s", err_text(e));
		return;
	}
	s->mode = COMMAND_CONFIGURE;
	session_finish(s, SESSION_DONE);
}

/* --- editing ---------------------------------------------------------------------- */

static void apply_line(struct ctl_session *s, const char *verb, struct slice path)
{
	char line_data[CONFIG_LINE_SIZE + 16], why_data[WHY_SIZE];
	struct text line, why;

	text_init(&line, line_data, sizeof(line_data));
	text_init(&why, why_data, sizeof(why_data));
	text_printf(&line, "%s ", verb);
	text_put_slice(&line, path);
	if (line.overflow)
		session_fail(s, "the line is longer than %d bytes", CONFIG_LINE_SIZE);
	else if (config_apply_line(s->candidate, text_get(&line), &why))
		session_fail(s, "%s", text_get_string(&why));
	else
		session_finish(s, SESSION_DONE);
}

void ctl_do_set(struct ctl_session *s, struct slice path)
{
	apply_line(s, "set", path);
}

void ctl_do_delete(struct ctl_session *s, struct slice path)
{
	apply_line(s, "delete", path);
}

/* Lines whose words begin with those of the path. */
struct part {
	struct show_writer *writer;
	struct slice path;
};

static bool is_under(struct slice line, struct slice path)
{
	command_take_word(&line); /* "set" */
	for (;;) {
		struct slice wanted = command_take_word(&path);

		if (wanted.len == 0)
			return true;
		if (!slice_is_equal(command_take_word(&line), wanted))
			return false;
	}
}

static void put_line_under(void *arg, const char *line)
{
	struct part *p = arg;

	if (is_under(slice_from_text(line), p->path))
		show_put_line(p->writer, slice_from_text(line));
}

void ctl_do_show_candidate(struct ctl_session *s, struct slice path)
{
	struct part p = { s->writer, path };

	show_begin_lines(s->writer, "candidate");
	config_print_lines(s->candidate, put_line_under, &p);
	session_finish(s, SESSION_DONE);
}

void ctl_do_discard(struct ctl_session *s, struct slice argument)
{
	enum err e = open_candidate(s);

	(void)argument;
	if (e)
		session_fail(s, "the candidate could not be made again: %s", err_text(e));
	else
		session_finish(s, SESSION_DONE);
}

/* --- other revisions --------------------------------------------------------------- */

/* False, and the command finished, when there is no such revision. */
static bool load_revision(struct ctl_session *s, struct slice number, struct config **out_config)
{
	char why_data[WHY_SIZE];
	struct text why;
	uint64_t revision;
	enum err e;

	if (slice_parse_u64(number, UINT64_MAX, &revision)) {
		session_fail(s, "a revision is a number; \"run show history\" lists them");
		return false;
	}
	text_init(&why, why_data, sizeof(why_data));
	e = config_store_load(s->running->store, revision, &why, out_config);
	if (e == ERR_NOT_FOUND)
		session_fail(s, "there is no revision %llu; \"run show history\" lists them",
			     (unsigned long long)revision);
	else if (e)
		session_fail(s, "revision %llu cannot be read: %s", (unsigned long long)revision,
			     why.len ? text_get_string(&why) : err_text(e));
	return !e;
}

void ctl_do_rollback(struct ctl_session *s, struct slice number)
{
	struct config *c;

	if (!load_revision(s, number, &c))
		return;
	config_destroy(s->candidate);
	s->candidate = c;
	session_note(s,
		     "the candidate is revision %.*s now; \"compare\" shows what a commit changes",
		     SLICE_ARG(number));
	session_finish(s, SESSION_DONE);
}

static void put_difference(void *arg, char sign, const char *line)
{
	char data[CONFIG_LINE_SIZE + 4];
	struct text t;

	text_init(&t, data, sizeof(data));
	text_put_byte(&t, sign);
	text_put_byte(&t, ' ');
	text_put_string(&t, line);
	show_put_line(arg, text_get(&t));
}

/* NULL for lines that could not be had counts as a failure of memory. */
static void compare_with(struct ctl_session *s, const struct config *other)
{
	struct lines from = { 0 }, to = { 0 };
	enum err e = lines_create(other, &from);

	if (!e)
		e = lines_create(s->candidate, &to);
	if (e) {
		lines_fini(&from);
		session_fail(s, "the revisions could not be compared: %s", err_text(e));
		return;
	}
	show_begin_lines(s->writer, "differences");
	if (lines_compare(&from, &to, put_difference, s->writer) == 0)
		session_note(s, "no differences");
	lines_fini(&from);
	lines_fini(&to);
	session_finish(s, SESSION_DONE);
}

void ctl_do_compare(struct ctl_session *s, struct slice number)
{
	struct config *other;

	if (number.len == 0) {
		compare_with(s, s->running->config);
	} else if (load_revision(s, number, &other)) {
		compare_with(s, other);
		config_destroy(other);
	}
}

/* --- commit ------------------------------------------------------------------------ */

static void put_report(struct ctl_session *s, const char *report,
		       void (*put)(struct show_writer *w, struct slice sentence))
{
	struct slice rest = slice_from_text(report);

	while (rest.len) {
		struct slice sentence = slice_take_until(&rest, '\n');

		if (sentence.len)
			put(s->writer, sentence);
	}
}

static void on_committed(void *arg, const struct commit_result *result)
{
	struct ctl_session *s = arg;

	if (result->state == COMMIT_REFUSED) {
		put_report(s, result->report, show_put_error);
		session_note(s, "nothing was changed; the candidate is still open");
		session_finish(s, SESSION_FAILED);
		return;
	}
	put_report(s, result->report, show_put_note);
	session_note(s, "revision %llu is in use", (unsigned long long)result->revision);
	if (confirm_is_waiting(&s->running->confirm))
		session_note(s, "it goes away again unless you \"confirm\" in time");
	open_candidate(s);
	session_finish(s, SESSION_DONE);
}

static bool is_unchanged(struct ctl_session *s)
{
	struct lines from = { 0 }, to = { 0 };
	bool equal = lines_create(s->running->config, &from) == ERR_NONE &&
		     lines_create(s->candidate, &to) == ERR_NONE && lines_is_equal(&from, &to);

	lines_fini(&from);
	lines_fini(&to);
	return equal;
}

static void commit(struct ctl_session *s, unsigned confirm_minutes)
{
	struct commit_request request = { .candidate = s->candidate,
					  .author = s->author,
					  .comment = confirm_minutes ? "commit confirm" : "",
					  .confirm_minutes = confirm_minutes };
	enum err e;

	if (s->base != s->running->revision) {
		session_fail(s,
			     "revision %llu was committed since this candidate was opened; see it "
			     "with \"compare\", then \"discard\" and make your changes again",
			     (unsigned long long)s->running->revision);
		return;
	}
	if (s->running->revision && is_unchanged(s)) {
		session_note(s, confirm_end(&s->running->confirm)
					? "the running revision is confirmed"
					: "the candidate is the same as the running revision");
		session_finish(s, SESSION_DONE);
		return;
	}
	e = commit_start(s->running, &request, on_committed, s);
	if (e == ERR_BUSY)
		session_fail(s, "another commit is under way; try again in a moment");
	else if (e)
		session_fail(s, "the commit could not be started: %s", err_text(e));
}

void ctl_do_commit(struct ctl_session *s, struct slice argument)
{
	(void)argument;
	commit(s, 0);
}

void ctl_do_commit_confirm(struct ctl_session *s, struct slice argument)
{
	uint64_t minutes;

	if (slice_parse_u64(argument, CONFIRM_MINUTES_MAX, &minutes) || minutes == 0)
		session_fail(s, "the minutes must be from 1 to %d", CONFIRM_MINUTES_MAX);
	else
		commit(s, (unsigned)minutes);
}

void ctl_do_commit_check(struct ctl_session *s, struct slice argument)
{
	char data[COMMIT_REPORT_SIZE];
	struct text report;

	(void)argument;
	text_init(&report, data, sizeof(data));
	if (config_check(s->candidate, &report)) {
		put_report(s, text_get_string(&report), show_put_error);
		session_finish(s, SESSION_FAILED);
		return;
	}
	config_warn(s->candidate, &report);
	put_report(s, text_get_string(&report), show_put_note);
	session_note(s, "no fault was found");
	session_finish(s, SESSION_DONE);
}

void ctl_do_confirm(struct ctl_session *s, struct slice argument)
{
	(void)argument;
	if (!confirm_end(&s->running->confirm)) {
		session_fail(s, "nothing waits for a confirmation");
		return;
	}
	log_info("a commit was confirmed", F_STR("by", s->author));
	session_note(s, "revision %llu stays", (unsigned long long)s->running->revision);
	session_finish(s, SESSION_DONE);
}

void ctl_do_run(struct ctl_session *s, struct slice line)
{
	const struct command *command;
	struct slice argument;
	char data[WHY_SIZE];
	struct text why;

	text_init(&why, data, sizeof(data));
	if (command_parse(COMMAND_OPERATE, line, &command, &argument, &why) == ERR_NONE &&
	    (command->run == ctl_do_configure || command->run == ctl_do_exit)) {
		session_fail(s, "\"%s\" cannot be run from here", command->words);
		return;
	}
	session_run_line(s, COMMAND_OPERATE, line);
}

void ctl_do_exit(struct ctl_session *s, struct slice argument)
{
	(void)argument;
	if (s->mode != COMMAND_CONFIGURE) {
		session_finish(s, SESSION_BYE);
		return;
	}
	if (s->base == s->running->revision && !is_unchanged(s))
		session_note(s, "the candidate's changes were discarded");
	close_candidate(s);
	session_finish(s, SESSION_DONE);
}

void ctl_do_help(struct ctl_session *s, struct slice argument)
{
	const struct command *c;

	(void)argument;
	show_begin_table(s->writer, "commands", "");
	show_add_column(s->writer, "command", SHOW_COUNT);
	show_add_column(s->writer, "help", SHOW_COUNT);
	for (unsigned i = 0; (c = command_get(i)); i++) {
		char data[128];
		struct text t;

		if (!(c->mode & s->mode))
			continue;
		text_init(&t, data, sizeof(data));
		text_put_string(&t, c->words);
		if (c->kind == COMMAND_OPTIONAL)
			text_printf(&t, " [%s]", c->argument);
		else if (c->kind != COMMAND_NONE)
			text_printf(&t, " <%s>", c->argument);
		show_begin_row(s->writer);
		show_put_text(s->writer, text_get(&t));
		show_put_text(s->writer, slice_from_text(c->help));
	}
	session_finish(s, SESSION_DONE);
}
