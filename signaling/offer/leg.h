/* leg.h -- inside of an offer_leg, for the files of this folder only.
 *
 * An exchange is one offer and its answer as this leg sees them.  `current` is what was
 * agreed last and rules the media; `pending` is open and replaces it when complete. */
#ifndef SIGNALING_OFFER_LEG_H
#define SIGNALING_OFFER_LEG_H
#include "common/fsm.h"
#include "signaling/offer/crypto.h"
#include "signaling/offer/description.h"
#include "signaling/offer/format.h"
#include "signaling/offer/offer.h"

/* How we tell a stream. */
enum offer_form {
	OFFER_FORM_REFUSED, /* port 0 */
	OFFER_FORM_PLAIN,
	OFFER_FORM_SECURE,
	OFFER_FORM_CAPABILITY, /* plain, SRTP as the peer's choice (RFC 5939) */
	OFFER_FORM_IMAGE,      /* T.38 over UDPTL */
};

struct offer_stream {
	uint8_t form, told_direction;
	bool told_mux;
	/* What the peer said, as far as it holds. */
	bool is_wanted, is_secure, is_muxed;
	uint8_t peer_direction;
	struct crypto_line crypto;
	struct crypto_capability capability; /* configuration 0: none */
};

struct offer_exchange {
	struct description *remote; /* NULL while the answer is awaited */
	char *told;		    /* our body; NULL until it is made */
	size_t told_len;
	bool is_ours;		       /* we made the offer */
	unsigned stream_count;	       /* m= lines, DESCRIPTION_STREAMS_MAX at most */
	struct offer_stream streams[]; /* the first OFFER_STREAMS_MAX of them */
};

/* Our keys of one stream, one a suite.  A key that has run and was then put aside is
 * never used again: its packet counters are forgotten with the context (RFC 3711 9.1). */
struct offer_keys {
	bool is_made[SUITE_COUNT], has_run[SUITE_COUNT];
	uint8_t key[SUITE_COUNT][SUITE_KEY_MAX];
};

struct offer_leg {
	const struct config_trunk *trunk;
	bool is_secure_transport;
	struct fsm fsm;
	struct offer_exchange *current, *pending;
	struct offer_keys *keys[OFFER_STREAMS_MAX]; /* NULL until needed */
	uint64_t session_id, version, told_hash;    /* of the last body made */
};

/* What a body is made from: the other leg's last description, or what we told before,
 * and our addresses. */
struct offer_source {
	const struct description *description;
	const struct offer_exchange *exchange;
	bool is_own;	    /* description is what we told in that exchange */
	const char *codecs; /* the other trunk's */
	const struct addr *local;
	unsigned local_count;
};

/* The exchange whose description was received last; NULL: none yet. */
const struct offer_exchange *offer_find_received(const struct offer_leg *leg);
/* How many of a description's streams have a struct offer_stream. */
unsigned offer_count_carried(unsigned stream_count);
bool offer_source_is_active(const struct offer_source *src, unsigned stream);

/* judge.c: the peer's description against the trunk's policy.  `x` is filled. */
enum err offer_judge_offer(const struct offer_leg *leg, struct offer_exchange *x,
			   const struct description *d, struct text *why);
enum err offer_judge_answer(const struct offer_leg *leg, struct offer_exchange *x,
			    const struct description *d, struct text *why);

/* plan.c: what each stream of our body will be. */
enum err offer_plan_offer(struct offer_leg *leg, struct offer_exchange *x,
			  const struct offer_source *src, struct text *why);
enum err offer_plan_answer(struct offer_leg *leg, struct offer_exchange *x,
			   const struct offer_source *src, struct text *why);
/* The formats stream i of our body has; used to plan and to print. */
void offer_plan_formats(const struct offer_leg *leg, const struct offer_exchange *x,
			const struct offer_source *src, unsigned stream,
			struct format_list *out_list);
bool offer_is_suite_offered(const struct config_trunk *trunk, unsigned position,
			    enum crypt_suite *out_suite);

/* write.c: the body's text. */
void offer_write(const struct offer_leg *leg, const struct offer_exchange *x,
		 const struct offer_source *src, struct text *out);

#endif
