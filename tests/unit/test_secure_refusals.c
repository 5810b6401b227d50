/* test_secure_refusals.c -- who is not let in over TLS, and what is said about it; the
 * peer is bare OpenSSL where our own side is too well-behaved. */
#include "tests/unit/secure_stage.h"

/* --- refused ------------------------------------------------------------------------ */

static void refuses_a_server_of_another_name(void **state)
{
	(void)state;
	configure_end(&server, "wild", "");
	configure_end(&client, "peer", "");
	expect_refusal("wild.test", "tls_failed_name",
		       "is made out to *.wild.test, not to wild.test");
}

static void takes_the_common_name_where_there_is_no_san(void **state)
{
	(void)state;
	configure_end(&server, "cn-only", "");
	configure_end(&client, "peer", "");
	expect_delivery("cn.test");
}

/* RFC 6125 6.4.4. */
static void ignores_the_common_name_where_there_is_any_san(void **state)
{
	(void)state;
	configure_end(&server, "cn-and-san", "");
	configure_end(&client, "peer", "");
	expect_refusal("cn.test", "tls_failed_name", "made out to 192.0.2.1");
}

static void refuses_a_server_of_an_unknown_authority(void **state)
{
	char why[512];

	(void)state;
	configure_end(&server, "sbc", "");
	assert_int_equal(
		try_end(&client, "peer", "peer", trusting("other-ca", ""), why, sizeof(why)),
		ERR_NONE);
	expect_refusal("sbc.test", "tls_failed_authority", "is signed by an unknown authority");
}

static void refuses_a_server_that_hides_its_chain(void **state)
{
	(void)state;
	configure_end(&server, "unchained", "");
	configure_end(&client, "peer", "");
	expect_refusal("sbc.test", "tls_failed_authority", NULL);
}

static void refuses_a_client_of_an_unknown_authority(void **state)
{
	(void)state;
	configure_end(&server, "sbc", "");
	configure_end(&client, "foreign", "");
	expect_refusal("sbc.test", "tls_failed_authority", "refused us: unknown CA");
}

static void refuses_a_client_whose_name_is_not_listed(void **state)
{
	(void)state;
	configure_end(&server, "sbc", "names gw.example.test,other.test");
	configure_end(&client, "peer", "");
	expect_refusal("sbc.test", "tls_failed_name", NULL);
}

static void takes_a_client_whose_certificate_covers_a_listed_name(void **state)
{
	(void)state;
	configure_end(&server, "sbc", "names gw.example.test,a.pool.test");
	configure_end(&client, "peer", "");
	expect_delivery("sbc.test");
}

/* Microsoft's client certificates carry serverAuth only since 2026. */
static void judges_the_usage_of_client_certificates_as_told(void **state)
{
	static const struct {
		const char *certificate, *purpose;
		bool is_accepted;
	} rows[] = {
		{ "peer", "strict", true },	   { "client-only", "strict", true },
		{ "plain-use", "strict", true },   { "server-only", "strict", false },
		{ "mail-only", "strict", false },  { "server-only", "server", true },
		{ "client-only", "server", true }, { "plain-use", "server", true },
		{ "mail-only", "server", false },  { "server-only", "any", true },
		{ "mail-only", "any", true },
	};
	char more[64];

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("%s under %s\n", rows[i].certificate, rows[i].purpose);
		snprintf(more, sizeof(more), "purpose %s", rows[i].purpose);
		configure_end(&server, "sbc", more);
		configure_end(&client, rows[i].certificate, "");
		if (rows[i].is_accepted)
			expect_delivery("sbc.test");
		else
			expect_refusal("sbc.test", "tls_failed_purpose", NULL);
		close_ends(state);
		open_ends(state);
	}
}

static void refuses_a_server_certificate_made_for_clients(void **state)
{
	(void)state;
	configure_end(&server, "client-only", "");
	configure_end(&client, "peer", "");
	expect_refusal("peer.test", "tls_failed_purpose", "not made for this use");
}

/* --- bare OpenSSL as the peer --------------------------------------------------------- */

struct bare {
	SSL_CTX *ctx;
	SSL *ssl;
	int fd;
};

static int bare_socket(void)
{
	struct addr to = loopback_local(&server, 0);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(connect(fd, &to.sa, addr_get_len(&to)), 0);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	return fd;
}

static void bare_open(struct bare *b, const char *certificate, int max_version)
{
	b->ctx = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_security_level(b->ctx, 0);
	SSL_CTX_set_min_proto_version(b->ctx, TLS1_VERSION);
	SSL_CTX_set_max_proto_version(b->ctx, max_version);
	if (certificate) {
		assert_int_equal(SSL_CTX_use_certificate_chain_file(
					 b->ctx, certificates_path(certificate, ".pem")), 1);
		assert_int_equal(SSL_CTX_use_PrivateKey_file(
					 b->ctx, certificates_path(certificate, ".key"),
					 SSL_FILETYPE_PEM), 1);
	}
	b->ssl = SSL_new(b->ctx);
	b->fd = bare_socket();
	SSL_set_fd(b->ssl, b->fd);
	SSL_set_connect_state(b->ssl);
}

static void bare_close(struct bare *b)
{
	SSL_free(b->ssl);
	SSL_CTX_free(b->ctx);
	close(b->fd);
}

static bool bare_is_closed(struct bare *b)
{
	char bytes[2000];
	int result = SSL_is_init_finished(b->ssl) ? SSL_read(b->ssl, bytes, sizeof(bytes)) :
						    SSL_do_handshake(b->ssl);
	int error = SSL_get_error(b->ssl, result);

	return result <= 0 && error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE;
}

static bool bare_is_connected(struct bare *b)
{
	return SSL_is_init_finished(b->ssl) || SSL_do_handshake(b->ssl) == 1;
}

static void expect_bare_refusal(const char *certificate, int max_version, const char *counter)
{
	uint64_t before = loopback_counter(counter);
	struct bare b;

	bare_open(&b, certificate, max_version);
	LOOPBACK_UNTIL(bare_is_closed(&b));
	LOOPBACK_UNTIL(loopback_counter(counter) == before + 1);
	bare_close(&b);
}

static void refuses_a_client_without_certificate(void **state)
{
	(void)state;
	configure_end(&server, "sbc", "");
	expect_bare_refusal(NULL, TLS1_3_VERSION, "tls_failed_no_certificate");
	expect_bare_refusal(NULL, TLS1_2_VERSION, "tls_failed_no_certificate");
}

static void refuses_tls_1_1_and_below_the_minimum(void **state)
{
	(void)state;
	configure_end(&server, "sbc", "");
	expect_bare_refusal("peer", TLS1_1_VERSION, "tls_failed_version");
	configure_end(&server, "sbc", "min-version 1.3");
	expect_bare_refusal("peer", TLS1_2_VERSION, "tls_failed_version");
}

static void refuses_certificates_out_of_their_time(void **state)
{
	(void)state;
	configure_end(&server, "sbc", "");
	expect_bare_refusal("expired", TLS1_3_VERSION, "tls_failed_expired");
	expect_bare_refusal("early", TLS1_2_VERSION, "tls_failed_expired");
}

static void refuses_plain_text_on_a_tls_port(void **state)
{
	uint64_t before = loopback_counter("tls_failed_plain_text");
	int fd;
	size_t len = loopback_message(message, sizeof(message), "plain", 0);
	char byte;

	(void)state;
	configure_end(&server, "sbc", "");
	fd = bare_socket();
	assert_int_equal(write(fd, message, len), (ssize_t)len);
	LOOPBACK_UNTIL(loopback_counter("tls_failed_plain_text") == before + 1);
	LOOPBACK_UNTIL(recv(fd, &byte, 1, MSG_DONTWAIT) == 0 || errno == ECONNRESET);
	close(fd);
}

static void resumes_sessions_but_never_renegotiates(void **state)
{
	uint64_t before = loopback_counter("tls_resumed");
	SSL_SESSION *session;
	struct bare b, again;

	(void)state;
	configure_end(&server, "sbc", "");
	bare_open(&b, "peer", TLS1_2_VERSION);
	LOOPBACK_UNTIL(bare_is_connected(&b));
	session = SSL_get1_session(b.ssl);
	bare_open(&again, "peer", TLS1_2_VERSION);
	SSL_set_session(again.ssl, session);
	LOOPBACK_UNTIL(bare_is_connected(&again));
	loopback_settle();
	assert_int_equal(loopback_counter("tls_resumed"), before + 1);
	SSL_renegotiate(b.ssl);
	SSL_do_handshake(b.ssl);
	loopback_settle();
	assert_true(bare_is_closed(&b));
	SSL_SESSION_free(session);
	bare_close(&b);
	bare_close(&again);
}

static void closes_half_open_handshakes_by_deadline_and_serves_others(void **state)
{
	struct bare silent, half, good;
	char byte;

	(void)state;
	configure_end(&server, "sbc", "");
	configure_end(&client, "peer", "");
	bare_open(&silent, "peer", TLS1_3_VERSION);
	bare_open(&half, "peer", TLS1_3_VERSION);
	SSL_do_handshake(half.ssl); /* a ClientHello and nothing after it */
	loopback_settle();
	bare_open(&good, "peer", TLS1_3_VERSION);
	LOOPBACK_UNTIL(bare_is_connected(&good));
	expect_delivery("sbc.test");
	clock_advance_test(CLOCK_MS(TRANSPORT_HANDSHAKE_MS) + CLOCK_MS(5));
	LOOPBACK_UNTIL(recv(silent.fd, &byte, 1, MSG_DONTWAIT) == 0);
	loopback_settle();
	LOOPBACK_UNTIL(bare_is_closed(&half));
	expect_delivery("sbc.test");
	bare_close(&silent);
	bare_close(&half);
	bare_close(&good);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_ends, close_ends)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(refuses_a_server_of_another_name),
		TEST(takes_the_common_name_where_there_is_no_san),
		TEST(ignores_the_common_name_where_there_is_any_san),
		TEST(refuses_a_server_of_an_unknown_authority),
		TEST(refuses_a_server_that_hides_its_chain),
		TEST(refuses_a_client_of_an_unknown_authority),
		TEST(refuses_a_client_whose_name_is_not_listed),
		TEST(takes_a_client_whose_certificate_covers_a_listed_name),
		TEST(judges_the_usage_of_client_certificates_as_told),
		TEST(refuses_a_server_certificate_made_for_clients),
		TEST(refuses_a_client_without_certificate),
		TEST(refuses_tls_1_1_and_below_the_minimum),
		TEST(refuses_certificates_out_of_their_time),
		TEST(refuses_plain_text_on_a_tls_port),
		TEST(resumes_sessions_but_never_renegotiates),
		TEST(closes_half_open_handshakes_by_deadline_and_serves_others),
	};

	return cmocka_run_group_tests(tests, make_certificates, drop_certificates);
}
