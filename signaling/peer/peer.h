/* peer.h -- what is known of the peers while the process runs: which source belongs
 * to which trunk, which target's addresses are up, how many calls each trunk has.
 *
 * One set for all workers behind one lock; nothing here blocks.  A trunk's state lives
 * on under its name when the configuration changes. */
#ifndef SIGNALING_PEER_PEER_H
#define SIGNALING_PEER_PEER_H
#include <stdbool.h>
#include <stdint.h>

#include "common/addr.h"
#include "common/err.h"
#include "db/config/config.h"
#include "signaling/transport/transport.h"

enum { PEER_ADDRESSES_MAX = 32, PEER_REASON_SIZE = 128 };

enum peer_state {
#define STATE(name, help) PEER_##name,
#include "signaling/peer/peer.def"
};

enum peer_event {
#define EVENT(name, help) PEER_EV_##name,
#include "signaling/peer/peer.def"
};

struct peers;

enum err peers_create(struct peers **out_peers);
void peers_destroy(struct peers *p);
/* Follows a new configuration: what is gone is forgotten once its last call ended. */
enum err peers_configure(struct peers *p, const struct config *c);

/* The trunk a request comes from: same realm, in service, and its sources, its targets'
 * addresses or its targets' names in a verified certificate match.  NULL: a stranger. */
const struct config_trunk *peers_find_trunk(struct peers *p, const struct config *c,
					    const char *realm, const struct addr *source,
					    const struct transport_identity *identity);

/* Counts a call in or out.  take: ERR_LIMIT when the trunk's calls or rate are used up. */
enum err peers_take_call(struct peers *p, const struct config *c, const char *trunk,
			 bool counts_rate);
void peers_give_call(struct peers *p, const char *trunk);

/* The addresses a target's name led to, as the resolver said last. */
void peers_set_addresses(struct peers *p, const char *trunk, const char *target,
			 const struct addr *addresses, unsigned count);
enum peer_state peers_get_state(struct peers *p, const char *trunk, const char *target,
				const struct addr *address);
void peers_report(struct peers *p, const char *trunk, const char *target,
		  const struct addr *address, enum peer_event event, const char *reason);

/* One line of `show trunks`. */
struct peer_row {
	char trunk[CONFIG_NAME_SIZE], target[CONFIG_NAME_SIZE];
	char address[ADDR_TEXT_SIZE];
	char reason[PEER_REASON_SIZE];
	enum peer_state state;
	unsigned calls;
	int64_t since_us; /* clock_now_us when the state began */
};
/* Rows in the order of the configuration; returns how many, at most `size`. */
unsigned peers_list(struct peers *p, const struct config *c, struct peer_row *rows, unsigned size);
const char *peer_state_name(enum peer_state s);

#endif
