/* suite.c -- the rows of suite.def. */
#include "common/suite.h"

static const struct suite suites[] = {
#define SUITE(name, number, sdp, key, salt)                                    \
	[SUITE_##name] = { .sdp_name = (sdp), .key_bytes = (key), .salt_bytes = (salt) },
#include "common/suite.def"
#undef SUITE
};

const struct suite *suite_find(unsigned number)
{
	return number < SUITE_COUNT ? &suites[number] : NULL;
}

enum crypt_suite suite_find_name(struct slice sdp_name)
{
	for (unsigned i = SUITE_NONE + 1; i < SUITE_COUNT; i++)
		if (slice_is_text_nocase(sdp_name, suites[i].sdp_name))
			return (enum crypt_suite)i;
	return SUITE_NONE;
}
