/* srv.h -- SRV records (RFC 2782): read from an answer, put in the order to try. */
#ifndef SIGNALING_RESOLVE_SRV_H
#define SIGNALING_RESOLVE_SRV_H
#include <stdint.h>

#include "common/err.h"

enum { SRV_RECORDS_MAX = 16, SRV_TARGET_SIZE = 256 };

struct srv_record {
	uint16_t priority, weight, port;
	char target[SRV_TARGET_SIZE]; /* "" for ".": the service is decidedly not there */
};

/* The records of a whole DNS message and their smallest time to live.
 * ERR_NOT_FOUND: none in it; ERR_NAME: malformed. */
enum err srv_parse(const unsigned char *bytes, int len, struct srv_record *out_records,
		   unsigned *out_count, unsigned *out_ttl_s);
/* By priority; within one, drawn by weight: draw(arg, n) gives 0..n-1. */
void srv_order(struct srv_record *records, unsigned count, uint32_t (*draw)(void *arg, uint32_t n),
	       void *arg);

#endif
