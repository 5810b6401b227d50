/* loopback.h -- what the transport tests share: a loop that is turned by hand, two
 * transports that talk over the loopback interface, and a note of all that happened. */
#ifndef TESTS_UNIT_LOOPBACK_H
#define TESTS_UNIT_LOOPBACK_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "common/clock.h"
#include "common/log.h"
#include "signaling/transport/transport.h"

enum { LOOPBACK_TURNS_MAX = 4000, LOOPBACK_TEXT_SIZE = 70000 };

struct loopback_end {
	struct transport *transport;
	unsigned messages, failures;
	uint64_t failed_token;
	enum err failed_error;
	char failed_why[512];
	char last[LOOPBACK_TEXT_SIZE];
	size_t last_len, total_len;
	struct transport_origin from;
	unsigned identity_count;
	char identity[8][256];
};

static struct loop *loopback_loop;

static void loopback_on_message(void *owner, const struct transport_origin *from, char *bytes,
				size_t len)
{
	struct loopback_end *end = owner;

	end->messages++;
	end->from = *from;
	end->identity_count = from->identity ? from->identity->count : 0;
	for (unsigned i = 0; i < end->identity_count && i < 8; i++)
		snprintf(end->identity[i], sizeof(end->identity[i]), "%s",
			 from->identity->names[i]);
	memcpy(end->last, bytes, len);
	end->last[len] = '\0';
	end->last_len = len;
	end->total_len += len;
}

static void loopback_on_failed(void *owner, uint64_t token, enum err e, const char *why)
{
	struct loopback_end *end = owner;

	end->failures++;
	end->failed_token = token;
	end->failed_error = e;
	snprintf(end->failed_why, sizeof(end->failed_why), "%s", why);
}

/* One turn; waits for the kernel when nothing is ready, but never for the clock. */
static void loopback_turn(void)
{
	struct uv_loop_s *uv = loop_get_uv(loopback_loop);
	struct pollfd p = { .fd = uv_backend_fd(uv), .events = POLLIN };

	poll(&p, 1, 1);
	uv_run(uv, UV_RUN_NOWAIT);
}

#define LOOPBACK_UNTIL(condition)                                                  \
	do {                                                                       \
		bool is_true_ = (condition);                                       \
										   \
		for (unsigned turn_ = 0; turn_ < LOOPBACK_TURNS_MAX && !is_true_; turn_++) { \
			loopback_turn();                                           \
			is_true_ = (condition);                                    \
		}                                                                  \
		if (!is_true_)                                                     \
			fail_msg("never happened: %s", #condition);                \
	} while (0)

static inline void loopback_settle(void)
{
	for (unsigned i = 0; i < 20; i++)
		loopback_turn();
}

struct loopback_search {
	const char *name;
	uint64_t value;
	bool is_found;
};

static void loopback_visit(void *arg, const char *name, uint64_t value, const char *help)
{
	struct loopback_search *s = arg;

	assert_true(help[0] != '\0');
	if (strcmp(name, s->name) == 0) {
		s->value = value;
		s->is_found = true;
	}
}

static inline uint64_t loopback_counter(const char *name)
{
	struct loopback_search s = { .name = name };

	transport_visit_counters(loopback_visit, &s);
	assert_true(s.is_found);
	return s.value;
}

static inline void loopback_open_end(struct loopback_end *end, unsigned worker)
{
	static const struct transport_callbacks callbacks = { loopback_on_message,
							      loopback_on_failed };

	memset(end, 0, sizeof(*end));
	assert_int_equal(transport_create(loopback_loop, worker, &callbacks, end, &end->transport),
			 ERR_NONE);
}

/* Lines of configuration; "port 1" stands for a port the kernel chooses. */
static inline struct config *loopback_config(const char *const *lines)
{
	struct config *c;
	char text[512];
	struct text why;

	assert_int_equal(config_create(&c), ERR_NONE);
	for (; *lines; lines++) {
		text_init(&why, text, sizeof(text));
		if (config_apply_line(c, slice_from_text(*lines), &why))
			fail_msg("%s: %s", *lines, text_get_string(&why));
	}
	config_resolve(c);
	for (size_t i = 0; i < c->listener_count; i++)
		if (c->listener[i].port == 1)
			c->listener[i].port = 0;
	return c;
}

static inline enum err loopback_try_configure(struct loopback_end *end, const char *const *lines,
					      char *why, size_t size)
{
	struct config *c = loopback_config(lines);
	struct transport_plan *plan;
	struct text text;
	enum err e;

	text_init(&text, why, size);
	e = transport_prepare(end->transport, c, &text, &plan);
	text_get_string(&text);
	if (!e)
		transport_apply(end->transport, plan);
	config_destroy(c);
	return e;
}

static inline void loopback_configure(struct loopback_end *end, const char *const *lines)
{
	char why[512];

	if (loopback_try_configure(end, lines, why, sizeof(why)))
		fail_msg("%s", why);
}

static inline struct addr loopback_local(const struct loopback_end *end, unsigned listener)
{
	const struct transport_listener *l = transport_find_listener(end->transport, listener);

	assert_non_null(l);
	return l->local;
}

static inline int loopback_setup(void **state)
{
	(void)state;
	log_set_level(getenv("ENLACE_LOG") ? LOG_LEVEL_WARN : LOG_LEVEL_ERR);
	clock_set_test(CLOCK_SECONDS(1000));
	return loop_create(&loopback_loop);
}

static inline int loopback_teardown(void **state)
{
	(void)state;
	loop_destroy(loopback_loop);
	return 0;
}

/* The smallest thing that passes for a message on a stream. */
static inline size_t loopback_message(char *out, size_t size, const char *call_id, size_t body_len)
{
	int len = snprintf(out, size,
			   "OPTIONS sip:a@127.0.0.1 SIP/2.0\r\n"
			   "Via: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK-%s\r\n"
			   "From: <sip:a@127.0.0.1>;tag=1\r\nTo: <sip:b@127.0.0.1>\r\n"
			   "Call-ID: %s\r\nCSeq: 1 OPTIONS\r\nContent-Length: %zu\r\n\r\n",
			   call_id, call_id, body_len);

	assert_true(len > 0 && (size_t)len + body_len < size);
	memset(out + len, 'x', body_len);
	return (size_t)len + body_len;
}

#endif
