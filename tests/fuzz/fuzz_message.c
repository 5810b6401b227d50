/* fuzz_message.c -- a datagram through the screen, the parser, every accessor and the
 * reply writer.  What passes the screen and the parser must give a reply that passes
 * both again: otherwise a peer could write what we send. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/addr.h"
#include "common/check.h"
#include "signaling/sip/message.h"
#include "signaling/sip/print.h"
#include "signaling/sip/screen.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t touched; /* reads every byte of a slice, so that the sanitizer sees it */

static void touch(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		touched += (unsigned char)s.data[i];
}

static void touch_uri(const struct uri *u)
{
	touch(u->whole);
	touch(u->scheme);
	touch(u->user);
	touch(u->host);
	touch(u->params);
	touch(u->headers);
	touch(u->transport);
}

static void touch_name_addr(const struct name_addr *n)
{
	touch(n->whole);
	touch(n->display);
	touch_uri(&n->uri);
	touch(n->params);
	touch(n->tag);
	touch(param_find(n->params, "epid"));
}

static void visit(void *arg, struct slice name, struct slice value)
{
	struct slice element;
	struct name_addr n;
	struct uri u;

	(void)arg;
	touch(name);
	touch(value);
	if (uri_parse(value, &u) == ERR_NONE)
		touch_uri(&u);
	while (header_take_element(&value, &element)) {
		touch(element);
		if (name_addr_parse(element, &n) == ERR_NONE)
			touch_name_addr(&n);
	}
}

static void touch_message(const struct message *m)
{
	touch_uri(message_get_request_uri(m));
	touch_name_addr(message_get_from(m));
	touch_name_addr(message_get_to(m));
	if (message_get_contact(m))
		touch_name_addr(message_get_contact(m));
	touch(message_get_via(m)->transport);
	touch(message_get_via(m)->host);
	touch(message_get_via(m)->branch);
	touch(message_get_method_name(m));
	touch(message_get_reason(m));
	touch(message_get_call_id(m));
	touch(message_get_body(m));
	touch(message_find_named(m, "Diversion", 0));
	touched += message_has_token(m, HEADER_SUPPORTED, "100rel");
	message_visit_headers(m, visit, NULL);
}

static void reply_to(const struct message *m)
{
	static char buf[2 * SCREEN_MESSAGE_MAX];
	struct message *reply = NULL;
	struct screened s;
	struct addr source;
	struct text t;
	enum err e;

	CHECK(addr_parse(SLICE("192.0.2.1"), 5060, &source) == ERR_NONE);
	text_init(&t, buf, sizeof(buf));
	print_reply_head(&t, m, &source, 200, SLICE_NONE, SLICE("tag"));
	print_body(&t, SLICE("application/sdp"), SLICE("v=0\r\n"));
	if (t.overflow || t.len > SCREEN_MESSAGE_MAX)
		return;
	if (screen_check(t.data, t.len, &s) == SCREEN_TOO_LONG)
		return; /* received and rport made a line too long */
	CHECK(screen_check(t.data, t.len, &s) == SCREEN_PASS);
	e = message_parse(t.data, t.len, &reply);
	CHECK(e == ERR_NONE);
	CHECK(message_get_status(reply) == 200);
	CHECK(slice_is_equal(message_get_call_id(reply), message_get_call_id(m)));
	CHECK(slice_is_equal(message_get_via(reply)->branch, message_get_via(m)->branch));
	CHECK(message_get_to(reply)->tag.len > 0);
	CHECK(slice_is_text(message_get_body(reply), "v=0\r\n"));
	message_unref(reply);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct screened s;
	struct message *m = NULL;

	if (screen_check((const char *)data, size, &s) != SCREEN_PASS)
		return 0;
	touch(s.method);
	touch(s.call_id);
	touch(s.top_branch);
	touch(s.from_tag);
	touch(s.to_tag);
	touch(s.body);
	if (message_parse((const char *)data, size, &m))
		return 0;
	CHECK(message_is_request(m) == s.is_request);
	CHECK(slice_is_equal(message_get_call_id(m), s.call_id));
	CHECK(slice_is_equal(message_get_via(m)->branch, s.top_branch));
	CHECK(slice_is_equal(message_get_from(m)->tag, s.from_tag));
	CHECK(slice_is_equal(message_get_body(m), s.body));
	touch_message(m);
	if (message_is_request(m))
		reply_to(m);
	message_unref(m);
	return 0;
}
