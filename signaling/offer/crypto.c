/* crypto.c -- reading, choosing and writing a=crypto lines. */
#include "signaling/offer/crypto.h"

#include <string.h>
#include <sys/random.h>

#include "db/config/config.h"
#include "signaling/offer/description.h"

/* A key that lives shorter than this (5.8 hours of 20 ms packets) would have to be
 * replaced during the call, which we do not do. */
#define LIFETIME_MIN ((uint64_t)1 << 20)
#define LIFETIME_MAX ((uint64_t)1 << 48)

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int base64_value(char c)
{
	const char *at = c ? strchr(alphabet, c) : NULL;

	return at ? (int)(at - alphabet) : -1;
}

/* Padded or not.  False when it is not base64 or longer than size. */
static bool base64_decode(struct slice text, uint8_t *out, size_t size, size_t *out_len)
{
	uint32_t bits = 0;
	unsigned bit_count = 0;
	size_t len = 0;

	while (text.len && text.data[text.len - 1] == '=')
		text.len--;
	if (text.len % 4 == 1)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		int value = base64_value(text.data[i]);

		if (value < 0)
			return false;
		bits = bits << 6 | (uint32_t)value;
		bit_count += 6;
		if (bit_count < 8)
			continue;
		bit_count -= 8;
		if (len == size)
			return false;
		out[len++] = (uint8_t)(bits >> bit_count);
	}
	*out_len = len;
	return true;
}

static void base64_print(struct text *out, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i += 3) {
		size_t n = len - i < 3 ? len - i : 3;
		uint32_t bits = (uint32_t)data[i] << 16 | (n > 1 ? (uint32_t)data[i + 1] << 8 : 0) |
				(n > 2 ? data[i + 2] : 0);

		for (size_t k = 0; k < 4; k++)
			text_put_byte(out, k <= n ? alphabet[bits >> (18 - 6 * k) & 63] : '=');
	}
}

/* "2^31" or a decimal number of packets. */
static enum err check_lifetime(struct slice text)
{
	uint64_t value;

	if (slice_has_prefix(text, "2^")) {
		struct slice power = { text.data + 2, text.len - 2 };

		if (slice_parse_u64(power, 48, &value))
			return ERR_SYNTAX;
		value = (uint64_t)1 << value;
	} else if (slice_parse_u64(text, LIFETIME_MAX, &value)) {
		return ERR_SYNTAX;
	}
	return value < LIFETIME_MIN ? ERR_UNSUPPORTED : ERR_NONE;
}

/* "2:1": value 2 in one byte. */
static enum err parse_mki(struct slice text, struct crypto_line *line)
{
	struct slice value_text = slice_take_until(&text, ':');
	uint64_t value, len;

	if (slice_parse_u64(text, 128, &len) || len == 0)
		return ERR_SYNTAX;
	if (len > CRYPTO_MKI_MAX)
		return ERR_UNSUPPORTED;
	if (slice_parse_u64(value_text, ((uint64_t)1 << 8 * len) - 1, &value))
		return ERR_SYNTAX;
	line->mki_len = (uint8_t)len;
	for (uint64_t i = 0; i < len; i++)
		line->mki[i] = (uint8_t)(value >> 8 * (len - 1 - i));
	return ERR_NONE;
}

/* "inline:KEY|lifetime|mki:len"; both behind the key are optional (RFC 4568 6.1). */
static enum err parse_key(struct slice text, struct crypto_line *line)
{
	const struct suite *suite = suite_find(line->suite);
	struct slice part;
	size_t len;
	enum err e = ERR_NONE;
	unsigned parts = 0;

	if (!slice_has_prefix(text, "inline:"))
		return ERR_UNSUPPORTED;
	if (slice_find_byte(text, ';') < text.len)
		return ERR_UNSUPPORTED;
	text.data += strlen("inline:");
	text.len -= strlen("inline:");
	part = slice_take_until(&text, '|');
	if (!base64_decode(part, line->key, sizeof(line->key), &len) ||
	    len != (size_t)suite->key_bytes + suite->salt_bytes)
		return ERR_SYNTAX;
	line->key_len = (uint8_t)len;
	while (text.len && !e) {
		part = slice_take_until(&text, '|');
		parts++;
		if (slice_find_byte(part, ':') < part.len)
			e = line->mki_len ? ERR_SYNTAX : parse_mki(part, line);
		else
			e = parts > 1 ? ERR_SYNTAX : check_lifetime(part);
	}
	return e;
}

/* RFC 4568 6.3: a line with a parameter we do not follow is not ours to accept, unless
 * the offerer marked it with '-' as one that may be ignored.  WSH is but a hint. */
static bool is_parameter_acceptable(struct slice word)
{
	return slice_has_prefix(word, "-") || slice_has_prefix(word, "WSH=");
}

enum err crypto_parse(struct slice value, struct crypto_line *out_line)
{
	struct crypto_line line = { 0 };
	struct slice tag, suite, key, word;
	uint64_t number;
	enum err e;

	if (!description_next_word(&value, &tag) || !description_next_word(&value, &suite) ||
	    !description_next_word(&value, &key))
		return ERR_SYNTAX;
	if (slice_parse_u64(tag, CRYPTO_TAG_MAX, &number))
		return ERR_SYNTAX;
	line.tag = (uint32_t)number;
	line.suite = suite_find_name(suite);
	if (line.suite == SUITE_NONE)
		return ERR_UNSUPPORTED;
	e = parse_key(key, &line);
	while (!e && description_next_word(&value, &word))
		if (!is_parameter_acceptable(word))
			e = ERR_UNSUPPORTED;
	if (!e)
		*out_line = line;
	explicit_bzero(&line, sizeof(line));
	return e;
}

void crypto_print(struct text *out, uint32_t tag, enum crypt_suite suite, const uint8_t *key)
{
	const struct suite *s = suite_find(suite);

	text_printf(out, "a=crypto:%u %s inline:", (unsigned)tag, s->sdp_name);
	base64_print(out, key, (size_t)s->key_bytes + s->salt_bytes);
	text_put_literal(out, "|2^31\r\n");
}

/* Lower is better; -1: not among them. */
static int rank_suite(const char *suites, enum crypt_suite suite)
{
	struct slice word;
	int rank = 0;

	while (config_list_next(&suites, &word)) {
		if (suite_find_name(word) == suite)
			return rank;
		rank++;
	}
	return -1;
}

bool crypto_choose(struct slice lines, const char *suites, struct crypto_line *out_line)
{
	struct crypto_line line;
	struct slice value;
	int best = -1;

	while (description_next_attribute(&lines, "crypto", &value)) {
		int rank;

		if (crypto_parse(value, &line))
			continue;
		rank = rank_suite(suites, line.suite);
		if (rank < 0)
			continue;
		if (line.mki_len)
			rank += CONFIG_TEXT_SIZE;
		if (best >= 0 && rank >= best)
			continue;
		best = rank;
		*out_line = line;
	}
	explicit_bzero(&line, sizeof(line));
	return best >= 0;
}

bool crypto_is_present(struct slice lines)
{
	struct slice value;

	return description_find_attribute(lines, "crypto", &value);
}

enum err crypto_make_key(enum crypt_suite suite, uint8_t *out_key)
{
	const struct suite *s = suite_find(suite);
	size_t len = (size_t)s->key_bytes + s->salt_bytes;
	uint8_t key[SUITE_KEY_MAX];

	if (getrandom(key, len, 0) != (ssize_t)len)
		return ERR_CRYPTO;
	memcpy(out_key, key, len);
	explicit_bzero(key, sizeof(key));
	return ERR_NONE;
}

/* "a=tcap:1 RTP/SAVP RTP/SAVPF": capabilities are numbered on from the first. */
static bool find_secure_transport(struct slice lines, uint64_t *out_number)
{
	struct slice value, word;

	while (description_next_attribute(&lines, "tcap", &value)) {
		uint64_t number;

		if (!description_next_word(&value, &word) ||
		    slice_parse_u64(word, UINT16_MAX, &number))
			continue;
		for (; description_next_word(&value, &word); number++) {
			if (!slice_is_text_nocase(word, "RTP/SAVP"))
				continue;
			*out_number = number;
			return true;
		}
	}
	return false;
}

/* "1 t=1|2": alternatives are parted by '|'.  Further parts (a=, m=) would have to be
 * applied as well, which we do not do (RFC 5939 3.5.1). */
static bool names_transport(struct slice value, uint64_t transport)
{
	struct slice word, one;
	uint64_t number;
	bool found = false;

	while (description_next_word(&value, &word)) {
		if (!slice_has_prefix(word, "t="))
			return false;
		word.data += 2;
		word.len -= 2;
		while (word.len) {
			one = slice_take_until(&word, '|');
			if (!slice_parse_u64(one, UINT16_MAX, &number) && number == transport)
				found = true;
		}
	}
	return found;
}

bool crypto_find_capability(struct slice session_lines, struct slice lines,
			    struct crypto_capability *out_capability)
{
	struct slice value, word;
	uint64_t transport, configuration;

	if (!find_secure_transport(lines, &transport) &&
	    !find_secure_transport(session_lines, &transport))
		return false;
	while (description_next_attribute(&lines, "pcfg", &value)) {
		if (!description_next_word(&value, &word) ||
		    slice_parse_u64(word, INT32_MAX, &configuration) ||
		    !names_transport(value, transport))
			continue;
		out_capability->configuration = (uint32_t)configuration;
		out_capability->transport = (uint32_t)transport;
		return true;
	}
	return false;
}
