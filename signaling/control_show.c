/* control_show.c -- what shells ask of signaling: rows gathered from the workers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/fsm.h"
#include "signaling/control_internal.h"

enum { ROWS_BYTES_MAX = 2 << 20, PEER_ROWS_MAX = 4096 };

/* One question to all workers; each writes into its own buffer. */
struct question {
	struct control *control;
	uint32_t request_id;
	char text[128];
	uint64_t call;
	struct {
		uint8_t *bytes; /* frames, each behind its length */
		size_t len, size;
		uint32_t count;
	} answers[WORKERS_MAX];
};

static void destroy_question(struct question *q)
{
	for (unsigned i = 0; i < WORKERS_MAX; i++)
		free(q->answers[i].bytes);
	free(q);
}

struct sink {
	struct question *question;
	unsigned worker;
};

/* A row becomes a frame, so that nothing of the worker's memory leaves its thread. */
static void put_row(void *arg, enum ipc_type type, const void *row)
{
	static __thread uint8_t frame[IPC_FRAME_MAX];
	struct sink *sink = arg;
	struct question *q = sink->question;
	size_t len, wanted, size = q->answers[sink->worker].size;
	uint8_t *grown;

	if (ipc_encode(type, q->request_id, row, frame, sizeof(frame), &len))
		return;
	wanted = q->answers[sink->worker].len + sizeof(len) + len;
	/* the channel takes 4 MiB from all workers together: a shell that wants one of very many
	 * calls gives a filter */
	if (wanted > ROWS_BYTES_MAX / q->control->group.count)
		return;
	if (wanted > size) {
		size = wanted * 2;
		grown = realloc(q->answers[sink->worker].bytes, size);
		if (!grown)
			return;
		q->answers[sink->worker].bytes = grown;
		q->answers[sink->worker].size = size;
	}
	memcpy(q->answers[sink->worker].bytes + q->answers[sink->worker].len, &len, sizeof(len));
	memcpy(q->answers[sink->worker].bytes + q->answers[sink->worker].len + sizeof(len), frame,
	       len);
	q->answers[sink->worker].len = wanted;
	q->answers[sink->worker].count++;
}

static void send_rows(struct ipc_channel *channel, const struct question *q, unsigned worker)
{
	const uint8_t *at = q->answers[worker].bytes, *end = at + q->answers[worker].len;

	while (at < end) {
		struct ipc_message m;
		size_t len;

		memcpy(&len, at, sizeof(len));
		if (ipc_decode(at + sizeof(len), len, &m) ||
		    ipc_send(channel, m.type, q->request_id, &m.hello))
			return;
		at += sizeof(len) + len;
	}
}

static void finish(void *arg)
{
	struct question *q = arg;
	struct ipc_channel *channel = ipc_link_get_channel(q->control->link);
	uint32_t count = 0;

	for (unsigned i = 0; channel && i < q->control->group.count; i++) {
		send_rows(channel, q, i);
		count += q->answers[i].count;
	}
	if (channel)
		ipc_send_done(channel, q->request_id, count);
	destroy_question(q);
}

static void ask(struct control *c, struct ipc_channel *channel, uint32_t id, struct slice text,
		worker_fn *fn)
{
	struct question *q = calloc(1, sizeof(*q));
	enum err e = ERR_MEMORY;

	if (q) {
		q->control = c;
		q->request_id = id;
		slice_copy_text(text, q->text, sizeof(q->text));
		q->call = strtoull(q->text, NULL, 16);
		e = worker_group_run(&c->group, fn, finish, q);
	}
	if (!e)
		return;
	free(q);
	if (e == ERR_STATE)
		ipc_send_done(channel, id, 0); /* no configuration, no worker, no call */
	else
		ipc_send_refused(channel, id, e, err_text(e));
}

static void list_calls(struct worker *w, void *arg)
{
	struct question *q = arg;
	struct sink sink = { q, w->index };

	calls_list(w->calls, slice_from_text(q->text), put_row, &sink);
}

void control_show_calls(struct control *c, struct ipc_channel *channel, uint32_t id,
			const struct ipc_show_calls *m)
{
	ask(c, channel, id, m->filter, list_calls);
}

static void show_call(struct worker *w, void *arg)
{
	struct question *q = arg;
	struct sink sink = { q, w->index };

	calls_show(w->calls, q->call, put_row, &sink); /* another worker may have it */
}

void control_show_call(struct control *c, struct ipc_channel *channel, uint32_t id,
		       const struct ipc_show_call *m)
{
	ask(c, channel, id, m->id, show_call);
}

static void clear_calls(struct worker *w, void *arg)
{
	struct question *q = arg;
	bool all = strcmp(q->text, "all") == 0;

	if (all || q->call)
		q->answers[w->index].count = calls_clear(w->calls, all ? 0 : q->call);
}

void control_call_clear(struct control *c, struct ipc_channel *channel, uint32_t id,
			const struct ipc_call_clear *m)
{
	ask(c, channel, id, m->id, clear_calls);
}

/* --- what needs no worker ------------------------------------------------ */

static void put_trunk(struct ipc_channel *channel, uint32_t id, const struct config *config,
		      const struct peer_row *r)
{
	struct ipc_trunk_row row = {
		.trunk = slice_from_text(r->trunk),
		.target = slice_from_text(r->target),
		.address = slice_from_text(r->address),
		.state = slice_from_text(peer_state_name(r->state)),
		.calls = r->calls,
		.since_s = r->since_us
				   ? (uint32_t)((clock_now_us() - r->since_us) / CLOCK_SECONDS(1))
				   : 0,
		.reason = slice_from_text(r->reason),
	};
	const struct config_trunk *trunk = config_find_trunk(config, r->trunk);

	for (size_t i = 0; i < config->target_count; i++)
		if (strcmp(config->target[i].object.parent, r->trunk) == 0 &&
		    strcmp(config->target[i].object.name, r->target) == 0)
			row.transport = slice_from_text(
				config_choice_word("transport", config->target[i].transport));
	if (trunk && trunk->admin == CONFIG_DISABLED)
		row.state = SLICE("disabled");
	ipc_send(channel, IPC_trunk_row, id, &row);
}

void control_show_trunks(struct control *c, struct ipc_channel *channel, uint32_t id,
			 const struct ipc_show_trunks *m)
{
	struct peer_row *rows = calloc(PEER_ROWS_MAX, sizeof(*rows));
	unsigned count = 0, sent = 0;

	if (rows && c->policy)
		count = peers_list(c->group.peers, c->policy->config, rows, PEER_ROWS_MAX);
	for (unsigned i = 0; i < count; i++) {
		if (m->filter.len && !slice_is_text(m->filter, rows[i].trunk))
			continue;
		put_trunk(channel, id, c->policy->config, &rows[i]);
		sent++;
	}
	ipc_send_done(channel, id, sent);
	free(rows);
}

struct counter_sink {
	struct ipc_channel *channel;
	uint32_t id, count;
	struct slice filter;
};

static void put_counter(void *arg, const char *name, uint64_t value, const char *help)
{
	struct counter_sink *s = arg;
	struct ipc_counter_row row = { slice_from_text(name), value, slice_from_text(help) };

	if (s->filter.len && !memmem(name, strlen(name), s->filter.data, s->filter.len))
		return;
	if (row.help.len > 127)
		row.help.len = 127;
	ipc_send(s->channel, IPC_counter_row, s->id, &row);
	s->count++;
}

void control_show_counters(struct control *c, struct ipc_channel *channel, uint32_t id,
			   const struct ipc_show_counters *m)
{
	struct counter_sink sink = { channel, id, 0, m->filter };

	recorder_visit_counters(c->group.recorder, put_counter, &sink);
	calls_visit_counters(put_counter, &sink);
	worker_visit_counters(put_counter, &sink);
	transport_visit_counters(put_counter, &sink);
	transactions_visit_counters(put_counter, &sink);
	put_counter(&sink, "fsm.unexpected", fsm_get_unexpected_count(),
		    "events that came in a state with no row for them");
	ipc_send_done(channel, id, sink.count);
}
