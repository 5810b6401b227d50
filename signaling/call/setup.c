/* setup.c -- from the caller's INVITE to the callee's 2xx: route, media, our INVITE,
 * progress, the next place when one fails. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "signaling/call/internal.h"
#include "signaling/peer/self.h"
#include "signaling/sip/print.h"

enum { SETUP_STEP_S = 10, CONFIRM_S = 34, CLOSE_MS = 2500 };

void call_note_failure(struct call *c, unsigned status, const char *format, ...)
{
	va_list args;

	c->failure.status = status;
	va_start(args, format);
	vsnprintf(c->failure.why, sizeof(c->failure.why), format, args);
	va_end(args);
}

int64_t setup_step_us(const void *owner)
{
	(void)owner;
	return CLOCK_SECONDS(SETUP_STEP_S);
}

static int64_t ring_us(const struct call *c)
{
	return CLOCK_SECONDS(c->legs[1].trunk->ring_s);
}

/* The caller's trunk says how long it bears silence; without that the call may ring
 * its full time. */
int64_t progress_timeout_us(const void *owner)
{
	const struct call *c = owner;
	uint32_t ms = c->legs[0].trunk->progress_ms;

	return ms ? CLOCK_MS(ms) : ring_us(c);
}

int64_t ring_timeout_us(const void *owner)
{
	return ring_us(owner);
}

int64_t confirm_timeout_us(const void *owner)
{
	(void)owner; /* the transaction reports a missing ACK after 64*T1; this is the net below */
	return CLOCK_SECONDS(CONFIRM_S);
}

int64_t exchange_timeout_us(const void *owner)
{
	(void)owner;
	return 64 * TRANSACTION_T1_US + CLOCK_SECONDS(4);
}

int64_t close_timeout_us(const void *owner)
{
	(void)owner;
	return CLOCK_MS(CLOSE_MS);
}

/* --- finding a place ----------------------------------------------------- */

static void reject(struct call *c, unsigned status, const char *why)
{
	call_note_failure(c, status, "%s", why);
	fsm_post(&c->fsm, CALL_EV_REJECT);
}

/* Counts the call on the next place's trunk; a full trunk is skipped as a whole. */
static bool take_trunk(struct call *c, const struct config_trunk *trunk)
{
	struct peers *peers = c->owner->context.peers;
	bool same = c->counted[1] && c->legs[1].trunk == trunk;

	if (same)
		return true;
	if (c->counted[1])
		peers_give_call(peers, c->legs[1].trunk->object.name);
	c->counted[1] = false;
	if (peers_take_call(peers, c->policy->config, trunk->object.name, false)) {
		trace_add_fact(&c->trace, "skipped", "trunk %s is full", trunk->object.name);
		hunt_skip_trunk(&c->hunt, trunk);
		return false;
	}
	c->counted[1] = true;
	return true;
}

static void use_place(struct call *c, const struct hunt_place *place)
{
	struct transport *transport = c->owner->context.transport;
	enum config_transport kind = (enum config_transport)place->target->transport;
	int listener =
		transport_select_listener(transport, place->trunk->realm, kind, &place->address);
	enum err e;

	/* the count moved with take_trunk; the leg says whose it is from here on */
	c->legs[1].trunk = place->trunk;
	if (listener < 0) {
		call_note_failure(c, 503, "realm %s has no %s listener of that address family",
				  place->trunk->realm, config_choice_word("transport", kind));
		fsm_post(&c->fsm, CALL_EV_REJECT);
		return;
	}
	e = leg_aim(&c->legs[1], place, (unsigned)listener, c->invite);
	if (e) {
		call_note_failure(c, 500, "the callee's leg could not be made: %s", err_text(e));
		fsm_post(&c->fsm, CALL_EV_REJECT);
		return;
	}
	fsm_post(&c->fsm, CALL_EV_PLACE);
}

/* Posts PLACE or REJECT, or waits for the resolver, who comes back here. */
void setup_find_place(struct call *c)
{
	struct hunt_place place;
	enum err e;

	do
		e = hunt_next(&c->hunt, &place);
	while (!e && !take_trunk(c, place.trunk));
	if (e == ERR_BUSY)
		return;
	if (!e) {
		use_place(c, &place);
		return;
	}
	if (c->failure.status == 0 && !c->failure.why[0])
		call_note_failure(c, 503, "no target of the route could be used");
	fsm_post(&c->fsm, CALL_EV_REJECT);
}

static void reserve_first_sessions(struct call *c)
{
	unsigned count = c->delayed ? 1 : offer_get_stream_count(c->legs[0].offer);

	c->session_count = (uint8_t)count;
}

void start_call(void *owner, const void *arg)
{
	struct call *c = owner;
	const struct config_route *route;
	unsigned status = exchange_begin(c, 0, c->invite);
	struct slice called = party_number(message_get_request_uri(c->invite)->user);

	(void)arg;
	if (status) {
		fsm_post(&c->fsm, CALL_EV_REJECT);
		return;
	}
	reserve_first_sessions(c);
	route = policy_find_route(c->policy, c->legs[0].trunk->object.name, called);
	if (!route) {
		reject(c, 404,
		       "no route matches; add one with: set route NUMBER from TRUNK to TRUNK");
		return;
	}
	trace_add_fact(&c->trace, "route", "%s: from %s to %s", route->object.name, route->from,
		       route->to);
	if (hunt_start(&c->hunt, route)) {
		reject(c, 503, "the route leads to no target that is in service");
		return;
	}
	setup_find_place(c);
}

void try_next(void *owner, const void *arg)
{
	struct call *c = owner;

	(void)arg;
	trace_add_fact(&c->trace, "tried", "%s: %s", c->legs[1].target->object.name,
		       c->failure.why);
	offer_reopen(c->legs[0].offer);
	free(c->answer);
	c->answer = NULL;
	setup_find_place(c);
}

bool may_try_next(const void *owner, const void *arg)
{
	const struct call *c = owner;
	const char *rest = c->legs[1].trunk->failover_codes;
	struct slice word;
	uint64_t code;

	(void)arg;
	if (!hunt_has_more(&c->hunt))
		return false;
	if (c->failure.status == 0)
		return true;
	while (config_list_next(&rest, &word))
		if (slice_parse_u64(word, 699, &code) == ERR_NONE && code == c->failure.status)
			return true;
	return false;
}

/* --- media --------------------------------------------------------------- */

static uint8_t family_of(const struct leg *leg)
{
	return addr_is_ipv6(&leg->to.remote) ? 6 : 4;
}

static bool is_reserved_for(const struct call *c)
{
	for (unsigned side = 0; side < 2; side++)
		if (strcmp(c->realm[side], c->legs[side].trunk->realm) != 0 ||
		    c->family[side] != family_of(&c->legs[side]))
			return false;
	return c->session_count == 0 || c->sessions[0].ready;
}

static enum err reserve(struct call *c, unsigned stream)
{
	struct anchor_reservation r = {
		.session = c->id * 8 + stream,
		.realm = { c->legs[0].trunk->realm, c->legs[1].trunk->realm },
		.family = { family_of(&c->legs[0]), family_of(&c->legs[1]) },
	};
	enum err e = anchor_reserve(c->owner->context.anchor, &r);

	if (!e) {
		c->sessions[stream].reserved = true;
		c->sessions[stream].ready = false;
		c->waiting++;
	}
	return e;
}

void reserve_media(void *owner, const void *arg)
{
	struct call *c = owner;

	(void)arg;
	if (is_reserved_for(c)) {
		fsm_post(&c->fsm, CALL_EV_MEDIA_READY);
		return;
	}
	for (unsigned side = 0; side < 2; side++) {
		snprintf(c->realm[side], sizeof(c->realm[side]), "%s", c->legs[side].trunk->realm);
		c->family[side] = family_of(&c->legs[side]);
	}
	c->waiting = 0;
	for (unsigned i = 0; i < c->session_count; i++) {
		enum err e = reserve(c, i);

		if (e) {
			call_note_failure(c, 503, "media ports could not be asked for: %s",
					  err_text(e));
			fsm_post(&c->fsm, CALL_EV_REJECT);
			return;
		}
	}
}

/* --- our INVITE ---------------------------------------------------------- */

static void put_extra(struct call *c, struct text *t)
{
	struct leg *callee = &c->legs[1];
	char bytes[ADDR_TEXT_SIZE + CONFIG_NAME_SIZE];
	struct text host;

	text_init(&host, bytes, sizeof(bytes));
	self_put_host(&host, callee->trunk,
		      transport_find_listener(c->owner->context.transport, callee->to.listener));
	party_put_passed(t, c->legs[0].trunk, callee->trunk, c->invite, text_get(&host));
}

void call_callee(void *owner, const void *arg)
{
	struct call *c = owner;
	struct leg *callee = &c->legs[1];
	char bytes[OFFER_BODY_MAX], extra[CALL_HEADERS_SIZE / 2], address[ADDR_TEXT_SIZE];
	struct text body, t;
	enum err e;

	(void)arg;
	text_init(&body, bytes, sizeof(bytes));
	text_init(&t, extra, sizeof(extra));
	if (exchange_make_offer(c, &body)) {
		fsm_post(&c->fsm, CALL_EV_REJECT);
		return;
	}
	put_extra(c, &t);
	trace_add_fact(&c->trace, "target", "%s of trunk %s at %s", callee->target->object.name,
		       callee->trunk->object.name,
		       addr_print(&callee->to.remote, address, sizeof(address)));
	e = leg_send_invite(callee, text_get(&t), text_get(&body),
			    CLOCK_MS(callee->trunk->target_timeout_ms));
	if (e) {
		call_note_failure(c, 0, "the INVITE could not be sent: %s", err_text(e));
		fsm_post(&c->fsm, CALL_EV_FAILURE);
	}
}

bool wants_progress(const void *owner, const void *arg)
{
	const struct call *c = owner;

	(void)arg;
	return c->legs[0].trunk->progress_ms != 0;
}

void send_progress(void *owner, const void *arg)
{
	struct call *c = owner;

	(void)arg;
	leg_reply(&c->legs[0], c->legs[0].server_invite, 183, SLICE_NONE, SLICE_NONE);
}

/* Microsoft wants SDP in 183 and 200 only. */
static unsigned progress_status(const struct call *c, unsigned status, bool has_body)
{
	if (has_body && c->legs[0].trunk->early_media == CONFIG_EARLY_183)
		return 183;
	return status;
}

void pass_progress(void *owner, const void *arg)
{
	const struct call_input *input = arg;
	struct call *c = owner;
	struct leg *caller = &c->legs[0];
	unsigned status = message_get_status(input->message);
	bool has_body = message_get_body(input->message).len > 0;

	if (!c->rang_wall_us)
		c->rang_wall_us = clock_wall_us();
	if (has_body && exchange_take_answer(c, input->message)) {
		fsm_post(&c->fsm, CALL_EV_REJECT);
		return;
	}
	has_body = has_body && c->answer;
	leg_reply(caller, caller->server_invite, progress_status(c, status, has_body), SLICE_NONE,
		  slice_from_text(has_body ? c->answer : ""));
}

void pass_answer(void *owner, const void *arg)
{
	const struct call_input *input = arg;
	struct call *c = owner;
	struct leg *caller = &c->legs[0], *callee = &c->legs[1];
	enum err e = leg_confirm(callee, input->message);

	caller->confirmed = true;
	if (e || exchange_take_answer(c, input->message)) {
		if (e)
			call_note_failure(c, 500, "the answer could not be kept: %s", err_text(e));
		fsm_post(&c->fsm, CALL_EV_REJECT);
		return;
	}
	if (!c->delayed)
		leg_send_ack(callee, SLICE_NONE);
	c->answered_wall_us = clock_wall_us();
	calls_count(CALL_COUNT_ANSWERED);
	leg_reply(caller, caller->server_invite, 200, SLICE_NONE,
		  slice_from_text(c->answer ? c->answer : ""));
	hunt_fini(&c->hunt);
}

/* The caller's ACK. */
void confirm_call(void *owner, const void *arg)
{
	const struct call_input *input = arg;
	struct call *c = owner;
	char bytes[OFFER_BODY_MAX];
	struct text body;

	transaction_confirm(c->owner->context.transactions, c->legs[0].server_invite);
	calls_forget_invite(&c->legs[0]);
	text_init(&body, bytes, sizeof(bytes));
	if (exchange_confirm(c, input->message, &body)) {
		fsm_post(&c->fsm, CALL_EV_CLEAR);
		return;
	}
	if (!c->legs[1].ack_sent)
		leg_send_ack(&c->legs[1], text_get(&body));
	message_unref(c->invite);
	c->invite = NULL;
	free(c->answer);
	c->answer = NULL;
	keep_store(c);
	log_debug("a call is established", F_CALL(c->id),
		  F_STR("from", c->legs[0].trunk->object.name),
		  F_STR("to", c->legs[1].trunk->object.name));
}
