/* test_transaction_client.c -- requests we send: RFC 3261 17.1 and RFC 6026 8.4. */
#include "tests/unit/transaction_bed.h"

/* --- INVITE client ---------------------------------------------------------- */

/* RFC 3261 17.1.1.2: timer A doubles, timer B ends it after 64*T1. */
static void repeats_an_invite_by_timer_a_and_gives_up_by_b(void **state)
{
	(void)state;
	send_out(CONFIG_UDP, METHOD_INVITE);
	advance_to(31999);
	ASSERT_SENT_AT(0, 500, 1500, 3500, 7500, 15500, 31500);
	assert_int_equal(w.failures, 0);
	advance_to(32000);
	assert_int_equal(w.failures, 1);
	assert_int_equal(w.error, ERR_TIMEOUT);
	assert_int_equal(transactions_get_count(w.ts), 0);
}

static void repeats_nothing_on_reliable_transports(void **state)
{
	(void)state;
	send_out(CONFIG_TCP, METHOD_INVITE);
	send_out(CONFIG_TLS, METHOD_OPTIONS);
	advance_to(32000);
	ASSERT_SENT_AT(0, 0);
	assert_int_equal(w.failures, 2);
}

static void writes_via_and_content_length_itself(void **state)
{
	(void)state;
	send_out(CONFIG_UDP, METHOD_INVITE);
	assert_has(last_sent(), "INVITE sip:b@h;x=Y SIP/2.0\r\n"
				"Via: SIP/2.0/UDP 198.51.100.1:5060;branch=z9hG4bK3-");
	assert_has(last_sent(), ";rport\r\nMax-Forwards: 69\r\n");
	assert_has(last_sent(),
		   "\r\nContent-Type: application/sdp\r\nContent-Length: 5\r\n\r\nv=0\r\n");
	send_out(CONFIG_TLS, METHOD_INVITE);
	assert_has(last_sent(), "Via: SIP/2.0/TLS 198.51.100.1:5060;branch=z9hG4bK3-");
	assert_null(strstr(last_sent(), "rport"));
	assert_string_equal(w.sent[1].to.tls_name, "peer.example.com");
	assert_ptr_not_equal(w.sent[0].token, w.sent[1].token);
}

static void provisional_replies_stop_the_repeats(void **state)
{
	(void)state;
	send_out(CONFIG_UDP, METHOD_INVITE);
	advance_to(600);
	reply(100);
	reply(180);
	advance_to(60000);
	ASSERT_SENT_AT(0, 500);
	assert_int_equal(w.replies, 2);
	assert_int_equal(w.status, 180);
	assert_int_equal(w.failures, 0);
}

/* RFC 6026 8.4: timer M; every 2xx goes up, other forks' too. */
static void passes_each_2xx_up_for_64_t1(void **state)
{
	(void)state;
	send_out(CONFIG_UDP, METHOD_INVITE);
	reply(200);
	advance(31999);
	reply_tagged(200, "INVITE", "fork");
	assert_int_equal(w.replies, 2);
	reply(486);
	reply(180);
	assert_int_equal(w.replies, 2);
	assert_int_equal(w.sent_count, 1);
	advance(1);
	assert_int_equal(transactions_get_count(w.ts), 0);
	reply(200);
	assert_int_equal(w.replies, 2);
	assert_int_equal(w.strays, 1);
}

/* RFC 3261 17.1.1.3. */
static void acknowledges_a_refusal_on_the_same_branch(void **state)
{
	char branch[64], ack_branch[64];

	(void)state;
	send_out(CONFIG_UDP, METHOD_INVITE);
	reply_tagged(486, "INVITE", "theirs");
	assert_int_equal(w.sent_count, 2);
	copy_branch(w.sent[0].text, branch);
	copy_branch(w.sent[1].text, ack_branch);
	assert_string_equal(branch, ack_branch);
	assert_has(last_sent(), "ACK sip:b@h;x=Y SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.1:5060;");
	assert_has(last_sent(), "Max-Forwards: 69\r\nRoute: <sip:p1;lr>\r\nRoute: <sip:p2;lr>\r\n"
				"From: <sip:a@h>;tag=f\r\nTo: <sip:b@h>;tag=theirs\r\n"
				"Call-ID: out\r\nCSeq: 7 ACK\r\nContent-Length: 0\r\n\r\n");
	assert_null(strstr(last_sent(), "Subject"));
	assert_int_equal(w.status, 486);
}

/* Timer D. */
static void acknowledges_repeated_refusals_for_32_seconds(void **state)
{
	(void)state;
	send_out(CONFIG_UDP, METHOD_INVITE);
	reply(486);
	advance(31999);
	reply(486);
	ASSERT_SENT_AT(0, 0, 31999);
	assert_string_equal(w.sent[1].text, w.sent[2].text);
	assert_int_equal(w.replies, 1);
	advance(1);
	assert_int_equal(transactions_get_count(w.ts), 0);
}

static void is_gone_at_once_after_a_refusal_over_tcp(void **state)
{
	(void)state;
	send_out(CONFIG_TCP, METHOD_INVITE);
	reply(486);
	advance(1);
	assert_int_equal(transactions_get_count(w.ts), 0);
}

static void a_user_timeout_replaces_timer_b(void **state)
{
	struct transport_target to = { .kind = CONFIG_TCP };
	struct transaction_request r = { .method = METHOD_INVITE,
					 .uri = SLICE("sip:h"),
					 .headers = SLICE("CSeq: 1 INVITE\r\n") };
	uint64_t id;

	(void)state;
	assert_int_equal(
		transaction_send_request(w.ts, &to, &r, CLOCK_SECONDS(4), on_reply, &w, &id), 0);
	advance_to(3999);
	assert_int_equal(w.failures, 0);
	advance_to(4000);
	assert_int_equal(w.error, ERR_TIMEOUT);
}

static void says_why_the_transport_failed(void **state)
{
	uint64_t id = send_out(CONFIG_UDP, METHOD_INVITE);

	(void)state;
	transactions_transport_failed(w.ts, id, ERR_REFUSED, "nobody listens there");
	assert_int_equal(w.error, ERR_REFUSED);
	assert_string_equal(w.why, "nobody listens there");
	assert_int_equal(transactions_get_count(w.ts), 0);
	transactions_transport_failed(w.ts, id, ERR_REFUSED, "a stale token");
	assert_int_equal(w.failures, 1);
}

static void a_transport_failure_after_a_reply_changes_nothing(void **state)
{
	uint64_t id = send_out(CONFIG_UDP, METHOD_INVITE);

	(void)state;
	reply(180);
	transactions_transport_failed(w.ts, id, ERR_REFUSED, "late");
	assert_int_equal(w.failures, 0);
	reply(200);
	transactions_transport_failed(w.ts, id, ERR_REFUSED, "late");
	assert_int_equal(w.failures, 0);
}

static void tells_at_once_what_cannot_be_sent(void **state)
{
	struct transport_target to = { .listener = 9 };
	struct transaction_request r = { .method = METHOD_OPTIONS,
					 .uri = SLICE("sip:h"),
					 .headers = SLICE("CSeq: 1 OPTIONS\r\n") };
	uint64_t id = 0;

	(void)state;
	assert_int_equal(transaction_send_request(w.ts, &to, &r, 0, on_reply, &w, &id),
			 ERR_UNREACHABLE);
	to.listener = 0;
	w.send_result = ERR_TOO_LONG;
	assert_int_equal(transaction_send_request(w.ts, &to, &r, 0, on_reply, &w, &id),
			 ERR_TOO_LONG);
	r.uri = SLICE("sip:h\r\nEvil: 1");
	w.send_result = ERR_NONE;
	assert_int_equal(transaction_send_request(w.ts, &to, &r, 0, on_reply, &w, &id),
			 ERR_TOO_LONG);
	assert_int_equal(w.sent_count, 0);
	assert_int_equal(transactions_get_count(w.ts), 0);
	assert_int_equal(w.failures, 0);
}

/* --- CANCEL, sending -------------------------------------------------------- */

/* RFC 3261 9.1. */
static void holds_a_cancel_back_until_a_provisional_reply(void **state)
{
	uint64_t id = send_out(CONFIG_UDP, METHOD_INVITE);
	char branch[64], cancel_branch[64];

	(void)state;
	transaction_cancel(w.ts, id, SLICE("Reason: Q.850;cause=16\r\n"));
	transaction_cancel(w.ts, id, SLICE("Reason: twice\r\n"));
	advance_to(400);
	assert_int_equal(w.sent_count, 1);
	reply(180);
	assert_int_equal(w.sent_count, 2);
	copy_branch(w.sent[0].text, branch);
	copy_branch(w.sent[1].text, cancel_branch);
	assert_string_equal(branch, cancel_branch);
	assert_has(last_sent(), "CANCEL sip:b@h;x=Y SIP/2.0\r\n");
	assert_has(last_sent(),
		   "Route: <sip:p1;lr>\r\nRoute: <sip:p2;lr>\r\nFrom: <sip:a@h>;tag=f\r\n"
		   "To: <sip:b@h>\r\nCall-ID: out\r\nCSeq: 7 CANCEL\r\n"
		   "Reason: Q.850;cause=16\r\nContent-Length: 0\r\n\r\n");
	reply_tagged(200, "CANCEL", "x");
	assert_int_equal(w.replies, 1);
	reply(487);
	assert_int_equal(w.status, 487);
	assert_has(last_sent(), "CSeq: 7 ACK\r\n");
}

static void sends_a_cancel_at_once_after_a_provisional_reply(void **state)
{
	uint64_t id = send_out(CONFIG_UDP, METHOD_INVITE);

	(void)state;
	reply(183);
	transaction_cancel(w.ts, id, SLICE_NONE);
	assert_has(last_sent(), "CSeq: 7 CANCEL\r\n");
	transaction_cancel(w.ts, id, SLICE_NONE);
	assert_int_equal(w.sent_count, 2);
	/* The CANCEL has its own timer E. */
	advance_to(500);
	ASSERT_SENT_AT(0, 0, 500);
}

static void a_cancel_that_crosses_a_2xx_is_not_sent(void **state)
{
	uint64_t id = send_out(CONFIG_UDP, METHOD_INVITE);

	(void)state;
	transaction_cancel(w.ts, id, SLICE_NONE);
	reply(200);
	transaction_cancel(w.ts, id, SLICE_NONE);
	advance(1000);
	assert_int_equal(w.sent_count, 1);
	assert_int_equal(w.status, 200);
}

static void a_cancelled_invite_without_final_reply_ends_after_64_t1(void **state)
{
	uint64_t id = send_out(CONFIG_TCP, METHOD_INVITE);

	(void)state;
	advance_to(1000);
	reply(180);
	transaction_cancel(w.ts, id, SLICE_NONE);
	advance_to(32999);
	assert_int_equal(w.failures, 0);
	advance_to(33000);
	assert_int_equal(w.failures, 1);
	assert_int_equal(transactions_get_count(w.ts), 0);
}

static void waiting_to_cancel_does_not_prolong_timer_b(void **state)
{
	uint64_t id = send_out(CONFIG_UDP, METHOD_INVITE);

	(void)state;
	advance_to(10000);
	transaction_cancel(w.ts, id, SLICE_NONE);
	advance_to(32000);
	ASSERT_SENT_AT(0, 500, 1500, 3500, 7500, 15500, 31500);
	assert_int_equal(w.error, ERR_TIMEOUT);
}

static void an_abandoned_request_lives_out_in_silence(void **state)
{
	uint64_t id = send_out(CONFIG_UDP, METHOD_INVITE);

	(void)state;
	transaction_abandon(w.ts, id);
	reply(486);
	assert_int_equal(w.replies, 0);
	assert_has(last_sent(), "CSeq: 7 ACK\r\n");
	transaction_abandon(w.ts, 4711);
	transaction_cancel(w.ts, 4711, SLICE_NONE);
}

/* --- non-INVITE client ------------------------------------------------------ */

/* RFC 3261 17.1.2.2: timer E up to T2, timer F. */
static void repeats_a_request_by_timer_e_and_gives_up_by_f(void **state)
{
	(void)state;
	send_out(CONFIG_UDP, METHOD_OPTIONS);
	advance_to(31999);
	ASSERT_SENT_AT(0, 500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500);
	advance_to(32000);
	assert_int_equal(w.error, ERR_TIMEOUT);
	assert_int_equal(transactions_get_count(w.ts), 0);
}

static void a_provisional_reply_slows_timer_e_down(void **state)
{
	(void)state;
	send_out(CONFIG_UDP, METHOD_OPTIONS);
	advance_to(100);
	reply_tagged(100, "OPTIONS", "t");
	advance_to(10000);
	ASSERT_SENT_AT(0, 500, 4500, 8500);
	advance_to(32000);
	assert_int_equal(w.error, ERR_TIMEOUT);
}

/* Timer K. */
static void absorbs_repeated_final_replies_for_t4(void **state)
{
	(void)state;
	send_out(CONFIG_UDP, METHOD_BYE);
	reply_tagged(200, "BYE", "t");
	advance(4999);
	reply_tagged(200, "BYE", "t");
	reply_tagged(100, "BYE", "t");
	assert_int_equal(w.replies, 1);
	assert_int_equal(w.strays, 0);
	advance(1);
	assert_int_equal(transactions_get_count(w.ts), 0);
	assert_int_equal(w.sent_count, 1);
}

static void a_request_over_tcp_is_gone_with_its_reply(void **state)
{
	(void)state;
	send_out(CONFIG_TCP, METHOD_BYE);
	reply_tagged(481, "BYE", "t");
	advance(1);
	assert_int_equal(transactions_get_count(w.ts), 0);
	assert_int_equal(w.status, 481);
}

static void a_request_fails_with_the_transport_in_both_states(void **state)
{
	uint64_t id = send_out(CONFIG_UDP, METHOD_BYE);

	(void)state;
	transactions_transport_failed(w.ts, id, ERR_CLOSED, "closed");
	assert_int_equal(w.error, ERR_CLOSED);
	w.sent_count = 0;
	id = send_out(CONFIG_UDP, METHOD_BYE);
	reply_tagged(100, "BYE", "t");
	transactions_transport_failed(w.ts, id, ERR_UNREACHABLE, "gone");
	assert_int_equal(w.error, ERR_UNREACHABLE);
	assert_int_equal(transactions_get_count(w.ts), 0);
}

static void replies_to_another_method_are_strays(void **state)
{
	(void)state;
	send_out(CONFIG_UDP, METHOD_BYE);
	reply_tagged(200, "INVITE", "t");
	assert_int_equal(w.strays, 1);
	assert_int_equal(w.replies, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(repeats_an_invite_by_timer_a_and_gives_up_by_b),
		TEST(repeats_nothing_on_reliable_transports),
		TEST(writes_via_and_content_length_itself),
		TEST(provisional_replies_stop_the_repeats),
		TEST(passes_each_2xx_up_for_64_t1),
		TEST(acknowledges_a_refusal_on_the_same_branch),
		TEST(acknowledges_repeated_refusals_for_32_seconds),
		TEST(is_gone_at_once_after_a_refusal_over_tcp),
		TEST(a_user_timeout_replaces_timer_b),
		TEST(says_why_the_transport_failed),
		TEST(a_transport_failure_after_a_reply_changes_nothing),
		TEST(tells_at_once_what_cannot_be_sent),
		TEST(holds_a_cancel_back_until_a_provisional_reply),
		TEST(sends_a_cancel_at_once_after_a_provisional_reply),
		TEST(a_cancel_that_crosses_a_2xx_is_not_sent),
		TEST(a_cancelled_invite_without_final_reply_ends_after_64_t1),
		TEST(waiting_to_cancel_does_not_prolong_timer_b),
		TEST(an_abandoned_request_lives_out_in_silence),
		TEST(repeats_a_request_by_timer_e_and_gives_up_by_f),
		TEST(a_provisional_reply_slows_timer_e_down),
		TEST(absorbs_repeated_final_replies_for_t4),
		TEST(a_request_over_tcp_is_gone_with_its_reply),
		TEST(a_request_fails_with_the_transport_in_both_states),
		TEST(replies_to_another_method_are_strays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
