/* inside.h -- what the files of this folder share: one worker's transport and its
 * endpoints.  Nobody else includes it.
 *
 * The life of a stream: an endpoint accepts it (accept.c) or dial.c opens it; conn.c
 * steps it through conn.def; conn_io.c moves its bytes; when it ends it leaves all
 * tables at once and its memory goes at the end of the loop's turn, because somebody
 * further up the stack may still look at it. */
#ifndef SIGNALING_TRANSPORT_INSIDE_H
#define SIGNALING_TRANSPORT_INSIDE_H
#include "common/hash.h"
#include "common/list.h"
#include "signaling/transport/refusal.h"
#include "signaling/transport/transport.h"

enum {
	INSIDE_LISTENERS_MAX = 256,
	INSIDE_PROFILES_MAX = 256,
	INSIDE_MESSAGE_MAX = 65535,
	INSIDE_SCRATCH_SIZE = 2 * (INSIDE_MESSAGE_MAX + 1),
	INSIDE_UNSENT_TOTAL_MAX = 64 << 20, /* bytes waiting on all connections of a worker */
	INSIDE_FLOW_SHIFT = 48, /* a flow's upper bits are its worker */
	INSIDE_WHY_SIZE = 256,
};

struct flow_home;
struct secure_profile;
struct udp_batch;
struct udp_sent;

/* A listener with its socket. */
struct endpoint {
	struct transport *t;
	struct transport_listener shown;
	struct addr wanted; /* as configured; the port may be 0 in tests */
	char tls_profile[CONFIG_NAME_SIZE], sni_profiles[CONFIG_TEXT_SIZE];
	unsigned index;
	int fd; /* -1: only a place where one was */
	struct loop_watch *watch;
	struct timer pause; /* accepting waits for descriptors */
};

struct transport {
	struct loop *loop;
	unsigned worker;
	struct transport_callbacks callbacks;
	void *owner;
	struct flow_home *home; /* how other workers reach this one */
	struct flow_home **siblings; /* by worker; fixed after transport_set_siblings */
	unsigned sibling_count;

	struct endpoint *endpoints[INSIDE_LISTENERS_MAX]; /* NULL: free */
	unsigned endpoint_count;
	struct secure_profile *profiles[INSIDE_PROFILES_MAX];
	unsigned profile_count;

	struct hash_table by_flow, by_target, by_source;
	struct list conns, ended;
	unsigned conn_count;
	uint64_t flows_made;
	size_t unsent_bytes;
	char *scratch; /* INSIDE_SCRATCH_SIZE: a stream's bytes while they are looked at */

	struct udp_batch *udp_batch;
	struct udp_sent *udp_sent;

	struct list failures; /* on_failed calls that wait for the end of the turn */
	struct loop_late late;
	struct refusals refusals;
};

struct endpoint *inside_find_endpoint(const struct transport *t, unsigned index);

/* What transport_send does on the thread that owns the connection.  home: the worker
 * that wants to hear about a failure. */
enum err inside_send(struct transport *t, const struct transport_target *to, uint64_t token,
		     unsigned home, const char *bytes, size_t len);

#endif
