/* sdes.h -- source descriptions (RFC 3550 6.5) with the sources kept and everything
 * said about them replaced by our name. */
#ifndef MEDIA_RTCP_SDES_H
#define MEDIA_RTCP_SDES_H
#include "media/rtcp/cname.h"
#include "media/rtcp/part.h"

/* False: its chunks and items do not add up. */
bool sdes_replace(const struct part *sdes, const struct cname *name, struct part_writer *w);

#endif
