/* flow.c -- flow ids name their worker; what one worker has to say on another's
 * connection is carried over as a copy. */
#include "signaling/transport/flow.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "signaling/transport/counters.h"
#include "signaling/transport/failure.h"

enum { NAME_SIZE = 256 };

struct flow_home {
	atomic_uint refs;
	struct loop *loop;
	_Atomic(struct transport *) t; /* NULL when it is gone */
};

struct handed_over {
	struct flow_home *owner; /* of the connection */
	struct transport_target to;
	char tls_name[NAME_SIZE], tls_profile[CONFIG_NAME_SIZE];
	uint64_t token;
	unsigned home;
	size_t len;
	char bytes[];
};

/* --- homes --------------------------------------------------------------- */

enum err flow_home_create(struct transport *t, struct flow_home **out_home)
{
	struct flow_home *h = calloc(1, sizeof(*h));

	if (!h)
		return ERR_MEMORY;
	atomic_init(&h->refs, 1);
	atomic_init(&h->t, t);
	h->loop = t->loop;
	*out_home = h;
	return ERR_NONE;
}

struct flow_home *flow_home_ref(struct flow_home *h)
{
	atomic_fetch_add(&h->refs, 1);
	return h;
}

void flow_home_unref(struct flow_home *h)
{
	if (h && atomic_fetch_sub(&h->refs, 1) == 1)
		free(h);
}

void flow_home_leave(struct flow_home *h)
{
	if (h)
		atomic_store(&h->t, NULL);
}

struct transport *flow_home_find(struct flow_home *h)
{
	return atomic_load(&h->t);
}

enum err flow_home_post(struct flow_home *h, loop_post_fn *fn, void *arg)
{
	return flow_home_find(h) ? loop_post(h->loop, fn, arg) : ERR_CLOSED;
}

void flow_forget_siblings(struct transport *t)
{
	for (unsigned i = 0; i < t->sibling_count; i++)
		flow_home_unref(t->siblings[i]);
	free(t->siblings);
	t->siblings = NULL;
	t->sibling_count = 0;
}

unsigned transport_worker_of_flow(uint64_t flow)
{
	return (unsigned)(flow >> INSIDE_FLOW_SHIFT);
}

enum err transport_set_siblings(struct transport *t, struct transport *const *all,
				unsigned count)
{
	struct flow_home **siblings = calloc(count + 1, sizeof(struct flow_home *));

	if (!siblings)
		return ERR_MEMORY;
	for (unsigned i = 0; i < count; i++)
		siblings[i] = flow_home_ref(all[i]->home);
	flow_forget_siblings(t);
	t->siblings = siblings;
	t->sibling_count = count;
	return ERR_NONE;
}

/* --- messages ------------------------------------------------------------ */

static void handed_over_destroy(struct handed_over *h)
{
	flow_home_unref(h->owner);
	free(h);
}

static void on_arrived(void *arg)
{
	struct handed_over *h = arg;
	struct transport *t = flow_home_find(h->owner);
	enum err e = ERR_NONE;

	if (t)
		e = inside_send(t, &h->to, h->token, h->home, h->bytes, h->len);
	if (e)
		failure_report(t, h->home, h->token, e, err_text(e));
	handed_over_destroy(h);
}

static enum err copy_name(const char *name, char *out, size_t size, const char **out_name)
{
	if (!name)
		return ERR_NONE;
	if (slice_copy_text(slice_from_text(name), out, size))
		return ERR_TOO_LONG;
	*out_name = out;
	return ERR_NONE;
}

enum err flow_hand_over(struct transport *t, unsigned worker, const struct transport_target *to,
			uint64_t token, const char *bytes, size_t len)
{
	struct handed_over *h = calloc(1, sizeof(*h) + len);
	enum err e;

	if (!h)
		return ERR_MEMORY;
	h->owner = flow_home_ref(t->siblings[worker]);
	h->to = *to;
	h->token = token;
	h->home = t->worker;
	h->len = len;
	memcpy(h->bytes, bytes, len);
	e = copy_name(to->tls_name, h->tls_name, sizeof(h->tls_name), &h->to.tls_name);
	if (!e)
		e = copy_name(to->tls_profile, h->tls_profile, sizeof(h->tls_profile),
			      &h->to.tls_profile);
	if (!e)
		e = flow_home_post(h->owner, on_arrived, h);
	if (e) {
		handed_over_destroy(h);
		return e;
	}
	counter_add(COUNT_flows_handed_over, 1);
	return ERR_NONE;
}
