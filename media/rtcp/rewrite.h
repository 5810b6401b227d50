/* rewrite.h -- what of one side's RTCP the other side may see.
 *
 * Reports pass, names and free text do not: a CNAME is often user@address, NOTE, TOOL
 * and APP say what software is behind us.  Statistics and feedback are numbers and
 * pass when they are well formed; what nobody knows is left out. */
#ifndef MEDIA_RTCP_REWRITE_H
#define MEDIA_RTCP_REWRITE_H
#include <stddef.h>
#include <stdint.h>

#include "media/rtcp/cname.h"

enum rewrite_verdict {
	REWRITE_OK,
	REWRITE_MALFORMED,
	REWRITE_EMPTY, /* well formed, but nothing of it may pass */
	REWRITE_LONG   /* longer than `size` or REWRITE_SIZE_MAX with our names in it */
};

enum { REWRITE_SIZE_MAX = 4096 };

/* Rewrites a plain compound packet in place; `size` is the room at `data`.  Unless the
 * verdict is REWRITE_OK, nothing is touched. */
enum rewrite_verdict rewrite_compound(uint8_t *data, size_t *len, size_t size,
				      const struct cname *name);

#endif
