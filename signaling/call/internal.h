/* internal.h -- struct call and struct leg, for the files of this folder only.
 *
 *	calls.c     the calls of a worker: made, found, forgotten
 *	dispatch.c  messages become events, or are answered
 *	media.c     what the media process says
 *	show.c      what a shell sees
 *	setup.c     from the caller's INVITE to the callee's 2xx
 *	exchange.c  offer and answer carried from one leg to the other; re-INVITE
 *	keep.c      surviving a restart of this process
 *	ending.c    hanging up, failing, recording
 *	leg.c       one dialog: its requests and replies
 *	party.c     From, To, Request-URI and identity as the other side may see them
 *	machine.c   the table */
#ifndef SIGNALING_CALL_INTERNAL_H
#define SIGNALING_CALL_INTERNAL_H
#include "common/fsm.h"
#include "common/hash.h"
#include "signaling/call/call.h"
#include "signaling/call/trace.h"
#include "signaling/offer/offer.h"
#include "signaling/route/hunt.h"

enum {
	CALL_HEADERS_SIZE = 16384,
	CALL_TAG_SIZE = 20, /* worker, 2 digits; random, 16 digits */
	CALL_WHY_SIZE = 256,
	CALL_PARTY_SIZE = 512,
	CALL_NAME_SIZE = 128,
};

struct leg {
	struct hash_node by_tag, by_invite;
	struct call *call;
	uint8_t index;	/* 0: the caller's, 1: the callee's */
	bool confirmed; /* the dialog is established; BYE can be sent */
	bool has_remote_cseq;
	const struct config_trunk *trunk;
	const struct config_target *target; /* callee's leg: whom we called */
	struct offer_leg *offer;
	char local_tag[CALL_TAG_SIZE];
	char *call_id;
	char *local_party, *remote_party; /* From or To value, without tag */
	char *remote_tag;
	char *remote_target; /* URI, as the peer wrote it */
	char *routes;	     /* Route lines */
	uint32_t local_cseq, remote_cseq;
	struct transport_target to;
	char tls_name[CONFIG_NAME_SIZE];
	uint64_t query;		/* the remote target's name is being resolved */
	uint64_t server_invite; /* INVITE of the peer that waits for our final reply or its ACK */
	bool is_replied; /* our final reply to server_invite is out: only its ACK is awaited */
	uint64_t client_invite; /* INVITE of ours */
	uint64_t client_bye; /* BYE of ours that is not answered yet */
	uint32_t invite_cseq;
	bool ack_sent;			     /* for invite_cseq */
	bool owes_ack;			     /* its 2xx came and is not acknowledged yet */
	char *ack_body;			     /* of a delayed answer, for repeated 2xx */
	struct addr told[OFFER_STREAMS_MAX]; /* remote RTP address media knows of */
};

struct call_session {
	struct addr local[2];
	uint16_t bound[2];
	bool reserved, ready;
};

struct call_failure {
	unsigned status; /* what the caller is told; 0: the callee gave no reply */
	char why[CALL_WHY_SIZE];
};

/* Who ended a call; the order of enum cdr_ender. */
enum call_end { CALL_END_CALLER, CALL_END_CALLEE, CALL_END_SBC };

struct call {
	struct hash_node by_id;
	struct calls *owner;
	uint64_t id; /* session of stream i: id * 8 + i */
	struct policy *policy;
	struct fsm fsm;
	struct leg legs[2];
	struct hunt hunt;
	struct message *invite;		 /* the caller's, until the callee has answered */
	char realm[2][CONFIG_NAME_SIZE]; /* where media is reserved */
	uint8_t family[2];
	struct call_session sessions[OFFER_STREAMS_MAX];
	uint8_t session_count;
	uint8_t waiting;   /* sessions asked for and not answered */
	uint8_t initiator; /* leg that began the pending exchange */
	bool delayed;	   /* it came without SDP: the offer is in the 2xx */
	bool counted[2];   /* peers_take_call was called for that leg's trunk */
	char *answer;	   /* SDP the initiator was told in this exchange */
	struct call_failure failure;
	uint8_t ended_by; /* enum call_end */
	uint16_t end_status;
	char caller[CALL_NAME_SIZE], called[CALL_NAME_SIZE];
	int64_t began_wall_us, rang_wall_us, answered_wall_us, ended_wall_us;
	struct ipc_media_released counts; /* of the first session; its strings are not kept */
	char diagnosis[CALL_WHY_SIZE];
	struct trace trace;
};

/* A call that ended, for `show call`. */
struct ended_call {
	uint64_t id;
	struct trace trace;
};

struct calls {
	struct calls_context context;
	struct policy *policy;
	struct hash_table by_id, by_tag, by_invite;
	struct ended_call *ended; /* a ring of CALLS_ENDED_KEPT */
	unsigned ended_at;
};

enum call_counter {
#define COUNTER(name, text, help) CALL_COUNT_##name,
#include "signaling/call/counters.def"
	CALL_COUNTERS
};

/* What an event carries. */
struct call_input {
	struct leg *leg;
	uint64_t server_id;
	struct message *message;
};

extern const struct fsm_table call_fsm;

/* calls.c */
struct call *calls_find(const struct calls *cs, uint64_t id);
struct leg *calls_find_leg(const struct calls *cs, struct slice local_tag);
/* Our tag, the peer's tag and the Call-ID agree (RFC 3261 12.2.2). */
struct leg *calls_find_dialog(const struct calls *cs, const struct message *m);
struct leg *calls_find_invite(const struct calls *cs, uint64_t server_id);
enum err calls_add(struct calls *cs, uint64_t server_id, struct message *m,
		   const struct transport_origin *from, const struct config_trunk *trunk);
/* An empty call in its first state; calls_remove undoes it. */
struct call *calls_make(struct calls *cs, uint64_t id);
void calls_remove(struct call *c);
void calls_add_leg(struct leg *leg);
void calls_remove_leg(struct leg *leg);
/* The peer's INVITE that waits: found again by CANCEL and by a missing ACK. */
void calls_watch_invite(struct leg *leg, uint64_t server_id);
void calls_forget_invite(struct leg *leg);
void calls_count(enum call_counter counter);

/* machine.c is the table; its guards and actions: */
fsm_action start_call, reserve_media, call_callee, pass_progress, pass_answer, try_next,
	pass_failure, send_progress, confirm_call, refuse_answer;
fsm_action reject_caller, reject_late, answer_cancelled, cancel_callee, give_up_callee,
	hang_up_callee, hang_up_both, hang_up_other, close_call, finish_call;
fsm_action pass_reinvite, pass_update, refuse_update, cancel_update, refuse_glare, confirm_update;
fsm_guard may_try_next, wants_progress, dialog_is_gone, all_is_told;
fsm_duration setup_step_us, progress_timeout_us, ring_timeout_us, confirm_timeout_us,
	exchange_timeout_us, close_timeout_us;

/* setup.c */
void setup_find_place(struct call *c);
void call_note_failure(struct call *c, unsigned status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* exchange.c: 0, or the SIP status that refuses the body; why is in c->failure. */
unsigned exchange_begin(struct call *c, unsigned initiator, const struct message *m);
/* The body for the other leg's INVITE; empty for a delayed offer. */
unsigned exchange_make_offer(struct call *c, struct text *out_body);
/* A body in an 18x or 2xx of the other leg.  Afterwards c->answer is what the
 * initiator is told (NULL: nothing yet). */
unsigned exchange_take_answer(struct call *c, const struct message *m);
/* The initiator's ACK; out_body is for the other leg's ACK when it was waiting. */
unsigned exchange_confirm(struct call *c, const struct message *ack, struct text *out_body);
/* Tells media what both legs agreed on. */
void exchange_apply_media(struct call *c);

/* ending.c */
void ending_begin(struct call *c, enum call_end ended_by, unsigned status);

/* keep.c: the row of an answered call in calls.db. */
void keep_store(const struct call *c);
void keep_forget(const struct call *c);

/* cdr.c */
void call_write_record(const struct call *c);

/* leg.c, leg_send.c */
void leg_init(struct leg *leg, struct call *c, unsigned index);
void leg_fini(struct leg *leg);
/* The caller's leg, from its INVITE. */
enum err leg_accept(struct leg *leg, const struct message *m, const struct transport_origin *from,
		    const struct config_trunk *trunk);
/* The callee's leg, towards a place; forgets an earlier attempt. */
enum err leg_aim(struct leg *leg, const struct hunt_place *place, unsigned listener,
		 const struct message *invite);
/* The dialog as a 2xx (our INVITE) makes it (RFC 3261 12.1.2). */
enum err leg_confirm(struct leg *leg, const struct message *m);
/* Record-Route fields as Route lines; a UAC takes them in reverse (12.1.2).  NULL: no
 * memory, or longer than a message may be. */
char *leg_make_routes(const struct message *m, bool reverse);
/* A target refresh (12.2): Contact of a re-INVITE or its 2xx. */
void leg_refresh_target(struct leg *leg, const struct message *m);
enum err leg_send_invite(struct leg *leg, struct slice extra, struct slice body,
			 int64_t timeout_us);
void leg_send_ack(struct leg *leg, struct slice body);
void leg_send_bye(struct leg *leg, const char *reason);
/* A 2xx of another fork: it is acknowledged and ended at once (13.2.2.4). */
void leg_end_fork(struct leg *leg, const struct message *m);
void leg_reply(struct leg *leg, uint64_t server_id, unsigned status, struct slice extra,
	       struct slice body);

/* party.c */
struct party_texts {
	struct text from, to, uri;
};
void party_make(const struct leg *callee, const struct message *invite,
		const struct transport_listener *l, struct party_texts *out);
/* Headers of the INVITE that may pass to this trunk: identity, privacy, pass-headers. */
void party_put_passed(struct text *t, const struct config_trunk *from_trunk,
		      const struct config_trunk *to_trunk, const struct message *m,
		      struct slice host);
/* "+15551234" out of a user part; parameters cut off. */
struct slice party_number(struct slice user);
/* Does it hold an escaped control byte? */
bool party_has_control(struct slice user);

#endif
