/* character.c -- which bytes may reach a terminal or a JSON string as they are. */
#include "mgmt/show/document.h"

static bool is_tail(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

/* Overlong forms, surrogates and what lies above U+10FFFF are refused by the limits
 * of the second byte (RFC 3629 4). */
static bool is_second(unsigned char first, unsigned char second)
{
	switch (first) {
	case 0xe0:
		return second >= 0xa0 && second <= 0xbf;
	case 0xed:
		return second >= 0x80 && second <= 0x9f;
	case 0xf0:
		return second >= 0x90 && second <= 0xbf;
	case 0xf4:
		return second >= 0x80 && second <= 0x8f;
	default:
		return is_tail(second);
	}
}

unsigned show_character_len(struct slice s)
{
	const unsigned char *c = (const unsigned char *)s.data;
	unsigned len = 1;

	if (s.len == 0 || c[0] < 0x20 || c[0] == 0x7f)
		return 0;
	if (c[0] < 0x80)
		return 1;
	if (c[0] >= 0xc2 && c[0] <= 0xdf)
		len = 2;
	else if (c[0] >= 0xe0 && c[0] <= 0xef)
		len = 3;
	else if (c[0] >= 0xf0 && c[0] <= 0xf4)
		len = 4;
	if (len == 1 || s.len < len || !is_second(c[0], c[1]))
		return 0;
	if (c[0] == 0xc2 && c[1] < 0xa0)
		return 0; /* the C1 controls: some terminals obey them */
	for (unsigned i = 2; i < len; i++)
		if (!is_tail(c[i]))
			return 0;
	return len;
}
