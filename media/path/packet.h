/* packet.h -- what a datagram on a media port is, and the fields of RTP and RTCP
 * that the relay looks at.  Pure functions on hostile bytes. */
#ifndef MEDIA_PATH_PACKET_H
#define MEDIA_PATH_PACKET_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum packet_class {
	PACKET_RTP,
	PACKET_RTCP,
	PACKET_STUN,
	PACKET_DTLS,
	PACKET_SHORT,
	PACKET_UNKNOWN
};

enum {
	RTP_HEADER_SIZE = 12,
	RTCP_HEADER_SIZE = 8,	/* with the sender's SSRC */
	PACKET_SIZE_MAX = 4096, /* the longest datagram relayed */
};

struct rtp_header {
	uint32_t ssrc, timestamp;
	uint16_t seq;
	uint8_t payload_type;
	bool has_marker;
	uint16_t len; /* with CSRCs and extension */
};

/* By the first bytes: RFC 7983 section 7, RFC 5761 section 4. */
enum packet_class packet_classify(const uint8_t *data, size_t len);
/* False when CSRCs or the extension do not fit in the datagram. */
bool packet_read_rtp(const uint8_t *data, size_t len, struct rtp_header *out_header);
/* SSRC of the sender; the class must be PACKET_RTP or PACKET_RTCP. */
uint32_t packet_get_ssrc(const uint8_t *data, enum packet_class class);
/* The RTP clock of a payload type: static ones by RFC 3551 table 4 and 5, else 8000. */
uint32_t packet_get_clock_rate(uint8_t payload_type);

#endif
