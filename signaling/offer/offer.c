/* offer.c -- one leg's turns: receive, make, give up.  What a description means is in
 * judge.c, what ours says in plan.c and write.c. */
#include "signaling/offer/offer.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "common/hash.h"
#include "signaling/offer/leg.h"

enum offer_event {
#define EVENT(name, help) OFFER_EV_##name,
#include "signaling/offer/offer.def"
};

static bool was_offerer(const void *owner, const void *arg)
{
	const struct offer_leg *leg = owner;

	(void)arg;
	return leg->current && leg->current->is_ours;
}

static bool was_answerer(const void *owner, const void *arg)
{
	const struct offer_leg *leg = owner;

	(void)arg;
	return leg->current && !leg->current->is_ours;
}

#define FSM_DEF "signaling/offer/offer.def"
#define FSM_NAME offer
#define FSM_STATE(s) OFFER_##s
#define FSM_EVENT(e) OFFER_EV_##e
#include "common/fsm_table.h"

/* --- exchanges ----------------------------------------------------------- */

static size_t exchange_size(unsigned stream_count)
{
	return sizeof(struct offer_exchange) +
	       offer_count_carried(stream_count) * sizeof(struct offer_stream);
}

static struct offer_exchange *exchange_create(unsigned stream_count)
{
	struct offer_exchange *x = calloc(1, exchange_size(stream_count));

	if (x)
		x->stream_count = stream_count;
	return x;
}

static void exchange_destroy(struct offer_exchange *x)
{
	if (!x)
		return;
	description_destroy(x->remote);
	if (x->told)
		explicit_bzero(x->told, x->told_len);
	free(x->told);
	explicit_bzero(x, exchange_size(x->stream_count));
	free(x);
}

static enum err exchange_set_told(struct offer_exchange *x, struct slice body)
{
	char *told = malloc(body.len ? body.len : 1);

	if (!told)
		return ERR_MEMORY;
	memcpy(told, body.data, body.len);
	free(x->told);
	x->told = told;
	x->told_len = body.len;
	return ERR_NONE;
}

/* What we told, with nothing heard: for another answer to the same offer. */
static enum err exchange_copy_told(const struct offer_exchange *x,
				   struct offer_exchange **out_exchange)
{
	struct offer_exchange *copy = exchange_create(x->stream_count);
	enum err e;

	if (!copy)
		return ERR_MEMORY;
	memcpy(copy, x, exchange_size(x->stream_count));
	copy->remote = NULL;
	copy->told = NULL;
	e = exchange_set_told(copy, (struct slice){ x->told, x->told_len });
	if (e) {
		exchange_destroy(copy);
		return e;
	}
	*out_exchange = copy;
	return ERR_NONE;
}

/* --- the leg ------------------------------------------------------------- */

enum err offer_leg_create(const struct config_trunk *trunk, bool is_secure_transport,
			  struct offer_leg **out_leg)
{
	struct offer_leg *leg = calloc(1, sizeof(*leg));

	if (!leg)
		return ERR_MEMORY;
	leg->trunk = trunk;
	leg->is_secure_transport = is_secure_transport;
	leg->version = 1;
	if (getrandom(&leg->session_id, sizeof(leg->session_id), 0) !=
	    (ssize_t)sizeof(leg->session_id)) {
		free(leg);
		return ERR_CRYPTO;
	}
	/* RFC 8866 5.2 wants a number; 62 bits fit every parser's signed integer. */
	leg->session_id >>= 2;
	fsm_init(&leg->fsm, &offer_fsm, NULL, leg, leg->session_id);
	*out_leg = leg;
	return ERR_NONE;
}

void offer_leg_destroy(struct offer_leg *leg)
{
	if (!leg)
		return;
	exchange_destroy(leg->current);
	exchange_destroy(leg->pending);
	for (unsigned i = 0; i < OFFER_STREAMS_MAX; i++) {
		if (leg->keys[i])
			explicit_bzero(leg->keys[i], sizeof(*leg->keys[i]));
		free(leg->keys[i]);
	}
	fsm_fini(&leg->fsm);
	free(leg);
}

enum offer_state offer_leg_get_state(const struct offer_leg *leg)
{
	return (enum offer_state)leg->fsm.state;
}

const struct offer_exchange *offer_find_received(const struct offer_leg *leg)
{
	if (leg->pending && leg->pending->remote)
		return leg->pending;
	return leg->current;
}

/* Both sides have spoken: from here on this exchange rules. */
static void complete(struct offer_leg *leg, struct offer_exchange *x)
{
	exchange_destroy(leg->current);
	leg->current = x;
	leg->pending = NULL;
	for (unsigned i = 0; i < offer_count_carried(x->stream_count); i++)
		if (x->streams[i].is_wanted && x->streams[i].is_secure)
			leg->keys[i]->has_run[x->streams[i].crypto.suite] = true;
}

/* --- receiving ----------------------------------------------------------- */

static enum err receive_offer(struct offer_leg *leg, struct description *d, struct text *why)
{
	struct offer_exchange *x = exchange_create(d->stream_count);
	enum err e;

	if (!x)
		return ERR_MEMORY;
	e = offer_judge_offer(leg, x, d, why);
	if (e) {
		exchange_destroy(x);
		return e;
	}
	x->remote = d;
	leg->pending = x;
	return ERR_NONE;
}

static enum err receive_answer(struct offer_leg *leg, struct description *d, struct text *why)
{
	struct offer_exchange *x;
	enum err e = exchange_copy_told(leg->pending, &x);

	if (e)
		return e;
	e = offer_judge_answer(leg, x, d, why);
	if (e) {
		exchange_destroy(x);
		return e;
	}
	x->remote = d;
	exchange_destroy(leg->pending);
	complete(leg, x);
	return ERR_NONE;
}

static enum err reply_error(enum err e)
{
	return e == ERR_LIMIT ? ERR_UNSUPPORTED : e == ERR_TOO_LONG ? ERR_SYNTAX : e;
}

enum err offer_receive(struct offer_leg *leg, struct slice body, struct text *why)
{
	struct description *d;
	enum err e;

	if (leg->fsm.state == OFFER_REMOTE) {
		text_put_literal(why, "the peer's offer before this one is not answered yet");
		return ERR_STATE;
	}
	e = description_parse(body, &d, why);
	if (e)
		return reply_error(e);
	e = leg->fsm.state == OFFER_LOCAL ? receive_answer(leg, d, why)
					  : receive_offer(leg, d, why);
	if (e) {
		description_destroy(d);
		return e;
	}
	fsm_step(&leg->fsm, OFFER_EV_RECEIVE, NULL);
	return ERR_NONE;
}

unsigned offer_get_stream_count(const struct offer_leg *leg)
{
	const struct offer_exchange *x = offer_find_received(leg);

	return x ? offer_count_carried(x->stream_count) : 0;
}

bool offer_stream_is_active(const struct offer_leg *leg, unsigned stream)
{
	const struct offer_exchange *x = offer_find_received(leg);

	return x && stream < offer_count_carried(x->stream_count) && x->streams[stream].is_wanted;
}

/* --- making -------------------------------------------------------------- */

/* The other leg's last description, or without it what we told last. */
static enum err open_source(const struct offer_leg *leg, const struct offer_leg *from,
			    struct offer_source *src, struct description **out_owned,
			    struct text *why)
{
	const struct offer_exchange *x = from ? offer_find_received(from) : NULL;

	if (x) {
		*src = (struct offer_source){ .description = x->remote,
					      .exchange = x,
					      .codecs = from->trunk->codecs };
		return ERR_NONE;
	}
	if (from || !leg->current || !leg->current->told) {
		text_put_literal(why, "there is no description to tell on");
		return ERR_STATE;
	}
	*src = (struct offer_source){ .exchange = leg->current, .is_own = true, .codecs = "" };
	return description_parse((struct slice){ leg->current->told, leg->current->told_len },
				 out_owned, why);
}

/* Our m= lines: all the session ever had (RFC 3264 8), and what the source has. */
static unsigned count_offer_streams(const struct offer_leg *leg, const struct offer_source *src)
{
	unsigned count = offer_count_carried(src->description->stream_count);

	return leg->current && leg->current->stream_count > count ? leg->current->stream_count
								  : count;
}

/* The version rises when the text differs from the last one made (RFC 3264 8). */
static void write_body(struct offer_leg *leg, const struct offer_exchange *x,
		       const struct offer_source *src, struct text *out)
{
	size_t start = out->len;
	struct slice body;

	offer_write(leg, x, src, out);
	body = (struct slice){ out->data + start, out->len - start };
	if (leg->told_hash && hash_slice(body) != leg->told_hash) {
		out->len = start;
		leg->version++;
		offer_write(leg, x, src, out);
		body.len = out->len - start;
	}
	leg->told_hash = hash_slice(body);
}

static enum err make(struct offer_leg *leg, struct offer_exchange *x,
		     const struct offer_source *src, struct text *out_body, struct text *why)
{
	uint64_t version = leg->version, told_hash = leg->told_hash;
	size_t start = out_body->len;
	enum err e;

	e = x->is_ours ? offer_plan_offer(leg, x, src, why) : offer_plan_answer(leg, x, src, why);
	if (e)
		return e;
	write_body(leg, x, src, out_body);
	e = out_body->overflow ? ERR_TOO_LONG
			       : exchange_set_told(x, (struct slice){ out_body->data + start,
								      out_body->len - start });
	if (e) {
		leg->version = version;
		leg->told_hash = told_hash;
		text_put_string(why, err_text(e));
	}
	return e;
}

static enum err make_offer(struct offer_leg *leg, const struct offer_source *src,
			   struct text *out_body, struct text *why)
{
	struct offer_exchange *x = exchange_create(count_offer_streams(leg, src));
	enum err e;

	if (!x)
		return ERR_MEMORY;
	x->is_ours = true;
	e = make(leg, x, src, out_body, why);
	if (e) {
		exchange_destroy(x);
		return e;
	}
	leg->pending = x;
	return ERR_NONE;
}

static enum err make_answer(struct offer_leg *leg, const struct offer_source *src,
			    struct text *out_body, struct text *why)
{
	enum err e = make(leg, leg->pending, src, out_body, why);

	if (e)
		return e;
	/* What we refused is not wanted, whatever the peer said. */
	for (unsigned i = 0; i < offer_count_carried(leg->pending->stream_count); i++)
		if (leg->pending->streams[i].form == OFFER_FORM_REFUSED)
			leg->pending->streams[i].is_wanted = false;
	complete(leg, leg->pending);
	return ERR_NONE;
}

enum err offer_make(struct offer_leg *leg, const struct offer_leg *from, const struct addr *local,
		    unsigned local_count, struct text *out_body, struct text *why)
{
	struct description *owned = NULL;
	struct offer_source src;
	enum err e;

	if (leg->fsm.state == OFFER_LOCAL) {
		text_put_literal(why, "our offer is still open");
		return ERR_STATE;
	}
	e = open_source(leg, from, &src, &owned, why);
	if (e)
		return e;
	if (owned)
		src.description = owned;
	src.local = local;
	src.local_count = local_count;
	e = leg->fsm.state == OFFER_REMOTE ? make_answer(leg, &src, out_body, why)
					   : make_offer(leg, &src, out_body, why);
	description_destroy(owned);
	if (!e)
		fsm_step(&leg->fsm, OFFER_EV_MAKE, NULL);
	return e;
}

/* --- giving up and coming back ------------------------------------------- */

static void give_up(struct offer_leg *leg)
{
	exchange_destroy(leg->pending);
	leg->pending = NULL;
	fsm_step(&leg->fsm, OFFER_EV_GIVE_UP, NULL);
}

void offer_rollback(struct offer_leg *leg)
{
	if (leg->fsm.state == OFFER_LOCAL)
		give_up(leg);
}

void offer_reject(struct offer_leg *leg)
{
	if (leg->fsm.state == OFFER_REMOTE)
		give_up(leg);
}

/* Reads the peer's last offer once more. */
static enum err reopen_remote(struct offer_leg *leg)
{
	char unused[256];
	struct text why;
	struct description *d;
	enum err e;

	text_init(&why, unused, sizeof(unused));
	e = description_parse(leg->current->remote->text, &d, &why);
	if (e)
		return e;
	e = receive_offer(leg, d, &why);
	if (e)
		description_destroy(d);
	return e;
}

enum err offer_reopen(struct offer_leg *leg)
{
	enum err e;

	if (leg->fsm.state != OFFER_IDLE)
		return ERR_NONE;
	if (!leg->current)
		return ERR_STATE;
	e = leg->current->is_ours ? exchange_copy_told(leg->current, &leg->pending)
				  : reopen_remote(leg);
	if (!e)
		fsm_step(&leg->fsm, OFFER_EV_REOPEN, NULL);
	return e;
}

bool offer_repeat_is_answer(const struct offer_leg *leg, struct slice body)
{
	const struct offer_exchange *x = leg->current;
	struct slice line;

	if (leg->fsm.state != OFFER_IDLE || !x || !x->is_ours)
		return false;
	if (slice_is_equal(body, x->remote->text))
		return true;
	while (description_next_line(&body, &line))
		if (slice_has_prefix(line, "o="))
			return x->remote->origin.len &&
			       slice_is_equal(slice_trim(line), slice_trim(x->remote->origin));
	return false;
}
