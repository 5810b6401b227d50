/* transport.h -- sending and receiving SIP messages over UDP, TCP and TLS.
 * One transport per worker; each belongs to that worker's thread.  Listeners of the
 * same address are opened by every worker (SO_REUSEPORT). */
#ifndef SIGNALING_TRANSPORT_TRANSPORT_H
#define SIGNALING_TRANSPORT_TRANSPORT_H
#include <stdint.h>

#include "common/addr.h"
#include "common/err.h"
#include "common/loop.h"
#include "common/slice.h"
#include "common/text.h"
#include "db/config/config.h"

struct transport;
struct transport_plan;

/* A listener as the rest of signaling sees it.  Stays valid until the next plan is
 * applied; look it up again by index, never keep the pointer.  The index belongs to
 * realm and name: it is the same in all workers and survives every other change. */
struct transport_listener {
	char realm[CONFIG_NAME_SIZE], name[CONFIG_NAME_SIZE];
	enum config_transport kind;
	struct addr local; /* bound address and port */
	struct addr advertised; /* for Via and Contact */
	uint8_t dscp;
};

/* Names a verified peer certificate carries (SAN dNSName and iPAddress, or CN when
 * there is no SAN); count 0: not TLS, or no certificate was asked for. */
struct transport_identity {
	unsigned count;
	const char *const *names;
};

/* Where a message came from. */
struct transport_origin {
	unsigned listener; /* its index; for connections we opened: the one they were opened for */
	enum config_transport kind;
	struct addr source, local;
	uint64_t flow; /* the connection, never reused; 0 for UDP */
	const struct transport_identity *identity; /* only during the callback */
};

/* Where a message goes. */
struct transport_target {
	unsigned listener;
	enum config_transport kind;
	struct addr remote;
	/* Nonzero: this connection while it lives; else, or when it is gone, remote. */
	uint64_t flow;
	/* SNI and the name the certificate must have; NULL: remote's address. */
	const char *tls_name;
	const char *tls_profile; /* NULL or "": the listener's */
};

struct transport_callbacks {
	/* One whole message, not yet screened.  It may be changed in place. */
	void (*on_message)(void *owner, const struct transport_origin *from, char *bytes,
			   size_t len);
	/* A message sent with this token could not be delivered: connect or handshake
	 * failed, connection lost before it was written, ICMP error for its UDP target.
	 * `why` is for people.  Never called from inside transport_send. */
	void (*on_failed)(void *owner, uint64_t token, enum err e, const char *why);
};

enum {
	TRANSPORT_CONNECT_MS = 4000, /* TCP and TLS connect, handshake included */
	TRANSPORT_HANDSHAKE_MS = 10000, /* an accepted connection: first whole message by then */
	TRANSPORT_IDLE_S = 600,
	TRANSPORT_CONNECTIONS_MAX = 10000, /* of the process */
	TRANSPORT_PER_SOURCE_MAX = 512, /* connections accepted from one address, per worker */
	TRANSPORT_UNSENT_MAX = 1 << 20, /* bytes waiting on one connection */
};

enum err transport_create(struct loop *l, unsigned worker,
			  const struct transport_callbacks *callbacks, void *owner,
			  struct transport **out_transport);
void transport_destroy(struct transport *t);
/* Once, before the threads run: the transports of all workers, in their order, so that
 * a message for another worker's connection finds its way.  The array is copied.
 * Transports are destroyed after all threads have ended, in any order.  ERR_MEMORY. */
enum err transport_set_siblings(struct transport *t, struct transport *const *all,
				unsigned count);
unsigned transport_worker_of_flow(uint64_t flow);

/* Opens what a resolved configuration wants beside what runs.  On an error nothing
 * has changed and `why` says which listener or file, and what to do. */
enum err transport_prepare(struct transport *t, const struct config *c, struct text *why,
			   struct transport_plan **out_plan);
/* Cannot fail.  Listeners that are in both stay open; connections of dropped ones end. */
void transport_apply(struct transport *t, struct transport_plan *plan);
void transport_drop(struct transport *t, struct transport_plan *plan);
/* Reads all certificate files again for new connections; open ones go on.
 * On an error the old ones stay. */
enum err transport_reload_tls(struct transport *t, struct text *why);

/* Indices go up to this; transport_find_listener is NULL where one was dropped. */
unsigned transport_get_listener_count(const struct transport *t);
const struct transport_listener *transport_find_listener(const struct transport *t, unsigned index);
/* A listener of that realm, kind and address family; -1 when there is none. */
int transport_select_listener(const struct transport *t, const char *realm,
			      enum config_transport kind, const struct addr *remote);

/* Queues or sends.  token 0: nobody wants to know.  ERR_UNREACHABLE, ERR_LIMIT,
 * ERR_TOO_LONG (UDP) are found at once; the rest comes through on_failed. */
enum err transport_send(struct transport *t, const struct transport_target *to, uint64_t token,
			const char *bytes, size_t len);

/* Counters of all workers, name by name (transport/counters.def). */
void transport_visit_counters(void (*visit)(void *arg, const char *name, uint64_t value,
					    const char *help),
			      void *arg);

#endif
