/* call.c -- signaling reserves, changes and releases sessions, and hears of them. */
#include "common/clock.h"
#include "common/log.h"
#include "media/bus/handlers.h"
#include "media/session/diagnosis.h"
#include "media/stats/counters.h"

enum { WHY_SIZE = 400 };

static void refuse(struct ipc_channel *c, uint32_t id, uint64_t session, enum err e,
		   struct text *why)
{
	if (!why->len)
		text_put_string(why, err_text(e));
	log_warn("media refused", F_CALL(session), F_STR("why", text_get_string(why)));
	ipc_send_refused(c, id, e, text_get_string(why));
}

static ipc_blob print_local(const struct session_side *side, uint8_t blob[ADDR_BLOB_MAX])
{
	struct addr local = realm_get_public(side->realm, side->pool, side->pair.port);

	return (ipc_blob){ (const char *)blob, addr_to_blob(&local, blob) };
}

HANDLER(media_reserve)
{
	uint8_t blobs[RELAY_SIDES][ADDR_BLOB_MAX];
	char sentence[WHY_SIZE];
	struct text why;
	struct session *s;
	enum err e;

	text_init(&why, sentence, sizeof(sentence));
	e = session_reserve(&b->table, m, c, (uint32_t)ipc_channel_get_peer(c)->pid, &why, &s);
	if (e) {
		refuse(c, id, m->session, e, &why);
		return;
	}
	ipc_send(c, IPC_media_ready, id,
		 &(struct ipc_media_ready){ .session = s->id,
					    .local_0 = print_local(&s->sides[0], blobs[0]),
					    .local_1 = print_local(&s->sides[1], blobs[1]),
					    .bound_0 = s->sides[0].pair.port,
					    .bound_1 = s->sides[1].pair.port });
}

HANDLER(media_change)
{
	char sentence[WHY_SIZE];
	struct text why;
	enum err e;

	text_init(&why, sentence, sizeof(sentence));
	e = session_change(&b->table, m, &why);
	if (e)
		refuse(c, id, m->session, e, &why);
	else
		ipc_send_done(c, id, 1);
}

static uint64_t sum_drops(const struct diagnosis_side *d)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < DROP_COUNT; i++)
		sum += d->drops[i];
	return sum;
}

static void send_released(struct ipc_channel *c, uint32_t id, const struct session *s)
{
	const struct relay_side *hot = s->relay->sides;
	struct diagnosis_side sides[RELAY_SIDES];
	char sentence[256];
	struct text diagnosis;

	text_init(&diagnosis, sentence, sizeof(sentence));
	for (unsigned i = 0; i < RELAY_SIDES; i++)
		diagnosis_read(s, i, clock_now_us(), &sides[i]);
	diagnosis_print(sides, &diagnosis);
	ipc_send(c, IPC_media_released, id,
		 &(struct ipc_media_released){
			 .session = s->id,
			 .received_0 = sides[0].received,
			 .received_1 = sides[1].received,
			 .sent_0 = counter_get(&hot[0].sent),
			 .sent_1 = counter_get(&hot[1].sent),
			 .dropped_0 = sum_drops(&sides[0]),
			 .dropped_1 = sum_drops(&sides[1]),
			 .lost_0 = sides[0].lost,
			 .lost_1 = sides[1].lost,
			 .jitter_us_0 = atomic_load_explicit(&hot[0].quality.jitter_us,
							     memory_order_relaxed),
			 .jitter_us_1 = atomic_load_explicit(&hot[1].quality.jitter_us,
							     memory_order_relaxed),
			 .diagnosis = text_get(&diagnosis) });
}

HANDLER(media_release)
{
	struct session *s = session_find(&b->table, m->session);

	if (!s) {
		ipc_send_refused(c, id, ERR_NOT_FOUND, "no such media session");
		return;
	}
	send_released(c, id, s);
	control_count(CONTROL_RELEASED);
	session_release(s);
}

HANDLER(media_claimed)
{
	unsigned count = session_table_claim(&b->table, m->pid);

	if (count)
		log_info("sessions of an earlier signaling process were released",
			 F_INT("count", count), F_INT("pid", m->pid));
	ipc_send_done(c, id, count);
}

void call_tell_event(void *owner, const struct session *s, unsigned side,
		     enum ipc_media_event_kind kind, const struct addr *source)
{
	uint8_t blob[ADDR_BLOB_MAX];
	struct ipc_media_event event = { .session = s->id,
					 .side = (uint8_t)side,
					 .kind = (uint8_t)kind };

	(void)owner;
	if (!s->owner)
		return;
	if (addr_is_set(source))
		event.source = (ipc_blob){ (const char *)blob, addr_to_blob(source, blob) };
	ipc_send(s->owner, IPC_media_event, 0, &event);
}
