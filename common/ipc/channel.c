/* channel.c -- one connected SOCK_SEQPACKET socket: frames in, frames out, requests
 * with deadlines.  The life of a channel: connected or accepted; both sides say
 * hello; up; messages; closed by either side, by nonsense or by a full queue. */
#include "common/ipc/channel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/check.h"
#include "common/clock.h"
#include "common/log.h"

#ifndef ENLACE_VERSION
#define ENLACE_VERSION "0"
#endif

enum {
	QUEUE_BYTES_MAX = 4 << 20,
	FRAMES_PER_SEND = 64,
	FRAMES_PER_TURN = 256,
	HELLO_MS = 5000,
};

struct frame {
	struct list node;
	size_t len;
	uint8_t bytes[];
};

struct request {
	struct hash_node hash;
	struct timer timer;
	struct ipc_channel *channel;
	uint32_t id;
	enum ipc_type type;
	ipc_reply_fn *fn;
	void *arg;
};

static bool is_request_id(const struct hash_node *n, const void *key)
{
	return CONTAINER_OF_CONST(n, struct request, hash)->id == *(const uint32_t *)key;
}

static struct request *find_request(struct ipc_channel *c, uint32_t id)
{
	struct hash_node *n = hash_table_find(&c->requests, id, is_request_id, &id);

	return n ? CONTAINER_OF(n, struct request, hash) : NULL;
}

static void finish_request(struct request *r, enum err e, const struct ipc_message *m)
{
	ipc_reply_fn *fn = r->fn;
	void *arg = r->arg;

	hash_table_remove(&r->channel->requests, &r->hash);
	timer_stop(loop_get_timers(r->channel->loop), &r->timer);
	free(r);
	fn(arg, e, m, true);
}

static void on_request_timeout(struct timer *t)
{
	finish_request(CONTAINER_OF(t, struct request, timer), ERR_TIMEOUT, NULL);
}

static void fail_request(struct hash_node *n, void *arg)
{
	(void)arg;
	finish_request(CONTAINER_OF(n, struct request, hash), ERR_CLOSED, NULL);
}

void channel_fail_requests(struct ipc_channel *c)
{
	hash_table_visit(&c->requests, fail_request, NULL);
}

static void destroy(struct ipc_channel *c)
{
	LIST_FOR_EACH(node, &c->queue)
		free(CONTAINER_OF(node, struct frame, node));
	loop_late_stop(&c->late);
	timer_stop(loop_get_timers(c->loop), &c->hello);
	loop_watch_close(c->watch);
	close(c->fd);
	hash_table_fini(&c->requests);
	free(c);
}

/* The end of the turn: what was queued goes out, a doomed channel goes away. */
static void on_late(struct loop_late *late)
{
	struct ipc_channel *c = CONTAINER_OF(late, struct ipc_channel, late);

	if (!c->doomed)
		channel_flush(c);
	if (!c->doomed)
		return;
	channel_fail_requests(c);
	if (c->callbacks.on_down)
		c->callbacks.on_down(c->owner, c, c->why);
	destroy(c);
}

void channel_doom(struct ipc_channel *c, enum err why)
{
	if (c->doomed)
		return;
	c->doomed = true;
	c->why = why;
	loop_watch_set(c->watch, 0);
	loop_late_start(c->loop, &c->late);
}

/* Who connects and says nothing must not hold one of the few places. */
static void on_hello_timeout(struct timer *t)
{
	channel_doom(CONTAINER_OF(t, struct ipc_channel, hello), ERR_TIMEOUT);
}

void ipc_channel_close(struct ipc_channel *c)
{
	if (!c->doomed)
		channel_flush(c);
	channel_doom(c, ERR_CLOSED);
}

static bool role_matches(uint8_t allowed, enum ipc_role actual)
{
	return allowed == IPC_ANY || allowed == actual ||
	       (allowed == IPC_DAEMON && (actual == IPC_SIG || actual == IPC_MEDIA));
}

static enum err receive_hello(struct ipc_channel *c, const struct ipc_message *m)
{
	const struct ipc_hello *h = &m->hello; /* welcome has the same fields */

	if (m->type != (c->dialled ? IPC_welcome : IPC_hello))
		return ERR_STATE;
	if (c->wanted != IPC_ROLE_COUNT && h->role != c->wanted)
		return ERR_DENIED;
	if (!slice_is_text(h->version, ENLACE_VERSION) && h->role != IPC_CTL)
		log_warn("a sibling runs another version", F_SLICE("version", h->version));
	c->peer.role = (enum ipc_role)h->role;
	c->is_up = true;
	timer_stop(loop_get_timers(c->loop), &c->hello);
	if (!c->dialled)
		channel_send_hello(c, IPC_welcome);
	if (c->callbacks.on_up)
		c->callbacks.on_up(c->owner, c);
	return ERR_NONE;
}

static enum err receive(struct ipc_channel *c, const void *frame, size_t len)
{
	const struct ipc_description *d;
	struct ipc_message m;
	struct request *r;
	enum err e = ipc_decode(frame, len, &m);

	if (e)
		return e;
	if (!c->is_up)
		return receive_hello(c, &m);
	d = ipc_describe(m.type);
	if (!role_matches(d->from, c->peer.role) || !role_matches(d->to, c->self) ||
	    m.type == IPC_hello || m.type == IPC_welcome)
		return ERR_DENIED;
	r = m.id ? find_request(c, m.id) : NULL;
	if (r) {
		if (m.type == IPC_refused)
			finish_request(r, (enum err)m.refused.error, &m);
		else if (m.type == ipc_describe(r->type)->reply)
			finish_request(r, ERR_NONE, &m);
		else
			r->fn(r->arg, ERR_NONE, &m, false);
		return ERR_NONE;
	}
	if (d->reply == IPC_none && m.id)
		return ERR_NONE; /* the answer to a request that has timed out */
	if (c->callbacks.on_message)
		c->callbacks.on_message(c->owner, c, &m);
	return ERR_NONE;
}

static void read_frames(struct ipc_channel *c)
{
	static __thread uint8_t frame[IPC_FRAME_MAX];

	for (int i = 0; i < FRAMES_PER_TURN && !c->doomed; i++) {
		ssize_t len = recv(c->fd, frame, sizeof(frame), MSG_DONTWAIT | MSG_TRUNC);
		enum err e;

		if (len < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (len <= 0) {
			channel_doom(c, len < 0 ? err_from_errno(errno) : ERR_CLOSED);
			return;
		}
		e = (size_t)len > sizeof(frame) ? ERR_TOO_LONG : receive(c, frame, (size_t)len);
		if (e) {
			log_warn("a process on the bus sent nonsense and loses its channel",
				 F_INT("pid", c->peer.pid), F_ERR(e));
			channel_doom(c, e);
		}
	}
}

static void on_event(void *owner, int events)
{
	struct ipc_channel *c = owner;

	if (events & LOOP_READABLE)
		read_frames(c);
	if ((events & LOOP_WRITABLE) && !c->doomed)
		channel_flush(c);
}

enum err channel_create(const struct channel_setup *setup, int fd,
			struct ipc_channel **out_channel)
{
	struct loop *l = setup->loop;
	struct ipc_channel *c = calloc(1, sizeof(*c));
	struct ucred cred;
	socklen_t len = sizeof(cred);
	enum err e = ERR_MEMORY;

	if (!c)
		goto fail;
	list_init(&c->queue);
	loop_late_init(&c->late, on_late);
	c->loop = l;
	c->fd = fd;
	c->self = setup->self;
	c->wanted = setup->wanted;
	c->dialled = setup->dialled;
	c->callbacks = *setup->callbacks;
	c->owner = setup->owner;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == 0) {
		c->peer.pid = cred.pid;
		c->peer.uid = cred.uid;
		c->peer.gid = cred.gid;
	}
	e = hash_table_init(&c->requests);
	if (e)
		goto fail;
	e = loop_watch_open(l, fd, LOOP_READABLE, on_event, c, &c->watch);
	if (e)
		goto fail;
	timer_init(&c->hello, on_hello_timeout);
	timer_start(loop_get_timers(l), &c->hello, CLOCK_MS(HELLO_MS));
	if (setup->dialled)
		channel_send_hello(c, IPC_hello);
	*out_channel = c;
	return ERR_NONE;
fail:
	if (c)
		hash_table_fini(&c->requests);
	free(c);
	close(fd);
	return e;
}

void channel_send_hello(struct ipc_channel *c, enum ipc_type type)
{
	struct ipc_hello hello = { .role = (uint8_t)c->self,
				   .pid = (uint32_t)getpid(),
				   .version = slice_from_text(ENLACE_VERSION) };

	ipc_send(c, type, 0, &hello);
}

/* Sends what the socket takes; the rest waits for it to become writable. */
void channel_flush(struct ipc_channel *c)
{
	while (!list_is_empty(&c->queue)) {
		struct mmsghdr headers[FRAMES_PER_SEND];
		struct iovec parts[FRAMES_PER_SEND];
		unsigned count = 0;
		int sent;

		memset(headers, 0, sizeof(headers));
		LIST_FOR_EACH(node, &c->queue) {
			struct frame *f = CONTAINER_OF(node, struct frame, node);

			if (count == FRAMES_PER_SEND)
				break;
			parts[count] = (struct iovec){ f->bytes, f->len };
			headers[count].msg_hdr.msg_iov = &parts[count];
			headers[count++].msg_hdr.msg_iovlen = 1;
		}
		sent = sendmmsg(c->fd, headers, count, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0 && (errno == EAGAIN || errno == ENOBUFS)) {
			loop_watch_set(c->watch, LOOP_READABLE | LOOP_WRITABLE);
			return;
		}
		if (sent < 0) {
			channel_doom(c, err_from_errno(errno));
			return;
		}
		for (int i = 0; i < sent; i++) {
			struct frame *f = CONTAINER_OF(c->queue.next, struct frame, node);

			list_remove(&f->node);
			c->queue_bytes -= f->len;
			free(f);
		}
	}
	loop_watch_set(c->watch, LOOP_READABLE);
}

enum err ipc_send(struct ipc_channel *c, enum ipc_type type, uint32_t id, const void *message)
{
	static __thread uint8_t bytes[IPC_FRAME_MAX];
	struct frame *f;
	size_t len;
	enum err e;

	if (c->doomed)
		return ERR_CLOSED;
	e = ipc_encode(type, id, message, bytes, sizeof(bytes), &len);
	if (e)
		return e;
	if (c->queue_bytes + len > QUEUE_BYTES_MAX) {
		log_warn("a process on the bus does not read and loses its channel",
			 F_INT("pid", c->peer.pid));
		channel_doom(c, ERR_LIMIT);
		return ERR_LIMIT;
	}
	f = malloc(sizeof(*f) + len);
	if (!f)
		return ERR_MEMORY;
	f->len = len;
	memcpy(f->bytes, bytes, len);
	list_append(&c->queue, &f->node);
	c->queue_bytes += len;
	loop_late_start(c->loop, &c->late);
	return ERR_NONE;
}

enum err ipc_send_refused(struct ipc_channel *c, uint32_t id, enum err e, const char *sentence)
{
	struct slice s = slice_from_text(sentence);
	struct ipc_refused refused = { .error = (uint8_t)e, .sentence = s };

	if (s.len > 511)
		refused.sentence.len = 511;
	return ipc_send(c, IPC_refused, id, &refused);
}

enum err ipc_send_done(struct ipc_channel *c, uint32_t id, uint32_t count)
{
	return ipc_send(c, IPC_done, id, &(struct ipc_done){ .count = count });
}

enum err ipc_request(struct ipc_channel *c, enum ipc_type type, const void *message,
		     int64_t deadline_us, ipc_reply_fn *fn, void *arg)
{
	struct request *r;
	enum err e;

	CHECK(ipc_describe(type)->reply != IPC_none);
	if (c->requests.count >= IPC_REQUESTS_MAX)
		return ERR_LIMIT;
	r = malloc(sizeof(*r));
	if (!r)
		return ERR_MEMORY;
	do
		c->last_id++;
	while (c->last_id == 0 || find_request(c, c->last_id));
	e = ipc_send(c, type, c->last_id, message);
	if (e) {
		free(r);
		return e;
	}
	*r = (struct request){ .channel = c, .id = c->last_id, .type = type, .fn = fn, .arg = arg };
	timer_init(&r->timer, on_request_timeout);
	timer_start(loop_get_timers(c->loop), &r->timer, deadline_us);
	hash_table_add(&c->requests, &r->hash, r->id);
	return ERR_NONE;
}

const struct ipc_peer *ipc_channel_get_peer(const struct ipc_channel *c)
{
	return &c->peer;
}

void ipc_channel_set_data(struct ipc_channel *c, void *data)
{
	c->data = data;
}

void *ipc_channel_get_data(struct ipc_channel *c)
{
	return c->data;
}
