/* test_offer.c -- what one leg hears and the other is told (RFC 3264, RFC 6337). */
#include "tests/unit/offer_fixture.h"

#include "common/fsm.h"

extern const struct fsm_table offer_fsm;

#define OFFER                                                                                      \
	HEAD "m=audio 4000 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 "    \
	     "0-16\r\na=ptime:20\r\n"
#define ANSWER                                                                                     \
	"v=0\r\no=- 9 1 IN IP4 203.0.113.9\r\ns=-\r\nc=IN IP4 203.0.113.9\r\nt=0 0\r\n"            \
	"m=audio 6000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n"

static void the_table_has_no_gaps(void **state)
{
	char bytes[1024];
	struct text out;

	(void)state;
	text_init(&out, bytes, sizeof(bytes));
	if (fsm_check_shape(&offer_fsm, &out))
		fail_msg("%s", text_get_string(&out));
}

static void tells_formats_in_our_own_words(void **state)
{
	struct pair *p = pair_create();
	unsigned long long id;

	(void)state;
	pair_start(p);
	assert_int_equal(pair_receive(p, 0, OFFER), ERR_NONE);
	assert_int_equal(offer_leg_get_state(p->legs[0]), OFFER_REMOTE);
	assert_int_equal(pair_make(p, 1), ERR_NONE);
	assert_int_equal(offer_leg_get_state(p->legs[1]), OFFER_LOCAL);
	assert_int_equal(sscanf(p->body, "v=0\r\no=- %llu 1 IN IP4 198.51.100.2\r\n", &id), 1);
	assert_string_equal(strstr(p->body, "s=-"),
			    "s=-\r\nc=IN IP4 198.51.100.2\r\nt=0 0\r\n"
			    "m=audio 30000 RTP/AVP 8 0 101\r\n"
			    "a=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n"
			    "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n"
			    "a=ptime:20\r\na=rtcp:30001\r\na=sendrecv\r\n");
	pair_destroy(p);
}

static void agrees_and_says_where_media_goes(void **state)
{
	struct pair *p = pair_create();
	struct offer_media m;
	char text[ADDR_TEXT_SIZE];
	struct text out;

	(void)state;
	pair_start(p);
	assert_int_equal(pair_exchange(p, 0, OFFER, ANSWER), ERR_NONE);
	assert_contains(p->body, "m=audio 20000 RTP/AVP 8 101\r\n");
	assert_int_equal(offer_leg_get_state(p->legs[0]), OFFER_IDLE);
	assert_int_equal(offer_leg_get_state(p->legs[1]), OFFER_IDLE);
	offer_get_media(p->legs[0], 0, &m);
	assert_string_equal(addr_print(&m.remote_rtp, text, sizeof(text)), "192.0.2.7:4000");
	assert_string_equal(addr_print(&m.remote_rtcp, text, sizeof(text)), "192.0.2.7:4001");
	offer_get_media(p->legs[1], 0, &m);
	assert_string_equal(addr_print(&m.remote_rtp, text, sizeof(text)), "203.0.113.9:6000");
	text_init(&out, p->body, sizeof(p->body));
	offer_describe(p->legs[0], &out);
	assert_string_equal(text_get_string(&out), "RTP/AVP PCMA/8000");
	pair_destroy(p);
}

static void tells_nothing_that_would_betray_the_other_side(void **state)
{
	static const char secret[] =
		"v=0\r\no=alice 7 7 IN IP4 10.9.8.7\r\ns=secret-session\r\ni=secret-info\r\n"
		"u=http://secret.example/\r\ne=secret@example.com\r\np=+1-secret\r\n"
		"c=IN IP4 10.9.8.7\r\nb=CT:1000\r\nt=0 0\r\nk=clear:secret\r\n"
		"a=tool:secret-tool\r\na=group:BUNDLE secret-mid\r\na=ice-ufrag:secret\r\n"
		"m=audio 4321 RTP/AVP 8\r\ni=secret-title\r\nc=IN IP4 10.9.8.8\r\n"
		"b=AS:secret\r\nk=clear:secret\r\na=label:secret-label\r\na=mid:secret-mid\r\n"
		"a=rtcp:4999 IN IP4 10.9.8.9\r\na=candidate:1 1 UDP 1 10.9.8.7 4321 typ host\r\n"
		"a=ssrc:1 cname:secret\r\na=secret-attribute:secret\r\na=rtcp-fb:* nack\r\n"
		"a=rtpmap:8 PCMA/8000 secret\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" KEY
		"\r\nm=secretmedia 4323 secret/proto secretformat\r\nc=IN IP4 10.9.8.7\r\n";
	static const char *const strings[] = { "secret", "10.9.8", "alice", "4321",
					       "4999",	 "4323",   KEY };
	struct pair *p = pair_create();

	(void)state;
	p->trunks[0].srtp = CONFIG_SRTP_OPTIONAL;
	pair_start(p);
	assert_int_equal(pair_receive(p, 0, secret), ERR_NONE);
	assert_int_equal(pair_make(p, 1), ERR_NONE);
	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		assert_lacks(p->body, strings[i]);
	/* The stream is told, refused, in our own words. */
	assert_contains(p->body, "m=audio 0 RTP/AVP 0\r\n");
	/* As an answer as well. */
	assert_int_equal(pair_receive(p, 1, ANSWER), ERR_NONE);
	assert_int_equal(pair_make(p, 0), ERR_NONE);
	assert_int_equal(pair_exchange(p, 1, ANSWER "m=audio 0 RTP/AVP 0\r\n", secret), ERR_NONE);
	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		assert_lacks(p->body, strings[i]);
	pair_destroy(p);
}

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

static unsigned long long version_of(const char *body)
{
	unsigned long long id, version;

	assert_int_equal(sscanf(body, "v=0\r\no=- %llu %llu ", &id, &version), 2);
	return version;
}

static void raises_the_version_only_with_the_text(void **state)
{
	struct pair *p = pair_create();

	(void)state;
	pair_start(p);
	assert_int_equal(pair_exchange(p, 0, OFFER, ANSWER), ERR_NONE);
	assert_int_equal(version_of(p->body), 1);
	assert_int_equal(pair_exchange(p, 0, OFFER, ANSWER), ERR_NONE);
	assert_int_equal(version_of(p->body), 1);
	assert_int_equal(pair_exchange(p, 0, OFFER "a=inactive\r\n", ANSWER "a=inactive\r\n"),
			 ERR_NONE);
	assert_int_equal(version_of(p->body), 2);
	pair_destroy(p);
}

static void a_failed_offer_leaves_what_was_agreed(void **state)
{
	struct pair *p = pair_create();
	struct offer_media before, after;

	(void)state;
	pair_start(p);
	assert_int_equal(pair_exchange(p, 0, OFFER, ANSWER), ERR_NONE);
	offer_get_media(p->legs[1], 0, &before);
	assert_int_equal(pair_receive(p, 0, OFFER "a=inactive\r\n"), ERR_NONE);
	assert_int_equal(pair_make(p, 1), ERR_NONE);
	offer_rollback(p->legs[1]);
	offer_reject(p->legs[0]);
	assert_int_equal(offer_leg_get_state(p->legs[0]), OFFER_IDLE);
	assert_int_equal(offer_leg_get_state(p->legs[1]), OFFER_IDLE);
	offer_get_media(p->legs[1], 0, &after);
	assert_memory_equal(&before, &after, sizeof(before));
	assert_true(after.may_send);
	assert_false(offer_is_held(p->legs[0]));
	/* The next text differs from the one that failed. */
	assert_int_equal(pair_receive(p, 0, OFFER), ERR_NONE);
	assert_int_equal(pair_make(p, 1), ERR_NONE);
	assert_int_equal(version_of(p->body), 3);
	pair_destroy(p);
}

static void refuses_turns_that_are_not_due(void **state)
{
	struct pair *p = pair_create();

	(void)state;
	pair_start(p);
	assert_int_equal(pair_make(p, 1), ERR_STATE);
	assert_int_equal(pair_make_from(p, 1, NULL), ERR_STATE);
	assert_int_equal(offer_reopen(p->legs[0]), ERR_STATE);
	assert_int_equal(pair_receive(p, 0, OFFER), ERR_NONE);
	assert_int_equal(pair_receive(p, 0, OFFER), ERR_STATE);
	assert_int_equal(pair_make(p, 1), ERR_NONE);
	assert_int_equal(pair_make(p, 1), ERR_STATE);
	pair_destroy(p);
}

static void a_bad_body_changes_nothing(void **state)
{
	struct pair *p = pair_create();
	struct offer_media before, after;

	(void)state;
	pair_start(p);
	assert_int_equal(pair_exchange(p, 0, OFFER, ANSWER), ERR_NONE);
	offer_get_media(p->legs[0], 0, &before);
	assert_int_equal(pair_receive(p, 0, "garbage"), ERR_SYNTAX);
	assert_int_equal(pair_receive(p, 0, "v=0\r\n"), ERR_UNSUPPORTED);
	assert_int_equal(pair_receive(p, 0, HEAD "m=audio 4000 RTP/SAVP 8\r\n"), ERR_REFUSED);
	assert_int_equal(offer_leg_get_state(p->legs[0]), OFFER_IDLE);
	offer_get_media(p->legs[0], 0, &after);
	assert_memory_equal(&before, &after, sizeof(before));
	pair_destroy(p);
}

static void repeats_what_was_agreed(void **state)
{
	struct pair *p = pair_create();
	char first[2048];

	(void)state;
	pair_start(p);
	assert_int_equal(pair_exchange(p, 0, OFFER, ANSWER), ERR_NONE);
	strcpy(first, p->body);
	/* The answer to a refresh, the other side not asked. */
	assert_int_equal(pair_receive(p, 0, OFFER), ERR_NONE);
	assert_int_equal(pair_make_from(p, 0, NULL), ERR_NONE);
	assert_string_equal(p->body, first);
	/* A refresh of our own. */
	assert_int_equal(pair_make_from(p, 0, NULL), ERR_NONE);
	assert_string_equal(p->body, first);
	assert_true(slice_is_text(offer_get_told(p->legs[0]), first));
	pair_destroy(p);
}

static void knows_the_same_answer_again(void **state)
{
	struct pair *p = pair_create();

	(void)state;
	pair_start(p);
	assert_int_equal(pair_receive(p, 0, OFFER), ERR_NONE);
	assert_int_equal(pair_make(p, 1), ERR_NONE);
	assert_false(offer_repeat_is_answer(p->legs[1], SLICE(ANSWER)));
	assert_int_equal(pair_receive(p, 1, ANSWER), ERR_NONE);
	assert_true(offer_repeat_is_answer(p->legs[1], SLICE(ANSWER)));
	assert_true(offer_repeat_is_answer(
		p->legs[1], SLICE("v=0\no=- 9 1 IN IP4 203.0.113.9\ns=other spelling\n")));
	assert_false(offer_repeat_is_answer(p->legs[1],
					    SLICE("v=0\r\no=- 9 2 IN IP4 203.0.113.9\r\ns=-\r\n")));
	assert_int_equal(pair_make(p, 0), ERR_NONE);
	assert_false(offer_repeat_is_answer(p->legs[0], SLICE(OFFER)));
	pair_destroy(p);
}

/* 183 of one fork, 200 of another: the same offer is answered twice on both legs. */
static void takes_another_fork_s_answer(void **state)
{
	struct pair *p = pair_create();
	struct offer_media early, final;
	char text[ADDR_TEXT_SIZE];

	(void)state;
	p->trunks[1].srtp = CONFIG_SRTP_REQUIRED;
	pair_start(p);
	assert_int_equal(
		pair_exchange(
			p, 0, OFFER,
			"v=0\r\nc=IN IP4 203.0.113.9\r\nm=audio 6000 RTP/SAVP 8\r\n" CRYPTO_80),
		ERR_NONE);
	offer_get_media(p->legs[1], 0, &early);
	assert_int_equal(offer_reopen(p->legs[1]), ERR_NONE);
	assert_int_equal(offer_reopen(p->legs[0]), ERR_NONE);
	assert_int_equal(offer_leg_get_state(p->legs[1]), OFFER_LOCAL);
	assert_int_equal(offer_leg_get_state(p->legs[0]), OFFER_REMOTE);
	offer_get_media(p->legs[1], 0, &final);
	assert_memory_equal(&early, &final, sizeof(early));
	assert_int_equal(
		pair_receive(
			p, 1,
			"v=0\r\nc=IN IP4 203.0.113.10\r\nm=audio 7000 RTP/SAVP 0\r\n" CRYPTO_80),
		ERR_NONE);
	assert_int_equal(pair_make(p, 0), ERR_NONE);
	assert_contains(p->body, "m=audio 20000 RTP/AVP 0\r\n");
	assert_int_equal(version_of(p->body), 2);
	offer_get_media(p->legs[1], 0, &final);
	assert_string_equal(addr_print(&final.remote_rtp, text, sizeof(text)), "203.0.113.10:7000");
	assert_memory_equal(early.send_key, final.send_key, sizeof(early.send_key));
	pair_destroy(p);
}

static void carries_a_delayed_offer(void **state)
{
	struct pair *p = pair_create();

	(void)state;
	pair_start(p);
	/* B's 200 has the offer, A's ACK the answer. */
	assert_int_equal(pair_exchange(p, 1, ANSWER, OFFER), ERR_NONE);
	assert_contains(p->body, "m=audio 30000 RTP/AVP 8 101\r\n");
	pair_destroy(p);
}

static void multiplexes_by_policy_and_never_changes_it(void **state)
{
#define MUX OFFER "a=rtcp-mux\r\n"
	static const struct {
		uint8_t policy;
		const char *offer;
		bool muxed;
	} rows[] = {
		{ CONFIG_MUX_OFF, MUX, false },	  { CONFIG_MUX_OFF, OFFER, false },
		{ CONFIG_MUX_ACCEPT, MUX, true }, { CONFIG_MUX_ACCEPT, OFFER, false },
		{ CONFIG_MUX_OFFER, MUX, true },  { CONFIG_MUX_OFFER, OFFER, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pair *p = pair_create();
		struct offer_media m;

		p->trunks[0].rtcp_mux = rows[i].policy;
		pair_start(p);
		assert_int_equal(pair_exchange(p, 0, rows[i].offer, ANSWER), ERR_NONE);
		(rows[i].muxed ? assert_contains : assert_lacks)(p->body, "a=rtcp-mux\r\n");
		offer_get_media(p->legs[0], 0, &m);
		assert_int_equal(m.rtcp_mux, rows[i].muxed);
		assert_int_equal(addr_is_equal(&m.remote_rtp, &m.remote_rtcp), rows[i].muxed);
		/* Our own new offer says the same; a later mux is not taken. */
		assert_int_equal(pair_receive(p, 1, ANSWER), ERR_NONE);
		assert_int_equal(pair_make(p, 0), ERR_NONE);
		(rows[i].muxed ? assert_contains : assert_lacks)(p->body, "a=rtcp-mux\r\n");
		assert_int_equal(pair_receive(p, 0, rows[i].offer), ERR_NONE);
		assert_int_equal(pair_make(p, 1), ERR_NONE);
		assert_int_equal(pair_exchange(p, 0, MUX, ANSWER), ERR_NONE);
		(rows[i].muxed ? assert_contains : assert_lacks)(p->body, "a=rtcp-mux\r\n");
		pair_destroy(p);
	}
}

static void offers_multiplexing_where_told_to(void **state)
{
	struct pair *p = pair_create();
	struct offer_media m;

	(void)state;
	p->trunks[1].rtcp_mux = CONFIG_MUX_OFFER;
	pair_start(p);
	assert_int_equal(pair_receive(p, 0, OFFER), ERR_NONE);
	assert_int_equal(pair_make(p, 1), ERR_NONE);
	assert_contains(p->body, "a=rtcp:30001\r\na=rtcp-mux\r\n");
	assert_int_equal(pair_receive(p, 1, ANSWER "a=rtcp-mux\r\n"), ERR_NONE);
	offer_get_media(p->legs[1], 0, &m);
	assert_true(m.rtcp_mux);
	pair_destroy(p);
}

static void reports_a_body_that_does_not_fit(void **state)
{
	struct pair *p = pair_create();
	struct text out, why;
	char small[64], bytes[128];

	(void)state;
	pair_start(p);
	assert_int_equal(pair_receive(p, 0, OFFER), ERR_NONE);
	text_init(&out, small, sizeof(small));
	text_init(&why, bytes, sizeof(bytes));
	assert_int_equal(offer_make(p->legs[1], p->legs[0], p->local[1], 1, &out, &why),
			 ERR_TOO_LONG);
	assert_int_equal(offer_leg_get_state(p->legs[1]), OFFER_IDLE);
	assert_int_equal(pair_make(p, 1), ERR_NONE);
	assert_int_equal(version_of(p->body), 1);
	pair_destroy(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_has_no_gaps),
		cmocka_unit_test(tells_formats_in_our_own_words),
		cmocka_unit_test(agrees_and_says_where_media_goes),
		cmocka_unit_test(tells_nothing_that_would_betray_the_other_side),
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
		cmocka_unit_test(raises_the_version_only_with_the_text),
		cmocka_unit_test(a_failed_offer_leaves_what_was_agreed),
		cmocka_unit_test(refuses_turns_that_are_not_due),
		cmocka_unit_test(a_bad_body_changes_nothing),
		cmocka_unit_test(repeats_what_was_agreed),
		cmocka_unit_test(knows_the_same_answer_again),
		cmocka_unit_test(takes_another_fork_s_answer),
		cmocka_unit_test(carries_a_delayed_offer),
		cmocka_unit_test(multiplexes_by_policy_and_never_changes_it),
		cmocka_unit_test(offers_multiplexing_where_told_to),
		cmocka_unit_test(reports_a_body_that_does_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
