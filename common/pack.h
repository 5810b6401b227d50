/* pack.h -- numbers and byte strings in a row, for records that outlive the process.
 * Bounded both ways; an error sticks until the end, where it is looked at once. */
#ifndef COMMON_PACK_H
#define COMMON_PACK_H
#include <stdbool.h>
#include <stdint.h>

#include "common/addr.h"
#include "common/slice.h"
#include "common/text.h"

void pack_u64(struct text *out, uint64_t value);
void pack_slice(struct text *out, struct slice bytes);
void pack_string(struct text *out, const char *string);
void pack_addr(struct text *out, const struct addr *a);

struct unpack {
	struct slice rest;
	bool failed; /* what was there did not fit what was asked for */
};

uint64_t unpack_u64(struct unpack *u);
struct slice unpack_slice(struct unpack *u);
/* Into a fixed array, with a NUL. */
void unpack_text(struct unpack *u, char *out, size_t size);
/* On the heap; NULL sets failed. */
char *unpack_string(struct unpack *u);
void unpack_addr(struct unpack *u, struct addr *out);

#endif
