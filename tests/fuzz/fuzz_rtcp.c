/* fuzz_rtcp.c -- any bytes as a plain compound RTCP packet: what passes is well formed,
 * passes again unchanged, and stays within the room. */
#include <stdlib.h>
#include <string.h>

#include "common/check.h"
#include "media/rtcp/part.h"
#include "media/rtcp/rewrite.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct cname name = { "OURNAMEOURNAME/+" };

static void check_output(uint8_t *packet, size_t len, size_t room)
{
	struct part_reader r = { packet, len };
	uint8_t copy[REWRITE_SIZE_MAX];
	size_t copy_len = len;
	struct part p;

	CHECK(len && len <= room && len <= sizeof(copy));
	memcpy(copy, packet, len);
	while (r.len)
		CHECK(part_read(&r, &p) && p.type != PART_APP);
	CHECK(rewrite_compound(copy, &copy_len, sizeof(copy), &name) == REWRITE_OK);
	CHECK(copy_len == len && memcmp(copy, packet, len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t len, room;
	uint8_t *packet;

	if (!size)
		return 0;
	/* The first byte: how much room there is beyond the packet. */
	len = size - 1;
	room = len + data[0];
	packet = malloc(room ? room : 1);
	CHECK(packet);
	memcpy(packet, data + 1, len);
	if (rewrite_compound(packet, &len, room, &name) == REWRITE_OK)
		check_output(packet, len, room);
	free(packet);
	return 0;
}
