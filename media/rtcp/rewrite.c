/* rewrite.c -- one rule for each type of RTCP packet. */
#include "media/rtcp/rewrite.h"

#include <string.h>

#include "media/rtcp/part.h"
#include "media/rtcp/sdes.h"

enum { SSRC_SIZE = 4, SENDER_INFO_SIZE = 20, REPORT_SIZE = 24, FEEDBACK_MIN = 8 };
enum { XR_BLOCK_HEADER_SIZE = 4, PSFB_APPLICATION = 15 };

/* Behind the reports a profile may say more, which is nobody's business (RFC 3550
 * 6.4.3): the reports go on without it. */
static bool pass_report(const struct part *p, struct part_writer *w)
{
	size_t len = SSRC_SIZE + (p->type == PART_SR ? SENDER_INFO_SIZE : 0) +
		     (size_t)p->count * REPORT_SIZE;

	if (p->len < len)
		return false;
	part_start(w, p->count, p->type, len);
	part_put(w, p->body, len);
	return true;
}

/* Without the reason for leaving (RFC 3550 6.6). */
static bool pass_bye(const struct part *p, struct part_writer *w)
{
	size_t len = (size_t)p->count * SSRC_SIZE;

	if (p->len < len || (p->len > len && p->body[len] > p->len - len - 1))
		return false;
	part_start(w, p->count, PART_BYE, len);
	part_put(w, p->body, len);
	return true;
}

static void pass_whole(const struct part *p, struct part_writer *w)
{
	part_start(w, p->count, p->type, p->len);
	part_put(w, p->body, p->len);
}

static bool pass_feedback(const struct part *p, struct part_writer *w)
{
	if (p->len < FEEDBACK_MIN)
		return false;
	/* RFC 4585 6.4: whatever an application likes to say. */
	if (p->type == PART_PSFB && p->count == PSFB_APPLICATION)
		return true;
	pass_whole(p, w);
	return true;
}

/* RFC 3611 section 3: the blocks' lengths must add up. */
static bool pass_extended_report(const struct part *p, struct part_writer *w)
{
	size_t at = SSRC_SIZE;

	if (p->len < SSRC_SIZE)
		return false;
	while (at < p->len) {
		const uint8_t *block = p->body + at;

		at += XR_BLOCK_HEADER_SIZE + ((size_t)block[2] << 8 | block[3]) * PART_WORD;
	}
	if (at != p->len)
		return false;
	pass_whole(p, w);
	return true;
}

static bool rewrite_part(const struct part *p, const struct cname *name, struct part_writer *w)
{
	switch (p->type) {
	case PART_SR:
	case PART_RR:
		return pass_report(p, w);
	case PART_SDES:
		return sdes_replace(p, name, w);
	case PART_BYE:
		return pass_bye(p, w);
	case PART_RTPFB:
	case PART_PSFB:
		return pass_feedback(p, w);
	case PART_XR:
		return pass_extended_report(p, w);
	default: /* PART_APP, and what nobody here knows */
		return true;
	}
}

/* RFC 3550 6.1 wants a report first; in reduced size (RFC 5506) feedback may be alone. */
static bool may_be_first(uint8_t type)
{
	return type == PART_SR || type == PART_RR || type == PART_RTPFB || type == PART_PSFB ||
	       type == PART_XR;
}

enum rewrite_verdict rewrite_compound(uint8_t *data, size_t *len, size_t size,
				      const struct cname *name)
{
	uint8_t room[REWRITE_SIZE_MAX];
	struct part_writer w = { .data = room, .size = size < sizeof(room) ? size : sizeof(room) };
	struct part_reader r = { data, *len };
	struct part p;

	if (r.len < PART_HEADER_SIZE || !may_be_first(data[1]))
		return REWRITE_MALFORMED;
	while (r.len)
		if (!part_read(&r, &p) || !rewrite_part(&p, name, &w))
			return REWRITE_MALFORMED;
	if (w.is_full)
		return REWRITE_LONG;
	/* What stood behind a packet that was left out may not be first either. */
	if (!w.len || !may_be_first(room[1]))
		return REWRITE_EMPTY;
	memcpy(data, room, w.len);
	*len = w.len;
	return REWRITE_OK;
}
