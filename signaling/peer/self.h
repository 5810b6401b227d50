/* self.h -- how this SBC presents itself to one peer: the host name or address in
 * Contact and From, the header lines every request and reply carries. */
#ifndef SIGNALING_PEER_SELF_H
#define SIGNALING_PEER_SELF_H
#include "common/text.h"
#include "db/config/config.h"
#include "signaling/transport/transport.h"

/* The trunk's domain, or the listener's advertised address ("[...]" for IPv6). */
void self_put_host(struct text *t, const struct config_trunk *trunk,
		   const struct transport_listener *l);
/* "Contact: <sip:host:port;transport=...>" CRLF. */
void self_put_contact(struct text *t, const struct config_trunk *trunk,
		      const struct transport_listener *l);
/* What we understand; the one place that lists it. */
#define SELF_ALLOW_LINE "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS\r\n"
/* SELF_ALLOW_LINE, for a message that is being written. */
void self_put_capabilities(struct text *t);
/* User-Agent in requests, Server in replies; nothing when the trunk's text is "". */
void self_put_product(struct text *t, const struct config_trunk *trunk, const char *header);
/* An address as a URI's host: brackets around IPv6. */
void self_put_address(struct text *t, const struct addr *a);

#endif
