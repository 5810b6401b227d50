/* crypt.h -- SRTP and SRTCP of one direction of one side (RFC 3711, RFC 7714), in
 * place.  A context is used by one thread at a time; it may be made in another.
 * The library behind it shows nowhere else. */
#ifndef MEDIA_CRYPT_CRYPT_H
#define MEDIA_CRYPT_CRYPT_H
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/slice.h"

struct crypt;

enum crypt_direction { CRYPT_PROTECT, CRYPT_UNPROTECT };

enum crypt_verdict {
	CRYPT_OK,
	CRYPT_BAD_AUTH,
	CRYPT_REPLAY,	  /* seen before or too old, in either direction */
	CRYPT_SSRC_LIMIT, /* one SSRC too many for this key */
	CRYPT_MALFORMED,
	CRYPT_FAILED
};

enum {
	CRYPT_TRAILER_MAX = 256, /* room a packet needs behind it to be protected */
	CRYPT_SSRC_MAX = 64,
	CRYPT_MKI_MAX = 4,
	CRYPT_REPLAY_WINDOW = 128
};

struct crypt_packet {
	uint8_t *data;
	size_t len, size;
};

/* Once per process, before chroot or a system call filter: libraries are loaded. */
enum err crypt_open(void);
void crypt_close(void);

/* key: master key and salt, concatenated; copied.  mki: empty or 1 to 4 bytes.
 * ERR_UNSUPPORTED: unknown suite.  ERR_RANGE: lengths do not fit it. */
enum err crypt_create(enum crypt_direction direction, unsigned suite, struct slice key,
		      struct slice mki, struct crypt **out_crypt);
/* Wipes the keys. */
void crypt_destroy(struct crypt *c);

enum crypt_verdict crypt_rtp(struct crypt *c, struct crypt_packet *p);
enum crypt_verdict crypt_rtcp(struct crypt *c, struct crypt_packet *p);

#endif
