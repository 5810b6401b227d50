/* secure.h -- TLS: profiles (certificate, trust, policy) and the links made with
 * them.  OpenSSL stays behind this header.
 *
 * A profile never changes: a reload makes a new one, and the old one lives as long
 * as connections made with it. */
#ifndef SIGNALING_TRANSPORT_SECURE_H
#define SIGNALING_TRANSPORT_SECURE_H
#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"
#include "common/text.h"
#include "db/config/config.h"
#include "signaling/transport/transport.h"

struct secure_profile;
struct secure_link;

enum secure_side { SECURE_ACCEPT, SECURE_CONNECT };

/* Own certificates outside their dates: a change that brings one is refused, but a process
 * that starts runs with it and says so: most peers still connect to a plain listener of
 * the same SBC, and some do not look. */
enum secure_dates { SECURE_DATES_REFUSE, SECURE_DATES_WARN };

enum { SECURE_NAMES_MAX = 100, SECURE_NAME_SIZE = 256, SECURE_OTHERS_MAX = 16 };

/* Reads the files.  `why` names profile, file and way out. */
enum err secure_profile_create(const struct config_tls_profile *c, enum secure_dates dates,
			       struct text *why, struct secure_profile **out_profile);
/* The same settings, the files as they are now. */
enum err secure_profile_create_again(const struct secure_profile *p, struct text *why,
				     struct secure_profile **out_profile);
/* Also held by each connection made with it; NULL is fine. */
struct secure_profile *secure_profile_ref(struct secure_profile *p);
void secure_profile_unref(struct secure_profile *p);
const char *secure_profile_get_name(const struct secure_profile *p);
bool secure_profile_is_made_of(const struct secure_profile *p, const struct config_tls_profile *c);

/* name: for SECURE_CONNECT, what the certificate must say; borrowed for the link's
 * life.  The descriptor stays the caller's. */
enum err secure_link_create(struct secure_profile *p, enum secure_side side, int fd,
			    const char *name, struct secure_link **out_link);
/* For an accepted link before its handshake: a peer that asks for a name (RFC 6066 3) that
 * the profile's certificate has not, and p's has, is shown p's and held against p's trust.
 * Everything else stays the link's own profile's.  More than SECURE_OTHERS_MAX are not kept. */
void secure_link_add_other(struct secure_link *l, struct secure_profile *p);
void secure_link_destroy(struct secure_link *l);
/* ERR_BUSY: again when the descriptor is what secure_link_get_wanted says.  Any other
 * error is final and secure_link_explain knows why. */
enum err secure_link_handshake(struct secure_link *l);
/* ERR_BUSY; ERR_CLOSED; ERR_CRYPTO: see secure_link_explain. */
enum err secure_link_read(struct secure_link *l, char *bytes, size_t size, size_t *out_len);
/* After ERR_BUSY the same bytes must come again. */
enum err secure_link_write(struct secure_link *l, const char *bytes, size_t size, size_t *out_len);
int secure_link_get_wanted(const struct secure_link *l); /* LOOP_* */
/* Bytes wait that the descriptor will not announce. */
bool secure_link_has_pending(const struct secure_link *l);
/* Borrowed from the link. */
const struct transport_identity *secure_link_get_identity(const struct secure_link *l);
/* Why it failed and what to do, for people; counts the reason. */
void secure_link_explain(struct secure_link *l, const struct addr *remote, char *why, char *fix,
			 size_t size);

#endif
