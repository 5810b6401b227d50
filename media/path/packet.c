/* packet.c -- classifying and reading RTP and RTCP. */
#include "media/path/packet.h"

static uint16_t read_u16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t read_u32(const uint8_t *p)
{
	return (uint32_t)read_u16(p) << 16 | read_u16(p + 2);
}

enum packet_class packet_classify(const uint8_t *data, size_t len)
{
	if (len < 2)
		return PACKET_SHORT;
	if (data[0] < 4)
		return PACKET_STUN;
	if (data[0] >= 20 && data[0] < 64)
		return PACKET_DTLS;
	if (data[0] >> 6 != 2)
		return PACKET_UNKNOWN;
	/* RFC 5761 section 4: 192-223 is RTCP, so payload types 64-95 are not RTP's. */
	if (data[1] >= 192 && data[1] < 224)
		return len < RTCP_HEADER_SIZE ? PACKET_SHORT : PACKET_RTCP;
	return len < RTP_HEADER_SIZE ? PACKET_SHORT : PACKET_RTP;
}

bool packet_read_rtp(const uint8_t *data, size_t len, struct rtp_header *out_header)
{
	size_t header_len = RTP_HEADER_SIZE + (size_t)(data[0] & 15) * 4;

	if (data[0] & 16) {
		if (len < header_len + 4)
			return false;
		header_len += 4 + (size_t)read_u16(data + header_len + 2) * 4;
	}
	if (len < header_len)
		return false;
	*out_header = (struct rtp_header){
		.ssrc = read_u32(data + 8),
		.timestamp = read_u32(data + 4),
		.seq = read_u16(data + 2),
		.payload_type = data[1] & 127,
		.has_marker = data[1] >> 7,
		.len = (uint16_t)header_len,
	};
	return true;
}

uint32_t packet_get_ssrc(const uint8_t *data, enum packet_class class)
{
	return read_u32(data + (class == PACKET_RTCP ? 4 : 8));
}

uint32_t packet_get_clock_rate(uint8_t payload_type)
{
	switch (payload_type) {
	case 6:
		return 16000;
	case 16:
		return 11025;
	case 17:
		return 22050;
	case 10:
	case 11:
		return 44100;
	case 14:
		return 90000;
	default:
		return payload_type >= 25 && payload_type <= 34 ? 90000 : 8000;
	}
}
