/* test_description.c -- reading descriptions: what is tolerated, what is not. */
#include "tests/unit/offer_fixture.h"

#include "signaling/offer/description.h"

static enum err parse(const char *body, struct description **out)
{
	char bytes[256];
	struct text why;

	text_init(&why, bytes, sizeof(bytes));
	return description_parse(slice_from_text(body), out, &why);
}

static struct description *parse_good(const char *body)
{
	struct description *d = NULL;

	assert_int_equal(parse(body, &d), ERR_NONE);
	return d;
}

static void assert_addr(const struct addr *a, const char *expected)
{
	char text[ADDR_TEXT_SIZE];

	assert_string_equal(addr_print(a, text, sizeof(text)), expected);
}

static void reads_what_a_stream_has(void **state)
{
	struct description *d = parse_good(HEAD "m=audio 4000 RTP/AVP 8 101\r\n"
						"a=rtcp-mux\r\na=recvonly\r\n"
						"m=video 0 RTP/SAVP 96\r\n");

	(void)state;
	assert_int_equal(d->stream_count, 2);
	assert_addr(&d->streams[0].rtp, "192.0.2.7:4000");
	assert_addr(&d->streams[0].rtcp, "192.0.2.7:4001");
	assert_int_equal(d->streams[0].protocol, PROTOCOL_AVP);
	assert_int_equal(d->streams[0].direction, DIRECTION_RECEIVE);
	assert_true(d->streams[0].is_muxed);
	assert_int_equal(d->streams[1].port, 0);
	assert_int_equal(d->streams[1].protocol, PROTOCOL_SAVP);
	assert_int_equal(d->streams[1].direction, DIRECTION_BOTH);
	assert_false(d->streams[1].is_muxed);
	description_destroy(d);
}

static void accepts_bare_line_feeds_and_missing_lines(void **state)
{
	struct description *d = parse_good("v=0\nm=audio 4000 RTP/AVP 0\nc=IN IP6 2001:db8::7\n\n");

	(void)state;
	assert_addr(&d->streams[0].rtp, "[2001:db8::7]:4000");
	description_destroy(d);
}

static void accepts_odd_origins(void **state)
{
	struct description *d = parse_good(
		"v=0\r\no=John Doe 99999999999999999999 340282366920938463463374607431 "
		"IN IP4 h\r\ns=\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\nm=audio 4 RTP/AVP 0\r\n");

	(void)state;
	assert_int_equal(d->stream_count, 1);
	description_destroy(d);
}

static void prefers_the_stream_s_own_connection(void **state)
{
	struct description *d = parse_good(HEAD "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 192.0.2.9\r\n"
						"m=audio 4002 RTP/AVP 0\r\n");

	(void)state;
	assert_addr(&d->streams[0].rtp, "192.0.2.9:4000");
	assert_addr(&d->streams[1].rtp, "192.0.2.7:4002");
	description_destroy(d);
}

static void honours_the_rtcp_attribute(void **state)
{
	struct description *d =
		parse_good(HEAD "m=audio 4000 RTP/AVP 0\r\na=rtcp:5000\r\n"
				"m=audio 4002 RTP/AVP 0\r\na=rtcp:5002 IN IP4 192.0.2.10\r\n"
				"m=audio 4004 RTP/AVP 0\r\na=rtcp:99999\r\n");

	(void)state;
	assert_addr(&d->streams[0].rtcp, "192.0.2.7:5000");
	assert_addr(&d->streams[1].rtcp, "192.0.2.10:5002");
	assert_addr(&d->streams[2].rtcp, "192.0.2.7:4005");
	description_destroy(d);
}

static void takes_the_any_address_for_hold(void **state)
{
	struct description *d = parse_good("v=0\r\nc=IN IP4 0.0.0.0\r\nm=audio 4000 RTP/AVP 0\r\n"
					   "m=audio 4002 RTP/AVP 0\r\na=recvonly\r\n");

	(void)state;
	assert_int_equal(d->streams[0].direction, DIRECTION_SEND);
	assert_int_equal(d->streams[1].direction, DIRECTION_INACTIVE);
	description_destroy(d);
}

static void inherits_the_session_s_direction(void **state)
{
	struct description *d = parse_good(HEAD "a=inactive\r\nm=audio 4000 RTP/AVP 0\r\n"
						"m=audio 4002 RTP/AVP 0\r\na=sendonly\r\n");

	(void)state;
	assert_int_equal(d->streams[0].direction, DIRECTION_INACTIVE);
	assert_int_equal(d->streams[1].direction, DIRECTION_SEND);
	description_destroy(d);
}

static void has_no_address_for_names_and_groups(void **state)
{
	static const char *const connections[] = { "IN IP4 host.example.com",
						   "IN IP4 224.2.1.1/127",
						   "IN IP6 ff15::101",
						   "ATM NSAP 47",
						   "",
						   "IN" };

	(void)state;
	for (size_t i = 0; i < sizeof(connections) / sizeof(connections[0]); i++) {
		char body[256];
		struct description *d;

		snprintf(body, sizeof(body), "v=0\r\nc=%s\r\nm=audio 4000 RTP/AVP 0\r\n",
			 connections[i]);
		d = parse_good(body);
		assert_false(addr_is_set(&d->streams[0].rtp));
		description_destroy(d);
	}
}

static void refuses_what_is_no_description(void **state)
{
	static const char *const bodies[] = {
		"",
		"\r\n",
		"hello",
		"v=1\r\n",
		"o=- 1 1 IN IP4 192.0.2.7\r\n",
		"v=0\r\nfoo\r\n",
		"v=0\r\nm=audio\r\n",
		"v=0\r\nm=audio 4000\r\n",
		"v=0\r\nm=audio 4000 RTP/AVP\r\n",
		"v=0\r\nm=audio 65536 RTP/AVP 0\r\n",
		"v=0\r\nm=audio -1 RTP/AVP 0\r\n",
		"v=0\r\nm=\r\n",
		"v=0\r\n\r\nm=audio 4 RTP/AVP 0\r\n",
		"v=0\r\ns=\x01\r\n",
		"v=0\r\n =x\r\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		struct description *d = NULL;

		assert_int_equal(parse(bodies[i], &d), ERR_SYNTAX);
		assert_null(d);
	}
}

/* Endless in Sofia-SIP 1.12.11's parser. */
static void ends_at_a_format_that_is_a_comma(void **state)
{
	struct description *d = parse_good("v=0\r\nm=image 9 udptl ,\r\n");

	(void)state;
	assert_int_equal(d->stream_count, 1);
	description_destroy(d);
}

static void refuses_more_streams_than_the_limit(void **state)
{
	static char body[DESCRIPTION_BODY_MAX + 1];
	struct description *d = NULL;

	(void)state;
	strcpy(body, "v=0\r\n");
	for (int i = 0; i < DESCRIPTION_STREAMS_MAX; i++)
		strcat(body, "m=a 0 b c\r\n");
	description_destroy(parse_good(body));
	for (int i = DESCRIPTION_STREAMS_MAX; i < 1000; i++)
		strcat(body, "m=a 0 b c\r\n");
	assert_int_equal(parse(body, &d), ERR_LIMIT);
}

static void refuses_bodies_and_lines_longer_than_the_limit(void **state)
{
	static char body[DESCRIPTION_BODY_MAX + 2];
	struct description *d = NULL;

	(void)state;
	memset(body, 'x', sizeof(body) - 1);
	assert_int_equal(parse(body, &d), ERR_TOO_LONG);
	memcpy(body, "v=0\r\ns=", 7);
	body[7 + DESCRIPTION_LINE_MAX] = '\0';
	assert_int_equal(parse(body, &d), ERR_TOO_LONG);
	body[5 + DESCRIPTION_LINE_MAX] = '\0';
	description_destroy(parse_good(body));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_a_stream_has),
		cmocka_unit_test(accepts_bare_line_feeds_and_missing_lines),
		cmocka_unit_test(accepts_odd_origins),
		cmocka_unit_test(prefers_the_stream_s_own_connection),
		cmocka_unit_test(honours_the_rtcp_attribute),
		cmocka_unit_test(takes_the_any_address_for_hold),
		cmocka_unit_test(inherits_the_session_s_direction),
		cmocka_unit_test(has_no_address_for_names_and_groups),
		cmocka_unit_test(refuses_what_is_no_description),
		cmocka_unit_test(ends_at_a_format_that_is_a_comma),
		cmocka_unit_test(refuses_more_streams_than_the_limit),
		cmocka_unit_test(refuses_bodies_and_lines_longer_than_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
