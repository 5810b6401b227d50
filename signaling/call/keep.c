/* keep.c -- answered calls in calls.db, so that a signaling process that was killed
 * takes them up again: media goes on meanwhile, and BYE and re-INVITE of either side
 * find their dialog. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/pack.h"
#include "signaling/call/internal.h"

enum { KEEP_VERSION = 1 };

static void pack_leg(struct text *t, const struct leg *leg)
{
	const struct transport_listener *l =
		transport_find_listener(leg->call->owner->context.transport, leg->to.listener);

	pack_string(t, leg->trunk->object.name);
	pack_string(t, leg->target ? leg->target->object.name : "");
	pack_string(t, l ? l->realm : leg->trunk->realm);
	pack_u64(t, leg->to.kind);
	pack_addr(t, &leg->to.remote);
	pack_string(t, leg->tls_name);
	pack_string(t, leg->local_tag);
	pack_string(t, leg->call_id);
	pack_string(t, leg->local_party);
	pack_string(t, leg->remote_party);
	pack_string(t, leg->remote_tag);
	pack_string(t, leg->remote_target);
	pack_string(t, leg->routes);
	pack_u64(t, leg->local_cseq);
	pack_u64(t, leg->has_remote_cseq ? leg->remote_cseq : UINT64_MAX);
	offer_save(leg->offer, t);
}

static void pack_call(struct text *t, const struct call *c)
{
	pack_u64(t, KEEP_VERSION);
	pack_u64(t, c->id);
	pack_u64(t, (uint64_t)c->began_wall_us);
	pack_u64(t, (uint64_t)c->rang_wall_us);
	pack_u64(t, (uint64_t)c->answered_wall_us);
	pack_u64(t, (uint64_t)c->ended_wall_us);
	pack_u64(t, c->ended_by);
	pack_u64(t, c->end_status);
	pack_string(t, c->caller);
	pack_string(t, c->called);
	pack_u64(t, c->session_count);
	for (unsigned i = 0; i < c->session_count; i++) {
		for (unsigned side = 0; side < 2; side++) {
			pack_addr(t, &c->sessions[i].local[side]);
			pack_u64(t, c->sessions[i].bound[side]);
		}
	}
	for (unsigned side = 0; side < 2; side++) {
		pack_string(t, c->realm[side]);
		pack_u64(t, c->family[side]);
		pack_leg(t, &c->legs[side]);
	}
}

void keep_store(const struct call *c)
{
	static __thread char bytes[CALL_STORE_STATE_MAX];
	struct text t;

	if (!c->owner->context.recorder)
		return;
	text_init(&t, bytes, sizeof(bytes));
	pack_call(&t, c);
	if (t.overflow)
		log_warn("a call is too large to be kept over a restart", F_CALL(c->id));
	else
		recorder_keep_call(c->owner->context.recorder, c->id, c->owner->context.worker,
				   text_get(&t));
	explicit_bzero(bytes, t.len);
}

void keep_forget(const struct call *c)
{
	if (c->owner->context.recorder)
		recorder_forget_call(c->owner->context.recorder, c->id);
}

/* --- back again ---------------------------------------------------------- */

static const struct config_target *find_target(const struct config *c, const char *trunk,
					       const char *name)
{
	for (size_t i = 0; i < c->target_count; i++)
		if (strcmp(c->target[i].object.parent, trunk) == 0 &&
		    strcmp(c->target[i].object.name, name) == 0)
			return &c->target[i];
	return NULL;
}

static enum err unpack_leg(struct unpack *u, struct leg *leg)
{
	const struct config *config = leg->call->policy->config;
	char trunk[CONFIG_NAME_SIZE], target[CONFIG_NAME_SIZE], realm[CONFIG_NAME_SIZE];
	uint64_t remote_cseq;
	int listener;

	unpack_text(u, trunk, sizeof(trunk));
	unpack_text(u, target, sizeof(target));
	unpack_text(u, realm, sizeof(realm));
	leg->to.kind = (enum config_transport)unpack_u64(u);
	unpack_addr(u, &leg->to.remote);
	unpack_text(u, leg->tls_name, sizeof(leg->tls_name));
	leg->trunk = config_find_trunk(config, trunk);
	leg->target = find_target(config, trunk, target);
	if (u->failed || !leg->trunk || leg->to.kind > CONFIG_TLS)
		return ERR_NOT_FOUND;
	listener = transport_select_listener(leg->call->owner->context.transport, realm,
					     leg->to.kind, &leg->to.remote);
	if (listener < 0)
		return ERR_NOT_FOUND;
	leg->to.listener = (unsigned)listener;
	leg->to.tls_name = leg->tls_name[0] ? leg->tls_name : NULL;
	leg->to.tls_profile = leg->trunk->tls_profile;
	unpack_text(u, leg->local_tag, sizeof(leg->local_tag));
	if (leg->local_tag[0])
		calls_add_leg(leg);
	leg->call_id = unpack_string(u);
	leg->local_party = unpack_string(u);
	leg->remote_party = unpack_string(u);
	leg->remote_tag = unpack_string(u);
	leg->remote_target = unpack_string(u);
	leg->routes = unpack_string(u);
	leg->local_cseq = (uint32_t)unpack_u64(u);
	remote_cseq = unpack_u64(u);
	leg->has_remote_cseq = remote_cseq != UINT64_MAX;
	leg->remote_cseq = leg->has_remote_cseq ? (uint32_t)remote_cseq : 0;
	leg->confirmed = true;
	if (u->failed || !leg->local_tag[0])
		return ERR_SYNTAX;
	return offer_restore(leg->trunk, leg->to.kind == CONFIG_TLS, &u->rest, &leg->offer);
}

static enum err unpack_call(struct unpack *u, struct call *c)
{
	enum err e = ERR_NONE;

	c->began_wall_us = (int64_t)unpack_u64(u);
	c->rang_wall_us = (int64_t)unpack_u64(u);
	c->answered_wall_us = (int64_t)unpack_u64(u);
	c->ended_wall_us = (int64_t)unpack_u64(u);
	c->ended_by = (uint8_t)unpack_u64(u);
	c->end_status = (uint16_t)unpack_u64(u);
	unpack_text(u, c->caller, sizeof(c->caller));
	unpack_text(u, c->called, sizeof(c->called));
	c->session_count = (uint8_t)unpack_u64(u);
	if (u->failed || c->session_count > OFFER_STREAMS_MAX)
		return ERR_SYNTAX;
	for (unsigned i = 0; i < c->session_count; i++) {
		for (unsigned side = 0; side < 2; side++) {
			unpack_addr(u, &c->sessions[i].local[side]);
			c->sessions[i].bound[side] = (uint16_t)unpack_u64(u);
		}
		c->sessions[i].reserved = c->sessions[i].ready = true;
	}
	for (unsigned side = 0; side < 2 && !e; side++) {
		unpack_text(u, c->realm[side], sizeof(c->realm[side]));
		c->family[side] = (uint8_t)unpack_u64(u);
		e = unpack_leg(u, &c->legs[side]);
	}
	return e;
}

enum err calls_restore(struct calls *cs, struct slice state)
{
	struct unpack u = { .rest = state };
	struct call *c;
	uint64_t id;
	enum err e;

	if (unpack_u64(&u) != KEEP_VERSION)
		return ERR_VERSION;
	id = unpack_u64(&u);
	if (u.failed || calls_find(cs, id))
		return ERR_SYNTAX;
	c = calls_make(cs, id);
	if (!c)
		return ERR_MEMORY;
	e = unpack_call(&u, c);
	if (e && c->began_wall_us && !c->ended_wall_us) {
		/* Its trunk or listener is gone: its record is all that can be saved. */
		c->ended_wall_us = clock_wall_us();
		c->ended_by = CALL_END_SBC;
		c->end_status = 200;
		call_note_failure(c, 200, "signaling was restarted and the call's trunk is gone");
	}
	if (c->ended_wall_us) {
		/* It had ended; only its record was still to be written. */
		call_write_record(c);
		keep_forget(c);
		calls_remove(c);
		return e;
	}
	c->trace.began_us = clock_now_us() - (clock_wall_us() - c->began_wall_us);
	for (unsigned i = 0; i < 2; i++)
		c->counted[i] = peers_take_call(cs->context.peers, c->policy->config,
						c->legs[i].trunk->object.name, false) == ERR_NONE;
	trace_add_fact(&c->trace, "restored", "signaling was restarted while this call went on");
	fsm_step(&c->fsm, CALL_EV_RESTORE, NULL);
	calls_count(CALL_COUNT_TAKEN_UP);
	return ERR_NONE;
}
