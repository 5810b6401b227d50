/* text.h -- building text in memory the caller owns.  A write that does not fit
 * sets `overflow` and writes nothing; check it once at the end. */
#ifndef COMMON_TEXT_H
#define COMMON_TEXT_H
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/slice.h"

struct text {
	char *data;
	size_t size;
	size_t len;
	bool overflow;
};

void text_init(struct text *t, char *data, size_t size);
void text_put(struct text *t, const char *data, size_t len);
void text_put_slice(struct text *t, struct slice s);
void text_put_string(struct text *t, const char *s);
void text_put_byte(struct text *t, char byte);
void text_put_u64(struct text *t, uint64_t value);
/* Lower-case hexadecimal of bytes. */
void text_put_hex(struct text *t, const void *data, size_t len);
void text_printf(struct text *t, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
#define text_put_literal(t, literal) text_put((t), (literal), sizeof(literal) - 1)

struct slice text_get(const struct text *t);
/* The text with a NUL behind it (cut short where it does not fit). */
const char *text_get_string(struct text *t);

#endif
