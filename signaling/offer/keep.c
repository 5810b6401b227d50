/* keep.c -- a leg's agreed exchange as bytes, for a signaling process that takes the
 * call up after the first was killed.  An open offer is not kept: it died with its
 * transaction. */
#include <stdlib.h>
#include <string.h>

#include "common/pack.h"
#include "signaling/offer/leg.h"

static void pack_keys(struct text *out, const struct offer_leg *leg)
{
	for (unsigned i = 0; i < OFFER_STREAMS_MAX; i++)
		pack_slice(out, (struct slice){ (const char *)leg->keys[i],
						leg->keys[i] ? sizeof(*leg->keys[i]) : 0 });
}

void offer_save(const struct offer_leg *leg, struct text *out)
{
	const struct offer_exchange *x = leg->current;

	/* the layout of streams and keys is this build's */
	pack_u64(out, sizeof(struct offer_stream));
	pack_u64(out, leg->session_id);
	pack_u64(out, leg->version);
	pack_u64(out, leg->told_hash);
	pack_keys(out, leg);
	pack_u64(out, x && x->remote);
	if (!x || !x->remote)
		return;
	pack_u64(out, x->is_ours);
	pack_u64(out, x->stream_count);
	pack_slice(out,
		   (struct slice){ (const char *)x->streams,
				   offer_count_carried(x->stream_count) * sizeof(x->streams[0]) });
	pack_slice(out, (struct slice){ x->told, x->told_len });
	pack_slice(out, x->remote->text);
}

static enum err unpack_keys(struct unpack *u, struct offer_leg *leg)
{
	for (unsigned i = 0; i < OFFER_STREAMS_MAX; i++) {
		struct slice bytes = unpack_slice(u);

		if (!bytes.len)
			continue;
		if (bytes.len != sizeof(*leg->keys[i]))
			return ERR_VERSION;
		leg->keys[i] = malloc(sizeof(*leg->keys[i]));
		if (!leg->keys[i])
			return ERR_MEMORY;
		memcpy(leg->keys[i], bytes.data, bytes.len);
	}
	return u->failed ? ERR_TRUNCATED : ERR_NONE;
}

static enum err unpack_exchange(struct unpack *u, struct offer_leg *leg)
{
	bool is_ours = unpack_u64(u) != 0;
	uint64_t count = unpack_u64(u);
	struct slice streams = unpack_slice(u), told = unpack_slice(u), remote = unpack_slice(u);
	struct offer_exchange *x;
	char bytes[128];
	struct text why;

	if (u->failed || count > DESCRIPTION_STREAMS_MAX ||
	    streams.len != offer_count_carried((unsigned)count) * sizeof(x->streams[0]))
		return ERR_TRUNCATED;
	x = calloc(1, sizeof(*x) + streams.len);
	if (!x)
		return ERR_MEMORY;
	leg->current = x;
	x->is_ours = is_ours;
	x->stream_count = (unsigned)count;
	memcpy(x->streams, streams.data, streams.len);
	x->told = malloc(told.len ? told.len : 1);
	if (!x->told)
		return ERR_MEMORY;
	memcpy(x->told, told.data, told.len);
	x->told_len = told.len;
	text_init(&why, bytes, sizeof(bytes));
	return description_parse(remote, &x->remote, &why);
}

enum err offer_restore(const struct config_trunk *trunk, bool is_secure_transport,
		       struct slice *bytes, struct offer_leg **out_leg)
{
	struct unpack u = { .rest = *bytes };
	struct offer_leg *leg = NULL;
	enum err e = offer_leg_create(trunk, is_secure_transport, &leg);

	if (e)
		return e;
	if (unpack_u64(&u) != sizeof(struct offer_stream))
		e = ERR_VERSION;
	leg->session_id = unpack_u64(&u);
	leg->version = unpack_u64(&u);
	leg->told_hash = unpack_u64(&u);
	if (!e)
		e = unpack_keys(&u, leg);
	if (!e && unpack_u64(&u))
		e = unpack_exchange(&u, leg);
	if (e || u.failed) {
		offer_leg_destroy(leg);
		return e ? e : ERR_TRUNCATED;
	}
	*bytes = u.rest;
	*out_leg = leg;
	return ERR_NONE;
}
