/* test_screen.c -- what the screen lets in, and where it cuts a stream. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "signaling/sip/screen.h"

#define START "OPTIONS sip:h SIP/2.0\r\n"
#define VIA "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1\r\n"
#define FROM "From: <sip:a@h>;tag=f\r\n"
#define TO "To: <sip:b@h>;tag=t\r\n"
#define ID "CALL-ID: x@y\r\n"
#define CSEQ "CSeq: 1 OPTIONS\r\n"
#define REST VIA FROM TO ID CSEQ
#define GOOD START REST

static enum screen_verdict check(const char *text, struct screened *out)
{
	struct screened unused;
	size_t len = strlen(text);
	char *exact = malloc(len + !len); /* so that the sanitizer sees a step too far */
	enum screen_verdict v;

	memcpy(exact, text, len);
	v = screen_check(exact, len, &unused);
	free(exact);
	return out && !v ? screen_check(text, len, out) : v;
}

static void fills_in_what_routes_a_message(void **state)
{
	struct screened s;

	(void)state;
	assert_int_equal(check(GOOD "Content-Length: 3\r\n\r\nabcdef", &s), SCREEN_PASS);
	assert_true(s.is_request);
	assert_true(slice_is_text(s.method, "OPTIONS"));
	assert_true(slice_is_text(s.call_id, "x@y"));
	assert_true(slice_is_text(s.top_branch, "z9hG4bK1"));
	assert_true(slice_is_text(s.from_tag, "f"));
	assert_true(slice_is_text(s.to_tag, "t"));
	assert_true(slice_is_text(s.body, "abc"));
}

static void takes_the_method_of_a_reply_from_cseq(void **state)
{
	struct screened s;

	(void)state;
	assert_int_equal(check("SIP/2.0 200 OK\r\n" REST "\r\n", &s), SCREEN_PASS);
	assert_false(s.is_request);
	assert_int_equal(s.status, 200);
	assert_true(slice_is_text(s.method, "OPTIONS"));
}

static const struct {
	enum screen_verdict verdict;
	const char *text;
} verdicts[] = {
	{ SCREEN_KEEPALIVE, "\r\n\r\n" },
	{ SCREEN_KEEPALIVE, "\r\n" },
	{ SCREEN_PASS, "\r\n\r\n" GOOD "\r\n" },
	{ SCREEN_NOT_SIP, "" },
	{ SCREEN_NOT_SIP, "jaK" },
	{ SCREEN_NOT_SIP, "GET / HTTP/1.1\r\n\r\n" },
	{ SCREEN_VERSION, "OPTIONS sip:h SIP/7.0\r\n" REST "\r\n" },
	{ SCREEN_VERSION, "SIP/3.0 200 OK\r\n" REST "\r\n" },
	{ SCREEN_BAD_REQUEST_LINE, "OPTIONS  sip:h SIP/2.0\r\n" REST "\r\n" },
	{ SCREEN_BAD_REQUEST_LINE, "OPTIONS sip:h SIP/2.0 \r\n" REST "\r\n" },
	{ SCREEN_BAD_REQUEST_LINE, "OPTIONS <sip:h> SIP/2.0\r\n" REST "\r\n" },
	{ SCREEN_BAD_REQUEST_LINE, "SIP/2.0 99 no\r\n" REST "\r\n" },
	{ SCREEN_BAD_REQUEST_LINE, "SIP/2.0 4294967301 x\r\n" REST "\r\n" },
	{ SCREEN_TRUNCATED, GOOD },
	{ SCREEN_TRUNCATED, GOOD "Content-Length: 4\r\n\r\nabc" },
	{ SCREEN_TRUNCATED, GOOD "Content-Length: 2147483647\r\n\r\nabc" },
	{ SCREEN_TRUNCATED, GOOD "Content-Length: 4294967290\r\n\r\nabc" },
	{ SCREEN_TRUNCATED, GOOD "Content-Length: 99999999999999999999\r\n\r\nabc" },
	{ SCREEN_BAD_LENGTH, GOOD "Content-Length: -1\r\n\r\n" },
	{ SCREEN_BAD_LENGTH, GOOD "Content-Length: +1\r\n\r\na" },
	{ SCREEN_BAD_LENGTH, GOOD "Content-Length: \r\n\r\n" },
	{ SCREEN_BAD_LENGTH, GOOD "Content-Length: 0\r\nl: 1\r\n\r\na" },
	{ SCREEN_CONTROL_BYTES, GOOD "X: a\001b\r\n\r\n" },
	{ SCREEN_CONTROL_BYTES, GOOD "X: a\rb\r\n\r\n" },
	{ SCREEN_CONTROL_BYTES, GOOD "X: a\nb\r\n\r\n" },
	{ SCREEN_CONTROL_BYTES, GOOD "X: a\177b\r\n\r\n" },
	{ SCREEN_PASS, GOOD "X: a\tb\r\n folded\r\n\r\n" },
	{ SCREEN_PASS, GOOD "Subject: \303\244\344\270\255\r\n\r\n" },
	{ SCREEN_MISSING, START FROM TO ID CSEQ "\r\n" },
	{ SCREEN_MISSING, START VIA TO ID CSEQ "\r\n" },
	{ SCREEN_MISSING, START VIA FROM ID CSEQ "\r\n" },
	{ SCREEN_MISSING, START VIA FROM TO CSEQ "\r\n" },
	{ SCREEN_MISSING, START VIA FROM TO ID "\r\n" },
	{ SCREEN_MISSING, GOOD "f: <sip:c@h>\r\n\r\n" },
	{ SCREEN_MISSING, GOOD "t: <sip:c@h>\r\n\r\n" },
	{ SCREEN_MISSING, GOOD "i: z\r\n\r\n" },
	{ SCREEN_MISSING, GOOD CSEQ "\r\n" },
	{ SCREEN_MISSING, GOOD "Max-Forwards: 1\r\nMAX-FORWARDS: 1\r\n\r\n" },
	{ SCREEN_BAD_FIELD, GOOD "no colon\r\n\r\n" },
	{ SCREEN_BAD_FIELD, GOOD ": no name\r\n\r\n" },
	{ SCREEN_BAD_FIELD, START VIA "From: <sip:a@h\r\n" TO ID CSEQ "\r\n" },
	{ SCREEN_BAD_FIELD, START VIA FROM TO "Call-ID: a b\r\n" CSEQ "\r\n" },
	{ SCREEN_BAD_VIA, START "v: SIP/2.0/XMPP h\r\n" FROM TO ID CSEQ "\r\n" },
	{ SCREEN_BAD_VIA, START "v: SIP/2.0/UDP \r\n" FROM TO ID CSEQ "\r\n" },
	{ SCREEN_BAD_VIA, START "v: SIP/2.0/UDP h:0\r\n" FROM TO ID CSEQ "\r\n" },
	{ SCREEN_BAD_VIA, START "v: SIP/2.0/UDP h:70000\r\n" FROM TO ID CSEQ "\r\n" },
	{ SCREEN_BAD_VIA, START "v: SIP/2.0/UDP h$h\r\n" FROM TO ID CSEQ "\r\n" },
	{ SCREEN_BAD_VIA, START "v: SIP/2.0/UDP [::1\r\n" FROM TO ID CSEQ "\r\n" },
	{ SCREEN_BAD_VIA, START "v: SIP/7.0/UDP h\r\n" FROM TO ID CSEQ "\r\n" },
	{ SCREEN_BAD_VIA, START "v: SIP/2.0/UDP h;branch=a b\r\n" FROM TO ID CSEQ "\r\n" },
	{ SCREEN_BAD_VIA, START "v: SIP/2.0/UDP h;branch=a;branch=b\r\n" FROM TO ID CSEQ "\r\n" },
	{ SCREEN_BAD_VIA, START "v: SIP/2.0/UDP h;branch\r\n" FROM TO ID CSEQ "\r\n" },
	{ SCREEN_BAD_FIELD, START VIA "f: <sip:a@h>;tag=1;TAG=2\r\n" TO ID CSEQ "\r\n" },
	{ SCREEN_BAD_CSEQ, START VIA FROM TO ID "CSeq: 1 INVITE\r\n\r\n" },
	{ SCREEN_BAD_CSEQ, START VIA FROM TO ID "CSeq: 2147483648 OPTIONS\r\n\r\n" },
	{ SCREEN_BAD_CSEQ, START VIA FROM TO ID "CSeq: -1 OPTIONS\r\n\r\n" },
	{ SCREEN_BAD_CSEQ, START VIA FROM TO ID "CSeq: OPTIONS\r\n\r\n" },
};

static void gives_each_fault_its_verdict(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
		enum screen_verdict v = check(verdicts[i].text, NULL);

		if (v != verdicts[i].verdict)
			fail_msg("case %zu: %s instead of %s:\n%s", i, screen_verdict_name(v),
				 screen_verdict_name(verdicts[i].verdict), verdicts[i].text);
	}
}

static char *repeat(const char *head, const char *line, unsigned count)
{
	size_t size = strlen(head) + strlen(line) * count + 3;
	char *text = malloc(size), *at = stpcpy(text, head);

	while (count--)
		at = stpcpy(at, line);
	strcpy(at, "\r\n");
	return text;
}

static void refuses_more_than_each_limit(void **state)
{
	static const struct {
		const char *line;
		unsigned most;
	} cases[] = {
		{ "X: y\r\n", SCREEN_HEADERS_MAX - 5 },
		{ "Via: SIP/2.0/UDP h\r\n", SCREEN_VIAS_MAX - 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *fits = repeat(GOOD, cases[i].line, cases[i].most);
		char *long_one = repeat(GOOD, cases[i].line, cases[i].most + 1);

		assert_int_equal(check(fits, NULL), SCREEN_PASS);
		assert_int_equal(check(long_one, NULL), SCREEN_TOO_LONG);
		free(fits);
		free(long_one);
	}
}

static void refuses_lines_and_messages_over_the_limit(void **state)
{
	char *line = repeat(GOOD "X: ", "y", SCREEN_LINE_MAX);
	char *vias = repeat(START FROM TO ID CSEQ "Via: SIP/2.0/UDP h", ",SIP/2.0/UDP h", 70);
	char *all = repeat(GOOD "\r\n", "0123456789", 6600);
	char *end;

	(void)state;
	end = line + strlen(line);
	line = realloc(line, (size_t)(end - line) + 3);
	strcat(line, "\r\n");
	assert_int_equal(check(line, NULL), SCREEN_TOO_LONG);
	vias = realloc(vias, strlen(vias) + 3);
	strcat(vias, "\r\n");
	assert_int_equal(check(vias, NULL), SCREEN_TOO_LONG);
	assert_int_equal(check(all, NULL), SCREEN_TOO_LONG);
	free(line);
	free(vias);
	free(all);
}

static enum err frame(const char *text, size_t *skip, size_t *len)
{
	return screen_frame(text, strlen(text), skip, len);
}

static void cuts_streams_at_content_length(void **state)
{
	size_t skip, len;

	(void)state;
	assert_int_equal(frame("\r\n\r\n" GOOD "l: 2\r\n\r\nabNEXT", &skip, &len), ERR_NONE);
	assert_int_equal(skip, 4);
	assert_int_equal(len, strlen(GOOD "l: 2\r\n\r\nab"));
	assert_int_equal(frame(GOOD "CONTENT-LENGTH : 0\r\n\r\n", &skip, &len), ERR_NONE);
}

static void waits_for_what_is_still_on_its_way(void **state)
{
	static const char whole[] = "\r\n" GOOD "l: 4\r\n\r\nabcd";
	size_t skip, len;

	(void)state;
	for (size_t n = 0; n < sizeof(whole) - 1; n++)
		assert_int_equal(screen_frame(whole, n, &skip, &len), ERR_TRUNCATED);
	assert_int_equal(screen_frame(whole, sizeof(whole) - 1, &skip, &len), ERR_NONE);
}

static void gives_up_streams_nobody_can_follow(void **state)
{
	static const char *const bad[] = {
		GOOD "\r\n", /* no Content-Length */
		GOOD "l: 2147483647\r\n\r\n",
		GOOD "l: 4294967290\r\n\r\n",
		GOOD "l: 4294967295\r\n\r\n",
		GOOD "l: 18446744073709551616\r\n\r\n",
		GOOD "l: 65536\r\n\r\n",
		GOOD "l: -1\r\n\r\n",
		GOOD "l: 0x10\r\n\r\n",
		GOOD "l: 1 1\r\n\r\n",
		GOOD "l: 3\r\nContent-Length: 4\r\n\r\nabcd",
		GOOD "l: 3\r\nContent-Length: 3\r\n\r\nabc",
		GOOD "no colon\r\nl: 3\r\n\r\nabc",
		"\026\003\001\002", /* a TLS hello on a plain port */
	};
	size_t skip, len;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		enum err e = frame(bad[i], &skip, &len);

		if (e == ERR_NONE || e == ERR_TRUNCATED)
			fail_msg("case %zu is followed: %s", i, bad[i]);
	}
}

static void gives_up_header_sections_that_never_end(void **state)
{
	char *text = repeat(GOOD, "X: 0123456789\r\n", 4500);
	size_t skip, len;

	(void)state;
	assert_int_equal(screen_frame(text, strlen(text) - 2, &skip, &len), ERR_TOO_LONG);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fills_in_what_routes_a_message),
		cmocka_unit_test(takes_the_method_of_a_reply_from_cseq),
		cmocka_unit_test(gives_each_fault_its_verdict),
		cmocka_unit_test(refuses_more_than_each_limit),
		cmocka_unit_test(refuses_lines_and_messages_over_the_limit),
		cmocka_unit_test(cuts_streams_at_content_length),
		cmocka_unit_test(waits_for_what_is_still_on_its_way),
		cmocka_unit_test(gives_up_streams_nobody_can_follow),
		cmocka_unit_test(gives_up_header_sections_that_never_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
