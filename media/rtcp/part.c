/* part.c -- header, length and padding. */
#include "media/rtcp/part.h"

#include <string.h>

enum { VERSION_2 = 0x80, VERSION_MASK = 0xc0, PADDING_BIT = 0x20, COUNT_MASK = 0x1f };

/* Only the last packet may be padded, by whole words, the last byte counting them all
 * (RFC 3550 6.4.1). */
static bool take_padding(struct part *p, bool is_last)
{
	uint8_t padding = p->len ? p->body[p->len - 1] : 0;

	if (!is_last || !padding || padding % PART_WORD || padding > p->len)
		return false;
	p->len -= padding;
	return true;
}

bool part_read(struct part_reader *r, struct part *out_part)
{
	size_t len;
	struct part p;

	if (r->len < PART_HEADER_SIZE || (r->data[0] & VERSION_MASK) != VERSION_2)
		return false;
	len = ((size_t)r->data[2] << 8 | r->data[3]) * PART_WORD;
	if (len > r->len - PART_HEADER_SIZE)
		return false;
	p = (struct part){ .count = r->data[0] & COUNT_MASK,
			   .type = r->data[1],
			   .body = r->data + PART_HEADER_SIZE,
			   .len = len };
	if (r->data[0] & PADDING_BIT && !take_padding(&p, len == r->len - PART_HEADER_SIZE))
		return false;
	r->data += PART_HEADER_SIZE + len;
	r->len -= PART_HEADER_SIZE + len;
	*out_part = p;
	return true;
}

void part_start(struct part_writer *w, uint8_t count, uint8_t type, size_t body_len)
{
	size_t words = body_len / PART_WORD;
	uint8_t header[PART_HEADER_SIZE] = { (uint8_t)(VERSION_2 | count), type,
					     (uint8_t)(words >> 8), (uint8_t)words };

	part_put(w, header, sizeof(header));
}

void part_put(struct part_writer *w, const void *bytes, size_t len)
{
	if (w->is_full || len > w->size - w->len) {
		w->is_full = true;
		return;
	}
	memcpy(w->data + w->len, bytes, len);
	w->len += len;
}
