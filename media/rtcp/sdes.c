/* sdes.c -- walking over chunks and items, none of which is kept. */
#include "media/rtcp/sdes.h"

#include <string.h>

enum { SSRC_SIZE = 4, ITEM_HEADER_SIZE = 2, ITEM_END = 0, ITEM_CNAME = 1 };
/* SSRC, item, and at least one zero up to a whole word. */
enum {
	CHUNK_SIZE = (SSRC_SIZE + ITEM_HEADER_SIZE + CNAME_LEN + PART_WORD) / PART_WORD * PART_WORD
};

/* Sets *at behind the chunk that begins there. */
static bool skip_chunk(const struct part *p, size_t *at)
{
	size_t i = *at + SSRC_SIZE;

	if (i > p->len)
		return false;
	while (i < p->len && p->body[i] != ITEM_END) {
		if (p->len - i < ITEM_HEADER_SIZE)
			return false;
		i += ITEM_HEADER_SIZE + p->body[i + 1];
		if (i > p->len)
			return false;
	}
	/* Some forget the zero where the last item ends with the packet: no harm done. */
	*at = i < p->len ? (i / PART_WORD + 1) * PART_WORD : i;
	return true;
}

static void put_chunk(struct part_writer *w, const uint8_t *ssrc, const struct cname *name)
{
	uint8_t chunk[CHUNK_SIZE] = { 0 };

	memcpy(chunk, ssrc, SSRC_SIZE);
	chunk[SSRC_SIZE] = ITEM_CNAME;
	chunk[SSRC_SIZE + 1] = CNAME_LEN;
	memcpy(chunk + SSRC_SIZE + ITEM_HEADER_SIZE, name->text, CNAME_LEN);
	part_put(w, chunk, sizeof(chunk));
}

bool sdes_replace(const struct part *sdes, const struct cname *name, struct part_writer *w)
{
	size_t at = 0;

	/* One of nobody is valid and useless (RFC 3550 6.5). */
	if (sdes->count)
		part_start(w, sdes->count, PART_SDES, (size_t)sdes->count * CHUNK_SIZE);
	for (unsigned i = 0; i < sdes->count; i++) {
		size_t begin = at;

		if (!skip_chunk(sdes, &at))
			return false;
		put_chunk(w, sdes->body + begin, name);
	}
	return at == sdes->len;
}
