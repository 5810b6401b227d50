/* worker.c -- one worker: from the transport's bytes to the call they are for. */
#include "signaling/worker.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/hash.h"
#include "common/log.h"
#include "signaling/sip/message.h"
#include "signaling/sip/screen.h"

enum worker_counter {
#define COUNTER(name, text, help) WORKER_COUNT_##name,
#include "signaling/counters.def"
	WORKER_COUNTERS
};

static atomic_ullong counters[WORKER_COUNTERS];
static atomic_ullong verdicts[SCREEN_VERDICT_COUNT];

static void count(enum worker_counter c)
{
	atomic_fetch_add_explicit(&counters[c], 1, memory_order_relaxed);
}

void worker_visit_counters(void (*visit)(void *arg, const char *name, uint64_t value,
					 const char *help),
			   void *arg)
{
	char name[64];

#define COUNTER(id, text, help) visit(arg, text, counters[WORKER_COUNT_##id], help);
#include "signaling/counters.def"
	for (unsigned i = 0; i < SCREEN_VERDICT_COUNT; i++) {
		snprintf(name, sizeof(name), "screen.%s",
			 screen_verdict_name((enum screen_verdict)i));
		visit(arg, name, verdicts[i], screen_verdict_help((enum screen_verdict)i));
	}
}

/* --- whose message is it? ------------------------------------------------ */

/* A message on its way to another worker. */
struct handed_over {
	struct worker *to;
	struct transport_origin origin;
	char trunk[CONFIG_NAME_SIZE];
	bool is_request;
	size_t len;
	char bytes[];
};

static unsigned choose_worker(const struct worker_group *g, const struct screened *s)
{
	int index = -1;

	if (g->count == 1)
		return 0;
	if (!s->is_request)
		index = transaction_worker_of_branch(s->top_branch);
	else if (s->to_tag.len)
		index = calls_worker_of_tag(s->to_tag);
	if (index < 0 || (unsigned)index >= g->count)
		return (unsigned)(hash_slice(s->call_id) % g->count);
	return (unsigned)index;
}

/* A stranger's request is dropped without a word, so that nothing can be reflected;
 * one line a minute says so. */
static void drop_stranger(struct worker *w, const struct transport_origin *from)
{
	static atomic_llong next_log_us;
	long long now = clock_now_us(), due = atomic_load(&next_log_us);

	count(WORKER_COUNT_STRANGER);
	if (now < due ||
	    !atomic_compare_exchange_strong(&next_log_us, &due, now + CLOCK_SECONDS(60)))
		return;
	log_warn("a request from an address that belongs to no trunk was dropped; if it is a peer, "
		 "add it with: set trunk NAME source ADDRESS",
		 F_ADDR("source", &from->source),
		 F_STR("realm", transport_find_listener(w->transport, from->listener)->realm));
}

static void deliver(struct worker *w, const struct transport_origin *from, const char *bytes,
		    size_t len, const char *trunk, bool is_request)
{
	struct message *m;

	if (!w->policy)
		return;
	w->current_trunk = trunk[0] ? config_find_trunk(w->policy->config, trunk) : NULL;
	if (message_parse(bytes, len, &m)) {
		count(WORKER_COUNT_UNPARSED);
		return;
	}
	if (is_request && !w->current_trunk && !calls_has_dialog(w->calls, message_get_to(m)->tag))
		drop_stranger(w, from);
	else
		transactions_receive(w->transactions, m, from);
	message_unref(m);
}

static void take_over(void *arg)
{
	struct handed_over *h = arg;

	deliver(h->to, &h->origin, h->bytes, h->len, h->trunk, h->is_request);
	free(h);
}

static void hand_over(struct worker *to, const struct transport_origin *from, const char *bytes,
		      size_t len, const char *trunk, bool is_request)
{
	struct handed_over *h = malloc(sizeof(*h) + len);

	count(WORKER_COUNT_HANDED_OVER);
	if (!h) {
		count(WORKER_COUNT_OVERLOAD);
		return;
	}
	h->to = to;
	h->origin = *from;
	h->origin.identity = NULL; /* it was looked at here */
	snprintf(h->trunk, sizeof(h->trunk), "%s", trunk);
	h->is_request = is_request;
	h->len = len;
	memcpy(h->bytes, bytes, len);
	if (loop_post(to->loop, take_over, h)) {
		count(WORKER_COUNT_OVERLOAD);
		free(h);
	}
}

static const char *classify(struct worker *w, const struct transport_origin *from)
{
	const struct transport_listener *l = transport_find_listener(w->transport, from->listener);
	const struct config_trunk *trunk;

	if (!w->policy || !l)
		return "";
	trunk = peers_find_trunk(w->group->peers, w->policy->config, l->realm, &from->source,
				 from->identity);
	return trunk ? trunk->object.name : "";
}

static void on_message(void *owner, const struct transport_origin *from, char *bytes, size_t len)
{
	struct worker *w = owner, *to;
	struct screened s;
	enum screen_verdict verdict = screen_check(bytes, len, &s);
	const char *trunk = "";

	atomic_fetch_add_explicit(&verdicts[verdict], 1, memory_order_relaxed);
	if (verdict != SCREEN_PASS)
		return;
	if (s.is_request) {
		trunk = classify(w, from);
		if (!trunk[0] && !s.to_tag.len) {
			drop_stranger(w, from);
			return;
		}
	} else if (transaction_worker_of_branch(s.top_branch) < 0) {
		count(WORKER_COUNT_STRAY);
		return;
	}
	to = &w->group->workers[choose_worker(w->group, &s)];
	if (to == w)
		deliver(w, from, bytes, len, trunk, s.is_request);
	else
		hand_over(to, from, bytes, len, trunk, s.is_request);
}

static void on_transport_failed(void *owner, uint64_t token, enum err e, const char *why)
{
	struct worker *w = owner;

	transactions_transport_failed(w->transactions, token, e, why);
}

static const struct transport_callbacks transport_callbacks = { on_message, on_transport_failed };

/* --- the transaction layer's user ---------------------------------------- */

static void on_request(void *owner, uint64_t server_id, struct message *m,
		       const struct transport_origin *from)
{
	struct worker *w = owner;

	calls_handle_request(w->calls, server_id, m, from, w->current_trunk);
}

static void on_cancel(void *owner, uint64_t server_id, const struct message *m)
{
	struct worker *w = owner;

	(void)m;
	calls_handle_cancel(w->calls, server_id);
}

static void on_ack(void *owner, struct message *m, const struct transport_origin *from)
{
	struct worker *w = owner;

	(void)from;
	calls_handle_ack(w->calls, m);
}

static void on_unacknowledged(void *owner, uint64_t server_id)
{
	struct worker *w = owner;

	calls_handle_unacknowledged(w->calls, server_id);
}

static void on_stray_reply(void *owner, const struct message *m)
{
	(void)owner;
	(void)m;
	count(WORKER_COUNT_STRAY);
}

static const struct transaction_callbacks transaction_callbacks = { on_request, on_cancel, on_ack,
								    on_unacknowledged,
								    on_stray_reply };

/* --- the anchor's user --------------------------------------------------- */

static void tell_media_up(void *arg)
{
	struct worker_group *g = arg;

	if (++g->media_up == g->count)
		g->on_media(g->on_media_arg, true);
}

static void tell_media_down(void *arg)
{
	struct worker_group *g = arg;

	if (g->media_up-- == g->count)
		g->on_media(g->on_media_arg, false);
}

static void on_anchor_up(void *owner)
{
	struct worker *w = owner;

	/* until the kept calls are here, claiming would end their media */
	if (w->policy)
		calls_handle_media_up(w->calls);
	loop_post(w->group->control, tell_media_up, w->group);
}

static void on_anchor_down(void *owner)
{
	struct worker *w = owner;

	loop_post(w->group->control, tell_media_down, w->group);
}

static void on_ready(void *owner, uint64_t session, enum err e, struct slice why,
		     const struct anchor_ready *ready)
{
	struct worker *w = owner;

	calls_handle_ready(w->calls, session, e, why, ready);
}

static void on_released(void *owner, uint64_t session, const struct ipc_media_released *counts)
{
	struct worker *w = owner;

	calls_handle_released(w->calls, session, counts);
}

static void on_media_event(void *owner, uint64_t session, unsigned side,
			   enum ipc_media_event_kind kind, const struct addr *source)
{
	struct worker *w = owner;

	calls_handle_media_event(w->calls, session, side, kind, source);
}

static const struct anchor_callbacks anchor_callbacks = { on_anchor_up, on_anchor_down, on_ready,
							  on_released, on_media_event };

/* --- its life ------------------------------------------------------------ */

void worker_fini(struct worker *w)
{
	pinger_destroy(w->pinger);
	calls_destroy(w->calls);
	transactions_destroy(w->transactions);
	anchor_destroy(w->anchor);
	resolver_destroy(w->resolver);
	if (w->plan)
		transport_drop(w->transport, w->plan);
	transport_destroy(w->transport);
	policy_unref(w->policy);
	loop_destroy(w->loop);
}

static enum err create_calls(struct worker *w)
{
	struct calls_context context = {
		w->loop,     w->index,	w->transport,	 w->transactions,
		w->resolver, w->anchor, w->group->peers, w->group->recorder
	};

	return calls_create(&context, &w->calls);
}

enum err worker_init(struct worker *w, const char *state_dir, const char *dns_servers)
{
	enum err e = loop_create(&w->loop);

	if (!e)
		e = transport_create(w->loop, w->index, &transport_callbacks, w, &w->transport);
	if (!e)
		e = transactions_create(w->loop, w->transport, w->index, &transaction_callbacks, w,
					&w->transactions);
	if (!e)
		e = resolver_create(w->loop, dns_servers, &w->resolver);
	if (!e)
		e = anchor_create(w->loop, state_dir, &anchor_callbacks, w, &w->anchor);
	if (!e)
		e = create_calls(w);
	if (!e && w->index == 0)
		e = pinger_create(w->loop, w->transport, w->transactions, w->resolver,
				  w->group->peers, &w->pinger);
	return e;
}

static void take_up_calls(struct worker *w)
{
	struct kept *k, *next;

	for (k = w->kept; k; k = next) {
		enum err e = calls_restore(w->calls, (struct slice){ k->state, k->len });

		if (e)
			log_warn("a call of the earlier process could not be taken up", F_ERR(e));
		next = k->next;
		explicit_bzero(k->state, k->len);
		free(k);
	}
	w->kept = NULL;
	if (anchor_is_up(w->anchor))
		calls_handle_media_up(w->calls);
}

void worker_use_policy(struct worker *w, struct policy *policy)
{
	bool is_first = !w->policy;

	if (w->plan)
		transport_apply(w->transport, w->plan);
	w->plan = NULL;
	policy_unref(w->policy);
	w->policy = policy_ref(policy);
	calls_set_policy(w->calls, policy);
	if (w->pinger && pinger_configure(w->pinger, policy))
		log_err("not enough memory to send OPTIONS to every target");
	if (is_first)
		take_up_calls(w);
}
