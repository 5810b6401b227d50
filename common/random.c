/* random.c -- getrandom(2), read in blocks per thread because tags are wanted often. */
#include "common/random.h"

#include <string.h>
#include <sys/random.h>

#include "common/check.h"

enum { POOL_SIZE = 256 };

static __thread uint8_t pool[POOL_SIZE];
static __thread size_t pool_left;

void random_fill(void *out, size_t len)
{
	if (len > POOL_SIZE) {
		CHECK(len <= 65536 && getrandom(out, len, 0) == (ssize_t)len);
		return;
	}
	if (pool_left < len) {
		CHECK(getrandom(pool, sizeof(pool), 0) == (ssize_t)sizeof(pool));
		pool_left = sizeof(pool);
	}
	pool_left -= len;
	memcpy(out, pool + pool_left, len);
	/* what was handed out once must not lie around for a core file */
	explicit_bzero(pool + pool_left, len);
}

uint64_t random_u64(void)
{
	uint64_t value;

	random_fill(&value, sizeof(value));
	return value;
}
