/* test_transaction_server.c -- requests we receive: RFC 3261 17.2, RFC 6026 8.7, and how
 * messages find their transaction.  Long because each row of two tables is a claim. */
#include "tests/unit/transaction_bed.h"

#include "common/fsm.h"
#include "signaling/transaction/tables.h"

/* --- INVITE server ---------------------------------------------------------- */

static void answers_an_invite_with_100_at_once(void **state)
{
	(void)state;
	ask_udp("INVITE");
	assert_int_equal(w.requests, 1);
	ASSERT_SENT_AT(0);
	assert_has(last_sent(),
		   "SIP/2.0 100 Trying\r\nVia: SIP/2.0/UDP 192.0.2.9:5070;branch=" BRANCH
		   ";received=192.0.2.9;rport=40000\r\n");
	assert_has(last_sent(), "To: <sip:b@h>\r\n");
	assert_has(last_sent(), "Timestamp: 54\r\n");
}

static void repeats_its_latest_reply_when_the_invite_comes_again(void **state)
{
	(void)state;
	ask_udp("INVITE");
	answer(180);
	ask_udp("INVITE");
	assert_int_equal(w.requests, 1);
	assert_int_equal(w.sent_count, 3);
	assert_string_equal(w.sent[1].text, w.sent[2].text);
	assert_has(last_sent(), "SIP/2.0 180 Ringing\r\n");
	assert_has(last_sent(), "To: <sip:b@h>;tag=mine\r\n");
	assert_has(last_sent(), "Contact: <sip:me@h>\r\n");
}

/* Timers G and H. */
static void repeats_a_refusal_until_its_ack_or_h(void **state)
{
	(void)state;
	ask_udp("INVITE");
	answer(486);
	advance_to(31999);
	ASSERT_SENT_AT(0, 0, 500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500);
	assert_int_equal(transactions_get_count(w.ts), 1);
	advance_to(32000);
	assert_int_equal(transactions_get_count(w.ts), 0);
}

/* Timer I. */
static void absorbs_the_ack_of_a_refusal_and_its_repeats(void **state)
{
	(void)state;
	ask_udp("INVITE");
	answer(486);
	ask_udp("INVITE");
	assert_int_equal(w.sent_count, 3);
	advance_to(100);
	ask_udp("ACK");
	ask_udp("ACK");
	ask_udp("INVITE");
	advance_to(5099);
	assert_int_equal(transactions_get_count(w.ts), 1);
	advance_to(5100);
	assert_int_equal(transactions_get_count(w.ts), 0);
	ASSERT_SENT_AT(0, 0, 0);
	assert_int_equal(w.acks, 0);
}

static void a_refusal_over_tcp_is_sent_once_and_gone_with_its_ack(void **state)
{
	(void)state;
	ask(CONFIG_TCP, "INVITE", BRANCH, "");
	answer(404);
	advance(5000);
	assert_int_equal(w.sent_count, 2);
	ask(CONFIG_TCP, "ACK", BRANCH, "mine");
	advance(1);
	assert_int_equal(transactions_get_count(w.ts), 0);
}

/* RFC 3261 13.3.1.4. */
static void repeats_a_2xx_until_it_is_confirmed(void **state)
{
	(void)state;
	ask(CONFIG_TCP, "INVITE", BRANCH, "");
	answer(200);
	advance_to(12000);
	ASSERT_SENT_AT(0, 0, 500, 1500, 3500, 7500, 11500);
	ask(CONFIG_TCP, "ACK", "z9hG4bKother", "mine");
	assert_int_equal(w.acks, 1);
	transaction_confirm(w.ts, w.server_id);
	ask(CONFIG_TCP, "INVITE", BRANCH, "");
	advance_to(31999);
	assert_int_equal(w.sent_count, 7);
	assert_int_equal(w.requests, 1);
	assert_int_equal(transactions_get_count(w.ts), 1);
	advance_to(32000);
	assert_int_equal(transactions_get_count(w.ts), 0);
	assert_int_equal(w.unacknowledged, 0);
}

static void tells_of_a_2xx_that_nobody_acknowledged(void **state)
{
	(void)state;
	ask_udp("INVITE");
	advance_to(1000);
	answer(200);
	ask_udp("INVITE");
	advance_to(33000);
	assert_int_equal(w.unacknowledged, 1);
	assert_int_equal(w.heard_at_ms, 33000);
	assert_int_equal(transactions_get_count(w.ts), 0);
	transaction_confirm(w.ts, w.server_id);
}

/* RFC 6026 7.1: an ACK that matches an accepted INVITE goes to the user. */
static void passes_an_ack_on_the_branch_of_the_invite(void **state)
{
	(void)state;
	ask_udp("INVITE");
	answer(200);
	ask_udp("ACK");
	assert_int_equal(w.acks, 1);
	transaction_confirm(w.ts, w.server_id);
	transaction_confirm(w.ts, w.server_id);
	ask_udp("ACK");
	assert_int_equal(w.acks, 2);
}

static void takes_one_final_reply_only(void **state)
{
	struct transaction_reply r = { .status = 200 };

	(void)state;
	ask_udp("INVITE");
	answer(486);
	assert_int_equal(transaction_send_reply(w.ts, w.server_id, &r), ERR_STATE);
	r.status = 180;
	assert_int_equal(transaction_send_reply(w.ts, w.server_id, &r), ERR_STATE);
	assert_int_equal(transaction_send_reply(w.ts, 4711, &r), ERR_NOT_FOUND);
}

static void refuses_replies_that_would_open_a_line(void **state)
{
	struct transaction_reply r = { .status = 480, .reason = SLICE("No\r\nEvil: 1") };

	(void)state;
	ask_udp("INVITE");
	assert_int_equal(transaction_send_reply(w.ts, w.server_id, &r), ERR_TOO_LONG);
	answer(480);
}

/* --- CANCEL, receiving ------------------------------------------------------ */

/* RFC 3261 9.2; the tags of both replies agree. */
static void answers_a_cancel_and_tells_the_user_once(void **state)
{
	(void)state;
	ask(CONFIG_TCP, "INVITE", BRANCH, "");
	answer(180);
	ask(CONFIG_TCP, "CANCEL", BRANCH, "");
	assert_int_equal(w.cancels, 1);
	assert_has(last_sent(), "SIP/2.0 200 OK\r\n");
	assert_has(last_sent(), "To: <sip:b@h>;tag=mine\r\n");
	assert_has(last_sent(), "CSeq: 5 CANCEL\r\n");
	advance(1);
	ask(CONFIG_TCP, "CANCEL", BRANCH, "");
	assert_int_equal(w.cancels, 1);
	answer(487);
	assert_has(last_sent(), "SIP/2.0 487 Request Terminated\r\n");
	assert_has(last_sent(), "CSeq: 5 INVITE\r\n");
}

static void the_user_may_answer_from_inside_the_cancel(void **state)
{
	(void)state;
	w.reply_inside = 487;
	ask_udp("INVITE");
	ask_udp("CANCEL");
	assert_int_equal(w.sent_count, 3);
	assert_has(w.sent[1].text, "CSeq: 5 CANCEL\r\n");
	assert_has(w.sent[2].text, "SIP/2.0 487 ");
	advance(500);
	assert_int_equal(w.sent_count, 4);
	ask_udp("ACK");
	advance(5000);
	assert_int_equal(w.sent_count, 4);
}

static void a_2xx_may_still_win_over_a_cancel(void **state)
{
	(void)state;
	ask_udp("INVITE");
	ask_udp("CANCEL");
	answer(200);
	assert_has(last_sent(), "SIP/2.0 200 OK\r\n");
	assert_has(last_sent(), "CSeq: 5 INVITE\r\n");
}

static void a_cancel_after_the_final_reply_changes_nothing(void **state)
{
	(void)state;
	ask_udp("INVITE");
	answer(200);
	ask_udp("CANCEL");
	assert_int_equal(w.cancels, 0);
	assert_has(last_sent(), "SIP/2.0 200 OK\r\n");
	assert_has(last_sent(), "CSeq: 5 CANCEL\r\n");
}

static void answers_487_itself_when_the_user_forgets(void **state)
{
	(void)state;
	ask_udp("INVITE");
	ask_udp("CANCEL");
	advance_to(31999);
	assert_int_equal(w.sent_count, 2);
	advance_to(32000);
	assert_has(w.sent[2].text, "SIP/2.0 487 ");
}

static void a_cancel_of_nothing_gets_481(void **state)
{
	(void)state;
	ask_udp("CANCEL");
	assert_has(last_sent(), "SIP/2.0 481 ");
	ask_udp("CANCEL");
	assert_int_equal(w.sent_count, 2);
	assert_int_equal(w.cancels, 0);
	assert_int_equal(w.requests, 0);
}

/* --- non-INVITE server ------------------------------------------------------ */

/* RFC 3261 17.2.2: nothing until the first reply; timer J. */
static void answers_repeats_for_64_t1_after_the_final_reply(void **state)
{
	(void)state;
	ask_udp("OPTIONS");
	ask_udp("OPTIONS");
	assert_int_equal(w.sent_count, 0);
	assert_int_equal(w.requests, 1);
	advance_to(1000);
	answer(200);
	advance_to(32999);
	ask_udp("OPTIONS");
	ASSERT_SENT_AT(1000, 32999);
	assert_string_equal(w.sent[0].text, w.sent[1].text);
	advance_to(33000);
	assert_int_equal(transactions_get_count(w.ts), 0);
}

static void repeats_a_provisional_reply_to_a_repeat(void **state)
{
	(void)state;
	ask_udp("BYE");
	answer(100);
	ask_udp("BYE");
	assert_int_equal(w.sent_count, 2);
	answer(183);
	answer(200);
	assert_int_equal(w.sent_count, 4);
}

static void a_request_over_tcp_is_gone_with_our_reply(void **state)
{
	(void)state;
	ask(CONFIG_TCP, "OPTIONS", BRANCH, "");
	answer(200);
	advance(1);
	assert_int_equal(transactions_get_count(w.ts), 0);
}

/* RFC 4320 4.2: no 408. */
static void a_request_nobody_answers_is_given_up_in_silence(void **state)
{
	(void)state;
	ask_udp("OPTIONS");
	ask(CONFIG_UDP, "INFO", "z9hG4bKx", "t");
	answer(100);
	advance_to(32000);
	assert_int_equal(transactions_get_count(w.ts), 0);
	assert_int_equal(w.sent_count, 1);
}

/* --- matching --------------------------------------------------------------- */

/* RFC 3261 8.2.2.2. */
static void a_request_that_comes_on_two_ways_gets_482(void **state)
{
	(void)state;
	ask(CONFIG_UDP, "INVITE", "z9hG4bK1", "");
	ask(CONFIG_UDP, "INVITE", "z9hG4bK2", "");
	assert_int_equal(w.requests, 1);
	assert_has(last_sent(), "SIP/2.0 482 Loop Detected\r\n");
	/* Inside a dialog it is none of that rule's business. */
	ask(CONFIG_UDP, "INFO", "z9hG4bK3", "t");
	ask(CONFIG_UDP, "INFO", "z9hG4bK4", "t");
	assert_int_equal(w.requests, 3);
}

static void an_answered_options_does_not_make_the_next_one_a_loop(void **state)
{
	(void)state;
	ask(CONFIG_UDP, "OPTIONS", "z9hG4bK1", "");
	answer(200);
	ask(CONFIG_UDP, "OPTIONS", "z9hG4bK2", "");
	assert_int_equal(w.requests, 2);
	assert_int_equal(w.sent_count, 1);
}

/* RFC 3261 17.2.3: branch and sent-by together. */
static void the_same_branch_from_another_host_is_another_transaction(void **state)
{
	(void)state;
	ask_udp("OPTIONS");
	receive_text(CONFIG_UDP,
		     "OPTIONS sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.8:5070;branch=" BRANCH
		     "\r\nFrom: <sip:a@h>;tag=g\r\nTo: <sip:b@h>\r\nCall-ID: id\r\n"
		     "CSeq: 5 OPTIONS\r\n\r\n");
	assert_int_equal(w.requests, 2);
}

/* A peer of before RFC 3261 is told apart by Via, Call-ID, From tag and CSeq. */
static void matches_branches_without_the_cookie_by_their_fields(void **state)
{
	(void)state;
	ask(CONFIG_UDP, "INVITE", "1", "");
	ask(CONFIG_UDP, "INVITE", "1", "");
	assert_int_equal(w.requests, 1);
	answer(486);
	ask(CONFIG_UDP, "ACK", "1", "mine");
	advance(5000);
	assert_int_equal(transactions_get_count(w.ts), 0);
	assert_int_equal(w.acks, 0);
}

/* RFC 3261 18.2.2, RFC 3581 4. */
static void replies_go_where_the_via_says(void **state)
{
	(void)state;
	ask_udp("OPTIONS");
	answer(200);
	assert_int_equal(addr_get_port(&w.sent[0].to.remote), 40000);
	receive_text(CONFIG_UDP,
		     "OPTIONS sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKn\r\n"
		     "From: <sip:a@h>;tag=g\r\nTo: <sip:b@h>\r\nCall-ID: id\r\n"
		     "CSeq: 5 OPTIONS\r\n\r\n");
	answer(200);
	assert_int_equal(addr_get_port(&w.sent[1].to.remote), 5060);
	assert_true(addr_is_same_host(&w.sent[0].to.remote, &w.sent[1].to.remote));
	ask(CONFIG_TLS, "OPTIONS", "z9hG4bKs", "t");
	answer(200);
	assert_int_equal(w.sent[2].to.flow, 77);
	assert_int_equal(addr_get_port(&w.sent[2].to.remote), 5070);
}

static void too_many_transactions_are_refused_with_503(void **state)
{
	struct transport_target to = { .kind = CONFIG_UDP };
	struct transaction_request r = { .method = METHOD_OPTIONS, .uri = SLICE("sip:h") };
	uint64_t id;

	(void)state;
	transactions_set_test_limit(w.ts, 1);
	ask(CONFIG_UDP, "INVITE", "z9hG4bK1", "");
	ask(CONFIG_UDP, "OPTIONS", "z9hG4bK2", "");
	assert_int_equal(w.requests, 1);
	assert_has(last_sent(), "SIP/2.0 503 Service Unavailable\r\n");
	assert_has(last_sent(), "Retry-After: 5\r\n");
	assert_int_equal(transactions_get_count(w.ts), 1);
	assert_int_equal(transaction_send_request(w.ts, &to, &r, 0, on_reply, &w, &id), ERR_LIMIT);
	/* A CANCEL makes room and passes. */
	ask(CONFIG_UDP, "CANCEL", "z9hG4bK1", "");
	assert_int_equal(w.cancels, 1);
}

static void sends_the_ack_of_a_2xx_outside_any_transaction(void **state)
{
	struct transport_target to = { .kind = CONFIG_UDP };
	struct transaction_request r = { .method = METHOD_ACK,
					 .uri = SLICE("sip:b@h"),
					 .headers = SLICE("CSeq: 7 ACK\r\n") };

	(void)state;
	assert_int_equal(transaction_send_ack(w.ts, &to, &r), ERR_NONE);
	assert_has(last_sent(),
		   "ACK sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.1:5060;branch=z9hG4bK3-");
	assert_int_equal(w.sent[0].token, 0);
	assert_int_equal(transactions_get_count(w.ts), 0);
}

static void branches_name_their_worker(void **state)
{
	char branch[64];

	(void)state;
	send_out(CONFIG_UDP, METHOD_OPTIONS);
	copy_branch(last_sent(), branch);
	assert_int_equal(transaction_worker_of_branch(slice_from_text(branch)), 3);
	assert_int_equal(transaction_worker_of_branch(SLICE("z9hG4bK12-ab")), 12);
	assert_int_equal(transaction_worker_of_branch(SLICE("z9hG4bKabc-1")), -1);
	assert_int_equal(transaction_worker_of_branch(SLICE("z9hG4bK12")), -1);
	assert_int_equal(transaction_worker_of_branch(SLICE("12-ab")), -1);
	assert_int_equal(transaction_worker_of_branch(SLICE_NONE), -1);
}

static void the_tables_have_no_gaps(void **state)
{
	static const struct fsm_table *const tables[] = { &invite_client_fsm, &noninvite_client_fsm,
							  &invite_server_fsm,
							  &noninvite_server_fsm };
	char buf[2048];
	struct text out;

	(void)state;
	text_init(&out, buf, sizeof(buf));
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (fsm_check_shape(tables[i], &out))
			fail_msg("%s", text_get_string(&out));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(answers_an_invite_with_100_at_once),
		TEST(repeats_its_latest_reply_when_the_invite_comes_again),
		TEST(repeats_a_refusal_until_its_ack_or_h),
		TEST(absorbs_the_ack_of_a_refusal_and_its_repeats),
		TEST(a_refusal_over_tcp_is_sent_once_and_gone_with_its_ack),
		TEST(repeats_a_2xx_until_it_is_confirmed),
		TEST(tells_of_a_2xx_that_nobody_acknowledged),
		TEST(passes_an_ack_on_the_branch_of_the_invite),
		TEST(takes_one_final_reply_only),
		TEST(refuses_replies_that_would_open_a_line),
		TEST(answers_a_cancel_and_tells_the_user_once),
		TEST(the_user_may_answer_from_inside_the_cancel),
		TEST(a_2xx_may_still_win_over_a_cancel),
		TEST(a_cancel_after_the_final_reply_changes_nothing),
		TEST(answers_487_itself_when_the_user_forgets),
		TEST(a_cancel_of_nothing_gets_481),
		TEST(answers_repeats_for_64_t1_after_the_final_reply),
		TEST(repeats_a_provisional_reply_to_a_repeat),
		TEST(a_request_over_tcp_is_gone_with_our_reply),
		TEST(a_request_nobody_answers_is_given_up_in_silence),
		TEST(a_request_that_comes_on_two_ways_gets_482),
		TEST(an_answered_options_does_not_make_the_next_one_a_loop),
		TEST(the_same_branch_from_another_host_is_another_transaction),
		TEST(matches_branches_without_the_cookie_by_their_fields),
		TEST(replies_go_where_the_via_says),
		TEST(too_many_transactions_are_refused_with_503),
		TEST(sends_the_ack_of_a_2xx_outside_any_transaction),
		TEST(branches_name_their_worker),
		TEST(the_tables_have_no_gaps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
