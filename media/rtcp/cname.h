/* cname.h -- the canonical name under which one side of a session is known to the
 * other: ours, in place of the peer's, which tends to be user@address. */
#ifndef MEDIA_RTCP_CNAME_H
#define MEDIA_RTCP_CNAME_H

/* RFC 7022 section 4.2: 96 random bits in Base64 for each session. */
enum { CNAME_LEN = 16 };

struct cname {
	char text[CNAME_LEN]; /* without NUL */
};

void cname_init(struct cname *name);

#endif
