/* crypto.h -- SRTP keys in a description: a=crypto lines (RFC 4568), and the form by
 * which Lync offers SRTP as a choice (RFC 5939). */
#ifndef SIGNALING_OFFER_CRYPTO_H
#define SIGNALING_OFFER_CRYPTO_H
#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "common/slice.h"
#include "common/suite.h"
#include "common/text.h"

enum { CRYPTO_MKI_MAX = 4, CRYPTO_TAG_MAX = 999999999 };

struct crypto_line {
	uint32_t tag;
	enum crypt_suite suite;
	uint8_t key[SUITE_KEY_MAX];
	uint8_t key_len, mki_len;
	uint8_t mki[CRYPTO_MKI_MAX]; /* big endian, as it stands in the packet */
};

/* The value of one a=crypto attribute.  ERR_SYNTAX: malformed; ERR_UNSUPPORTED: a suite,
 * parameter or key form we cannot run. */
enum err crypto_parse(struct slice value, struct crypto_line *out_line);
/* Prints "a=crypto:TAG SUITE inline:KEY|2^31" with CRLF; exactly one blank between
 * fields, as MS-SDPEXT wants it. */
void crypto_print(struct text *out, uint32_t tag, enum crypt_suite suite, const uint8_t *key);
/* The best acceptable line among the stream's: those without MKI first, then by the
 * order of `suites` (a configured LIST).  False: none is acceptable. */
bool crypto_choose(struct slice lines, const char *suites, struct crypto_line *out_line);
/* Is there any a=crypto line, acceptable or not? */
bool crypto_is_present(struct slice lines);
/* A fresh master key and salt. */
enum err crypto_make_key(enum crypt_suite suite, uint8_t *out_key);

/* RFC 5939: which potential configuration turns RTP/AVP into RTP/SAVP? */
struct crypto_capability {
	uint32_t configuration, transport; /* of a=pcfg and a=tcap */
};
bool crypto_find_capability(struct slice session_lines, struct slice lines,
			    struct crypto_capability *out_capability);

#endif
