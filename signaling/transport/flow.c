/* flow.c -- flow ids name their worker; what one worker has to say on another's
 * connection is carried over as a copy. */
#include "signaling/transport/flow.h"

#include <stdlib.h>
#include <string.h>

#include "signaling/transport/counters.h"
#include "signaling/transport/failure.h"

enum { NAME_SIZE = 256 };

struct handed_over {
	struct transport **slot; /* who owns the connection; NULL when it is gone */
	struct transport_target to;
	char tls_name[NAME_SIZE], tls_profile[CONFIG_NAME_SIZE];
	uint64_t token;
	unsigned home;
	size_t len;
	char bytes[];
};

unsigned transport_worker_of_flow(uint64_t flow)
{
	return (unsigned)(flow >> INSIDE_FLOW_SHIFT);
}

void transport_set_siblings(struct transport *t, struct transport **all, unsigned count)
{
	t->siblings = all;
	t->sibling_count = count;
}

static void on_arrived(void *arg)
{
	struct handed_over *h = arg;
	struct transport *t = *h->slot;
	enum err e = ERR_NONE;

	if (t)
		e = inside_send(t, &h->to, h->token, h->home, h->bytes, h->len);
	if (e)
		failure_report(t, h->home, h->token, e, err_text(e));
	free(h);
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

	if (!h || !t->siblings[worker]) {
		free(h);
		return ERR_MEMORY;
	}
	h->slot = &t->siblings[worker];
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
		e = loop_post(t->siblings[worker]->loop, on_arrived, h);
	if (e) {
		free(h);
		return e;
	}
	counter_add(COUNT_flows_handed_over, 1);
	return ERR_NONE;
}
