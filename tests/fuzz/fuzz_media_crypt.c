/* fuzz_media_crypt.c -- SRTP of every suite: what is protected comes back the same,
 * what was changed on the way does not, and no packet is written past its room. */
#include <stdlib.h>
#include <string.h>

#include "common/check.h"
#include "common/suite.h"
#include "media/crypt/crypt.h"
#include "media/path/packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SUITES = SUITE_COUNT - 1 };
static const char key[SUITE_KEY_MAX] = "0123456789abcdef0123456789abcdef0123456789abc";

struct pair {
	struct crypt *protect, *unprotect;
};

static void make_pair(struct pair *p, unsigned suite, struct slice mki)
{
	const struct suite *s = suite_find(suite);
	struct slice k = { key, (size_t)s->key_bytes + s->salt_bytes };

	CHECK(crypt_create(CRYPT_PROTECT, suite, k, mki, &p->protect) == ERR_NONE);
	CHECK(crypt_create(CRYPT_UNPROTECT, suite, k, mki, &p->unprotect) == ERR_NONE);
}

static enum crypt_verdict run(struct crypt *c, struct crypt_packet *p, int is_rtcp)
{
	return is_rtcp ? crypt_rtcp(c, p) : crypt_rtp(c, p);
}

/* Hostile bytes straight into the receiver. */
static void receive_raw(struct pair *pair, const uint8_t *data, size_t size, int is_rtcp)
{
	uint8_t *copy = malloc(size ? size : 1);
	struct crypt_packet p = { copy, size, size };

	CHECK(copy);
	memcpy(copy, data, size);
	CHECK(run(pair->unprotect, &p, is_rtcp) != CRYPT_OK);
	free(copy);
}

static void round_trip(struct pair *pair, const uint8_t *data, size_t size, int is_rtcp,
		       uint8_t spoil)
{
	uint8_t *room = malloc(size + CRYPT_TRAILER_MAX);
	struct crypt_packet p = { room, size, size + CRYPT_TRAILER_MAX };

	CHECK(room);
	memcpy(room, data, size);
	if (run(pair->protect, &p, is_rtcp) == CRYPT_OK) {
		CHECK(p.len > size && p.len <= p.size);
		if (spoil & 1) {
			room[spoil % p.len] ^= 0x80;
			CHECK(run(pair->unprotect, &p, is_rtcp) != CRYPT_OK);
		} else if (run(pair->unprotect, &p, is_rtcp) == CRYPT_OK) {
			CHECK(p.len == size && memcmp(room, data, size) == 0);
		}
	}
	free(room);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int is_open;
	struct pair pair;
	int is_rtcp;

	if (!is_open)
		CHECK(crypt_open() == ERR_NONE);
	is_open = 1;
	if (size < 2 || size > PACKET_SIZE_MAX)
		return 0;
	is_rtcp = data[0] & 1;
	make_pair(&pair, 1 + (data[0] >> 1) % SUITES,
		  data[0] & 0x80 ? (struct slice){ "\1", 1 } : SLICE_NONE);
	receive_raw(&pair, data + 2, size - 2, is_rtcp);
	round_trip(&pair, data + 2, size - 2, is_rtcp, data[1]);
	crypt_destroy(pair.protect);
	crypt_destroy(pair.unprotect);
	return 0;
}
