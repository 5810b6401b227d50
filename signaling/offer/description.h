/* description.h -- a session description (RFC 8866) cut into the parts offer and answer
 * need.  Everything else of the text stays where it is and is looked up on demand. */
#ifndef SIGNALING_OFFER_DESCRIPTION_H
#define SIGNALING_OFFER_DESCRIPTION_H
#include <stdbool.h>
#include <stdint.h>

#include "common/addr.h"
#include "common/err.h"
#include "common/slice.h"
#include "common/text.h"

enum { DESCRIPTION_STREAMS_MAX = 32, DESCRIPTION_LINE_MAX = 2048, DESCRIPTION_BODY_MAX = 16384 };

/* Which way the one who wrote the description wants media to flow. */
enum description_direction {
	DIRECTION_INACTIVE = 0,
	DIRECTION_SEND = 1,
	DIRECTION_RECEIVE = 2,
	DIRECTION_BOTH = 3,
};

enum description_protocol {
	PROTOCOL_OTHER,
	PROTOCOL_AVP,
	PROTOCOL_AVPF,
	PROTOCOL_SAVP,
	PROTOCOL_SAVPF,
	PROTOCOL_UDPTL,
};

struct description_stream {
	struct slice media, protocol_text, formats;
	struct slice lines;    /* behind the m= line, up to the next */
	struct addr rtp, rtcp; /* not set: no address that can be sent to */
	uint16_t port;	       /* 0: the stream is refused or disabled */
	uint8_t protocol, direction;
	bool is_muxed;
};

struct description {
	struct slice text, origin, session_lines;
	unsigned stream_count;
	struct description_stream streams[];
};

/* Copies the body.  ERR_SYNTAX, ERR_TOO_LONG, ERR_LIMIT (too many streams); `why` gets
 * a sentence. */
enum err description_parse(struct slice body, struct description **out_description,
			   struct text *why);
void description_destroy(struct description *d);

/* The next line, without its end; LF alone ends a line too.  False at the end. */
bool description_next_line(struct slice *rest, struct slice *out_line);
/* The next a= line of that name; value is empty for a flag. */
bool description_next_attribute(struct slice *rest, const char *name, struct slice *out_value);
bool description_find_attribute(struct slice lines, const char *name, struct slice *out_value);
/* The next word of a line; blanks and tabs part words.  False at the end. */
bool description_next_word(struct slice *rest, struct slice *out_word);

bool description_is_rtp(const struct description_stream *s);
bool description_is_secure(const struct description_stream *s);
/* What a direction is called by the other end: send and receive change places. */
uint8_t direction_mirror(uint8_t direction);
/* "sendrecv", "sendonly", "recvonly", "inactive". */
const char *direction_name(uint8_t direction);

#endif
