/* anchor.c -- requests to the media process and what comes back. */
#include "signaling/anchor/anchor.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"

enum { DEADLINE_MS = 2000, PATH_SIZE = 512 };

struct anchor {
	struct ipc_link *link;
	struct anchor_callbacks callbacks;
	void *owner;
	bool closing; /* its owner is not to be called any more */
};

/* One request under way. */
struct pending {
	struct anchor *anchor;
	uint64_t session;
};

static void on_up(void *owner, struct ipc_channel *c)
{
	struct anchor *r = owner;

	(void)c;
	r->callbacks.on_up(r->owner);
}

static void on_down(void *owner, struct ipc_channel *c, enum err why)
{
	struct anchor *r = owner;

	(void)c;
	log_warn("the media process is gone; its sessions are given back when it returns",
		 F_ERR(why));
	r->callbacks.on_down(r->owner);
}

static void handle_media_event(struct anchor *r, struct ipc_channel *c, uint32_t id,
			       const struct ipc_media_event *m)
{
	struct addr source = { 0 };

	(void)c;
	(void)id;
	if (m->source.len && addr_from_blob(m->source.data, m->source.len, &source))
		return;
	r->callbacks.on_event(r->owner, m->session, m->side, (enum ipc_media_event_kind)m->kind,
			      &source);
}

static void on_message(void *owner, struct ipc_channel *c, const struct ipc_message *m)
{
	if (m->type == IPC_media_event)
		handle_media_event(owner, c, m->id, &m->media_event);
}

static const struct ipc_callbacks link_callbacks = { on_up, on_message, on_down };

enum err anchor_create(struct loop *l, const char *state_dir,
		       const struct anchor_callbacks *callbacks, void *owner,
		       struct anchor **out_anchor)
{
	struct anchor *r = calloc(1, sizeof(*r));
	char path[PATH_SIZE];
	enum err e;

	if (!r)
		return ERR_MEMORY;
	r->callbacks = *callbacks;
	r->owner = owner;
	snprintf(path, sizeof(path), "%s/media.sock", state_dir);
	e = ipc_link_open(l, path, IPC_SIG, IPC_MEDIA, &link_callbacks, r, &r->link);
	if (e) {
		free(r);
		return e;
	}
	*out_anchor = r;
	return ERR_NONE;
}

void anchor_destroy(struct anchor *r)
{
	if (!r)
		return;
	r->closing = true;
	ipc_link_close(r->link);
	free(r);
}

bool anchor_is_up(const struct anchor *r)
{
	return ipc_link_get_channel(r->link) != NULL;
}

static enum err request(struct anchor *r, uint64_t session, enum ipc_type type, const void *message,
			ipc_reply_fn *fn)
{
	struct ipc_channel *c = ipc_link_get_channel(r->link);
	struct pending *p;
	enum err e;

	if (!c)
		return ERR_UNREACHABLE;
	p = malloc(sizeof(*p));
	if (!p)
		return ERR_MEMORY;
	*p = (struct pending){ r, session };
	e = ipc_request(c, type, message, CLOCK_MS(DEADLINE_MS), fn, p);
	if (e)
		free(p);
	return e;
}

static void on_ready(void *arg, enum err e, const struct ipc_message *m, bool is_last)
{
	struct pending *p = arg;
	struct anchor *r = p->anchor;
	uint64_t session = p->session;
	struct slice why = slice_from_text(err_text(e));
	struct anchor_ready ready = { 0 };

	if (!is_last)
		return;
	free(p);
	if (r->closing)
		return;
	if (m && m->type == IPC_refused)
		why = m->refused.sentence;
	if (!e)
		e = addr_from_blob(m->media_ready.local_0.data, m->media_ready.local_0.len,
				   &ready.local[0]);
	if (!e)
		e = addr_from_blob(m->media_ready.local_1.data, m->media_ready.local_1.len,
				   &ready.local[1]);
	if (e) {
		r->callbacks.on_ready(r->owner, session, e, why, NULL);
		return;
	}
	ready.bound[0] = m->media_ready.bound_0;
	ready.bound[1] = m->media_ready.bound_1;
	r->callbacks.on_ready(r->owner, session, ERR_NONE, SLICE_NONE, &ready);
}

enum err anchor_reserve(struct anchor *r, const struct anchor_reservation *v)
{
	struct ipc_media_reserve m = {
		.session = v->session,
		.realm_0 = slice_from_text(v->realm[0]),
		.realm_1 = slice_from_text(v->realm[1]),
		.family_0 = v->family[0],
		.family_1 = v->family[1],
		.port_0 = v->port[0],
		.port_1 = v->port[1],
	};

	return request(r, v->session, IPC_media_reserve, &m, on_ready);
}

static void on_changed(void *arg, enum err e, const struct ipc_message *m, bool is_last)
{
	struct pending *p = arg;

	if (!is_last)
		return;
	if (e)
		log_warn("the media process did not take a change", F_CALL(p->session >> 3),
			 F_ERR(e), F_SLICE("why", m ? m->refused.sentence : SLICE_NONE));
	free(p);
}

enum err anchor_change(struct anchor *r, uint64_t session, unsigned side,
		       const struct offer_media *o, unsigned flags, unsigned silence_s)
{
	uint8_t rtp[ADDR_BLOB_MAX], rtcp[ADDR_BLOB_MAX];
	struct ipc_media_change m = {
		.session = session,
		.side = (uint8_t)side,
		.remote_rtp = { (char *)rtp, addr_to_blob(&o->remote_rtp, rtp) },
		.remote_rtcp = { (char *)rtcp, addr_to_blob(&o->remote_rtcp, rtcp) },
		.flags = (uint8_t)(flags | (o->may_send ? IPC_MEDIA_SEND : 0) |
				   (o->may_receive ? IPC_MEDIA_RECEIVE : 0) |
				   (o->rtcp_mux ? IPC_MEDIA_RTCP_MUX : 0)),
		.send_suite = (uint8_t)o->send_suite,
		.send_key = { (const char *)o->send_key, o->send_key_len },
		.send_mki = { (const char *)o->send_mki, o->send_mki_len },
		.receive_suite = (uint8_t)o->receive_suite,
		.receive_key = { (const char *)o->receive_key, o->receive_key_len },
		.receive_mki = { (const char *)o->receive_mki, o->receive_mki_len },
		.silence_s = (uint16_t)silence_s,
	};

	return request(r, session, IPC_media_change, &m, on_changed);
}

static void on_released(void *arg, enum err e, const struct ipc_message *m, bool is_last)
{
	struct pending *p = arg;
	struct anchor *r = p->anchor;
	uint64_t session = p->session;

	if (!is_last)
		return;
	free(p);
	if (!r->closing)
		r->callbacks.on_released(r->owner, session, e ? NULL : &m->media_released);
}

enum err anchor_release(struct anchor *r, uint64_t session)
{
	struct ipc_media_release m = { .session = session };

	return request(r, session, IPC_media_release, &m, on_released);
}

static void on_claimed(void *arg, enum err e, const struct ipc_message *m, bool is_last)
{
	(void)e;
	(void)m;
	if (is_last)
		free(arg);
}

void anchor_claim(struct anchor *r)
{
	struct ipc_media_claimed m = { .pid = (uint32_t)getpid() };

	request(r, 0, IPC_media_claimed, &m, on_claimed);
}
