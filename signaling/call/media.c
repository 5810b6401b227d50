/* media.c -- what the media process says of a call's sessions, and giving them back to
 * a media process that was restarted. */
#include <string.h>

#include "signaling/call/internal.h"

void calls_handle_ready(struct calls *cs, uint64_t session, enum err e, struct slice why,
			const struct anchor_ready *ready)
{
	struct call *c = calls_find(cs, session >> 3);
	struct call_session *s;

	if (!c || (session & 7) >= c->session_count)
		return;
	s = &c->sessions[session & 7];
	if (c->fsm.state == CALL_RESERVING && c->waiting)
		c->waiting--;
	if (e) {
		s->ready = false;
		call_note_failure(c, 503, "media: %.*s", SLICE_ARG(why));
		fsm_step(&c->fsm, c->fsm.state == CALL_RESERVING ? CALL_EV_REJECT : CALL_EV_CLEAR,
			 NULL);
		return;
	}
	s->ready = true;
	for (unsigned i = 0; i < 2; i++) {
		s->local[i] = ready->local[i];
		s->bound[i] = ready->bound[i];
	}
	if (c->fsm.state == CALL_RESERVING && c->waiting == 0)
		fsm_step(&c->fsm, CALL_EV_MEDIA_READY, NULL);
}

/* Media knows sides, an administrator knows caller and callee. */
static void tell_diagnosis(struct call *c, struct slice sentence)
{
	static const char *const names[] = { "the caller's side", "the callee's side" };
	struct text t;

	text_init(&t, c->diagnosis, sizeof(c->diagnosis) - 1);
	while (sentence.len) {
		bool is_side = sentence.len >= 6 && slice_has_prefix(sentence, "side ") &&
			       (sentence.data[5] == '0' || sentence.data[5] == '1');

		if (is_side)
			text_put_string(&t, names[sentence.data[5] - '0']);
		else
			text_put_byte(&t, sentence.data[0]);
		sentence.data += is_side ? 6 : 1;
		sentence.len -= is_side ? 6 : 1;
	}
	text_get_string(&t);
}

void calls_handle_released(struct calls *cs, uint64_t session,
			   const struct ipc_media_released *counts)
{
	struct call *c = calls_find(cs, session >> 3);

	if (!c)
		return;
	if (counts && (session & 7) == 0) {
		c->counts = *counts;
		c->counts.diagnosis = SLICE_NONE;
		tell_diagnosis(c, counts->diagnosis);
	}
	if (c->fsm.state == CALL_CLOSING && c->waiting && --c->waiting == 0)
		fsm_step(&c->fsm, CALL_EV_RELEASED, NULL);
}

/* Learned elsewhere; or the peer's own address spoke after that. */
static void report_latched(struct call *c, unsigned stream, unsigned side,
			   const struct addr *source)
{
	const char *whose = side ? "callee" : "caller";
	char address[ADDR_TEXT_SIZE];

	if (stream < c->session_count && addr_is_equal(source, &c->legs[side].told[stream]))
		trace_add_fact(&c->trace, "media",
			       "the %s's media comes from the address in its SDP again; "
			       "another source, seen before, is shut out",
			       whose);
	else
		trace_add_fact(&c->trace, "media",
			       "the %s's media comes from %s, not from the address in its SDP",
			       whose, addr_print(source, address, sizeof(address)));
}

void calls_handle_media_event(struct calls *cs, uint64_t session, unsigned side,
			      enum ipc_media_event_kind kind, const struct addr *source)
{
	struct call *c = calls_find(cs, session >> 3);
	char address[ADDR_TEXT_SIZE];
	const char *whose = side ? "callee" : "caller";

	if (!c)
		return;
	addr_print(source, address, sizeof(address));
	switch (kind) {
	case IPC_MEDIA_STARTED:
		trace_add_fact(&c->trace, "media", "the %s's first packet came from %s", whose,
			       address);
		break;
	case IPC_MEDIA_LATCHED:
		report_latched(c, session & 7, side, source);
		break;
	default:
		call_note_failure(c, 0, "no media from the %s for the media-timeout of its trunk",
				  whose);
		fsm_step(&c->fsm, CALL_EV_CLEAR, NULL);
	}
}

static void restore_media(struct hash_node *n, void *arg)
{
	struct call *c = CONTAINER_OF(n, struct call, by_id);

	(void)arg;
	for (unsigned i = 0; i < c->session_count; i++) {
		struct anchor_reservation r = {
			.session = c->id * 8 + i,
			.realm = { c->realm[0], c->realm[1] },
			.family = { c->family[0], c->family[1] },
			.port = { c->sessions[i].bound[0], c->sessions[i].bound[1] },
		};

		if (!c->sessions[i].ready || c->fsm.state >= CALL_CLOSING)
			continue;
		anchor_reserve(c->owner->context.anchor, &r);
		calls_count(CALL_COUNT_RESTORED);
	}
	memset(c->legs[0].told, 0, sizeof(c->legs[0].told));
	memset(c->legs[1].told, 0, sizeof(c->legs[1].told));
	if (c->fsm.state < CALL_CLOSING)
		exchange_apply_media(c);
}

void calls_handle_media_up(struct calls *cs)
{
	hash_table_visit(&cs->by_id, restore_media, NULL);
	anchor_claim(cs->context.anchor);
}
