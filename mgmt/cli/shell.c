/* shell.c -- reading commands from a terminal (libedit) or from a script. */
#include "mgmt/cli/shell.h"

#include <histedit.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HISTORY_LINES = 1000, LINE_MAX_BYTES = 4095 };

struct shell {
	struct client *client;
	EditLine *edit;
	History *history;
	char history_path[4096];
};

/* Not const: handed to libedit's callbacks, which get no pointer of ours but this. */
static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
	(void)number;
	interrupted = 1;
}

void cli_report_unreachable(const struct client *c, enum err e)
{
	switch (e) {
	case ERR_DENIED:
		fprintf(stderr, "you may not use %s: be root or join the group \"enlace\"\n",
			c->path);
		break;
	case ERR_TOO_LONG:
		fprintf(stderr, "the path %s is too long for a socket\n", c->path);
		break;
	case ERR_TIMEOUT:
		fprintf(stderr, "the management process at %s does not answer\n", c->path);
		break;
	case ERR_CLOSED:
		fprintf(stderr, "the management process at %s closed the connection\n", c->path);
		break;
	default:
		fprintf(stderr, "cannot reach the management process at %s: is enlace running?\n",
			c->path);
		break;
	}
}

static void put_text(void *arg, const struct ipc_message *row)
{
	(void)arg;
	if (row->type == IPC_ctl_text)
		fwrite(row->ctl_text.text.data, 1, row->ctl_text.text.len, stdout);
}

int cli_run_line(struct client *c, struct slice line, bool json)
{
	int status = CLI_FAILED;
	enum err e = ERR_NONE;

	if (c->fd < 0)
		e = client_open(c);
	if (!e)
		e = client_exec(c, line, json, put_text, NULL, &status);
	fflush(stdout);
	if (e == ERR_BUSY)
		fputs("interrupted; the command may still be carried out\n", stderr);
	else if (e)
		cli_report_unreachable(c, e);
	return e ? CLI_FAILED : status;
}

static void add_choice(void *arg, const struct ipc_message *row)
{
	if (row->type == IPC_ctl_choice)
		choices_add(arg, row->ctl_choice.word, row->ctl_choice.help);
}

static struct choices *ask_choices(EditLine *edit, struct slice *out_word)
{
	const LineInfo *info = el_line(edit);
	struct slice line = { info->buffer, (size_t)(info->cursor - info->buffer) };
	struct choices *choices = choices_create();
	struct shell *s = NULL;

	el_get(edit, EL_CLIENTDATA, &s);
	if (!choices || !s)
		return choices;
	if (s->client->fd < 0)
		client_open(s->client);
	client_complete(s->client, line, add_choice, choices);
	*out_word = line;
	for (size_t i = line.len; i > 0; i--) {
		if (line.data[i - 1] == ' ' || line.data[i - 1] == '\t') {
			*out_word = (struct slice){ line.data + i, line.len - i };
			break;
		}
	}
	return choices;
}

static bool is_in_quotes(EditLine *edit)
{
	const LineInfo *info = el_line(edit);
	bool quoted = false;

	for (const char *at = info->buffer; at < info->cursor; at++)
		quoted ^= *at == '"';
	return quoted;
}

static unsigned char on_help(EditLine *edit, int key)
{
	struct slice word = SLICE_NONE;
	struct choices *choices;

	(void)key;
	if (is_in_quotes(edit)) {
		el_insertstr(edit, "?");
		return CC_REFRESH;
	}
	puts("?");
	choices = ask_choices(edit, &word);
	if (choices)
		choices_print(choices);
	fflush(stdout);
	choices_destroy(choices);
	return CC_REDISPLAY;
}

static unsigned char on_complete(EditLine *edit, int key)
{
	struct slice word = SLICE_NONE;
	struct choices *choices = ask_choices(edit, &word);
	char more[256];
	unsigned char effect = CC_REFRESH;
	bool is_whole = false;

	(void)key;
	if (!choices)
		return CC_ERROR;
	if (choices_get_common(choices, word, more, sizeof(more), &is_whole)) {
		el_insertstr(edit, more);
	} else if (!is_whole) {
		putchar('\n');
		choices_print(choices);
		fflush(stdout);
		effect = CC_REDISPLAY;
	}
	if (is_whole)
		el_insertstr(edit, " ");
	choices_destroy(choices);
	return effect;
}

static char *get_prompt(EditLine *edit)
{
	struct shell *s = NULL;

	el_get(edit, EL_CLIENTDATA, &s);
	return s->client->prompt;
}

static void load_history(struct shell *s)
{
	const char *home = getenv("HOME");
	HistEvent event;

	s->history = history_init();
	if (!s->history)
		return;
	history(s->history, &event, H_SETSIZE, HISTORY_LINES);
	history(s->history, &event, H_SETUNIQUE, 1);
	if (home && (size_t)snprintf(s->history_path, sizeof(s->history_path), "%s/.enlace_history",
				     home) < sizeof(s->history_path))
		history(s->history, &event, H_LOAD, s->history_path);
	el_set(s->edit, EL_HIST, history, s->history);
}

static void save_history(struct shell *s)
{
	HistEvent event;

	if (!s->history)
		return;
	if (s->history_path[0])
		history(s->history, &event, H_SAVE, s->history_path);
	history_end(s->history);
}

static bool open_edit(struct shell *s)
{
	s->edit = el_init("enlace", stdin, stdout, stderr);
	if (!s->edit)
		return false;
	el_set(s->edit, EL_CLIENTDATA, s);
	el_set(s->edit, EL_PROMPT, get_prompt);
	el_set(s->edit, EL_EDITOR, "emacs");
	el_set(s->edit, EL_ADDFN, "enlace-help", "what may come next", on_help);
	el_set(s->edit, EL_ADDFN, "enlace-complete", "completes the word", on_complete);
	el_set(s->edit, EL_BIND, "?", "enlace-help", NULL);
	el_set(s->edit, EL_BIND, "\t", "enlace-complete", NULL);
	load_history(s);
	return true;
}

/* Ctrl-C: libedit gives up the line, the next one starts empty. */
static void catch_interrupt(void)
{
	struct sigaction action = { .sa_handler = on_interrupt };

	sigaction(SIGINT, &action, NULL);
}

static int run_edited_line(struct shell *s, const char *text, int len, bool json)
{
	struct slice line = slice_trim((struct slice){ text, (size_t)len });
	HistEvent event;

	if (line.len == 0)
		return CLI_DONE;
	if (s->history)
		history(s->history, &event, H_ENTER, text);
	return cli_run_line(s->client, line, json);
}

int shell_run(struct client *c, bool json)
{
	struct shell s = { .client = c };
	int status = CLI_DONE;

	if (!open_edit(&s))
		return CLI_FAILED;
	catch_interrupt();
	cli_run_line(c, SLICE(""), json); /* fetches the first prompt */
	while (status != CLI_BYE) {
		int len = 0;
		const char *text = el_gets(s.edit, &len);

		if (!text && interrupted) {
			interrupted = 0;
			el_reset(s.edit);
			putchar('\n');
			continue;
		}
		if (!text)
			break;
		status = run_edited_line(&s, text, len, json);
		interrupted = 0;
	}
	if (status != CLI_BYE)
		putchar('\n');
	save_history(&s);
	el_end(s.edit);
	return CLI_DONE;
}

int shell_run_script(struct client *c, bool json)
{
	char text[LINE_MAX_BYTES + 2];
	int worst = CLI_DONE;

	while (fgets(text, sizeof(text), stdin)) {
		struct slice line = slice_trim(slice_from_text(text));
		int status;

		if (line.len == 0 || line.data[0] == '#')
			continue;
		if (line.len > LINE_MAX_BYTES) {
			fputs("a line is longer than 4095 bytes\n", stderr);
			return CLI_NOT_UNDERSTOOD;
		}
		status = cli_run_line(c, line, json);
		if (status == CLI_BYE)
			break;
		if (status > worst)
			worst = status;
		if (c->fd < 0)
			break; /* a new connection would be a new session without the candidate */
	}
	return worst;
}
