/* test_offer_streams.c -- which formats and streams cross, and under which address
 * (RFC 3264 5, 6 and 8). */
#include "tests/unit/offer_fixture.h"

static void filters_and_orders_codecs(void **state)
{
	static const char many[] =
		HEAD "m=audio 4000 RTP/AVP 104 9 0 18 8 13 101\r\na=rtpmap:104 SILK/16000\r\n"
		     "a=rtpmap:101 telephone-event/8000\r\n";
	static const struct {
		const char *codecs, *told;
	} rows[] = {
		{ "", "RTP/AVP 104 9 0 18 8 13 101\r\n" },
		{ "PCMA,PCMU", "RTP/AVP 8 0 13 101\r\n" },
		{ "pcmu", "RTP/AVP 0 13 101\r\n" },
		{ "SILK/16000,G722,G729", "RTP/AVP 104 9 18 13 101\r\n" },
		{ "SILK/8000,G729", "RTP/AVP 18 13 101\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pair *p = pair_create();

		strcpy(p->trunks[1].codecs, rows[i].codecs);
		pair_start(p);
		assert_int_equal(pair_receive(p, 0, many), ERR_NONE);
		assert_int_equal(pair_make(p, 1), ERR_NONE);
		assert_contains(p->body, rows[i].told);
		pair_destroy(p);
	}
}

static void refuses_without_a_codec_for_both(void **state)
{
	struct pair *p = pair_create();

	(void)state;
	strcpy(p->trunks[0].codecs, "PCMA,PCMU");
	strcpy(p->trunks[1].codecs, "G729");
	pair_start(p);
	assert_int_equal(pair_receive(p, 0,
				      HEAD "m=audio 4000 RTP/AVP 96\r\n"
					   "a=rtpmap:96 PCMA/8000/192.0.2.7\r\n"),
			 ERR_UNSUPPORTED);
	/* telephone-event alone is no codec */
	assert_int_equal(pair_receive(p, 0,
				      HEAD "m=audio 4000 RTP/AVP 18 101\r\n"
					   "a=rtpmap:101 telephone-event/8000\r\n"),
			 ERR_UNSUPPORTED);
	assert_string_equal(p->why, "no codec is allowed on this trunk");
	assert_int_equal(offer_leg_get_state(p->legs[0]), OFFER_IDLE);
	assert_int_equal(pair_receive(p, 0, OFFER), ERR_NONE);
	assert_int_equal(pair_make(p, 1), ERR_UNSUPPORTED);
	assert_string_equal(p->why, "no codec is allowed on both trunks");
	assert_int_equal(offer_leg_get_state(p->legs[1]), OFFER_IDLE);
	pair_destroy(p);
}

static void answers_name_only_what_was_offered(void **state)
{
	struct pair *p = pair_create();

	(void)state;
	pair_start(p);
	assert_int_equal(
		pair_exchange(p, 0, OFFER,
			      "v=0\r\nc=IN IP4 203.0.113.9\r\nm=audio 6000 RTP/AVP 9 0 18 96\r\n"
			      "a=rtpmap:96 telephone-event/8000\r\n"),
		ERR_NONE);
	assert_contains(p->body, "m=audio 20000 RTP/AVP 0 96\r\n");
	pair_destroy(p);

	p = pair_create();
	pair_start(p);
	assert_int_equal(pair_receive(p, 0, OFFER), ERR_NONE);
	assert_int_equal(pair_make(p, 1), ERR_NONE);
	assert_int_equal(
		pair_receive(p, 1, "v=0\r\nc=IN IP4 203.0.113.9\r\nm=audio 6000 RTP/AVP 18\r\n"),
		ERR_UNSUPPORTED);
	assert_string_equal(p->why, "the answer has no codec of the offer");
	assert_int_equal(offer_leg_get_state(p->legs[1]), OFFER_LOCAL);
	pair_destroy(p);
}

static void knows_a_codec_by_its_other_spellings(void **state)
{
	struct pair *p = pair_create();

	(void)state;
	pair_start(p);
	assert_int_equal(
		pair_exchange(p, 0,
			      HEAD "m=audio 4000 RTP/AVP 18 9 97 98\r\n"
				   "a=rtpmap:97 iLBC/8000\r\na=rtpmap:98 opus/48000/2\r\n",
			      "v=0\r\nc=IN IP4 203.0.113.9\r\nm=audio 6000 RTP/AVP 18 9 97 98\r\n"
			      "a=rtpmap:18 G729a/8000\r\na=rtpmap:9 G722/16000\r\n"
			      "a=rtpmap:97 ILBC/8000/1\r\na=rtpmap:98 opus/48000\r\n"),
		ERR_NONE);
	assert_contains(p->body, "m=audio 20000 RTP/AVP 18 9 97\r\n");
	pair_destroy(p);
}

/* Teams answers 488 to an offer with a payload number twice. */
static void tells_each_payload_number_once(void **state)
{
	struct pair *p = pair_create();

	(void)state;
	pair_start(p);
	assert_int_equal(pair_receive(p, 0,
				      HEAD "m=audio 4000 RTP/AVP 8 103 103 104 200 x\r\n"
					   "a=rtpmap:103 SILK/8000\r\na=rtpmap:103 SILK/16000\r\n"),
			 ERR_NONE);
	assert_int_equal(pair_make(p, 1), ERR_NONE);
	assert_contains(p->body, "m=audio 30000 RTP/AVP 8 103\r\n");
	assert_contains(p->body, "a=rtpmap:103 SILK/8000\r\n");
	assert_lacks(p->body, "SILK/16000");
	pair_destroy(p);
}

static void keeps_order_and_count_of_streams(void **state)
{
	struct pair *p = pair_create();

	(void)state;
	pair_start(p);
	assert_int_equal(pair_receive(p, 0,
				      HEAD
				      "m=audio 4000 RTP/AVP 8\r\nm=video 0 RTP/AVP 31\r\n"
				      "m=image 4004 udptl t38\r\na=T38FaxVersion:0\r\n"
				      "a=T38VendorInfo:0 0 37\r\na=T38FaxUdpEC:t38UDPRedundancy\r\n"
				      "m=application 4006 TCP/MSRP *\r\n"),
			 ERR_NONE);
	assert_int_equal(offer_get_stream_count(p->legs[0]), 4);
	assert_true(offer_stream_is_active(p->legs[0], 0));
	assert_false(offer_stream_is_active(p->legs[0], 1));
	assert_true(offer_stream_is_active(p->legs[0], 2));
	assert_false(offer_stream_is_active(p->legs[0], 3));
	assert_int_equal(pair_make(p, 1), ERR_NONE);
	assert_contains(p->body,
			"m=video 0 RTP/AVP 0\r\nm=image 30004 udptl t38\r\n"
			"a=T38FaxVersion:0\r\na=T38FaxUdpEC:t38UDPRedundancy\r\na=sendrecv\r\n"
			"m=audio 0 RTP/AVP 0\r\n");
	assert_lacks(p->body, "VendorInfo");
	assert_int_equal(
		pair_receive(
			p, 1,
			"v=0\r\nc=IN IP4 203.0.113.9\r\nm=audio 6000 RTP/AVP 8\r\n"
			"m=video 0 RTP/AVP 0\r\nm=image 0 udptl t38\r\nm=audio 0 RTP/AVP 0\r\n"),
		ERR_NONE);
	assert_int_equal(pair_make(p, 0), ERR_NONE);
	assert_contains(p->body, "m=video 0 RTP/AVP 31\r\nm=image 0 udptl t38\r\n"
				 "m=application 0 TCP/MSRP *\r\n");
	/* RFC 3264 8: never fewer than before. */
	assert_int_equal(pair_receive(p, 0, OFFER), ERR_UNSUPPORTED);
	assert_int_equal(pair_receive(p, 1, ANSWER), ERR_UNSUPPORTED);
	pair_destroy(p);
}

static void answers_streams_behind_the_limit_with_port_zero(void **state)
{
	struct pair *p = pair_create();
	char offer[2048] = HEAD, answer[2048] = "v=0\r\nc=IN IP4 203.0.113.9\r\n";
	unsigned refused = 0;

	(void)state;
	pair_start(p);
	for (int i = 0; i < OFFER_STREAMS_MAX + 4; i++)
		strcat(offer, "m=audio 4000 RTP/AVP 8\r\n");
	for (int i = 0; i < OFFER_STREAMS_MAX; i++)
		strcat(answer, "m=audio 6000 RTP/AVP 8\r\n");
	assert_int_equal(pair_exchange(p, 0, offer, answer), ERR_NONE);
	for (const char *at = p->body; (at = strstr(at, "m=audio 0 RTP/AVP 8\r\n")); at++)
		refused++;
	assert_int_equal(refused, 4);
	/* The other side's new offer has 8; this side's session keeps 12. */
	assert_int_equal(pair_receive(p, 1, answer), ERR_NONE);
	assert_int_equal(pair_make(p, 0), ERR_NONE);
	refused = 0;
	for (const char *at = p->body; (at = strstr(at, "m=audio 0 ")); at++)
		refused++;
	assert_int_equal(refused, 4);
	pair_destroy(p);
}

static void adds_streams_in_new_offers(void **state)
{
	struct pair *p = pair_create();
	struct offer_media m;

	(void)state;
	pair_start(p);
	assert_int_equal(pair_exchange(p, 0, OFFER, ANSWER), ERR_NONE);
	assert_int_equal(pair_exchange(p, 1, ANSWER "m=video 6002 RTP/AVP 31\r\n",
				       OFFER "m=video 4002 RTP/AVP 31\r\n"),
			 ERR_NONE);
	assert_contains(p->body, "m=video 30002 RTP/AVP 31\r\n");
	offer_get_media(p->legs[0], 1, &m);
	assert_true(m.may_send && m.may_receive);
	pair_destroy(p);
}

static void crosses_between_ipv4_and_ipv6(void **state)
{
	struct pair *p = pair_create();

	(void)state;
	pair_start(p);
	assert_int_equal(addr_parse(SLICE("2001:db8::5"), 30000, &p->local[1][0]), ERR_NONE);
	assert_int_equal(pair_receive(p, 0, OFFER), ERR_NONE);
	assert_int_equal(pair_make(p, 1), ERR_NONE);
	assert_contains(p->body, " IN IP6 2001:db8::5\r\ns=-\r\nc=IN IP6 2001:db8::5\r\n");
	assert_lacks(p->body, "IP4");
	assert_int_equal(
		pair_receive(p, 1, "v=0\r\nc=IN IP6 2001:db8::9\r\nm=audio 6000 RTP/AVP 8\r\n"),
		ERR_NONE);
	assert_int_equal(pair_make(p, 0), ERR_NONE);
	assert_contains(p->body, "c=IN IP4 198.51.100.1\r\n");
	assert_lacks(p->body, "IP6");
	pair_destroy(p);
}

static void names_a_stream_s_own_address(void **state)
{
	struct pair *p = pair_create();

	(void)state;
	pair_start(p);
	assert_int_equal(addr_parse(SLICE("198.51.100.77"), 30002, &p->local[1][1]), ERR_NONE);
	assert_int_equal(pair_receive(p, 0, OFFER "m=audio 4002 RTP/AVP 8\r\n"), ERR_NONE);
	assert_int_equal(pair_make(p, 1), ERR_NONE);
	assert_contains(p->body, "m=audio 30002 RTP/AVP 8\r\nc=IN IP4 198.51.100.77\r\n");
	pair_destroy(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(filters_and_orders_codecs),
		cmocka_unit_test(refuses_without_a_codec_for_both),
		cmocka_unit_test(answers_name_only_what_was_offered),
		cmocka_unit_test(knows_a_codec_by_its_other_spellings),
		cmocka_unit_test(tells_each_payload_number_once),
		cmocka_unit_test(keeps_order_and_count_of_streams),
		cmocka_unit_test(answers_streams_behind_the_limit_with_port_zero),
		cmocka_unit_test(adds_streams_in_new_offers),
		cmocka_unit_test(crosses_between_ipv4_and_ipv6),
		cmocka_unit_test(names_a_stream_s_own_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
