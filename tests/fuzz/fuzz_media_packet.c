/* fuzz_media_packet.c -- any bytes as datagrams on the ports of a session, plain and
 * secure: nothing but good RTP and RTCP may come out, and no memory is touched that
 * is not the packet's. */
#include <stdlib.h>
#include <string.h>

#include "common/check.h"
#include "common/suite.h"
#include "media/path/relay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct addr make_addr(const char *host, uint16_t port)
{
	struct addr a;

	CHECK(addr_parse(slice_from_text(host), port, &a) == ERR_NONE);
	return a;
}

static void set_side(struct relay *r, unsigned side, const struct addr *peer, uint8_t options)
{
	static const char key[] = "AAAAAAAAAAAAAAAABBBBBBBBBBBBBB";
	struct relay_change c = { .flags = RELAY_SEND | RELAY_RECEIVE,
				  .latch = LATCH_MODE_LEARN,
				  .remote = { *peer, *peer } };

	if (options & 1)
		c.flags |= RELAY_MUX;
	if (options & 2) {
		c.flags |= RELAY_SECURE;
		c.has_new_receive = c.has_new_send = true;
		CHECK(crypt_create(CRYPT_UNPROTECT, SUITE_AES_CM_128_80, (struct slice){ key, 30 },
				   SLICE_NONE, &c.receive) == ERR_NONE);
		CHECK(crypt_create(CRYPT_PROTECT, SUITE_AES_CM_128_80, (struct slice){ key, 30 },
				   SLICE_NONE, &c.send) == ERR_NONE);
	}
	relay_apply(r, side, &c, 1000);
}

/* The rest of the input: two bytes of length and options each, then the datagram. */
static void feed(struct relay *r, const struct addr peers[2], const uint8_t *data, size_t size)
{
	struct relay_counters counters = { 0 };
	int64_t now_us = 1000;

	while (size >= 2) {
		size_t len = data[0] < size - 2 ? data[0] : size - 2;
		uint8_t options = data[1];
		uint8_t *packet = malloc(len + CRYPT_TRAILER_MAX);
		struct relay_frame f = { .packet = { packet, len, len + CRYPT_TRAILER_MAX },
					 .source = peers[options >> 1 & 1],
					 .now_us = now_us += 1000,
					 .counters = &counters };
		struct relay_port *out;

		CHECK(packet);
		memcpy(packet, data + 2, len);
		out = relay_forward(&r->sides[options & 1].ports[options >> 2 & 1], &f);
		CHECK(!out || f.class == PACKET_RTP || f.class == PACKET_RTCP);
		CHECK(!out || out->side != (options & 1));
		CHECK(f.packet.len <= f.packet.size);
		free(packet);
		data += 2 + len;
		size -= 2 + len;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int is_open;
	struct addr peers[2] = { make_addr("192.0.2.1", 4000), make_addr("192.0.2.2", 4000) };
	struct relay *r;

	if (!is_open)
		CHECK(crypt_open() == ERR_NONE);
	is_open = 1;
	if (size < 1)
		return 0;
	r = relay_create(1);
	CHECK(r);
	set_side(r, 0, &peers[0], data[0] & 3);
	set_side(r, 1, &peers[1], data[0] >> 2 & 3);
	feed(r, peers, data + 1, size - 1);
	relay_destroy(r);
	return 0;
}
