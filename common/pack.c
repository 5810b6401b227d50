/* pack.c -- big-endian numbers and counted bytes. */
#include "common/pack.h"

#include <stdlib.h>
#include <string.h>

void pack_u64(struct text *out, uint64_t value)
{
	char bytes[8];

	for (unsigned i = 0; i < 8; i++)
		bytes[i] = (char)(value >> (56 - 8 * i));
	text_put(out, bytes, sizeof(bytes));
}

void pack_slice(struct text *out, struct slice bytes)
{
	pack_u64(out, bytes.len);
	text_put_slice(out, bytes);
}

void pack_string(struct text *out, const char *string)
{
	pack_slice(out, slice_from_text(string));
}

void pack_addr(struct text *out, const struct addr *a)
{
	uint8_t blob[ADDR_BLOB_MAX];
	size_t len = addr_to_blob(a, blob);

	pack_slice(out, (struct slice){ (const char *)blob, len });
}

uint64_t unpack_u64(struct unpack *u)
{
	uint64_t value = 0;

	if (u->failed || u->rest.len < 8) {
		u->failed = true;
		return 0;
	}
	for (unsigned i = 0; i < 8; i++)
		value = value << 8 | (uint8_t)u->rest.data[i];
	u->rest.data += 8;
	u->rest.len -= 8;
	return value;
}

struct slice unpack_slice(struct unpack *u)
{
	uint64_t len = unpack_u64(u);
	struct slice bytes = { u->rest.data, (size_t)len };

	if (u->failed || len > u->rest.len) {
		u->failed = true;
		return SLICE_NONE;
	}
	u->rest.data += len;
	u->rest.len -= (size_t)len;
	return bytes;
}

void unpack_text(struct unpack *u, char *out, size_t size)
{
	struct slice bytes = unpack_slice(u);

	out[0] = '\0';
	if (slice_copy_text(bytes, out, size))
		u->failed = true;
}

char *unpack_string(struct unpack *u)
{
	struct slice bytes = unpack_slice(u);
	char *copy = u->failed ? NULL : slice_duplicate(bytes);

	if (!copy)
		u->failed = true;
	return copy;
}

void unpack_addr(struct unpack *u, struct addr *out)
{
	struct slice blob = unpack_slice(u);

	memset(out, 0, sizeof(*out));
	if (!u->failed && blob.len && addr_from_blob(blob.data, blob.len, out))
		u->failed = true;
}
