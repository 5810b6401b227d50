/* media_support.h -- a media process inside a test: its loop, its bus in a temporary
 * directory, a signaling and a mgmt that the test plays, and phones that are sockets
 * on the loopback. */
#ifndef TESTS_UNIT_MEDIA_SUPPORT_H
#define TESTS_UNIT_MEDIA_SUPPORT_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "media/bus/bus.h"
#include "media/crypt/crypt.h"

enum { PLACE_ANSWERS_MAX = 64, PLACE_EVENTS_MAX = 64, PLACE_PATIENCE_S = 10 };

struct place_event {
	uint64_t session;
	uint8_t side, kind;
	struct addr source;
};

struct media_place {
	struct loop *loop;
	struct bus bus;
	char dir[64], path[2][96];
	struct ipc_server *mgmt;
	struct ipc_channel *mgmt_channel;
	struct ipc_link *signaling;
	/* the last request's answer */
	bool is_answered;
	enum err error;
	char sentence[512];
	uint16_t ports[2];
	struct addr local[2];
	struct ipc_media_released released;
	char diagnosis[256];
	uint32_t count;
	bool accepted;
	unsigned row_count;
	char rows[PLACE_ANSWERS_MAX][200];
	/* events so far */
	unsigned event_count;
	struct place_event events[PLACE_EVENTS_MAX];
	/* run_until */
	bool (*is_done)(struct media_place *p);
	int64_t deadline_us;
	struct timer tick;
};

static inline void place_tick(struct timer *t)
{
	struct media_place *p = CONTAINER_OF(t, struct media_place, tick);

	if (p->is_done(p) || clock_now_us() > p->deadline_us)
		loop_stop(p->loop);
	else
		timer_start(loop_get_timers(p->loop), t, CLOCK_MS(1));
}

/* Runs the loop until the condition holds; fails the test when it does not in time. */
static inline void place_run_until(struct media_place *p, bool (*is_done)(struct media_place *p))
{
	p->is_done = is_done;
	p->deadline_us = clock_now_us() + CLOCK_SECONDS(PLACE_PATIENCE_S);
	timer_init(&p->tick, place_tick);
	timer_start(loop_get_timers(p->loop), &p->tick, 0);
	while (!is_done(p) && clock_now_us() < p->deadline_us)
		loop_run(p->loop);
	timer_stop(loop_get_timers(p->loop), &p->tick);
	assert_true(is_done(p));
}

static inline void place_on_answer(void *arg, enum err e, const struct ipc_message *m, bool is_last)
{
	struct media_place *p = arg;

	if (!is_last) {
		struct text t;

		assert_true(p->row_count < PLACE_ANSWERS_MAX);
		text_init(&t, p->rows[p->row_count], sizeof(p->rows[0]));
		ipc_print(m, &t);
		text_get_string(&t);
		p->row_count++;
		return;
	}
	p->is_answered = true;
	p->error = e;
	loop_stop(p->loop);
	if (!m)
		return;
	if (m->type == IPC_refused)
		slice_copy_text(m->refused.sentence, p->sentence, sizeof(p->sentence));
	if (m->type == IPC_done)
		p->count = m->done.count;
	if (m->type == IPC_config_vote) {
		p->accepted = m->config_vote.accepted;
		slice_copy_text(m->config_vote.sentence, p->sentence, sizeof(p->sentence));
	}
	if (m->type == IPC_media_ready) {
		p->ports[0] = m->media_ready.bound_0;
		p->ports[1] = m->media_ready.bound_1;
		addr_from_blob(m->media_ready.local_0.data, m->media_ready.local_0.len,
			       &p->local[0]);
		addr_from_blob(m->media_ready.local_1.data, m->media_ready.local_1.len,
			       &p->local[1]);
	}
	if (m->type == IPC_media_released) {
		p->released = m->media_released;
		slice_copy_text(m->media_released.diagnosis, p->diagnosis, sizeof(p->diagnosis));
	}
}

static inline bool place_is_answered(struct media_place *p)
{
	return p->is_answered;
}

static inline enum err place_ask_on(struct media_place *p, struct ipc_channel *c,
				    enum ipc_type type, const void *message)
{
	p->is_answered = false;
	p->row_count = 0;
	p->sentence[0] = '\0';
	assert_non_null(c);
	assert_int_equal(ipc_request(c, type, message, CLOCK_SECONDS(5), place_on_answer, p),
			 ERR_NONE);
	place_run_until(p, place_is_answered);
	return p->error;
}

/* As signaling. */
static inline enum err place_ask(struct media_place *p, enum ipc_type type, const void *message)
{
	return place_ask_on(p, ipc_link_get_channel(p->signaling), type, message);
}

static inline void place_on_message(void *owner, struct ipc_channel *c, const struct ipc_message *m)
{
	struct media_place *p = owner;
	struct place_event *e = &p->events[p->event_count];

	(void)c;
	if (m->type != IPC_media_event)
		return;
	assert_true(p->event_count < PLACE_EVENTS_MAX);
	p->event_count++;
	*e = (struct place_event){ .session = m->media_event.session,
				   .side = m->media_event.side,
				   .kind = m->media_event.kind };
	if (m->media_event.source.len)
		addr_from_blob(m->media_event.source.data, m->media_event.source.len, &e->source);
}

static inline void place_on_mgmt_up(void *owner, struct ipc_channel *c)
{
	((struct media_place *)owner)->mgmt_channel = c;
}

static inline bool place_is_up(struct media_place *p)
{
	return p->mgmt_channel && ipc_link_get_channel(p->signaling);
}

static inline void place_dial(struct media_place *p)
{
	static const struct ipc_callbacks callbacks = { NULL, place_on_message, NULL };

	assert_int_equal(ipc_link_open(p->loop, p->path[0], IPC_SIG, IPC_MEDIA, &callbacks, p,
				       &p->signaling),
			 ERR_NONE);
}

static inline void place_open(struct media_place *p)
{
	static const struct ipc_callbacks callbacks = { place_on_mgmt_up, NULL, NULL };

	memset(p, 0, sizeof(*p));
	snprintf(p->dir, sizeof(p->dir), "/tmp/enlace-media-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	snprintf(p->path[0], sizeof(p->path[0]), "%s/media.sock", p->dir);
	snprintf(p->path[1], sizeof(p->path[1]), "%s/mgmt.sock", p->dir);
	assert_int_equal(loop_create(&p->loop), ERR_NONE);
	assert_int_equal(
		ipc_server_open(p->loop, p->path[1], 0600, IPC_MGMT, &callbacks, p, &p->mgmt),
		ERR_NONE);
	assert_int_equal(bus_open(&p->bus, p->loop, p->dir), ERR_NONE);
	place_dial(p);
	place_run_until(p, place_is_up);
}

static inline void place_close(struct media_place *p)
{
	ipc_link_close(p->signaling);
	bus_close(&p->bus);
	ipc_server_close(p->mgmt);
	loop_destroy(p->loop);
	rmdir(p->dir);
}

/* Group fixtures: the library is opened once per program. */
static inline int place_open_library(void **state)
{
	(void)state;
	return crypt_open() == ERR_NONE ? 0 : -1;
}

static inline int place_close_library(void **state)
{
	(void)state;
	crypt_close();
	return 0;
}

static inline ipc_blob place_blob(const struct addr *a, uint8_t blob[ADDR_BLOB_MAX])
{
	return addr_is_set(a) ? (ipc_blob){ (const char *)blob, addr_to_blob(a, blob) }
			      : SLICE_NONE;
}

static inline struct addr place_addr(const char *host, uint16_t port)
{
	struct addr a;

	assert_int_equal(addr_parse(slice_from_text(host), port, &a), ERR_NONE);
	return a;
}

static inline void place_send_realm(struct media_place *p, uint64_t revision, const char *name,
				    const char *host, uint16_t low, uint16_t high)
{
	struct addr a = place_addr(host, 0);
	uint8_t blob[ADDR_BLOB_MAX];

	assert_int_equal(ipc_send(p->mgmt_channel, IPC_config_realm, 0,
				  &(struct ipc_config_realm){ .revision = revision,
							      .name = slice_from_text(name),
							      .address = place_blob(&a, blob),
							      .port_low = low,
							      .port_high = high,
							      .dscp = 46 }),
			 ERR_NONE);
}

static inline void place_send_media(struct media_place *p, uint64_t revision, uint8_t path,
				    uint16_t workers)
{
	assert_int_equal(ipc_send(p->mgmt_channel, IPC_config_media, 0,
				  &(struct ipc_config_media){
					  .revision = revision, .path = path, .workers = workers }),
			 ERR_NONE);
}

static inline bool place_prepare(struct media_place *p, uint64_t revision)
{
	assert_int_equal(place_ask_on(p, p->mgmt_channel, IPC_config_prepare,
				      &(struct ipc_config_prepare){ .revision = revision }),
			 ERR_NONE);
	return p->accepted;
}

static inline void place_apply(struct media_place *p, uint64_t revision)
{
	assert_true(place_prepare(p, revision));
	assert_int_equal(place_ask_on(p, p->mgmt_channel, IPC_config_apply,
				      &(struct ipc_config_apply){ .revision = revision }),
			 ERR_NONE);
}

/* Two realms: "core" on 127.0.0.1, "edge" on ::1 or 127.0.0.1. */
static inline void place_configure(struct media_place *p, const char *edge, uint16_t workers)
{
	place_send_media(p, 1, PATH_AUTO, workers);
	place_send_realm(p, 1, "core", "127.0.0.1", 20000, 39999);
	place_send_realm(p, 1, "edge", edge, 40000, 59999);
	place_apply(p, 1);
}

static inline enum err place_reserve(struct media_place *p, uint64_t session)
{
	return place_ask(p, IPC_media_reserve,
			 &(struct ipc_media_reserve){ .session = session,
						      .realm_0 = SLICE("core"),
						      .realm_1 = SLICE("edge") });
}

static inline enum err place_release(struct media_place *p, uint64_t session)
{
	return place_ask(p, IPC_media_release, &(struct ipc_media_release){ .session = session });
}

/* A phone: two sockets, RTP on any port, RTCP on any other. */
struct phone {
	int fds[2];
	struct addr addr[2];
	struct addr to[2];
	uint16_t seq;
	uint32_t ssrc;
};

static inline void phone_open(struct phone *ph, const char *host, const struct addr *to)
{
	*ph = (struct phone){ .ssrc = 0x1000 };
	for (unsigned i = 0; i < 2; i++) {
		struct addr a = place_addr(host, 0);
		socklen_t len = sizeof(ph->addr[i]);

		ph->fds[i] = socket(a.sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		assert_true(ph->fds[i] >= 0);
		assert_int_equal(bind(ph->fds[i], &a.sa, addr_get_len(&a)), 0);
		memset(&ph->addr[i], 0, sizeof(ph->addr[i]));
		assert_int_equal(getsockname(ph->fds[i], &ph->addr[i].sa, &len), 0);
		ph->to[i] = *to;
		addr_set_port(&ph->to[i], (uint16_t)(addr_get_port(to) + i));
	}
}

static inline void phone_close(struct phone *ph)
{
	close(ph->fds[0]);
	close(ph->fds[1]);
}

static inline void phone_send_raw(struct phone *ph, unsigned component, const void *data,
				  size_t len)
{
	assert_int_equal(sendto(ph->fds[component], data, len, 0, &ph->to[component].sa,
				addr_get_len(&ph->to[component])),
			 (ssize_t)len);
}

enum { PHONE_PACKET_SIZE = 172 };

static inline void phone_make_rtp(struct phone *ph, uint8_t packet[PHONE_PACKET_SIZE])
{
	uint16_t seq = ph->seq++;
	uint32_t timestamp = seq * 160u;

	memset(packet, 0xd5, PHONE_PACKET_SIZE);
	memcpy(packet,
	       (uint8_t[12]){ 0x80, 8, (uint8_t)(seq >> 8), (uint8_t)seq,
			      (uint8_t)(timestamp >> 24), (uint8_t)(timestamp >> 16),
			      (uint8_t)(timestamp >> 8), (uint8_t)timestamp,
			      (uint8_t)(ph->ssrc >> 24), (uint8_t)(ph->ssrc >> 16),
			      (uint8_t)(ph->ssrc >> 8), (uint8_t)ph->ssrc },
	       12);
}

static inline void phone_send(struct phone *ph)
{
	uint8_t packet[PHONE_PACKET_SIZE];

	phone_make_rtp(ph, packet);
	phone_send_raw(ph, 0, packet, sizeof(packet));
}

static inline void phone_send_rtcp(struct phone *ph)
{
	uint8_t report[] = { 0x80, 201, 0, 1, 0, 0, 0x10, 0 };

	phone_send_raw(ph, 1, report, sizeof(report));
}

/* Length of what came, 0 when nothing came within the time. */
static inline size_t phone_receive(struct phone *ph, unsigned component, uint8_t *data, size_t size,
				   int wait_ms)
{
	struct pollfd pfd = { .fd = ph->fds[component], .events = POLLIN };
	ssize_t len;

	if (poll(&pfd, 1, wait_ms) <= 0)
		return 0;
	len = recv(ph->fds[component], data, size, MSG_DONTWAIT);
	return len < 0 ? 0 : (size_t)len;
}

static inline void place_change_side(struct media_place *p, uint64_t session, uint8_t side,
				     const struct addr *remote, uint8_t flags)
{
	uint8_t blob[ADDR_BLOB_MAX];

	assert_int_equal(
		place_ask(p, IPC_media_change,
			  &(struct ipc_media_change){ .session = session,
						      .side = side,
						      .remote_rtp = place_blob(remote, blob),
						      .flags = flags }),
		ERR_NONE);
}

#endif
