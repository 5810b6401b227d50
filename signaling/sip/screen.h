/* screen.h -- the look at raw bytes before any parser sees them: framing, sizes,
 * lexical limits, the fields that decide where a message goes.  Never fails loudly:
 * a verdict, counted by its caller. */
#ifndef SIGNALING_SIP_SCREEN_H
#define SIGNALING_SIP_SCREEN_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/slice.h"

enum {
	SCREEN_MESSAGE_MAX = 65535,
	SCREEN_HEADERS_MAX = 256, /* header lines */
	SCREEN_LINE_MAX = 8192,
	SCREEN_VIAS_MAX = 70,
};

enum screen_verdict {
#define VERDICT(name, help) SCREEN_##name,
#include "signaling/sip/verdict.def"
	SCREEN_VERDICT_COUNT
};

/* What the screen found; slices borrow from the bytes.  Enough to route a message
 * to its worker and to answer it without parsing it. */
struct screened {
	bool is_request;
	unsigned status;
	struct slice method; /* request line, or CSeq of a reply */
	struct slice call_id;
	struct slice top_branch;
	struct slice from_tag, to_tag; /* empty without */
	struct slice body;
};

/* Streams: how long is the first message in these bytes?
 * ERR_NONE: *out_len bytes, whole.  ERR_TRUNCATED: more must come.  Anything else:
 * the stream cannot be followed any further.  Leading CRLFs are counted into
 * *out_skip (RFC 5626 3.5.1 keepalives). */
enum err screen_frame(const char *bytes, size_t len, size_t *out_skip, size_t *out_len);

/* One whole message.  SCREEN_PASS fills *out. */
enum screen_verdict screen_check(const char *bytes, size_t len, struct screened *out);
const char *screen_verdict_name(enum screen_verdict v);
const char *screen_verdict_help(enum screen_verdict v);

#endif
