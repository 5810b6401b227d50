/* internal.h -- inside of the set of peers, for the files of this folder only. */
#ifndef SIGNALING_PEER_INTERNAL_H
#define SIGNALING_PEER_INTERNAL_H
#include <pthread.h>

#include "common/fsm.h"
#include "common/list.h"
#include "signaling/peer/peer.h"

enum { DOWN_FOR_S = 60 };

struct peer_address {
	struct addr addr;
	struct fsm fsm;
	struct peer_target *target;
	unsigned misses;
	int64_t since_us;
	char reason[PEER_REASON_SIZE];
};

struct peer_target {
	struct list node;
	struct peer_trunk *trunk;
	char name[CONFIG_NAME_SIZE];
	char host[CONFIG_NAME_SIZE];
	unsigned misses_max;
	bool is_asked; /* OPTIONS are sent: they will say when it is up again */
	unsigned count;
	struct peer_address addresses[PEER_ADDRESSES_MAX];
	bool keep;
};

struct peer_trunk {
	struct list node;
	struct peers *peers;
	char name[CONFIG_NAME_SIZE];
	struct list targets;
	unsigned calls;
	int64_t rate_second;
	unsigned rate_count;
	bool keep;
};

struct peers {
	pthread_mutex_t lock; /* guards everything below */
	struct list trunks;
	struct timer_queue timers;     /* peer.def has no timers; the engine wants a queue */
	char reason[PEER_REASON_SIZE]; /* of the event being stepped */
};

/* With the lock held; NULL where there is none. */
struct peer_trunk *peers_find(struct peers *p, const char *name);

#endif
