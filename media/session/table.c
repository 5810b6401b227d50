/* table.c -- all sessions and their workers: sweeping, news, what comes back. */
#include <stdlib.h>

#include "common/clock.h"
#include "common/log.h"
#include "media/session/internal.h"
#include "media/stats/counters.h"

static bool is_id(const struct hash_node *n, const void *key)
{
	return CONTAINER_OF_CONST(n, struct session, node)->id == *(const uint64_t *)key;
}

struct session *session_find(struct session_table *t, uint64_t id)
{
	struct hash_node *n = hash_table_find(&t->sessions, hash_u64(id), is_id, &id);

	return n ? CONTAINER_OF(n, struct session, node) : NULL;
}

static enum ipc_media_event_kind kind_from_news(uint8_t what)
{
	return what == RELAY_NEWS_STARTED ? IPC_MEDIA_STARTED : IPC_MEDIA_LATCHED;
}

static void on_news(void *owner, const struct worker_news *news)
{
	struct session_table *t = owner;
	struct session *s = session_find(t, news->session);

	if (!s)
		return;
	s->sides[news->side].heard = news->source;
	t->callbacks.on_event(t->owner, s, news->side, kind_from_news(news->what), &news->source);
}

static void on_order_done(void *owner, struct worker_order *order)
{
	(void)owner;
	session_order_finish(order);
}

static void on_removed(void *owner, struct relay *r)
{
	struct session_table *t = owner;

	t->leaving--;
	session_dispose(r);
}

static const struct worker_callbacks worker_callbacks = { on_news, on_order_done, on_removed };

enum err session_table_init(struct session_table *t, struct loop *l,
			    const struct session_callbacks *callbacks, void *owner)
{
	*t = (struct session_table){ .loop = l, .callbacks = *callbacks, .owner = owner };
	return hash_table_init(&t->sessions);
}

enum err session_table_start_workers(struct session_table *t, unsigned count)
{
	while (t->worker_count < count && t->worker_count < SESSION_WORKERS_MAX) {
		enum err e = worker_create(t->loop, t->worker_count, &worker_callbacks, t,
					   &t->workers[t->worker_count]);

		if (e)
			return e;
		t->worker_count++;
	}
	return ERR_NONE;
}

static void release_node(struct hash_node *n, void *arg)
{
	(void)arg;
	session_release(CONTAINER_OF(n, struct session, node));
}

void session_table_fini(struct session_table *t)
{
	hash_table_visit(&t->sessions, release_node, NULL);
	for (unsigned i = 0; i < t->worker_count; i++)
		worker_destroy(t->workers[i]);
	t->worker_count = 0;
	hash_table_fini(&t->sessions);
}

struct sweep {
	uint32_t pid;
	unsigned count;
};

static void sweep_node(struct hash_node *n, void *arg)
{
	struct session *s = CONTAINER_OF(n, struct session, node);
	struct sweep *sweep = arg;

	if (s->owner_pid == sweep->pid)
		return;
	log_info("session abandoned: its signaling process is gone", F_HEX("session", s->id));
	control_count(CONTROL_ABANDONED);
	session_release(s);
	sweep->count++;
}

unsigned session_table_claim(struct session_table *t, uint32_t pid)
{
	struct sweep sweep = { .pid = pid };

	hash_table_visit(&t->sessions, sweep_node, &sweep);
	return sweep.count;
}

static void forget_node(struct hash_node *n, void *arg)
{
	struct session *s = CONTAINER_OF(n, struct session, node);

	if (s->owner == arg)
		s->owner = NULL;
}

void session_table_forget_channel(struct session_table *t, const struct ipc_channel *channel)
{
	/* The pointer is only compared. */
	hash_table_visit(&t->sessions, forget_node, (void *)(uintptr_t)channel);
}
