/* ping.h -- OPTIONS to every target that wants them, and what the replies say of its
 * health.  Run by one worker for all. */
#ifndef SIGNALING_PEER_PING_H
#define SIGNALING_PEER_PING_H
#include "common/loop.h"
#include "signaling/peer/peer.h"
#include "signaling/policy/policy.h"
#include "signaling/resolve/resolve.h"
#include "signaling/transaction/transaction.h"

struct pinger;

enum err pinger_create(struct loop *l, struct transport *transport, struct transactions *ts,
		       struct resolver *resolver, struct peers *peers, struct pinger **out_pinger);
void pinger_destroy(struct pinger *p);
/* Follows a new configuration; each target is asked within a second. */
enum err pinger_configure(struct pinger *p, struct policy *policy);

#endif
