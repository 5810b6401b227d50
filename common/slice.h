/* slice.h -- bytes that somebody else owns: a pointer and a length, no NUL. */
#ifndef COMMON_SLICE_H
#define COMMON_SLICE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

struct slice {
	const char *data;
	size_t len;
};

#define SLICE(literal) ((struct slice){ (literal), sizeof(literal) - 1 })
#define SLICE_NONE ((struct slice){ NULL, 0 })
/* For printf("%.*s", SLICE_ARG(s)). */
#define SLICE_ARG(s) (int)(s).len, (s).data

struct slice slice_from_text(const char *text);
bool slice_is_equal(struct slice a, struct slice b);
bool slice_is_equal_nocase(struct slice a, struct slice b);
bool slice_is_text(struct slice a, const char *text);
bool slice_is_text_nocase(struct slice a, const char *text);
bool slice_has_prefix(struct slice a, const char *prefix);
/* White space (blank, tab, CR, LF) off both ends. */
struct slice slice_trim(struct slice a);
/* Takes the bytes up to `stop` off the front of *rest; the stop is dropped.
 * Without a stop the whole rest is taken. */
struct slice slice_take_until(struct slice *rest, char stop);
/* Offset of a byte, or a.len. */
size_t slice_find_byte(struct slice a, char byte);
/* Decimal digits only, the whole slice.  ERR_SYNTAX, ERR_RANGE. */
enum err slice_parse_u64(struct slice a, uint64_t limit, uint64_t *out_value);
/* NUL-terminated copy into a fixed array.  ERR_TOO_LONG leaves it untouched. */
enum err slice_copy_text(struct slice a, char *out, size_t size);

/* On the heap, with a NUL; "" for an empty slice.  NULL: no memory. */
char *slice_duplicate(struct slice a);

#endif
