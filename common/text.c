/* text.c -- bounded text building without allocation. */
#include "common/text.h"

#include <stdio.h>
#include <string.h>

void text_init(struct text *t, char *data, size_t size)
{
	t->data = data;
	t->size = size;
	t->len = 0;
	t->overflow = false;
}

void text_put(struct text *t, const char *data, size_t len)
{
	if (len > t->size - t->len) {
		t->overflow = true;
		return;
	}
	if (len)
		memcpy(t->data + t->len, data, len);
	t->len += len;
}

void text_put_slice(struct text *t, struct slice s)
{
	text_put(t, s.data, s.len);
}

void text_put_string(struct text *t, const char *s)
{
	text_put(t, s, strlen(s));
}

void text_put_byte(struct text *t, char byte)
{
	text_put(t, &byte, 1);
}

void text_put_u64(struct text *t, uint64_t value)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	text_put(t, digits + at, sizeof(digits) - at);
}

void text_put_hex(struct text *t, const void *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *bytes = data;

	for (size_t i = 0; i < len; i++) {
		char pair[2] = { digits[bytes[i] >> 4], digits[bytes[i] & 15] };

		text_put(t, pair, sizeof(pair));
	}
}

void text_printf(struct text *t, const char *format, ...)
{
	va_list args;
	size_t room = t->size - t->len;
	int len;

	va_start(args, format);
	len = vsnprintf(t->data + t->len, room, format, args);
	va_end(args);
	if (len < 0 || (size_t)len >= room)
		t->overflow = true;
	else
		t->len += (size_t)len;
}

struct slice text_get(const struct text *t)
{
	return (struct slice){ t->data, t->len };
}

const char *text_get_string(struct text *t)
{
	if (t->size == 0)
		return "";
	if (t->len == t->size) {
		t->len--;
		t->overflow = true;
	}
	t->data[t->len] = '\0';
	return t->data;
}
