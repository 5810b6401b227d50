/* channel.h -- what server.c and channel.c share; nobody else includes it. */
#ifndef COMMON_IPC_CHANNEL_H
#define COMMON_IPC_CHANNEL_H
#include "common/hash.h"
#include "common/ipc/ipc.h"
#include "common/list.h"

struct ipc_channel {
	struct loop *loop;
	struct loop_watch *watch;
	struct loop_late late;
	struct list queue; /* frames not yet sent */
	size_t queue_bytes;
	struct hash_table requests;
	struct timer hello; /* until the other side has said it */
	uint32_t last_id;
	int fd;
	enum ipc_role self, wanted; /* wanted: IPC_ROLE_COUNT accepts any */
	bool dialled, is_up, doomed;
	enum err why;
	struct ipc_peer peer;
	struct ipc_callbacks callbacks;
	void *owner, *data;
	struct list server_node;
};

struct channel_setup {
	struct loop *loop;
	enum ipc_role self, wanted; /* as in struct ipc_channel */
	bool dialled;
	const struct ipc_callbacks *callbacks;
	void *owner;
};

/* Takes the descriptor, also on failure. */
enum err channel_create(const struct channel_setup *setup, int fd,
			struct ipc_channel **out_channel);
void channel_send_hello(struct ipc_channel *c, enum ipc_type type);
void channel_flush(struct ipc_channel *c);
/* Every open request hears ERR_CLOSED now. */
void channel_fail_requests(struct ipc_channel *c);
/* Goes away at the end of the turn, with on_down. */
void channel_doom(struct ipc_channel *c, enum err why);

#endif
