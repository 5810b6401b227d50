/* print.h -- writing outgoing messages into text.  Values must be free of CR and LF;
 * print_header refuses others by setting overflow, so that nothing taken from one
 * side can inject a line on the other. */
#ifndef SIGNALING_SIP_PRINT_H
#define SIGNALING_SIP_PRINT_H
#include "common/text.h"
#include "signaling/sip/message.h"

void print_request_line(struct text *t, struct slice method, struct slice uri);
void print_status_line(struct text *t, unsigned status, struct slice reason);
void print_header(struct text *t, const char *name, struct slice value);
/* Via, From, To (with to_tag added if it has none), Call-ID, CSeq of a request, as a
 * reply needs them (RFC 3261 8.2.6.2), received and rport filled in (18.2.1, RFC 3581).
 * Record-Route is copied as well for replies that make dialogs. */
struct addr;
void print_reply_head(struct text *t, const struct message *request, const struct addr *source,
		      unsigned status, struct slice reason, struct slice to_tag);
/* Content-Type, Content-Length, the empty line and the body. */
void print_body(struct text *t, struct slice content_type, struct slice body);

#endif
