/* fuzz_screen_frame.c -- a stream cut into messages.  Wherever the segments end, the
 * same messages must come out. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/check.h"
#include "signaling/sip/screen.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A shorter look never finds another message. */
static void check_prefix(const char *bytes, size_t prefix, size_t skip, size_t len)
{
	size_t short_skip, short_len;
	char *exact = malloc(prefix + 1);
	enum err e;

	CHECK(exact);
	memcpy(exact, bytes, prefix);
	e = screen_frame(exact, prefix, &short_skip, &short_len);
	CHECK(e == ERR_TRUNCATED);
	CHECK(short_skip <= skip && prefix < skip + len);
	free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data;
	size_t skip = 0, len = 0;

	while (size && screen_frame(bytes, size, &skip, &len) == ERR_NONE) {
		struct screened s;

		CHECK(len > 0 && len <= SCREEN_MESSAGE_MAX);
		CHECK(skip <= size && len <= size - skip);
		check_prefix(bytes, (skip + len) / 2, skip, len);
		check_prefix(bytes, skip + len - 1, skip, len);
		if (screen_check(bytes + skip, len, &s) == SCREEN_PASS)
			CHECK(s.body.len <= len);
		bytes += skip + len;
		size -= skip + len;
	}
	return 0;
}
