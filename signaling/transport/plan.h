/* plan.h -- a configuration's listeners and TLS profiles, opened beside those that
 * run and then put in their place.  The functions for the rest of signaling are in
 * transport.h. */
#ifndef SIGNALING_TRANSPORT_PLAN_H
#define SIGNALING_TRANSPORT_PLAN_H
#include "signaling/transport/inside.h"

/* Borrows; NULL when there is none. */
struct secure_profile *plan_find_profile(const struct transport *t, const char *name);
/* Closes every listener and connection. */
void plan_close_all(struct transport *t);

#endif
