/* offer.h -- offer and answer (RFC 3264) of one leg, and how one leg's description
 * becomes the other leg's.  Owned by a call; no I/O.
 *
 * A call has two of these.  What leg A receives is kept as a description; leg B makes
 * its own offer from it: own addresses, own keys, its trunk's profile.  Nothing of A's
 * addresses, names, keys, ids or unknown attributes is copied.
 *
 *	offer_receive(a, body)        A's offer or answer, checked against A's policy
 *	offer_make(b, a, ...)         what B is told: an offer, or the answer to B's offer
 *	offer_get_media(leg, i, ...)  what the media process must do for that side now
 */
#ifndef SIGNALING_OFFER_OFFER_H
#define SIGNALING_OFFER_OFFER_H
#include <stdbool.h>
#include <stdint.h>

#include "common/addr.h"
#include "common/err.h"
#include "common/suite.h"
#include "common/text.h"
#include "db/config/config.h"

enum { OFFER_STREAMS_MAX = 8, OFFER_BODY_MAX = 16384 };

struct offer_leg;

enum offer_state {
#define STATE(name, help) OFFER_##name,
#include "signaling/offer/offer.def"
};

/* The trunk must outlive the leg (the call holds the configuration). */
enum err offer_leg_create(const struct config_trunk *trunk, bool is_secure_transport,
			  struct offer_leg **out_leg);
void offer_leg_destroy(struct offer_leg *leg);
enum offer_state offer_leg_get_state(const struct offer_leg *leg);

/* An SDP body from the peer: an offer, or the answer when we have an offer out.  Only the
 * caller knows whether it came in a request: with our offer out (OFFER_LOCAL) a request
 * with a body is glare and is not given here but answered 491 (RFC 3261 14.2).
 * ERR_SYNTAX: not SDP (400); ERR_UNSUPPORTED, ERR_REFUSED: nothing acceptable or against
 * the trunk's policy (488); ERR_STATE: an offer while the last waits for its answer
 * (500 with Retry-After, RFC 3261 14.2).  The sentence says why and goes into the log,
 * the Warning header and the call's record.
 * On an error the leg is as it was. */
enum err offer_receive(struct offer_leg *leg, struct slice body, struct text *why);
/* Streams of the last description received, and which of them are wanted (port not 0). */
unsigned offer_get_stream_count(const struct offer_leg *leg);
bool offer_stream_is_active(const struct offer_leg *leg, unsigned stream);

/* Writes what this leg's peer is told: an offer when the leg is idle, the answer when
 * the peer's offer waits.  from: the other leg, whose last received description is
 * told on (NULL: none, for an answer that repeats what was agreed).  local[i]: RTP
 * address of stream i on this side; RTCP is the next port unless multiplexed.
 * The origin's session version rises only when the text changes. */
enum err offer_make(struct offer_leg *leg, const struct offer_leg *from, const struct addr *local,
		    unsigned local_count, struct text *out_body, struct text *why);
/* The body made last that still counts, to be sent again (the 200 behind a 183 repeats the
 * answer).  Borrowed until the leg's next change; empty: none yet. */
struct slice offer_get_told(const struct offer_leg *leg);
/* The offer we sent failed (4xx, timeout): back to what was agreed before. */
void offer_rollback(struct offer_leg *leg);
/* An answer to the peer's offer that refuses it was sent (488 to a re-INVITE). */
void offer_reject(struct offer_leg *leg);
/* The offer that was answered last is to be answered again: by another early dialog of a
 * fork (RFC 3261 13.2.2.4), or to the caller after another target was tried.  The offer,
 * whoever made it, is open again with the same keys; what was agreed holds until the new
 * answer.  Nothing happens while one is open.  ERR_STATE: there was none yet. */
enum err offer_reopen(struct offer_leg *leg);
/* Is this body only the last answer again (183, then 200, RFC 3261 13.2.1), by its text or
 * its o= line?  Such a body is skipped, not received. */
bool offer_repeat_is_answer(const struct offer_leg *leg, struct slice body);

/* Everything media_change wants for this leg's side of a stream. */
struct offer_media {
	struct addr remote_rtp, remote_rtcp; /* not set: none yet */
	bool may_send, may_receive, rtcp_mux;
	enum crypt_suite send_suite, receive_suite;
	uint8_t send_key[SUITE_KEY_MAX], receive_key[SUITE_KEY_MAX];
	uint8_t send_key_len, receive_key_len;
	uint8_t send_mki[4], receive_mki[4];
	uint8_t send_mki_len, receive_mki_len;
};
void offer_get_media(const struct offer_leg *leg, unsigned stream, struct offer_media *out_media);

/* Is the peer on hold (it does not want to receive), and by which form? */
bool offer_is_held(const struct offer_leg *leg);
/* "RTP/SAVP PCMA/8000 AES_CM_128_HMAC_SHA1_80" for show and records. */
void offer_describe(const struct offer_leg *leg, struct text *out);
/* Any body in one line: "RTP/SAVP PCMA,DTMF AES_CM_128_HMAC_SHA1_80 inactive". */
void offer_digest(struct slice body, struct text *out);


/* What was agreed, as bytes, keys included; and a leg made from them, which takes what
 * it uses off the front of *bytes.  ERR_VERSION: another build wrote them. */
void offer_save(const struct offer_leg *leg, struct text *out);
enum err offer_restore(const struct config_trunk *trunk, bool is_secure_transport,
		       struct slice *bytes, struct offer_leg **out_leg);

#endif
