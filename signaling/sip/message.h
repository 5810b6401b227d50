/* message.h -- one received SIP message, parsed and immutable.
 *
 * Sofia-SIP's message layer parses; nothing of it shows here.  Only bytes that
 * screen_check has passed come to message_parse.  Slices borrow from the message
 * and live as long as a reference to it. */
#ifndef SIGNALING_SIP_MESSAGE_H
#define SIGNALING_SIP_MESSAGE_H
#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "common/slice.h"

enum method {
#define METHOD(name) METHOD_##name,
#include "signaling/sip/method.def"
	METHOD_OTHER
};

enum header {
#define HEADER(id, name, compact) HEADER_##id,
#include "signaling/sip/header.def"
	HEADER_COUNT
};

struct message;

/* A URI taken apart; RFC 3261 19.1.  Empty slices for what is not there. */
struct uri {
	struct slice whole; /* as received, without < > */
	struct slice scheme, user, host; /* host without brackets */
	uint16_t port; /* 0: none */
	struct slice params; /* behind the first ';', without it */
	struct slice headers; /* behind '?' */
	struct slice transport; /* the transport parameter */
};

/* From, To, Contact, Route, P-Asserted-Identity ... */
struct name_addr {
	struct slice whole;
	struct slice display; /* without quotes */
	struct uri uri;
	struct slice params; /* of the header, behind the first ';' */
	struct slice tag;
};

struct via {
	struct slice transport; /* "UDP", as received */
	struct slice host;
	uint16_t port;
	struct slice branch;
	bool has_rport;
};

/* The text is copied.  ERR_SYNTAX: a header that RFC 3261 8.1.1 requires is missing or
 * malformed; ERR_VERSION: not SIP/2.0; ERR_TOO_LONG; ERR_MEMORY. */
enum err message_parse(const char *bytes, size_t len, struct message **out_message);
struct message *message_ref(struct message *m); /* a transaction and a call may both hold one */
void message_unref(struct message *m);

bool message_is_request(const struct message *m);
enum method message_get_method(const struct message *m); /* of a reply: its CSeq's */
struct slice message_get_method_name(const struct message *m);
const struct uri *message_get_request_uri(const struct message *m);
unsigned message_get_status(const struct message *m);
struct slice message_get_reason(const struct message *m);
struct slice message_get_call_id(const struct message *m);
uint32_t message_get_cseq(const struct message *m);
const struct via *message_get_via(const struct message *m); /* the topmost */
const struct name_addr *message_get_from(const struct message *m);
const struct name_addr *message_get_to(const struct message *m);
/* The first Contact; NULL without one or for "*". */
const struct name_addr *message_get_contact(const struct message *m);
/* -1 without the header. */
int message_get_max_forwards(const struct message *m);
struct slice message_get_body(const struct message *m);

/* Value of the index-th field of that name (index 0: the first), unfolded, trimmed;
 * data NULL when there is none.  Fields with several values are not split. */
struct slice message_find_header(const struct message *m, enum header h, unsigned index);
struct slice message_find_named(const struct message *m, const char *name, unsigned index);
/* Calls visit(arg, name as received, value) for every field in order. */
void message_visit_headers(const struct message *m,
			   void (*visit)(void *arg, struct slice name, struct slice value),
			   void *arg);
/* Is a token in a comma list, over all fields of that name, without case? */
bool message_has_token(const struct message *m, enum header h, const char *token);

/* Takes the next "Name: value" line off header lines; false at the empty line or their end.
 * HEADER_COUNT: a name that header.def does not know. */
bool header_take_line(struct slice *rest, enum header *out_header, struct slice *out_value);
/* Takes the next element off a comma list, respecting quotes and < >. */
bool header_take_element(struct slice *rest, struct slice *out_element);
/* ";name=value" or ";name" in a parameter string; data NULL when absent. */
struct slice param_find(struct slice params, const char *name);
enum err uri_parse(struct slice text, struct uri *out_uri);
enum err name_addr_parse(struct slice text, struct name_addr *out_name_addr);
enum method method_from_name(struct slice name);
const char *method_name(enum method m); /* "INVITE"; "OTHER" has none of its own */
const char *header_name(enum header h);
/* The phrase of RFC 3261 21 and later RFCs; "Unknown" otherwise. */
const char *status_phrase(unsigned status);

#endif
