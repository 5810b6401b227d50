/* conn_io.c -- reading, framing and writing of TCP and TLS alike. */
#include "signaling/transport/conn_io.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "signaling/sip/screen.h"
#include "signaling/transport/counters.h"

enum {
	READS_PER_TURN = 8, /* then others have their turn */
	RECORDS_PER_TURN = 64, /* the same for TLS, whose reads are a message each */
	KEEPALIVE_BYTES = 4, /* CRLF CRLF; RFC 5626 4.4.1 */
};

_Static_assert((int)INSIDE_MESSAGE_MAX == (int)SCREEN_MESSAGE_MAX, "one limit for a message");

static enum err read_some(struct conn *c, char *bytes, size_t size, size_t *out_len)
{
	ssize_t len;

	if (c->link)
		return secure_link_read(c->link, bytes, size, out_len);
	do
		len = recv(c->fd, bytes, size, 0);
	while (len < 0 && errno == EINTR);
	if (len == 0)
		return ERR_CLOSED;
	if (len < 0)
		return errno == EAGAIN ? ERR_BUSY : err_from_errno(errno);
	*out_len = (size_t)len;
	return ERR_NONE;
}

static enum err write_some(struct conn *c, const char *bytes, size_t size, size_t *out_len)
{
	ssize_t len;

	if (c->link)
		return secure_link_write(c->link, bytes, size, out_len);
	do
		len = send(c->fd, bytes, size, MSG_NOSIGNAL);
	while (len < 0 && errno == EINTR);
	if (len < 0)
		return errno == EAGAIN ? ERR_BUSY : err_from_errno(errno);
	*out_len = (size_t)len;
	return ERR_NONE;
}

static void watch(struct conn *c)
{
	int events = LOOP_READABLE;

	if (!list_is_empty(&c->unsent))
		events |= LOOP_WRITABLE;
	if (c->link)
		events |= secure_link_get_wanted(c->link);
	loop_watch_set(c->watch, events);
}

static void end_broken(struct conn *c, enum err e)
{
	char why[INSIDE_WHY_SIZE], fix[INSIDE_WHY_SIZE];

	if (c->link && e == ERR_CRYPTO) {
		secure_link_explain(c->link, &c->remote, why, fix, sizeof(why));
		conn_refuse(c, e, why, fix);
		return;
	}
	conn_end(c, e, e == ERR_CLOSED ? "the peer closed the connection" : err_text(e));
}

/* --- in ------------------------------------------------------------------ */

static void deliver(struct conn *c, char *bytes, size_t len)
{
	struct transport *t = c->t;
	struct transport_origin from = {
		.listener = c->listener,
		.kind = c->kind,
		.source = c->remote,
		.local = c->local,
		.flow = c->flow,
		.identity = c->link ? secure_link_get_identity(c->link) : NULL,
	};

	counter_add(COUNT_stream_received, 1);
	c->is_proved = true;
	c->crlf_bytes = 0;
	t->callbacks.on_message(t->owner, &from, bytes, len);
}

static void answer_keepalives(struct conn *c, size_t crlf_bytes)
{
	struct conn_receipt nobody = { 0 };

	if (!crlf_bytes)
		return;
	c->is_proved = true;
	c->crlf_bytes += (unsigned)crlf_bytes;
	if (c->crlf_bytes < KEEPALIVE_BYTES)
		return;
	c->crlf_bytes %= KEEPALIVE_BYTES;
	counter_add(COUNT_stream_keepalives, 1);
	(void)conn_io_send(c, nobody, "\r\n", 2);
}

/* Delivers what is whole; returns how many bytes are done with. */
static size_t take_messages(struct conn *c, char *bytes, size_t len, unsigned *out_count)
{
	size_t at = 0;

	while (at < len && !conn_is_ended(c)) {
		size_t skip = 0, message_len = 0;
		enum err e = screen_frame(bytes + at, len - at, &skip, &message_len);

		answer_keepalives(c, skip);
		at += skip;
		if (e == ERR_TRUNCATED && len - at <= INSIDE_MESSAGE_MAX)
			break;
		if (e) {
			counter_add(COUNT_ended_framing, 1);
			conn_refuse(c, ERR_SYNTAX, "what it sends is no SIP stream",
				    "see what is connected there; streams need Content-Length");
			break;
		}
		if (conn_is_ended(c))
			break;
		(*out_count)++;
		deliver(c, bytes + at, message_len);
		at += message_len;
	}
	return at;
}

static void note_progress(struct conn *c, unsigned messages, bool is_left_over)
{
	c->last_active_us = clock_now_us();
	if (messages || (!is_left_over && c->fsm.state != CONN_FRESH)) {
		if (c->fsm.state != CONN_OPEN)
			fsm_step(&c->fsm, CONN_EV_WHOLE, NULL);
	}
	if (is_left_over && c->fsm.state != CONN_PARTIAL)
		fsm_step(&c->fsm, CONN_EV_PART, NULL);
}

static void keep_partial(struct conn *c, const char *bytes, size_t len)
{
	free(c->partial);
	c->partial = NULL;
	c->partial_len = 0;
	if (!len)
		return;
	c->partial = malloc(len);
	if (!c->partial) {
		conn_end(c, ERR_MEMORY, err_text(ERR_MEMORY));
		return;
	}
	memcpy(c->partial, bytes, len);
	c->partial_len = len;
}

static size_t restore_partial(struct conn *c, char *bytes)
{
	if (c->partial_len)
		memcpy(bytes, c->partial, c->partial_len);
	return c->partial_len;
}

/* Asking once more would only hear that nothing is there; the descriptor tells. */
static bool is_drained(const struct conn *c, size_t len, size_t room)
{
	return c->link ? !secure_link_has_pending(c->link) : len < room;
}

void conn_io_read(struct conn *c)
{
	char *bytes = c->t->scratch;
	size_t have = restore_partial(c, bytes);
	enum err e = ERR_NONE;

	for (unsigned i = 0; i < (c->link ? RECORDS_PER_TURN : READS_PER_TURN); i++) {
		size_t room = INSIDE_SCRATCH_SIZE - have, len, done;
		unsigned messages = 0;

		e = read_some(c, bytes + have, room, &len);
		if (e)
			break;
		have += len;
		done = take_messages(c, bytes, have, &messages);
		if (conn_is_ended(c))
			return;
		have -= done;
		memmove(bytes, bytes + done, have);
		note_progress(c, messages, have > 0);
		if (is_drained(c, len, room))
			break;
	}
	if (e && e != ERR_BUSY) {
		end_broken(c, e);
		return;
	}
	keep_partial(c, bytes, have);
	if (conn_is_ended(c) || !c->link)
		return;
	watch(c);
	if (!e && secure_link_has_pending(c->link))
		timer_start(loop_get_timers(c->t->loop), &c->again, 0);
}

static void on_again(struct timer *t)
{
	conn_io_read(CONTAINER_OF(t, struct conn, again));
}

/* --- out ----------------------------------------------------------------- */

static void note_sent(struct conn *c, struct conn_receipt receipt)
{
	counter_add(COUNT_stream_sent, 1);
	if (receipt.token && c->side == CONN_DIALLED && !c->is_proved &&
	    c->unproved_count < CONN_UNPROVED_MAX)
		c->unproved[c->unproved_count++] = receipt;
}

static bool may_write(const struct conn *c)
{
	return c->fsm.state == CONN_OPEN || c->fsm.state == CONN_PARTIAL ||
	       c->fsm.state == CONN_QUIET || c->fsm.state == CONN_FRESH;
}

static void drop_piece(struct conn *c, struct conn_piece *p)
{
	c->unsent_bytes -= p->len;
	c->t->unsent_bytes -= p->len;
	list_remove(&p->node);
	free(p);
}

void conn_io_flush(struct conn *c)
{
	enum err e = ERR_NONE;

	while (!list_is_empty(&c->unsent)) {
		struct conn_piece *p = CONTAINER_OF(c->unsent.next, struct conn_piece, node);
		size_t len = 0;

		e = write_some(c, p->bytes + p->sent, p->len - p->sent, &len);
		if (e)
			break;
		p->sent += len;
		if (p->sent < p->len)
			continue;
		note_sent(c, p->receipt);
		drop_piece(c, p);
	}
	if (e && e != ERR_BUSY)
		end_broken(c, e);
	else
		watch(c);
}

static enum err queue(struct conn *c, struct conn_receipt receipt, const char *bytes, size_t len)
{
	struct conn_piece *p;

	if (c->unsent_bytes + len > TRANSPORT_UNSENT_MAX ||
	    c->t->unsent_bytes + len > INSIDE_UNSENT_TOTAL_MAX)
		return ERR_LIMIT;
	p = malloc(sizeof(*p) + len);
	if (!p)
		return ERR_MEMORY;
	*p = (struct conn_piece){ .receipt = receipt, .len = len };
	memcpy(p->bytes, bytes, len);
	list_init(&p->node);
	list_append(&c->unsent, &p->node);
	c->unsent_bytes += len;
	c->t->unsent_bytes += len;
	return ERR_NONE;
}

/* A peer that lets a megabyte pile up will not recover: what waits is old by then. */
static enum err queue_or_end(struct conn *c, struct conn_receipt receipt, const char *bytes,
			     size_t len, bool is_begun)
{
	enum err e = queue(c, receipt, bytes, len);

	if (e == ERR_LIMIT && c->unsent_bytes + len > TRANSPORT_UNSENT_MAX) {
		counter_add(COUNT_ended_not_reading, 1);
		conn_refuse(c, ERR_LIMIT, "it does not read what it is sent",
			    "look at the peer: its SIP process hangs or its network is gone");
	} else if (e && is_begun) {
		/* Half a message must not be followed by another. */
		conn_end(c, e, err_text(e));
	}
	return e;
}

enum err conn_io_send(struct conn *c, struct conn_receipt receipt, const char *bytes, size_t len)
{
	size_t sent = 0;
	enum err e;

	if (conn_is_ended(c))
		return ERR_CLOSED;
	c->last_active_us = clock_now_us();
	if (!may_write(c) || !list_is_empty(&c->unsent))
		return queue_or_end(c, receipt, bytes, len, false);
	e = write_some(c, bytes, len, &sent);
	if (e && e != ERR_BUSY) {
		end_broken(c, e);
		return ERR_CLOSED;
	}
	if (sent == len) {
		note_sent(c, receipt);
		return ERR_NONE;
	}
	e = queue_or_end(c, receipt, bytes + sent, len - sent, sent > 0);
	if (!e)
		watch(c);
	return e;
}

void conn_io_init(struct conn *c)
{
	timer_init(&c->again, on_again);
}

void conn_io_start(struct conn *c)
{
	watch(c);
	/* The handshake may have read more than itself. */
	if (c->link && secure_link_has_pending(c->link))
		timer_start(loop_get_timers(c->t->loop), &c->again, 0);
}
