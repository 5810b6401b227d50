/* session.c -- carrying out a shell's lines and sending what they say. */
#include "mgmt/ctl/session.h"

#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/check.h"
#include "mgmt/ctl/gather.h"

enum { CHUNK_BYTES = 60000, SENTENCE_SIZE = 1024, CHOICES_MAX = 1000 };

static void set_author(struct ctl_session *s, uid_t uid)
{
	const struct passwd *user = getpwuid(uid);

	if (user)
		snprintf(s->author, sizeof(s->author), "%.63s", user->pw_name);
	else
		snprintf(s->author, sizeof(s->author), "uid %u", (unsigned)uid);
}

enum err session_create(struct running *r, const char *database_dir, struct ipc_channel *c,
			struct ctl_session **out_session)
{
	struct ctl_session *s = calloc(1, sizeof(*s));
	enum err e;

	if (!s)
		return ERR_MEMORY;
	e = show_writer_create(&s->writer);
	if (e) {
		free(s);
		return e;
	}
	list_init(&s->node);
	s->running = r;
	s->database_dir = database_dir;
	s->channel = c;
	s->mode = COMMAND_OPERATE;
	set_author(s, ipc_channel_get_peer(c)->uid);
	*out_session = s;
	return ERR_NONE;
}

void session_destroy(struct ctl_session *s)
{
	if (!s)
		return;
	list_remove(&s->node);
	gather_forget(s->gather);
	commit_forget(s->running->commit, s);
	config_destroy(s->candidate);
	show_writer_destroy(s->writer);
	free(s);
}

/* --- the answer ---------------------------------------------------------------- */

static void send_text(struct ctl_session *s, struct slice text)
{
	while (text.len) {
		struct ipc_ctl_text part = { .text = text };

		if (part.text.len > CHUNK_BYTES)
			part.text.len = CHUNK_BYTES;
		if (ipc_send(s->channel, IPC_ctl_text, s->exec_id, &part))
			return; /* the channel is lost and ends the session */
		text.data += part.text.len;
		text.len -= part.text.len;
	}
}

static void send_end(struct ctl_session *s, uint32_t id, enum session_status status)
{
	char data[128];
	struct text prompt;
	struct ipc_ctl_end end = { .status = (uint8_t)status };

	text_init(&prompt, data, sizeof(data));
	text_printf(&prompt, "%s%s", s->running->config->system[0].host_name,
		    s->mode == COMMAND_CONFIGURE ? "# " : "> ");
	end.prompt = text_get(&prompt);
	ipc_send(s->channel, IPC_ctl_end, id, &end);
}

void session_finish(struct ctl_session *s, enum session_status status)
{
	struct slice text = show_render(s->writer, s->format);

	CHECK(s->is_busy);
	/* A command that only does something says nothing, also in JSON. */
	if (text.len > sizeof("{}\n") - 1 || s->format == SHOW_TEXT)
		send_text(s, text);
	send_end(s, s->exec_id, status);
	show_writer_clear(s->writer);
	s->is_busy = false;
}

void session_fail(struct ctl_session *s, const char *format, ...)
{
	char sentence[SENTENCE_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
	show_put_error(s->writer, slice_from_text(sentence));
	session_finish(s, SESSION_FAILED);
}

void session_note(struct ctl_session *s, const char *format, ...)
{
	char sentence[SENTENCE_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
	show_put_note(s->writer, slice_from_text(sentence));
}

/* --- the command ---------------------------------------------------------------- */

void session_run_line(struct ctl_session *s, enum command_mode mode, struct slice line)
{
	char data[SENTENCE_SIZE];
	struct text why;
	const struct command *command;
	struct slice argument;

	line = slice_trim(line);
	if (line.len == 0 || line.data[0] == '#') {
		session_finish(s, SESSION_DONE);
		return;
	}
	text_init(&why, data, sizeof(data));
	if (command_parse(mode, line, &command, &argument, &why)) {
		show_put_error(s->writer, slice_from_text(text_get_string(&why)));
		session_finish(s, SESSION_NOT_UNDERSTOOD);
		return;
	}
	command->run(s, argument);
}

void session_execute(struct ctl_session *s, uint32_t id, const struct ipc_ctl_exec *exec)
{
	if (s->is_busy) {
		ipc_send_refused(s->channel, id, ERR_BUSY,
				 "the command before is still being carried out");
		return;
	}
	s->is_busy = true;
	s->exec_id = id;
	s->format = exec->json ? SHOW_JSON : SHOW_TEXT;
	session_run_line(s, s->mode, exec->line);
}

/* --- completion ------------------------------------------------------------------ */

struct completion {
	struct ctl_session *session;
	uint32_t id;
	unsigned count;
};

static void put_choice(void *arg, struct slice word, const char *help)
{
	struct completion *c = arg;
	struct ipc_ctl_choice choice = { .word = word, .help = slice_from_text(help) };

	if (c->count++ < CHOICES_MAX)
		ipc_send(c->session->channel, IPC_ctl_choice, c->id, &choice);
}

static void offer_word(void *arg, const char *word, const char *help)
{
	put_choice(arg, slice_from_text(word), help);
}

/* Items and names come from the schema, which reads them too.  `show` takes the path of
 * an object, as `delete` does. */
static void complete_path(struct completion *c, const struct command *command, struct slice path)
{
	char data[CONFIG_LINE_SIZE + 16];
	struct text line;

	text_init(&line, data, sizeof(data));
	text_put_string(&line, command->run == ctl_do_set ? "set" : "delete");
	text_put_slice(&line, path);
	if (!line.overflow)
		config_complete(c->session->candidate, text_get(&line), offer_word, c);
}

static void complete(struct completion *c, enum command_mode mode, struct slice line)
{
	struct slice path;
	const struct command *command = command_complete(mode, line, put_choice, c, &path);

	if (!command)
		return;
	if (command->run == ctl_do_run)
		complete(c, COMMAND_OPERATE, path);
	else
		complete_path(c, command, path);
}

void session_complete(struct ctl_session *s, uint32_t id, struct slice line)
{
	struct completion c = { .session = s, .id = id };

	complete(&c, s->mode, line);
	send_end(s, id, SESSION_DONE);
}
