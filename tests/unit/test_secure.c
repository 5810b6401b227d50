/* test_secure.c -- TLS between two transports that trust each other. */
#include "tests/unit/secure_stage.h"

/* --- let in ----------------------------------------------------------------------- */

static void carries_messages_with_both_sides_verified(void **state)
{
	struct transport_target back = { .kind = CONFIG_TLS };
	size_t len;

	(void)state;
	configure_end(&server, "sbc", "");
	configure_end(&client, "peer", "");
	expect_delivery("sbc.test");
	assert_int_equal(server.from.kind, CONFIG_TLS);
	assert_int_equal(server.identity_count, 2);
	assert_string_equal(server.identity[0], "peer.test");
	assert_string_equal(server.identity[1], "*.pool.test");
	back.flow = server.from.flow;
	back.remote = server.from.source;
	len = loopback_message(message, sizeof(message), "back", 60000);
	assert_int_equal(transport_send(server.transport, &back, 1, message, len), ERR_NONE);
	LOOPBACK_UNTIL(client.messages == 1);
	assert_int_equal(client.last_len, len);
	assert_memory_equal(client.last, message, len);
	assert_int_equal(client.identity_count, 2);
	assert_string_equal(client.identity[1], "127.0.0.1");
}

static void carries_thousands_of_messages_in_order(void **state)
{
	size_t sent = 0;

	(void)state;
	configure_end(&server, "sbc", "");
	configure_end(&client, "peer", "");
	for (unsigned i = 0; i < 3000; i++) {
		call_as("sbc.test", 1);
		sent++;
		if (i % 50 == 0)
			loopback_turn();
	}
	LOOPBACK_UNTIL(server.messages == sent);
}

static void verifies_a_literal_address_by_ip_san(void **state)
{
	(void)state;
	configure_end(&server, "sbc", "");
	configure_end(&client, "peer", "");
	expect_delivery(NULL);
}

static void serves_its_whole_chain(void **state)
{
	(void)state;
	configure_end(&server, "chained", "");
	configure_end(&client, "peer", "");
	expect_delivery("sbc.test");
}

static void takes_an_rsa_certificate(void **state)
{
	(void)state;
	configure_end(&server, "rsa", "");
	configure_end(&client, "peer", "");
	expect_delivery("sbc.test");
}

static void works_with_tls_1_3_alone(void **state)
{
	(void)state;
	configure_end(&server, "sbc", "min-version 1.3");
	configure_end(&client, "peer", "");
	expect_delivery("sbc.test");
}

static void takes_clients_without_certificate_where_only_servers_are_verified(void **state)
{
	(void)state;
	configure_end(&server, "sbc", "verify server");
	configure_end(&client, "foreign", "");
	expect_delivery("sbc.test");
	assert_int_equal(server.identity_count, 0);
}

static void verifies_nobody_where_told_so(void **state)
{
	(void)state;
	configure_end(&server, "sbc", "verify none");
	configure_end(&client, "foreign", "verify none");
	expect_delivery("another.test");
	assert_int_equal(server.identity_count, 0);
}

static void shows_the_client_certificate_where_there_is_one(void **state)
{
	char more[LINE_SIZE];

	(void)state;
	configure_end(&server, "sbc", "");
	snprintf(more, sizeof(more), "client-certificate %s client-key %s",
		 certificates_path("cn-only", ".pem"), certificates_path("cn-only", ".key"));
	configure_end(&client, "foreign", more);
	expect_delivery("sbc.test");
	assert_int_equal(server.identity_count, 1);
	assert_string_equal(server.identity[0], "cn.test");
}

/* RFC 6125 6.4.3: a wildcard stands for one label. */
static void matches_wildcards_for_one_label_only(void **state)
{
	(void)state;
	configure_end(&server, "wild", "");
	configure_end(&client, "peer", "");
	expect_delivery("a.wild.test");
	server.messages = 0;
	expect_refusal("a.b.wild.test", "tls_failed_name", NULL);
}

/* A listener of bare OpenSSL that notes the name it was asked for (RFC 6066 3). */
static void asks_for_host_names_by_sni_and_never_for_addresses(void **state)
{
	static const char *const names[] = { "sbc.test", NULL };
	struct addr here = { .in4 = { .sin_family = AF_INET } };
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	socklen_t len = sizeof(here);

	(void)state;
	configure_end(&client, "peer", "");
	here.in4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(listener, &here.sa, sizeof(here.in4)), 0);
	assert_int_equal(listen(listener, 8), 0);
	assert_int_equal(getsockname(listener, &here.sa, &len), 0);
	for (unsigned i = 0; i < 2; i++) {
		SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
		struct transport_target to = { .kind = CONFIG_TLS, .tls_name = names[i] };
		size_t message_len = loopback_message(message, sizeof(message), "sni", 0);
		SSL *ssl;
		int fd;

		to.remote = here;
		assert_int_equal(transport_send(client.transport, &to, 1, message, message_len), 0);
		LOOPBACK_UNTIL((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0);
		SSL_CTX_use_certificate_chain_file(ctx, certificates_path("sbc", ".pem"));
		SSL_CTX_use_PrivateKey_file(ctx, certificates_path("sbc", ".key"),
					    SSL_FILETYPE_PEM);
		ssl = SSL_new(ctx);
		SSL_set_fd(ssl, fd);
		LOOPBACK_UNTIL(SSL_accept(ssl) == 1);
		if (names[i])
			assert_string_equal(SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name),
					    names[i]);
		else
			assert_null(SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name));
		SSL_free(ssl);
		SSL_CTX_free(ctx);
		close(fd);
	}
	close(listener);
}

/* --- connections --------------------------------------------------------------------- */

/* RFC 5922 7.1. */
/* Two names on one port: each peer sees the certificate of the name it asked for. */
static void shows_the_certificate_of_the_name_that_was_asked_for(void **state)
{
	char first[4 * LINE_SIZE], second[4 * LINE_SIZE], why[512];
	const char *const lines[] = {
		"set realm r address 127.0.0.1 media-ports 20000-20099",
		"set realm r listener t transport tls port 1 tls-profile p sni-profiles q",
		first, second, NULL
	};

	(void)state;
	snprintf(first, sizeof(first), "set tls-profile p certificate %s key %s %s",
		 certificates_path("sbc", ".pem"), certificates_path("sbc", ".key"),
		 trusting("ca", ""));
	snprintf(second, sizeof(second), "set tls-profile q certificate %s key %s %s",
		 certificates_path("wild", ".pem"), certificates_path("wild", ".key"),
		 trusting("ca", ""));
	if (loopback_try_configure(&server, lines, why, sizeof(why)))
		fail_msg("%s", why);
	configure_end(&client, "peer", "");
	expect_delivery("sbc.test");
	expect_delivery("tenant.wild.test");
	call_as("nobody.test", 42);
	LOOPBACK_UNTIL(client.failures == 1);
}

static void never_reuses_a_connection_verified_for_another_name(void **state)
{
	uint64_t before = loopback_counter("connections_dialled");

	(void)state;
	configure_end(&server, "wild", "");
	configure_end(&client, "peer", "");
	expect_delivery("a.wild.test");
	expect_delivery("a.wild.test");
	assert_int_equal(loopback_counter("connections_dialled"), before + 1);
	expect_delivery("b.wild.test");
	assert_int_equal(loopback_counter("connections_dialled"), before + 2);
}

static void reports_a_handshake_that_is_not_answered(void **state)
{
	struct addr here = { .in4 = { .sin_family = AF_INET } };
	struct transport_target to = { .kind = CONFIG_TLS, .tls_name = "sbc.test" };
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	size_t message_len = loopback_message(message, sizeof(message), "mute", 0);
	socklen_t len = sizeof(here);

	(void)state;
	configure_end(&client, "peer", "");
	here.in4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(listener, &here.sa, sizeof(here.in4)), 0);
	assert_int_equal(listen(listener, 8), 0);
	assert_int_equal(getsockname(listener, &here.sa, &len), 0);
	to.remote = here;
	assert_int_equal(transport_send(client.transport, &to, 5, message, message_len), ERR_NONE);
	loopback_settle();
	assert_int_equal(client.failures, 0);
	clock_advance_test(CLOCK_MS(TRANSPORT_CONNECT_MS) + CLOCK_MS(5));
	LOOPBACK_UNTIL(client.failures == 1);
	assert_int_equal(client.failed_error, ERR_TIMEOUT);
	close(listener);
}

static void serves_new_certificates_after_a_reload_and_keeps_open_connections(void **state)
{
	const struct certificate_wish wish = { .file = "renewed", .common_name = "sbc.test",
					       .san = "DNS:sbc.test" };
	const struct certificate_wish newer = { .file = "renewed", .common_name = "new.test",
						.san = "DNS:new.test" };
	char why[512];
	struct text text;

	(void)state;
	certificates_make(&ca, &wish);
	configure_end(&server, "renewed", "");
	configure_end(&client, "peer", "");
	expect_delivery("sbc.test");
	certificates_make(&ca, &newer);
	text_init(&text, why, sizeof(why));
	assert_int_equal(transport_reload_tls(server.transport, &text), ERR_NONE);
	expect_delivery("sbc.test");
	assert_int_equal(server.messages, 2);
	expect_delivery("new.test");
	certificates_write(certificates_path("renewed", ".pem"), NULL, NULL, NULL);
	text_init(&text, why, sizeof(why));
	assert_int_equal(transport_reload_tls(server.transport, &text), ERR_CERTIFICATE);
	assert_non_null(strstr(text_get_string(&text), "holds no PEM certificate"));
	expect_delivery("new.test");
}

/* --- files ------------------------------------------------------------------------------ */

static void says_what_is_wrong_with_files_and_changes_nothing(void **state)
{
	static const struct {
		const char *certificate, *key, *trust, *why;
	} rows[] = {
		{ "nowhere", "sbc", "ca",
		  "/nowhere.pem: No such file or directory; put the file there" },
		{ "sbc", "nowhere", "ca", "/nowhere.key: No such file or directory" },
		{ "sbc", "sbc", "nowhere", "/nowhere.pem: No such file or directory" },
		{ "sbc", "peer", "ca", "does not belong to the certificate in" },
		{ "expired", "expired", "ca", "expired on 20" },
		{ "early", "early", "ca", "is valid only from 20" },
		{ "weak", "weak", "ca", "has 1024 bits, peers want at least 2048" },
	};
	char why[512];

	(void)state;
	configure_end(&server, "sbc", "");
	configure_end(&client, "peer", "");
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_not_equal(try_end(&server, rows[i].certificate, rows[i].key,
					     trusting(rows[i].trust, ""), why, sizeof(why)),
				     ERR_NONE);
		if (!strstr(why, rows[i].why) || !strstr(why, "tls-profile \"p\""))
			fail_msg("\"%s\" does not say \"%s\"", why, rows[i].why);
	}
	assert_int_not_equal(try_end(&server, "sbc", "sbc", "", why, sizeof(why)), ERR_NONE);
	assert_non_null(strstr(why, "trusts no authority"));
	assert_int_not_equal(try_end(&server, "sbc", "sbc", trusting("ca", "ciphers NONSENSE"), why,
				     sizeof(why)), ERR_NONE);
	assert_non_null(strstr(why, "names no cipher"));
	expect_delivery("sbc.test");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_ends, close_ends)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(carries_messages_with_both_sides_verified),
		TEST(carries_thousands_of_messages_in_order),
		TEST(verifies_a_literal_address_by_ip_san),
		TEST(serves_its_whole_chain),
		TEST(takes_an_rsa_certificate),
		TEST(works_with_tls_1_3_alone),
		TEST(takes_clients_without_certificate_where_only_servers_are_verified),
		TEST(verifies_nobody_where_told_so),
		TEST(shows_the_client_certificate_where_there_is_one),
		TEST(matches_wildcards_for_one_label_only),
		TEST(asks_for_host_names_by_sni_and_never_for_addresses),
		TEST(shows_the_certificate_of_the_name_that_was_asked_for),
		TEST(never_reuses_a_connection_verified_for_another_name),
		TEST(reports_a_handshake_that_is_not_answered),
		TEST(serves_new_certificates_after_a_reload_and_keeps_open_connections),
		TEST(says_what_is_wrong_with_files_and_changes_nothing),
	};

	return cmocka_run_group_tests(tests, make_certificates, drop_certificates);
}
