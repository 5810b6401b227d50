/* test_message.c -- reading one message: fields, addresses, what is kept byte for byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "signaling/sip/message.h"
#include "signaling/sip/screen.h"

/* A Mediation Server's INVITE: names in capitals, epid, transport=Tls, ms-opaque. */
static const char lync_invite[] =
	"INVITE sip:+441344123456@sbc.example.com;user=phone SIP/2.0\r\n"
	"FROM: \"Alice \\\"A\\\" "
	"B\"<sip:+61732680000@contoso.com;user=phone>;epid=0123456789;tag=abc\r\n"
	"TO: <sip:+441344123456@sbc.example.com;user=phone>\r\n"
	"CSEQ: 23 INVITE\r\n"
	"CALL-ID: 4b8a7ac2-3b2b-4a31-9d2c-8f2f6a9f1d6e\r\n"
	"MAX-FORWARDS: 70\r\n"
	"VIA: SIP/2.0/TLS 10.1.2.3:50123;branch=z9hG4bK5d3ad11c\r\n"
	"CONTACT: <sip:ms1.contoso.com:5067;transport=Tls;ms-opaque=0a1B2c>\r\n"
	"SUPPORTED: 100rel\r\n"
	"Supported: timer , histinfo\r\n"
	"X-Folded: one\r\n two\r\n\tthree\r\n"
	"CONTENT-TYPE: application/sdp\r\n"
	"CONTENT-LENGTH: 5\r\n"
	"\r\n"
	"v=0\r\n";

static struct message *parse(const char *text)
{
	struct message *m = NULL;

	assert_int_equal(message_parse(text, strlen(text), &m), ERR_NONE);
	return m;
}

static void assert_slice(struct slice s, const char *text)
{
	if (!slice_is_text(s, text) || !s.data)
		fail_msg("\"%.*s\" instead of \"%s\"", SLICE_ARG(s), text);
}

static void reads_the_fields_of_a_lync_invite(void **state)
{
	struct message *m = parse(lync_invite);

	(void)state;
	assert_true(message_is_request(m));
	assert_int_equal(message_get_method(m), METHOD_INVITE);
	assert_int_equal(message_get_cseq(m), 23);
	assert_int_equal(message_get_max_forwards(m), 70);
	assert_slice(message_get_call_id(m), "4b8a7ac2-3b2b-4a31-9d2c-8f2f6a9f1d6e");
	assert_slice(message_get_via(m)->transport, "TLS");
	assert_slice(message_get_via(m)->host, "10.1.2.3");
	assert_int_equal(message_get_via(m)->port, 50123);
	assert_slice(message_get_via(m)->branch, "z9hG4bK5d3ad11c");
	assert_slice(message_get_from(m)->tag, "abc");
	assert_slice(message_get_from(m)->display, "Alice \\\"A\\\" B");
	assert_slice(message_get_from(m)->uri.user, "+61732680000");
	assert_slice(message_get_request_uri(m)->host, "sbc.example.com");
	assert_slice(message_get_body(m), "v=0\r\n");
	message_unref(m);
}

/* RFC 3261 12.2.1.1: the remote target goes back as it came. */
static void keeps_the_remote_target_byte_for_byte(void **state)
{
	struct message *m = parse(lync_invite);
	const struct name_addr *contact = message_get_contact(m);

	(void)state;
	assert_slice(contact->uri.whole, "sip:ms1.contoso.com:5067;transport=Tls;ms-opaque=0a1B2c");
	assert_slice(contact->uri.transport, "Tls");
	assert_int_equal(contact->uri.port, 5067);
	message_unref(m);
}

static void unfolds_values_and_joins_nothing(void **state)
{
	struct message *m = parse(lync_invite);

	(void)state;
	assert_slice(message_find_named(m, "x-folded", 0), "one   two  \tthree");
	assert_slice(message_find_header(m, HEADER_SUPPORTED, 1), "timer , histinfo");
	assert_null(message_find_header(m, HEADER_SUPPORTED, 2).data);
	assert_true(message_has_token(m, HEADER_SUPPORTED, "TIMER"));
	assert_false(message_has_token(m, HEADER_SUPPORTED, "100"));
	message_unref(m);
}

static void takes_uris_apart(void **state)
{
	struct uri u;

	(void)state;
	assert_int_equal(
		uri_parse(SLICE("sip:2160;phone-context=dp@[2001:db8::1]:5061;lr?a=b"), &u), 0);
	assert_slice(u.user, "2160;phone-context=dp");
	assert_slice(u.host, "2001:db8::1");
	assert_int_equal(u.port, 5061);
	assert_slice(u.params, "lr");
	assert_slice(u.headers, "a=b");
	assert_int_equal(uri_parse(SLICE("tel:+14255550123;ext=10001"), &u), 0);
	assert_slice(u.user, "+14255550123");
	assert_slice(u.params, "ext=10001");
	assert_int_equal(uri_parse(SLICE("sip:a:secret@h"), &u), 0);
	assert_slice(u.user, "a");
	assert_int_equal(u.port, 0);
}

static void refuses_uris_that_are_none(void **state)
{
	static const char *const bad[] = { "",		 "sip:",
					   "sip:@h",	 "sip:a@h@i",
					   "sip:a@h:0",	 "sip:a@h:99999",
					   "sip:a@[::1", "sip:a b@h",
					   "sip:a@h:5x", "sip:a@h\r\nX: y",
					   ":a@h",	 "tel:" };
	struct uri u;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (uri_parse(slice_from_text(bad[i]), &u) == ERR_NONE)
			fail_msg("accepted \"%s\"", bad[i]);
}

/* RFC 3261 20.10: without < > the parameters are the field's. */
static void bare_addresses_give_their_parameters_to_the_field(void **state)
{
	struct name_addr n;

	(void)state;
	assert_int_equal(name_addr_parse(SLICE("sip:a@h;tag=1;x"), &n), 0);
	assert_slice(n.uri.whole, "sip:a@h");
	assert_slice(n.tag, "1");
	assert_int_equal(name_addr_parse(SLICE("\"x<y\" <sip:a@h;tag=2>"), &n), 0);
	assert_slice(n.display, "x<y");
	assert_null(n.tag.data);
}

static void elements_respect_quotes_and_angles(void **state)
{
	struct slice rest = SLICE("\"a,b\" <sip:x@h;p=\",\">;q , , <sip:c,d@h>"), element;

	(void)state;
	assert_true(header_take_element(&rest, &element));
	assert_slice(element, "\"a,b\" <sip:x@h;p=\",\">;q");
	assert_true(header_take_element(&rest, &element));
	assert_slice(element, "<sip:c,d@h>");
	assert_false(header_take_element(&rest, &element));
}

static void parameters_are_found_whatever_is_quoted(void **state)
{
	struct slice params = SLICE("a=\"x;tag=no\" ; TAG = yes;flag");

	(void)state;
	assert_slice(param_find(params, "tag"), "yes");
	assert_slice(param_find(params, "flag"), "");
	assert_null(param_find(params, "none").data);
}

static void a_star_is_no_contact(void **state)
{
	struct message *m =
		parse("REGISTER sip:h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\n"
		      "f: <sip:a@h>;tag=1\r\nt: <sip:a@h>\r\ni: x\r\nCSeq: 1 REGISTER\r\n"
		      "m: *\r\n\r\n");

	(void)state;
	assert_null(message_get_contact(m));
	assert_int_equal(message_get_max_forwards(m), -1);
	message_unref(m);
}

static void reads_replies_with_an_empty_phrase(void **state)
{
	struct message *m = parse("SIP/2.0 487 \r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\n"
				  "f: <sip:a@h>;tag=1\r\nt: <sip:a@h>;tag=2\r\ni: x\r\n"
				  "CSeq: 7 INVITE\r\n\r\n");

	(void)state;
	assert_false(message_is_request(m));
	assert_int_equal(message_get_status(m), 487);
	assert_slice(message_get_reason(m), "");
	assert_int_equal(message_get_method(m), METHOD_INVITE);
	message_unref(m);
}

static void names_are_known_without_case_methods_with(void **state)
{
	(void)state;
	assert_int_equal(method_from_name(SLICE("INVITE")), METHOD_INVITE);
	assert_int_equal(method_from_name(SLICE("invite")), METHOD_OTHER);
	assert_string_equal(method_name(METHOD_BYE), "BYE");
	assert_string_equal(header_name(HEADER_CALL_ID), "Call-ID");
	assert_string_equal(status_phrase(486), "Busy Here");
	assert_string_equal(status_phrase(499), "Unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_fields_of_a_lync_invite),
		cmocka_unit_test(keeps_the_remote_target_byte_for_byte),
		cmocka_unit_test(unfolds_values_and_joins_nothing),
		cmocka_unit_test(takes_uris_apart),
		cmocka_unit_test(refuses_uris_that_are_none),
		cmocka_unit_test(bare_addresses_give_their_parameters_to_the_field),
		cmocka_unit_test(elements_respect_quotes_and_angles),
		cmocka_unit_test(parameters_are_found_whatever_is_quoted),
		cmocka_unit_test(a_star_is_no_contact),
		cmocka_unit_test(reads_replies_with_an_empty_phrase),
		cmocka_unit_test(names_are_known_without_case_methods_with),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
