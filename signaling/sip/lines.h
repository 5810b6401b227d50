/* lines.h -- header lines and the characters of RFC 3261 25.1; shared by the screen and
 * the message, so that both read the same bytes the same way.  Inside signaling/sip only. */
#ifndef SIGNALING_SIP_LINES_H
#define SIGNALING_SIP_LINES_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/slice.h"
#include "signaling/sip/message.h"

/* The start line without its CRLF; false when no CRLF ends it. */
bool lines_take_start(struct slice *rest, struct slice *out_start);

enum line_kind {
	LINE_FIELD,
	LINE_END, /* the empty line: the body begins */
	LINE_CUT, /* the bytes end before the header section does */
	LINE_BAD, /* no name, or no colon behind it */
};

/* Takes one field with its folded continuations off *rest.  The value is trimmed and
 * may still hold CRLF and white space where it was folded. */
enum line_kind lines_take(struct slice *rest, struct slice *out_name, struct slice *out_value);

/* The start line taken apart; RFC 3261 7.1 and 7.2. */
struct start_line {
	bool is_request;
	unsigned status;
	struct slice method, uri, reason, version;
};
/* ERR_UNSUPPORTED: another protocol; ERR_VERSION: another SIP; ERR_SYNTAX. */
enum err start_line_parse(struct slice line, struct start_line *out_start);

/* HEADER_COUNT: not one of header.def. */
enum header header_from_name(struct slice name);

bool lines_is_token(struct slice s);
bool lines_is_host(struct slice s);	/* a name, an IPv4 address, or IPv6 in brackets */
bool lines_has_control(struct slice s); /* any control byte but a tab */
/* Linear white space, CR and LF included, off the front. */
void lines_skip_space(struct slice *s);

/* The value of a parameter that must be a token and be there once at most: two
 * readers could take different ones.  Empty without it. */
enum err param_read_token(struct slice params, const char *name, struct slice *out_value);
/* The topmost Via of a field value; RFC 3261 20.42. */
enum err via_parse(struct slice value, struct via *out_via);
/* "4711 INVITE". */
enum err cseq_parse(struct slice value, uint32_t *out_number, struct slice *out_method);

#endif
