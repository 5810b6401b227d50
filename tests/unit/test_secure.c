/* test_secure.c -- TLS between two transports: who is let in, who is not and what the
 * operator is told; and a peer that is bare OpenSSL where ours is too well-behaved. */
#include "tests/unit/certificates.h"
#include "tests/unit/loopback.h"

#include <fcntl.h>

enum { LINES_MAX = 16, LINE_SIZE = 400 };

static struct loopback_end server, client;
static struct authority ca, other_ca, middle;
static char message[LOOPBACK_TEXT_SIZE];

/* --- stage --------------------------------------------------------------------- */

static int make_certificates(void **state)
{
	const char *both = "serverAuth,clientAuth";

	(void)state;
	if (!mkdtemp(certificates_dir))
		return -1;
	ca = certificates_authority("ca", NULL);
	other_ca = certificates_authority("other-ca", NULL);
	middle = certificates_authority("middle", &ca);
	const struct certificate_wish wishes[] = {
		{ .file = "sbc", .common_name = "sbc.test", .san = "DNS:sbc.test,IP:127.0.0.1", .usage = both },
		{ .file = "peer", .common_name = "peer.test", .san = "DNS:peer.test,DNS:*.pool.test", .usage = both },
		{ .file = "plain-use", .common_name = "peer.test", .san = "DNS:peer.test" },
		{ .file = "server-only", .common_name = "peer.test", .san = "DNS:peer.test", .usage = "serverAuth" },
		{ .file = "client-only", .common_name = "peer.test", .san = "DNS:peer.test", .usage = "clientAuth" },
		{ .file = "mail-only", .common_name = "peer.test", .san = "DNS:peer.test", .usage = "emailProtection" },
		{ .file = "wild", .common_name = "x", .san = "DNS:*.wild.test", .usage = both },
		{ .file = "cn-only", .common_name = "cn.test", .usage = both },
		{ .file = "cn-and-san", .common_name = "cn.test", .san = "IP:192.0.2.1", .usage = both },
		{ .file = "expired", .common_name = "peer.test", .san = "DNS:peer.test", .usage = both,
		  .from_s = -7200, .until_s = -3600 },
		{ .file = "early", .common_name = "peer.test", .san = "DNS:peer.test", .usage = both,
		  .from_s = 3600, .until_s = 7200 },
		{ .file = "weak", .common_name = "sbc.test", .san = "DNS:sbc.test", .rsa_bits = 1024 },
		{ .file = "rsa", .common_name = "sbc.test", .san = "DNS:sbc.test", .rsa_bits = 2048 },
	};
	const struct certificate_wish chained = { .file = "chained", .common_name = "sbc.test",
						  .san = "DNS:sbc.test", .via = &middle };
	const struct certificate_wish unchained = { .file = "unchained", .common_name = "sbc.test",
						    .san = "DNS:sbc.test" };
	const struct certificate_wish foreign = { .file = "foreign", .common_name = "peer.test",
						  .san = "DNS:peer.test", .usage = both };

	for (unsigned i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++)
		certificates_make(&ca, &wishes[i]);
	certificates_make(&middle, &chained);
	certificates_make(&middle, &unchained);
	certificates_make(&other_ca, &foreign);
	return 0;
}

static int drop_certificates(void **state)
{
	(void)state;
	certificates_free(&ca);
	certificates_free(&other_ca);
	certificates_free(&middle);
	certificates_remove_all();
	return 0;
}

static int open_ends(void **state)
{
	if (loopback_setup(state))
		return -1;
	loopback_open_end(&server, 0);
	loopback_open_end(&client, 0);
	return 0;
}

static int close_ends(void **state)
{
	transport_destroy(client.transport);
	transport_destroy(server.transport);
	return loopback_teardown(state);
}

/* One realm with a TLS listener; `more` is appended to the profile's line. */
static enum err try_end(struct loopback_end *end, const char *certificate, const char *key,
			const char *more, char *why, size_t size)
{
	char profile[LINE_SIZE];
	const char *const lines[] = {
		"set realm r address 127.0.0.1 media-ports 20000-20099",
		"set realm r listener t transport tls port 1 tls-profile p", profile, NULL
	};

	snprintf(profile, sizeof(profile), "set tls-profile p certificate %s key %s %s",
		 certificates_path(certificate, ".pem"), certificates_path(key, ".key"), more);
	return loopback_try_configure(end, lines, why, size);
}

static const char *trusting(const char *authority, const char *more)
{
	static char text[4][LINE_SIZE];
	static unsigned next;
	char *out = text[next++ % 4];

	snprintf(out, sizeof(text[0]), "trust %s %s", certificates_path(authority, ".pem"), more);
	return out;
}

static void configure_end(struct loopback_end *end, const char *certificate, const char *more)
{
	char why[512];

	if (try_end(end, certificate, certificate, trusting("ca", more), why, sizeof(why)))
		fail_msg("%s", why);
}

static void call_as(const char *tls_name, uint64_t token)
{
	struct transport_target to = { .kind = CONFIG_TLS, .tls_name = tls_name };
	size_t len = loopback_message(message, sizeof(message), "tls", 10);

	to.remote = loopback_local(&server, 0);
	assert_int_equal(transport_send(client.transport, &to, token, message, len), ERR_NONE);
}

static void expect_delivery(const char *tls_name)
{
	unsigned before = server.messages;

	call_as(tls_name, 1);
	LOOPBACK_UNTIL(server.messages > before || client.failures);
	if (client.failures)
		fail_msg("%s", client.failed_why);
}

/* The client hears of it, and the reason is counted once on either side. */
static void expect_refusal(const char *tls_name, const char *counter, const char *why)
{
	uint64_t before = loopback_counter(counter);

	call_as(tls_name, 42);
	LOOPBACK_UNTIL(client.failures == 1 && loopback_counter(counter) > before);
	assert_int_equal(client.failed_token, 42);
	assert_int_equal(server.messages, 0);
	if (why && !strstr(client.failed_why, why))
		fail_msg("\"%s\" does not say \"%s\"", client.failed_why, why);
}

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
	assert_int_equal(try_end(&client, "peer", "peer", trusting("other-ca", ""), why, sizeof(why)),
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
		SSL_CTX_use_PrivateKey_file(ctx, certificates_path("sbc", ".key"), SSL_FILETYPE_PEM);
		ssl = SSL_new(ctx);
		SSL_set_fd(ssl, fd);
		LOOPBACK_UNTIL(SSL_accept(ssl) == 1);
		if (names[i])
			assert_string_equal(SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name), names[i]);
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
		{ "nowhere", "sbc", "ca", "/nowhere.pem: No such file or directory; put the file there" },
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
		TEST(asks_for_host_names_by_sni_and_never_for_addresses),
		TEST(never_reuses_a_connection_verified_for_another_name),
		TEST(reports_a_handshake_that_is_not_answered),
		TEST(serves_new_certificates_after_a_reload_and_keeps_open_connections),
		TEST(says_what_is_wrong_with_files_and_changes_nothing),
	};

	return cmocka_run_group_tests(tests, make_certificates, drop_certificates);
}
