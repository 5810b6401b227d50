/* operate.c -- commands of the operational mode that ask the other processes. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "mgmt/ctl/gather.h"
#include "mgmt/ctl/session.h"
#include "mgmt/show/rows.h"

enum { ID_SIZE = 17 }; /* 64 bits in hexadecimal */

static struct sibling *get_signaling(struct ctl_session *s)
{
	return &s->running->siblings[RUNNING_SIGNALING];
}

static struct sibling *get_media(struct ctl_session *s)
{
	return &s->running->siblings[RUNNING_MEDIA];
}

static void put_row(struct ctl_session *s, const struct ipc_message *row)
{
	show_put_message_row(s->writer, row);
}

static void finish(struct ctl_session *s, uint32_t count)
{
	(void)count;
	session_finish(s, SESSION_DONE);
}

/* False, and the command finished, when the argument is too long for the bus. */
static bool fits(struct ctl_session *s, struct slice argument, size_t limit)
{
	if (argument.len <= limit)
		return true;
	session_fail(s, "the argument is longer than %zu bytes", limit);
	return false;
}

/* False, and the command finished, when it is no id of a `kind` ("call", "session"). */
static bool read_id(struct ctl_session *s, struct slice id, const char *kind, uint64_t *out_id)
{
	char text[ID_SIZE];
	size_t digits = 0;

	while (digits < id.len && isxdigit((unsigned char)id.data[digits]))
		digits++;
	*out_id = 0;
	if (digits == id.len && slice_copy_text(id, text, sizeof(text)) == ERR_NONE)
		*out_id = strtoull(text, NULL, 16);
	if (*out_id)
		return true;
	session_fail(s, "\"%.*s\" is no %s id; ids are hexadecimal, \"show %ss\" lists them",
		     (int)(id.len < 64 ? id.len : 64), id.data, kind, kind);
	return false;
}

void ctl_do_show_calls(struct ctl_session *s, struct slice filter)
{
	struct ipc_show_calls request = { .filter = filter };

	if (!fits(s, filter, 127))
		return;
	show_begin_message_table(s->writer, IPC_call_row, "calls", "no calls");
	gather_start(s, get_signaling(s), IPC_show_calls, &request, put_row, finish);
}

void ctl_do_show_trunks(struct ctl_session *s, struct slice filter)
{
	struct ipc_show_trunks request = { .filter = filter };

	if (!fits(s, filter, 63))
		return;
	show_begin_message_table(s->writer, IPC_trunk_row, "trunks", "no trunks");
	gather_start(s, get_signaling(s), IPC_show_trunks, &request, put_row, finish);
}

/* --- one call -------------------------------------------------------------------- */

/* Facts come first, then the ladder; a fact behind a step would open a second block. */
static void put_call_row(struct ctl_session *s, const struct ipc_message *row)
{
	if (row->type == IPC_fact_row) {
		show_put_fact(s->writer, row->fact_row.name, row->fact_row.value);
	} else if (row->type == IPC_ladder_row) {
		const struct ipc_ladder_row *l = &row->ladder_row;

		if (!s->has_ladder)
			show_begin_ladder(s->writer, "ladder");
		s->has_ladder = true;
		show_put_step(s->writer, l->at_us, l->leg, l->sent, l->what, l->detail);
	}
}

static void fail_unknown_call(struct ctl_session *s, const char *which)
{
	session_fail(s, "there is no call %s%s; \"show calls\" lists those under way", s->filter,
		     which);
}

static void finish_call(struct ctl_session *s, uint32_t count)
{
	if (count)
		session_finish(s, SESSION_DONE);
	else
		fail_unknown_call(s, ", living or lately ended");
}

void ctl_do_show_call(struct ctl_session *s, struct slice id)
{
	struct ipc_show_call request = { .id = id };
	uint64_t call;

	if (!read_id(s, id, "call", &call))
		return;
	slice_copy_text(id, s->filter, sizeof(s->filter));
	s->has_ladder = false;
	show_begin_facts(s->writer, "call");
	gather_start(s, get_signaling(s), IPC_show_call, &request, put_call_row, finish_call);
}

static void finish_clear(struct ctl_session *s, uint32_t count)
{
	if (count == 0 && s->filter[0]) {
		fail_unknown_call(s, "");
		return;
	}
	session_note(s, count == 1 ? "1 call is being ended" : "%u calls are being ended", count);
	session_finish(s, SESSION_DONE);
}

void ctl_do_clear_call(struct ctl_session *s, struct slice id)
{
	struct ipc_call_clear request = { .id = id };
	bool all = slice_is_text(id, "all");
	uint64_t call;

	if (!all && !read_id(s, id, "call", &call))
		return;
	slice_copy_text(all ? SLICE_NONE : id, s->filter, sizeof(s->filter));
	gather_start(s, get_signaling(s), IPC_call_clear, &request, NULL, finish_clear);
}

/* --- media ------------------------------------------------------------------------ */

void ctl_do_show_sessions(struct ctl_session *s, struct slice id)
{
	struct ipc_show_sessions request = { 0 };

	if (id.len && !read_id(s, id, "session", &request.session))
		return;
	show_begin_message_table(s->writer, IPC_session_row, "sessions", "no media sessions");
	gather_start(s, get_media(s), IPC_show_sessions, &request, put_row, finish);
}

static void put_media_fact(struct ctl_session *s, const struct ipc_message *row)
{
	if (row->type == IPC_media_row)
		show_put_fact(s->writer, row->media_row.name, row->media_row.value);
}

void ctl_do_show_media(struct ctl_session *s, struct slice argument)
{
	(void)argument;
	show_begin_facts(s->writer, "media");
	gather_start(s, get_media(s), IPC_show_media, &(struct ipc_show_media){ 0 }, put_media_fact,
		     finish);
}

/* --- counters of both -------------------------------------------------------------- */

static void ask_media_counters(struct ctl_session *s, uint32_t count)
{
	struct ipc_show_counters request = { .filter = slice_from_text(s->filter) };

	(void)count;
	gather_start(s, get_media(s), IPC_show_counters, &request, put_row, finish);
}

void ctl_do_show_counters(struct ctl_session *s, struct slice filter)
{
	struct ipc_show_counters request = { .filter = filter };

	if (!fits(s, filter, sizeof(s->filter) - 1))
		return;
	slice_copy_text(filter, s->filter, sizeof(s->filter));
	show_begin_message_table(s->writer, IPC_counter_row, "counters", "no such counters");
	/* With one of the two down the other's counters are still worth seeing. */
	if (!sibling_is_up(get_signaling(s)) && sibling_is_up(get_media(s))) {
		session_note(s, "signaling is not running");
		ask_media_counters(s, 0);
		return;
	}
	gather_start(s, get_signaling(s), IPC_show_counters, &request, put_row, ask_media_counters);
}

/* --- processes ---------------------------------------------------------------------- */

static void put_process(struct ctl_session *s, const struct sibling *process)
{
	const struct ipc_peer *peer =
		process->channel ? ipc_channel_get_peer(process->channel) : NULL;
	int64_t since_us = clock_now_us() - process->since_us;

	show_begin_row(s->writer);
	show_put_text(s->writer, slice_from_text(process->name));
	show_put_text(s->writer, slice_from_text(fsm_state_name(&process->fsm)));
	show_put_number(s->writer, peer ? (uint64_t)peer->pid : 0);
	show_put_number(s->writer, process->revision);
	show_put_number(s->writer, (uint64_t)(since_us / 1000000));
	show_put_text(s->writer, slice_from_text(process->refusal));
}

void ctl_do_show_version(struct ctl_session *s, struct slice argument)
{
	char revision[24];
	struct text t;

	(void)argument;
	text_init(&t, revision, sizeof(revision));
	text_put_u64(&t, s->running->revision);
	show_begin_facts(s->writer, "enlace");
	show_put_fact(s->writer, SLICE("version"), SLICE(ENLACE_VERSION));
	show_put_fact(s->writer, SLICE("revision"), text_get(&t));
	show_begin_table(s->writer, "processes", "");
	show_add_column(s->writer, "process", SHOW_COUNT);
	show_add_column(s->writer, "state", SHOW_COUNT);
	show_add_column(s->writer, "pid", SHOW_COUNT);
	show_add_column(s->writer, "revision", SHOW_COUNT);
	show_add_column(s->writer, "since_s", SHOW_SECONDS);
	show_add_column(s->writer, "reason", SHOW_COUNT);
	for (int i = 0; i < RUNNING_SIBLINGS; i++)
		put_process(s, &s->running->siblings[i]);
	session_finish(s, SESSION_DONE);
}

static void finish_reload(struct ctl_session *s, uint32_t count)
{
	(void)count;
	session_note(s, "certificates and keys were read again; new connections use them");
	session_finish(s, SESSION_DONE);
}

void ctl_do_reload_tls(struct ctl_session *s, struct slice argument)
{
	(void)argument;
	gather_start(s, get_signaling(s), IPC_reload_tls, &(struct ipc_reload_tls){ 0 }, NULL,
		     finish_reload);
}
