/* udp.h -- datagrams in batches, and ICMP errors as fast failures. */
#ifndef SIGNALING_TRANSPORT_UDP_H
#define SIGNALING_TRANSPORT_UDP_H
#include "signaling/transport/inside.h"

enum {
	UDP_BATCH = 32,
	UDP_SENT_MAX = 2048, /* sends remembered for an ICMP error */
	UDP_SENT_S = 5, /* an error that comes later belongs to nobody */
};

enum err udp_create(struct transport *t);
void udp_destroy(struct transport *t);
/* Hears nothing until its watch is set. */
enum err udp_start(struct endpoint *ep);
enum err udp_send(struct endpoint *ep, const struct addr *remote, uint64_t token, unsigned home,
		  const char *bytes, size_t len);

#endif
