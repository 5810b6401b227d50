/* test_crypto.c -- a=crypto lines in the forms that are met (RFC 4568, MS-SDPEXT). */
#include "tests/unit/offer_fixture.h"

#include "signaling/offer/crypto.h"

#define LINE_80 "1 AES_CM_128_HMAC_SHA1_80 inline:" KEY

static enum err parse(const char *value, struct crypto_line *out)
{
	return crypto_parse(slice_from_text(value), out);
}

static void reads_lifetime_and_mki_forms(void **state)
{
	static const struct {
		const char *value;
		uint8_t mki_len, mki;
	} rows[] = {
		{ LINE_80, 0, 0 },
		{ LINE_80 "|2^31", 0, 0 },
		{ LINE_80 "|2^31|1:1", 1, 1 },
		{ LINE_80 "|2^31|2:1", 1, 2 },
		{ LINE_80 "|2147483648", 0, 0 },
		{ LINE_80 "|1:1", 1, 1 },
		{ LINE_80 "|2^20|255:1", 1, 255 },
		{ LINE_80 "|2^48|0:4", 4, 0 },
		{ "1\tAES_CM_128_HMAC_SHA1_80  inline:" KEY "|2^31 WSH=128 -later=1", 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct crypto_line line;

		assert_int_equal(parse(rows[i].value, &line), ERR_NONE);
		assert_int_equal(line.tag, 1);
		assert_int_equal(line.suite, SUITE_AES_CM_128_80);
		assert_int_equal(line.key_len, 30);
		assert_memory_equal(line.key, "YS___semctl (", 13);
		assert_int_equal(line.mki_len, rows[i].mki_len);
		if (line.mki_len)
			assert_int_equal(line.mki[line.mki_len - 1], rows[i].mki);
	}
}

static void refuses_what_it_cannot_run(void **state)
{
	static const char *const values[] = {
		LINE_80 "|2^31 UNENCRYPTED_SRTP",
		LINE_80 "|2^31 UNENCRYPTED_SRTCP",
		LINE_80 "|2^31 UNAUTHENTICATED_SRTP",
		LINE_80 "|2^31 KDR=1",
		LINE_80 "|2^31 FEC_ORDER=FEC_SRTP",
		LINE_80 "|2^31 WHATEVER",
		LINE_80 "|2^31|1:5",
		LINE_80 "|2^31|1:1;inline:" KEY "|2^31|2:1",
		LINE_80 "|2^10",
		"1 F8_128_HMAC_SHA1_80 inline:" KEY,
		"1 AES_CM_128_HMAC_SHA1_80 uri:" KEY,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct crypto_line line = { .tag = 77 };

		assert_int_equal(parse(values[i], &line), ERR_UNSUPPORTED);
		assert_int_equal(line.tag, 77);
	}
}

static void refuses_malformed_lines(void **state)
{
	static const char *const values[] = {
		"",
		"1",
		"1 AES_CM_128_HMAC_SHA1_80",
		"x AES_CM_128_HMAC_SHA1_80 inline:" KEY,
		"1 AES_CM_128_HMAC_SHA1_80 inline:",
		"1 AES_CM_128_HMAC_SHA1_80 inline:AAAA",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY KEY,
		LINE_80 "!",
		LINE_80 "|x",
		LINE_80 "|2^49",
		LINE_80 "|2^31|2^31",
		LINE_80 "|2^31|1:0",
		LINE_80 "|2^31|256:1",
		LINE_80 "|2^31|1:1|2:1",
		LINE_80 "|2^31|:1",
		LINE_80 "|2^31|1:",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct crypto_line line;
		enum err e = parse(values[i], &line);

		if (e != ERR_SYNTAX)
			fail_msg("%s: %s", values[i], err_name(e));
	}
}

static void reads_and_prints_keys_of_every_suite(void **state)
{
	(void)state;
	for (int suite = SUITE_NONE + 1; suite < SUITE_COUNT; suite++) {
		uint8_t key[SUITE_KEY_MAX] = { 0 };
		char bytes[256];
		struct text out;
		struct crypto_line line;
		struct slice value;
		size_t len;

		assert_int_equal(crypto_make_key((enum crypt_suite)suite, key), ERR_NONE);
		text_init(&out, bytes, sizeof(bytes));
		crypto_print(&out, 7, (enum crypt_suite)suite, key);
		value = text_get(&out);
		assert_true(slice_has_prefix(value, "a=crypto:"));
		value.data += 9;
		value.len -= 9;
		assert_int_equal(crypto_parse(value, &line), ERR_NONE);
		len = (size_t)suite_find((unsigned)suite)->key_bytes +
		      suite_find((unsigned)suite)->salt_bytes;
		assert_int_equal(line.tag, 7);
		assert_int_equal(line.suite, suite);
		assert_int_equal(line.key_len, len);
		assert_memory_equal(line.key, key, len);
	}
}

static void prints_one_blank_between_fields(void **state)
{
	struct crypto_line line;
	char bytes[256];
	struct text out;

	(void)state;
	assert_int_equal(parse(LINE_80, &line), ERR_NONE);
	text_init(&out, bytes, sizeof(bytes));
	crypto_print(&out, 2, line.suite, line.key);
	assert_string_equal(text_get_string(&out),
			    "a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|2^31\r\n");
}

static void accepts_base64_with_and_without_padding(void **state)
{
	struct crypto_line padded, bare;

	(void)state;
	assert_int_equal(parse("1 AEAD_AES_128_GCM inline:"
			       "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw==|2^31",
			       &padded),
			 ERR_NONE);
	assert_int_equal(
		parse("1 AEAD_AES_128_GCM inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw", &bare),
		ERR_NONE);
	assert_int_equal(padded.key_len, 28);
	assert_memory_equal(padded.key, bare.key, 28);
	assert_int_equal(padded.key[27], 27);
}

static void chooses_by_mki_then_by_the_trunk_s_order(void **state)
{
	static const char lines[] = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|2^31|2:1\r\n"
				    "a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:" KEY "|2^31\r\n"
				    "a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|2^31\r\n"
				    "a=crypto:4 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|2^31\r\n";
	struct crypto_line line;
	struct slice s = slice_from_text(lines);

	(void)state;
	assert_true(crypto_choose(s, SUITES, &line));
	assert_int_equal(line.tag, 3);
	assert_true(crypto_choose(s, "AES_CM_128_HMAC_SHA1_32,AES_CM_128_HMAC_SHA1_80", &line));
	assert_int_equal(line.tag, 2);
	s.len = strlen("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|2^31|2:1\r\n");
	assert_true(crypto_choose(s, SUITES, &line));
	assert_int_equal(line.tag, 1);
	assert_false(crypto_choose(s, "AEAD_AES_128_GCM", &line));
}

static void finds_the_capability_of_rfc_5939(void **state)
{
	static const struct {
		const char *lines;
		unsigned configuration, transport; /* 0: none */
	} rows[] = {
		{ "a=tcap:1 RTP/SAVP\r\na=pcfg:1 t=1\r\n", 1, 1 },
		{ "a=tcap:4 RTP/SAVPF RTP/SAVP\r\na=pcfg:9 t=4|5\r\n", 9, 5 },
		{ "a=tcap:1 RTP/SAVP\r\na=pcfg:1 t=2\r\na=pcfg:2 t=1\r\n", 2, 1 },
		{ "a=tcap:1 RTP/SAVP\r\na=pcfg:1 t=1 a=1\r\n", 0, 0 },
		{ "a=tcap:1 RTP/AVPF\r\na=pcfg:1 t=1\r\n", 0, 0 },
		{ "a=tcap:1 RTP/SAVP\r\n", 0, 0 },
		{ "a=pcfg:1 t=1\r\n", 0, 0 },
		{ "a=tcap:\r\na=pcfg:\r\n", 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct crypto_capability c = { 0 };

		assert_int_equal(
			crypto_find_capability(SLICE_NONE, slice_from_text(rows[i].lines), &c),
			rows[i].configuration != 0);
		assert_int_equal(c.configuration, rows[i].configuration);
		assert_int_equal(c.transport, rows[i].transport);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_lifetime_and_mki_forms),
		cmocka_unit_test(refuses_what_it_cannot_run),
		cmocka_unit_test(refuses_malformed_lines),
		cmocka_unit_test(reads_and_prints_keys_of_every_suite),
		cmocka_unit_test(prints_one_blank_between_fields),
		cmocka_unit_test(accepts_base64_with_and_without_padding),
		cmocka_unit_test(chooses_by_mki_then_by_the_trunk_s_order),
		cmocka_unit_test(finds_the_capability_of_rfc_5939),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
