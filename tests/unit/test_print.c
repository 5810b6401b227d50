/* test_print.c -- what goes out, and that nothing can open a line of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/addr.h"
#include "signaling/sip/print.h"

static char buf[4096];

static struct message *parse(const char *text)
{
	struct message *m = NULL;

	assert_int_equal(message_parse(text, strlen(text), &m), ERR_NONE);
	return m;
}

static const char *reply(const char *request, const char *source, unsigned status)
{
	struct message *m = parse(request);
	struct addr from;
	struct text t;

	assert_int_equal(addr_parse(slice_from_text(source), 5555, &from), ERR_NONE);
	text_init(&t, buf, sizeof(buf));
	print_reply_head(&t, m, &from, status, SLICE_NONE, SLICE("mine"));
	print_body(&t, SLICE_NONE, SLICE_NONE);
	assert_false(t.overflow);
	message_unref(m);
	return text_get_string(&t);
}

#define INVITE(via)                                                                                \
	"INVITE sip:b@h SIP/2.0\r\n" via                                                           \
	"Record-Route: <sip:p;lr>\r\nFrom: A <sip:a@h>;tag=1;x=y\r\n"                              \
	"To: <sip:b@h>\r\nCall-ID: id\r\nCSeq: 9 INVITE\r\n\r\n"

/* RFC 3261 8.2.6.2, 18.2.1; RFC 3581 4. */
static void replies_tell_the_source_back(void **state)
{
	(void)state;
	assert_string_equal(
		reply(INVITE("Via: SIP/2.0/UDP 192.0.2.1;rport;branch=z9hG4bK1, SIP/2.0/TCP z\r\n"
			     "v: SIP/2.0/UDP y\r\n"),
		      "192.0.2.1", 180),
		"SIP/2.0 180 Ringing\r\n"
		"Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1;received=192.0.2.1;rport=5555, "
		"SIP/2.0/TCP z\r\n"
		"Via: SIP/2.0/UDP y\r\n"
		"Record-Route: <sip:p;lr>\r\n"
		"From: A <sip:a@h>;tag=1;x=y\r\n"
		"To: <sip:b@h>;tag=mine\r\n"
		"Call-ID: id\r\nCSeq: 9 INVITE\r\nContent-Length: 0\r\n\r\n");
}

static void received_is_left_out_where_it_says_nothing_new(void **state)
{
	(void)state;
	assert_null(strstr(
		reply(INVITE("Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n"), "192.0.2.1", 486),
		"received"));
	assert_non_null(
		strstr(reply(INVITE("Via: SIP/2.0/UDP host;branch=z9hG4bK1\r\n"), "192.0.2.1", 486),
		       ";received=192.0.2.1\r\n"));
	/* What the sender claims about itself is replaced. */
	assert_non_null(strstr(
		reply(INVITE("Via: SIP/2.0/UDP [2001:db8::1];received=9.9.9.9;branch=z9hG4bK1\r\n"),
		      "2001:db8::2", 486),
		";branch=z9hG4bK1;received=2001:db8::2\r\n"));
}

static void a_100_has_no_tag_and_failures_no_record_route(void **state)
{
	(void)state;
	assert_null(strstr(reply(INVITE("Via: SIP/2.0/UDP h\r\n"), "192.0.2.1", 100), "mine"));
	assert_null(
		strstr(reply(INVITE("Via: SIP/2.0/UDP h\r\n"), "192.0.2.1", 404), "Record-Route"));
}

static void refuses_values_that_hold_line_ends(void **state)
{
	static const char *const bad[] = { "a\r\nX: y", "a\nb", "a\rb", "a\001" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct text t;

		text_init(&t, buf, sizeof(buf));
		print_header(&t, "Subject", slice_from_text(bad[i]));
		assert_true(t.overflow);
		text_init(&t, buf, sizeof(buf));
		print_request_line(&t, SLICE("INVITE"), slice_from_text(bad[i]));
		assert_true(t.overflow);
		text_init(&t, buf, sizeof(buf));
		print_status_line(&t, 200, slice_from_text(bad[i]));
		assert_true(t.overflow);
	}
}

static void bodies_bring_their_type_and_length(void **state)
{
	struct text t;

	(void)state;
	text_init(&t, buf, sizeof(buf));
	print_body(&t, SLICE("application/sdp"), SLICE("v=0\r\n"));
	assert_string_equal(text_get_string(&t),
			    "Content-Type: application/sdp\r\nContent-Length: 5\r\n\r\nv=0\r\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replies_tell_the_source_back),
		cmocka_unit_test(received_is_left_out_where_it_says_nothing_new),
		cmocka_unit_test(a_100_has_no_tag_and_failures_no_record_route),
		cmocka_unit_test(refuses_values_that_hold_line_ends),
		cmocka_unit_test(bodies_bring_their_type_and_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
