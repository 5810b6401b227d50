/* transaction_bed.h -- a transaction layer between a fake network and a fake user, on a
 * virtual clock.  Each test program that includes it has its own. */
#ifndef TESTS_UNIT_TRANSACTION_BED_H
#define TESTS_UNIT_TRANSACTION_BED_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"
#include "signaling/transaction/seam.h"
#include "signaling/transaction/transaction.h"

enum { SENT_MAX = 64, WIRE_MAX = 2048, START_MS = 1000 };

struct sent {
	char text[WIRE_MAX];
	int at_ms;
	uint64_t token;
	struct transport_target to;
};

static struct {
	struct loop *loop;
	struct transactions *ts;
	int now_ms;
	/* the network */
	struct sent sent[SENT_MAX];
	unsigned sent_count;
	enum err send_result;
	struct transport_listener listener;
	/* what the user heard */
	unsigned requests, cancels, acks, unacknowledged, strays;
	uint64_t server_id;
	unsigned replies, failures;
	unsigned status;
	enum err error;
	int heard_at_ms;
	char why[64];
	unsigned reply_inside; /* answer with this from inside on_cancel */
} w;

static inline enum err fake_send(struct transport *t, const struct transport_target *to,
				 uint64_t token, const char *bytes, size_t len)
{
	struct sent *s = &w.sent[w.sent_count];

	(void)t;
	if (w.send_result)
		return w.send_result;
	assert_true(w.sent_count < SENT_MAX);
	assert_true(len < WIRE_MAX);
	memcpy(s->text, bytes, len);
	s->text[len] = '\0';
	s->at_ms = w.now_ms;
	s->token = token;
	s->to = *to;
	w.sent_count++;
	return ERR_NONE;
}

static inline const struct transport_listener *fake_listener(const struct transport *t,
							     unsigned index)
{
	(void)t;
	return index == 0 ? &w.listener : NULL;
}

static const struct transaction_network fake = { fake_send, fake_listener };

static inline void on_request(void *owner, uint64_t id, struct message *m,
			      const struct transport_origin *from)
{
	(void)owner, (void)m, (void)from;
	w.requests++;
	w.server_id = id;
}

static inline void on_cancel(void *owner, uint64_t id, const struct message *m)
{
	struct transaction_reply r = { .status = w.reply_inside };

	(void)owner, (void)m;
	assert_int_equal(id, w.server_id);
	w.cancels++;
	if (w.reply_inside)
		assert_int_equal(transaction_send_reply(w.ts, id, &r), ERR_NONE);
}

static inline void on_ack(void *owner, struct message *m, const struct transport_origin *from)
{
	(void)owner, (void)m, (void)from;
	w.acks++;
}

static inline void on_unacknowledged(void *owner, uint64_t id)
{
	(void)owner;
	assert_int_equal(id, w.server_id);
	w.unacknowledged++;
	w.heard_at_ms = w.now_ms;
}

static inline void on_stray(void *owner, const struct message *m)
{
	(void)owner, (void)m;
	w.strays++;
}

static inline void on_reply(void *arg, uint64_t id, enum err e, const char *why,
			    struct message *reply)
{
	(void)id;
	assert_ptr_equal(arg, &w);
	w.heard_at_ms = w.now_ms;
	if (reply) {
		w.replies++;
		w.status = message_get_status(reply);
	} else {
		w.failures++;
		w.error = e;
		snprintf(w.why, sizeof(w.why), "%s", why);
	}
}

static inline int set_up(void **state)
{
	static const struct transaction_callbacks callbacks = { on_request, on_cancel, on_ack,
								on_unacknowledged, on_stray };

	(void)state;
	memset(&w, 0, sizeof(w));
	clock_set_test(CLOCK_MS(START_MS));
	assert_int_equal(loop_create(&w.loop), ERR_NONE);
	assert_int_equal(transactions_create(w.loop, NULL, 3, &callbacks, NULL, &w.ts), ERR_NONE);
	transactions_set_test_network(w.ts, &fake);
	addr_parse(SLICE("198.51.100.1"), 5060, &w.listener.advertised);
	return 0;
}

static inline int tear_down(void **state)
{
	(void)state;
	transactions_destroy(w.ts);
	loop_destroy(w.loop);
	return 0;
}

static inline void advance_to(int ms)
{
	while (w.now_ms < ms) {
		w.now_ms++;
		clock_advance_test(CLOCK_MS(1));
		timer_queue_run(loop_get_timers(w.loop));
	}
}

static inline void advance(int ms)
{
	advance_to(w.now_ms + ms);
}

static inline void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no \"%s\" in:\n%s", part, text);
}

static inline void assert_sent_at(const int *times_ms, unsigned count)
{
	assert_int_equal(w.sent_count, count);
	for (unsigned i = 0; i < count; i++)
		assert_int_equal(w.sent[i].at_ms, times_ms[i]);
}

#define ASSERT_SENT_AT(...)                                                                        \
	assert_sent_at((const int[]){ __VA_ARGS__ },                                               \
		       sizeof((const int[]){ __VA_ARGS__ }) / sizeof(int))

static inline const char *last_sent(void)
{
	assert_true(w.sent_count > 0);
	return w.sent[w.sent_count - 1].text;
}

/* --- the far end ------------------------------------------------------------ */

static inline struct transport_origin origin(enum config_transport kind)
{
	struct transport_origin from = { .kind = kind, .flow = kind == CONFIG_UDP ? 0 : 77 };

	addr_parse(SLICE("192.0.2.9"), 40000, &from.source);
	return from;
}

static inline void receive_text(enum config_transport kind, const char *text)
{
	struct transport_origin from = origin(kind);
	struct message *m = NULL;

	if (message_parse(text, strlen(text), &m))
		fail_msg("no message:\n%s", text);
	transactions_receive(w.ts, m, &from);
	message_unref(m);
}

/* A request of the far end. */
static inline void ask(enum config_transport kind, const char *method, const char *branch,
		       const char *to_tag)
{
	char text[1024];

	snprintf(text, sizeof(text),
		 "%s sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9:5070;branch=%s;rport\r\n"
		 "From: <sip:a@h>;tag=f\r\nTo: <sip:b@h>%s%s\r\nCall-ID: id\r\nCSeq: 5 %s\r\n"
		 "Timestamp: 54\r\n\r\n",
		 method, branch, *to_tag ? ";tag=" : "", to_tag, method);
	receive_text(kind, text);
}

#define BRANCH "z9hG4bKpeer"
#define ask_udp(method) ask(CONFIG_UDP, method, BRANCH, "")

static inline void answer(unsigned status)
{
	struct transaction_reply r = { .status = status,
				       .to_tag = SLICE("mine"),
				       .headers = SLICE("Contact: <sip:me@h>\r\n") };

	assert_int_equal(transaction_send_reply(w.ts, w.server_id, &r), ERR_NONE);
}

static inline uint64_t send_out(enum config_transport kind, enum method method)
{
	struct transport_target to = { .listener = 0,
				       .kind = kind,
				       .tls_name = "peer.example.com" };
	struct transaction_request r = {
		.method = method,
		.uri = SLICE("sip:b@h;x=Y"),
		.content_type = SLICE("application/sdp"),
		.body = SLICE("v=0\r\n"),
	};
	char headers[256];
	uint64_t id = 0;

	snprintf(headers, sizeof(headers),
		 "Max-Forwards: 69\r\nRoute: <sip:p1;lr>\r\nRoute: <sip:p2;lr>\r\n"
		 "From: <sip:a@h>;tag=f\r\nTo: <sip:b@h>\r\nCall-ID: out\r\nCSeq: 7 %s\r\n"
		 "Subject: hello\r\n",
		 method_name(method));
	r.headers = slice_from_text(headers);
	w.listener.kind = kind;
	assert_int_equal(transaction_send_request(w.ts, &to, &r, 0, on_reply, &w, &id), ERR_NONE);
	return id;
}

static inline void copy_branch(const char *text, char branch[64])
{
	const char *at = strstr(text, "branch=");

	assert_non_null(at);
	at += strlen("branch=");
	snprintf(branch, 64, "%.*s", (int)strcspn(at, ";\r"), at);
}

/* A reply of the far end to the first request sent. */
static inline void reply_tagged(unsigned status, const char *method, const char *tag)
{
	char text[1024], branch[64];

	copy_branch(w.sent[0].text, branch);
	snprintf(text, sizeof(text),
		 "SIP/2.0 %u X\r\nVia: SIP/2.0/UDP 198.51.100.1;branch=%s\r\nFrom: "
		 "<sip:a@h>;tag=f\r\n"
		 "To: <sip:b@h>;tag=%s\r\nCall-ID: out\r\nCSeq: 7 %s\r\n\r\n",
		 status, branch, tag, method);
	receive_text(w.listener.kind, text);
}

#define reply(status) reply_tagged(status, "INVITE", "t")

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
