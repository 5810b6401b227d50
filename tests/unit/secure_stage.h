/* secure_stage.h -- what the TLS tests share: certificates of every kind, a transport
 * that listens and one that calls, and what is expected of a call. */
#ifndef TESTS_UNIT_SECURE_STAGE_H
#define TESTS_UNIT_SECURE_STAGE_H
#include "tests/unit/certificates.h"
#include "tests/unit/loopback.h"

#include <fcntl.h>

enum { LINE_SIZE = 512 };

static struct loopback_end server, client;
static struct authority ca, other_ca, middle;
static char message[LOOPBACK_TEXT_SIZE];

/* --- stage --------------------------------------------------------------------- */

static inline int make_certificates(void **state)
{
	const char *both = "serverAuth,clientAuth";

	(void)state;
	if (!mkdtemp(certificates_dir))
		return -1;
	ca = certificates_authority("ca", NULL);
	other_ca = certificates_authority("other-ca", NULL);
	middle = certificates_authority("middle", &ca);
	const struct certificate_wish wishes[] = {
		{ .file = "sbc",
		  .common_name = "sbc.test",
		  .san = "DNS:sbc.test,IP:127.0.0.1",
		  .usage = both },
		{ .file = "peer",
		  .common_name = "peer.test",
		  .san = "DNS:peer.test,DNS:*.pool.test",
		  .usage = both },
		{ .file = "plain-use", .common_name = "peer.test", .san = "DNS:peer.test" },
		{ .file = "server-only",
		  .common_name = "peer.test",
		  .san = "DNS:peer.test",
		  .usage = "serverAuth" },
		{ .file = "client-only",
		  .common_name = "peer.test",
		  .san = "DNS:peer.test",
		  .usage = "clientAuth" },
		{ .file = "mail-only",
		  .common_name = "peer.test",
		  .san = "DNS:peer.test",
		  .usage = "emailProtection" },
		{ .file = "wild", .common_name = "x", .san = "DNS:*.wild.test", .usage = both },
		{ .file = "cn-only", .common_name = "cn.test", .usage = both },
		{ .file = "cn-and-san",
		  .common_name = "cn.test",
		  .san = "IP:192.0.2.1",
		  .usage = both },
		{ .file = "expired",
		  .common_name = "peer.test",
		  .san = "DNS:peer.test",
		  .usage = both,
		  .from_s = -7200,
		  .until_s = -3600 },
		{ .file = "early",
		  .common_name = "peer.test",
		  .san = "DNS:peer.test",
		  .usage = both,
		  .from_s = 3600,
		  .until_s = 7200 },
		{ .file = "weak",
		  .common_name = "sbc.test",
		  .san = "DNS:sbc.test",
		  .rsa_bits = 1024 },
		{ .file = "rsa",
		  .common_name = "sbc.test",
		  .san = "DNS:sbc.test",
		  .rsa_bits = 2048 },
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

static inline int drop_certificates(void **state)
{
	(void)state;
	certificates_free(&ca);
	certificates_free(&other_ca);
	certificates_free(&middle);
	certificates_remove_all();
	return 0;
}

static inline int open_ends(void **state)
{
	if (loopback_setup(state))
		return -1;
	loopback_open_end(&server, 0);
	loopback_open_end(&client, 0);
	return 0;
}

static inline int close_ends(void **state)
{
	transport_destroy(client.transport);
	transport_destroy(server.transport);
	return loopback_teardown(state);
}

/* One realm with a TLS listener; `more` is appended to the profile's line. */
static inline enum err try_end(struct loopback_end *end, const char *certificate, const char *key,
			const char *more, char *why, size_t size)
{
	char profile[4 * LINE_SIZE];
	const char *const lines[] = {
		"set realm r address 127.0.0.1 media-ports 20000-20099",
		"set realm r listener t transport tls port 1 tls-profile p", profile, NULL
	};

	snprintf(profile, sizeof(profile), "set tls-profile p certificate %s key %s %s",
		 certificates_path(certificate, ".pem"), certificates_path(key, ".key"), more);
	return loopback_try_configure(end, lines, why, size);
}

static inline const char *trusting(const char *authority, const char *more)
{
	static char text[4][2 * LINE_SIZE];
	static unsigned next;
	char *out = text[next++ % 4];

	snprintf(out, sizeof(text[0]), "trust %s %s", certificates_path(authority, ".pem"), more);
	return out;
}

static inline void configure_end(struct loopback_end *end, const char *certificate,
				 const char *more)
{
	char why[512];

	if (try_end(end, certificate, certificate, trusting("ca", more), why, sizeof(why)))
		fail_msg("%s", why);
}

static inline void call_as(const char *tls_name, uint64_t token)
{
	struct transport_target to = { .kind = CONFIG_TLS, .tls_name = tls_name };
	size_t len = loopback_message(message, sizeof(message), "tls", 10);

	to.remote = loopback_local(&server, 0);
	assert_int_equal(transport_send(client.transport, &to, token, message, len), ERR_NONE);
}

static inline void expect_delivery(const char *tls_name)
{
	unsigned before = server.messages;

	call_as(tls_name, 1);
	LOOPBACK_UNTIL(server.messages > before || client.failures);
	if (client.failures)
		fail_msg("%s", client.failed_why);
}

/* The client hears of it, and the reason is counted once on either side. */
static inline void expect_refusal(const char *tls_name, const char *counter, const char *why)
{
	uint64_t before = loopback_counter(counter);

	call_as(tls_name, 42);
	LOOPBACK_UNTIL(client.failures == 1 && loopback_counter(counter) > before);
	assert_int_equal(client.failed_token, 42);
	assert_int_equal(server.messages, 0);
	if (why && !strstr(client.failed_why, why))
		fail_msg("\"%s\" does not say \"%s\"", client.failed_why, why);
}

#endif
