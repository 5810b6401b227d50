/* suite.h -- SRTP suites as signaling negotiates and media runs them. */
#ifndef COMMON_SUITE_H
#define COMMON_SUITE_H
#include "common/slice.h"

enum crypt_suite {
#define SUITE(name, number, sdp_name, key_bytes, salt_bytes) SUITE_##name = (number),
#include "common/suite.def"
#undef SUITE
	SUITE_COUNT
};

struct suite {
	const char *sdp_name;
	uint8_t key_bytes, salt_bytes;
};

enum { SUITE_KEY_MAX = 46 };

/* NULL for a number that is none. */
const struct suite *suite_find(unsigned number);
/* SUITE_NONE when the name is unknown; names compare without case (RFC 4568 9.2). */
enum crypt_suite suite_find_name(struct slice sdp_name);

#endif
