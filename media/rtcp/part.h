/* part.h -- the packets of a compound RTCP packet one by one (RFC 3550 6.1), read from
 * hostile bytes and written into a bounded buffer. */
#ifndef MEDIA_RTCP_PART_H
#define MEDIA_RTCP_PART_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum part_type {
	PART_SR = 200,
	PART_RR = 201,
	PART_SDES = 202,
	PART_BYE = 203,
	PART_APP = 204,
	PART_RTPFB = 205, /* RFC 4585 */
	PART_PSFB = 206,
	PART_XR = 207 /* RFC 3611 */
};

enum { PART_HEADER_SIZE = 4, PART_WORD = 4 };

struct part_reader {
	const uint8_t *data;
	size_t len;
};

struct part {
	uint8_t count; /* of reports, chunks or sources; the format of feedback */
	uint8_t type;
	const uint8_t *body; /* behind the header, without padding */
	size_t len;
};

/* False: there is no well-formed packet next. */
bool part_read(struct part_reader *r, struct part *out_part);

/* What does not fit is left out and remembered. */
struct part_writer {
	uint8_t *data;
	size_t len, size;
	bool is_full;
};

/* The body follows; its length is a whole number of words. */
void part_start(struct part_writer *w, uint8_t count, uint8_t type, size_t body_len);
void part_put(struct part_writer *w, const void *bytes, size_t len);

#endif
