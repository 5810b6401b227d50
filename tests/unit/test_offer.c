/* test_offer.c -- what one leg hears and the other is told (RFC 3264, RFC 6337). */
#include "tests/unit/offer_fixture.h"

#include "common/fsm.h"

extern const struct fsm_table offer_fsm;

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
	/* Ports with what stands beside them: our random session id may hold the digits. */
	static const char *const strings[] = { "secret", "10.9.8",	"alice", "audio 4321",
					       ":4999",	 " 4323 ", KEY };
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
