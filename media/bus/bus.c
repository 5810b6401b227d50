/* bus.c -- who may speak to the media process, and which handler a message gets. */
#include "media/bus/bus.h"

#include <string.h>

#include "common/log.h"
#include "common/text.h"
#include "media/bus/handlers.h"

#define IPC_DISPATCH dispatch
#define IPC_OWNER struct bus
#define IPC_TO_MEDIA(name) IPC_CASE(name)
#define IPC_TO_DAEMON(name) IPC_CASE(name)
#include "common/ipc/dispatch.h"

enum { SOCKET_MODE = 0660 };

static void on_up(void *owner, struct ipc_channel *c)
{
	const struct ipc_peer *peer = ipc_channel_get_peer(c);

	if (ipc_peer_is_allowed(peer)) {
		ipc_channel_set_data(c, owner);
		return;
	}
	log_warn("a process that may not use the bus was turned away", F_INT("pid", peer->pid),
		 F_INT("uid", peer->uid));
	ipc_channel_close(c);
}

/* The library of the bus has checked that this role may send this message. */
static void on_message(void *owner, struct ipc_channel *c, const struct ipc_message *m)
{
	if (ipc_channel_get_data(c))
		dispatch(owner, c, m);
}

static void on_signaling_down(void *owner, struct ipc_channel *c, enum err why)
{
	struct bus *b = owner;

	log_info("a signaling channel is gone; its sessions go on",
		 F_INT("pid", ipc_channel_get_peer(c)->pid), F_ERR(why));
	session_table_forget_channel(&b->table, c);
}

static void on_mgmt_down(void *owner, struct ipc_channel *c, enum err why)
{
	(void)owner;
	(void)c;
	log_warn("mgmt is gone; the configuration stays as it is", F_ERR(why));
}

static const struct ipc_callbacks signaling_callbacks = { on_up, on_message, on_signaling_down };
static const struct ipc_callbacks mgmt_callbacks = { on_up, on_message, on_mgmt_down };
static const struct session_callbacks session_callbacks = { call_tell_event };

static enum err make_path(const char *state_dir, const char *name, char *path, size_t size)
{
	struct text t;

	text_init(&t, path, size);
	text_printf(&t, "%s/%s", state_dir, name);
	if (t.overflow)
		return ERR_TOO_LONG;
	text_get_string(&t);
	return ERR_NONE;
}

enum err bus_open(struct bus *b, struct loop *l, const char *state_dir)
{
	char own[108], mgmt[108];
	enum err e;

	memset(b, 0, sizeof(*b));
	b->loop = l;
	e = make_path(state_dir, "media.sock", own, sizeof(own));
	if (!e)
		e = make_path(state_dir, "mgmt.sock", mgmt, sizeof(mgmt));
	if (!e)
		e = session_table_init(&b->table, l, &session_callbacks, b);
	if (e)
		return e;
	e = ipc_server_open(l, own, SOCKET_MODE, IPC_MEDIA, &signaling_callbacks, b, &b->server);
	if (!e)
		e = ipc_link_open(l, mgmt, IPC_MEDIA, IPC_MGMT, &mgmt_callbacks, b, &b->mgmt);
	if (e)
		bus_close(b);
	return e;
}

void bus_close(struct bus *b)
{
	ipc_link_close(b->mgmt);
	ipc_server_close(b->server);
	session_table_fini(&b->table);
	revision_destroy(b->staged);
	revision_destroy(b->running);
	memset(b, 0, sizeof(*b));
}
