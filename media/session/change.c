/* change.c -- what signaling says of one side: checked, keys turned into contexts,
 * given to the worker as one order; and the watch over its silence. */
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "media/session/internal.h"
#include "media/stats/counters.h"

static enum err read_remote(ipc_blob blob, struct addr *out_addr)
{
	struct addr a;
	enum err e;

	memset(&a, 0, sizeof(a));
	if (blob.len) {
		e = addr_from_blob(blob.data, blob.len, &a);
		if (e)
			return e;
	}
	/* 0.0.0.0 is how old peers say "on hold"; port 0 says "no such stream". */
	if (addr_is_set(&a) && (addr_is_any(&a) || addr_get_port(&a) == 0))
		memset(&a, 0, sizeof(a));
	*out_addr = a;
	return ERR_NONE;
}

static struct addr next_port(const struct addr *rtp)
{
	struct addr rtcp = *rtp;

	if (!addr_is_set(rtp) || addr_get_port(rtp) == UINT16_MAX)
		memset(&rtcp, 0, sizeof(rtcp));
	else
		addr_set_port(&rtcp, (uint16_t)(addr_get_port(rtp) + 1));
	return rtcp;
}

static enum err read_remotes(const struct session_side *side, const struct ipc_media_change *m,
			     struct relay_change *change, struct text *why)
{
	bool is_ipv6 = addr_is_ipv6(&pool_get_config(side->pool)->address);
	enum err e = read_remote(m->remote_rtp, &change->remote[RELAY_RTP]);

	if (!e)
		e = read_remote(m->remote_rtcp, &change->remote[RELAY_RTCP]);
	if (!e && !addr_is_set(&change->remote[RELAY_RTCP]))
		change->remote[RELAY_RTCP] = next_port(&change->remote[RELAY_RTP]);
	for (unsigned c = 0; !e && c < RELAY_COMPONENTS; c++)
		if (addr_is_set(&change->remote[c]) && addr_is_ipv6(&change->remote[c]) != is_ipv6)
			e = ERR_ADDRESS;
	if (e)
		text_printf(why,
			    "realm \"%s\": the peer's media address is not usable there; "
			    "the realm's port is of IPv%c",
			    side->realm->name, is_ipv6 ? '6' : '4');
	return e;
}

static enum err read_key(uint8_t suite, ipc_blob key, ipc_blob mki, struct session_key *out_key,
			 struct text *why)
{
	const struct suite *s = suite_find(suite);
	struct session_key k;

	memset(&k, 0, sizeof(k));
	if (!s) {
		text_printf(why, "SRTP suite number %u is not known", suite);
		return ERR_UNSUPPORTED;
	}
	if (key.len != (size_t)s->key_bytes + s->salt_bytes || mki.len > CRYPT_MKI_MAX ||
	    (suite == SUITE_NONE && mki.len)) {
		text_printf(why, "SRTP suite %s does not go with a key of %zu bytes",
			    suite == SUITE_NONE ? "none" : s->sdp_name, key.len);
		return ERR_RANGE;
	}
	k.suite = suite;
	k.key_len = (uint8_t)key.len;
	k.mki_len = (uint8_t)mki.len;
	if (key.len)
		memcpy(k.key, key.data, key.len);
	if (mki.len)
		memcpy(k.mki, mki.data, mki.len);
	*out_key = k;
	return ERR_NONE;
}

static bool key_is_equal(const struct session_key *a, const struct session_key *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* The same key again goes on with its roll-over counter (RFC 4568 7.1.4); only a
 * different one gets a new context. */
static enum err make_crypt(enum crypt_direction direction, const struct session_key *have,
			   const struct session_key *want, bool *is_new, struct crypt **out_crypt)
{
	struct slice key = { (const char *)want->key, want->key_len };
	struct slice mki = { (const char *)want->mki, want->mki_len };

	*is_new = !key_is_equal(have, want);
	*out_crypt = NULL;
	if (!*is_new || want->suite == SUITE_NONE)
		return ERR_NONE;
	return crypt_create(direction, want->suite, key, mki, out_crypt);
}

static void set_flags(const struct ipc_media_change *m, struct relay_change *change)
{
	change->flags = (uint8_t)((m->flags & IPC_MEDIA_SEND ? RELAY_SEND : 0) |
				  (m->flags & IPC_MEDIA_RECEIVE ? RELAY_RECEIVE : 0) |
				  (m->flags & IPC_MEDIA_RTCP_MUX ? RELAY_MUX : 0) |
				  /* A key for one direction makes the whole side secure. */
				  (m->send_suite || m->receive_suite ? RELAY_SECURE : 0));
	if (!(m->flags & IPC_MEDIA_LATCH))
		change->latch = LATCH_MODE_FIXED;
	else if (m->flags & IPC_MEDIA_RELATCH)
		change->latch = LATCH_MODE_RELEARN;
	else
		change->latch = LATCH_MODE_LEARN;
}

/* --- silence --------------------------------------------------------------- */

static struct session *find_owner(struct session_side *side)
{
	return CONTAINER_OF(side - side->index, struct session, sides);
}

static void on_silence(struct timer *timer)
{
	struct session_side *side = CONTAINER_OF(timer, struct session_side, silence);
	struct session *s = find_owner(side);
	unsigned index = side->index;
	int64_t limit_us = CLOCK_SECONDS(side->silence_s);
	int64_t last_us =
		atomic_load_explicit(&s->relay->sides[index].last_packet_us, memory_order_relaxed);
	int64_t quiet_us =
		clock_now_us() - (last_us > side->changed_us ? last_us : side->changed_us);

	if (quiet_us >= limit_us) {
		/* A peer on hold owes us nothing. */
		if (side->flags & IPC_MEDIA_RECEIVE)
			s->table->callbacks.on_event(s->table->owner, s, index, IPC_MEDIA_SILENT,
						     &side->heard);
		quiet_us = 0;
	}
	timer_start(loop_get_timers(s->table->loop), timer, limit_us - quiet_us);
}

void session_side_init(struct session_side *side, unsigned index)
{
	side->index = (uint8_t)index;
	timer_init(&side->silence, on_silence);
}

static void watch_silence(struct session *s, struct session_side *side, uint16_t silence_s)
{
	struct timer_queue *timers = loop_get_timers(s->table->loop);

	side->silence_s = silence_s;
	timer_stop(timers, &side->silence);
	if (silence_s)
		timer_start(timers, &side->silence, CLOCK_SECONDS(silence_s));
}

/* --- the change ------------------------------------------------------------ */

static void remember(struct session *s, struct session_side *side, const struct ipc_media_change *m,
		     const struct relay_change *change)
{
	if (change->latch != LATCH_MODE_LEARN ||
	    !addr_is_equal(&side->told, &change->remote[RELAY_RTP]))
		memset(&side->heard, 0, sizeof(side->heard));
	side->told = change->remote[RELAY_RTP];
	side->flags = m->flags;
	side->changed_us = clock_now_us();
	watch_silence(s, side, m->silence_s);
}

static enum err make_order(struct session *s, const struct ipc_media_change *m,
			   struct worker_order *order, struct text *why)
{
	struct session_side *side = &s->sides[m->side];
	struct relay_change *change = &order->change;
	struct session_key send, receive;
	enum err e = read_remotes(side, m, change, why);

	memset(&send, 0, sizeof(send));
	memset(&receive, 0, sizeof(receive));
	if (!e)
		e = read_key(m->send_suite, m->send_key, m->send_mki, &send, why);
	if (!e)
		e = read_key(m->receive_suite, m->receive_key, m->receive_mki, &receive, why);
	if (e)
		goto out;
	set_flags(m, change);
	e = make_crypt(CRYPT_PROTECT, &side->send, &send, &change->has_new_send, &change->send);
	if (!e)
		e = make_crypt(CRYPT_UNPROTECT, &side->receive, &receive, &change->has_new_receive,
			       &change->receive);
	if (e) {
		text_put_string(why, err_text(e));
		goto out;
	}
	side->send = send;
	side->receive = receive;
out:
	explicit_bzero(&send, sizeof(send));
	explicit_bzero(&receive, sizeof(receive));
	return e;
}

enum err session_change(struct session_table *t, const struct ipc_media_change *m, struct text *why)
{
	struct session *s = session_find(t, m->session);
	struct worker_order *order;
	enum err e;

	if (!s) {
		text_put_string(why, "no such media session");
		return ERR_NOT_FOUND;
	}
	order = calloc(1, sizeof(*order));
	if (!order)
		return ERR_MEMORY;
	order->kind = WORKER_CHANGE;
	order->relay = s->relay;
	order->side = m->side;
	e = make_order(s, m, order, why);
	if (e) {
		control_count(CONTROL_REFUSED);
		session_order_finish(order);
		return e;
	}
	remember(s, &s->sides[m->side], m, &order->change);
	worker_give_order(s->worker, order);
	return ERR_NONE;
}
