/* session.h -- the media sessions of this process.
 *
 * The life of one: signaling reserves it by an id of its own choice, ports of two
 * realms are lent and handed to a worker; signaling changes each side as offers and
 * answers come; it is released by signaling, or abandoned when a new signaling process
 * has claimed its own and this one was not among them.  The loss of the channel alone
 * ends nothing.  All functions belong to the control thread. */
#ifndef MEDIA_SESSION_SESSION_H
#define MEDIA_SESSION_SESSION_H
#include <stdbool.h>
#include <stdint.h>

#include "common/hash.h"
#include "common/ipc/ipc.h"
#include "common/suite.h"
#include "common/timer.h"
#include "media/config/revision.h"
#include "media/path/worker.h"

enum { SESSIONS_MAX = 100000, SESSION_WORKERS_MAX = 64 };

/* What one direction of a side was given, to tell a new key from the same again. */
struct session_key {
	uint8_t suite;
	uint8_t key_len, mki_len;
	uint8_t key[SUITE_KEY_MAX], mki[CRYPT_MKI_MAX];
};

struct session_side {
	struct realm *realm;
	struct pool *pool;
	struct pool_pair pair;
	struct addr told;  /* where signaling says the peer is; may be unset */
	struct addr heard; /* where it was heard from; may be unset */
	struct session_key send, receive;
	uint8_t index;
	uint8_t flags; /* as in media_change */
	uint16_t silence_s;
	int64_t changed_us;
	struct timer silence;
};

struct session {
	struct hash_node node;
	struct session_table *table;
	uint64_t id;
	int64_t created_us;
	uint32_t owner_pid;
	struct ipc_channel *owner; /* NULL while signaling is away */
	struct relay *relay;	   /* its worker's; counters may be read */
	struct worker *worker;
	struct session_side sides[RELAY_SIDES];
};

struct session_callbacks {
	void (*on_event)(void *owner, const struct session *s, unsigned side,
			 enum ipc_media_event_kind kind, const struct addr *source);
};

struct session_table {
	struct loop *loop;
	struct hash_table sessions;
	struct worker *workers[SESSION_WORKERS_MAX];
	unsigned worker_count, next_worker;
	unsigned leaving;		 /* relays that workers have not given back yet */
	const struct revision *revision; /* NULL: not configured yet */
	struct session_callbacks callbacks;
	void *owner;
};

enum err session_table_init(struct session_table *t, struct loop *l,
			    const struct session_callbacks *callbacks, void *owner);
/* Releases what is left and stops the workers. */
void session_table_fini(struct session_table *t);
/* Once, before the first session. */
enum err session_table_start_workers(struct session_table *t, unsigned count);

/* On failure `why` holds a sentence that names what was full or unknown. */
enum err session_reserve(struct session_table *t, const struct ipc_media_reserve *m,
			 struct ipc_channel *owner, uint32_t owner_pid, struct text *why,
			 struct session **out_session);
enum err session_change(struct session_table *t, const struct ipc_media_change *m,
			struct text *why);
struct session *session_find(struct session_table *t, uint64_t id);
void session_release(struct session *s);
/* Releases all sessions of other owners; returns how many. */
unsigned session_table_claim(struct session_table *t, uint32_t pid);
/* The channel is gone; its sessions go on. */
void session_table_forget_channel(struct session_table *t, const struct ipc_channel *channel);

#endif
