/* show.c -- calls as a shell sees them: rows, facts, the ladder; and clearing them. */
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "signaling/call/internal.h"

struct row_writer {
	calls_put_fn *put;
	void *arg;
	struct slice filter;
};

static bool has_text(const char *hay, struct slice needle)
{
	return needle.len && memmem(hay, strlen(hay), needle.data, needle.len) != NULL;
}

static void put_call_row(struct hash_node *n, void *arg)
{
	struct row_writer *w = arg;
	struct call *c = CONTAINER_OF(n, struct call, by_id);
	char id[17], media[128], legs[2][62];
	struct text t;
	struct ipc_call_row row = { 0 };

	for (unsigned i = 0; i < 2; i++) {
		text_init(&t, legs[i], sizeof(legs[i]) - 1);
		if (c->legs[i].offer)
			offer_describe(c->legs[i].offer, &t);
		text_get_string(&t);
	}
	snprintf(id, sizeof(id), "%llx", (unsigned long long)c->id);
	snprintf(media, sizeof(media), "%s | %s", legs[0], legs[1]);
	row.id = slice_from_text(id);
	row.state = slice_from_text(fsm_state_name(&c->fsm));
	row.from = slice_from_text(c->legs[0].trunk->object.name);
	row.to = slice_from_text(c->legs[1].trunk ? c->legs[1].trunk->object.name : "");
	row.caller = slice_from_text(c->caller);
	row.called = slice_from_text(c->called);
	row.age_s = (uint32_t)((clock_now_us() - c->trace.began_us) / CLOCK_SECONDS(1));
	row.media = slice_from_text(media);
	if (w->filter.len && !has_text(id, w->filter) && !has_text(c->caller, w->filter) &&
	    !has_text(c->called, w->filter) && !slice_is_equal(row.from, w->filter) &&
	    !slice_is_equal(row.to, w->filter))
		return;
	w->put(w->arg, IPC_call_row, &row);
}

void calls_list(struct calls *cs, struct slice filter, calls_put_fn *put, void *arg)
{
	struct row_writer w = { put, arg, filter };

	hash_table_visit(&cs->by_id, put_call_row, &w);
}

static void put_fact(void *arg, const char *name, const char *value)
{
	struct row_writer *w = arg;
	struct ipc_fact_row row = { slice_from_text(name), slice_from_text(value) };

	w->put(w->arg, IPC_fact_row, &row);
}

static void put_trace(struct row_writer *w, const struct trace *t)
{
	trace_visit_facts(t, put_fact, w);
	for (unsigned i = 0; i < t->step_count; i++) {
		const struct trace_step *s = &t->steps[i];
		struct ipc_ladder_row row = { .at_us = (uint64_t)s->at_ms * 1000,
					      .leg = s->leg,
					      .sent = s->sent,
					      .what = slice_from_text(s->what),
					      .detail = slice_from_text(s->detail) };

		w->put(w->arg, IPC_ladder_row, &row);
	}
}

static void put_live_facts(struct row_writer *w, struct call *c)
{
	char value[256];
	struct text t;

	put_fact(w, "state", fsm_state_name(&c->fsm));
	for (unsigned i = 0; i < 2; i++) {
		if (!c->legs[i].trunk || !c->legs[i].offer)
			continue;
		text_init(&t, value, sizeof(value) - 1);
		text_printf(&t, "trunk %s, Call-ID %s, ", c->legs[i].trunk->object.name,
			    c->legs[i].call_id);
		offer_describe(c->legs[i].offer, &t);
		put_fact(w, i ? "callee" : "caller", text_get_string(&t));
	}
	snprintf(value, sizeof(value), "%llx", (unsigned long long)c->id * 8);
	put_fact(w, "media session", value);
}

enum err calls_show(struct calls *cs, uint64_t id, calls_put_fn *put, void *arg)
{
	struct row_writer w = { .put = put, .arg = arg };
	struct call *c = calls_find(cs, id);

	if (c) {
		put_live_facts(&w, c);
		put_trace(&w, &c->trace);
		return ERR_NONE;
	}
	for (unsigned i = 0; i < CALLS_ENDED_KEPT; i++) {
		if (cs->ended[i].id != id || id == 0)
			continue;
		put_trace(&w, &cs->ended[i].trace);
		return ERR_NONE;
	}
	return ERR_NOT_FOUND;
}

static void clear_one(struct hash_node *n, void *arg)
{
	unsigned *count = arg;
	struct call *c = CONTAINER_OF(n, struct call, by_id);

	if (c->fsm.state >= CALL_CANCELLING)
		return;
	call_note_failure(c, 480, "an administrator ended the call");
	(*count)++;
	fsm_step(&c->fsm, CALL_EV_CLEAR, NULL);
}

unsigned calls_clear(struct calls *cs, uint64_t id)
{
	struct call *c = id ? calls_find(cs, id) : NULL;
	unsigned count = 0;

	if (id && c)
		clear_one(&c->by_id, &count);
	else if (!id)
		hash_table_visit(&cs->by_id, clear_one, &count);
	return count;
}
