/* gather.c -- one request to one process on behalf of one command. */
#include "mgmt/ctl/gather.h"

#include <stdlib.h>

#include "common/clock.h"

struct gather {
	struct ctl_session *session; /* NULL: it has gone */
	const char *process;
	gather_row_fn *row;
	gather_done_fn *done;
};

static void report(struct ctl_session *s, const char *process, enum err e,
		   const struct ipc_message *m)
{
	switch (e) {
	case ERR_UNREACHABLE:
		session_fail(s, "%s is not running", process);
		break;
	case ERR_CLOSED:
		session_fail(s, "%s went away before it had answered", process);
		break;
	case ERR_TIMEOUT:
		session_fail(s, "%s did not answer within 2 seconds", process);
		break;
	default:
		if (m && m->type == IPC_refused && m->refused.sentence.len)
			session_fail(s, "%.*s", SLICE_ARG(m->refused.sentence));
		else
			session_fail(s, "%s: %s", process, err_text(e));
		break;
	}
}

static void on_reply(void *arg, enum err e, const struct ipc_message *m, bool is_last)
{
	struct gather *g = arg;
	struct ctl_session *s = g->session;

	if (!is_last) {
		if (s && g->row)
			g->row(s, m);
		return;
	}
	if (s) {
		gather_done_fn *done = g->done;

		s->gather = NULL;
		if (e)
			report(s, g->process, e, m);
		else
			done(s, m->type == IPC_done ? m->done.count : 0);
	}
	free(g);
}

void gather_start(struct ctl_session *s, struct sibling *from, enum ipc_type request,
		  const void *message, gather_row_fn *row, gather_done_fn *done)
{
	struct gather *g = NULL;
	enum err e = ERR_UNREACHABLE;

	if (sibling_is_up(from)) {
		g = calloc(1, sizeof(*g));
		e = g ? ERR_NONE : ERR_MEMORY;
	}
	if (!e) {
		*g = (struct gather){ s, from->name, row, done };
		e = ipc_request(from->channel, request, message, CLOCK_MS(GATHER_DEADLINE_MS),
				on_reply, g);
	}
	if (e) {
		free(g);
		report(s, from->name, e, NULL);
		return;
	}
	s->gather = g;
}

void gather_forget(struct gather *g)
{
	if (g)
		g->session = NULL;
}
