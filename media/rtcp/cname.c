/* cname.c -- names that say nothing. */
#include "media/rtcp/cname.h"

#include "common/random.h"

void cname_init(struct cname *name)
{
	static const char digits[65] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	random_fill(name->text, sizeof(name->text));
	/* Six bits of each byte: the same as Base64 of 12 random bytes. */
	for (unsigned i = 0; i < CNAME_LEN; i++)
		name->text[i] = digits[name->text[i] & 63];
}
