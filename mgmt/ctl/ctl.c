/* ctl.c -- shells come and go. */
#include "mgmt/ctl/ctl.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/log.h"
#include "mgmt/ctl/session.h"

enum { SOCKET_MODE = 0660, GROUPS_MAX = 256 };

struct ctl {
	struct running *running;
	const char *database_dir;
	struct ipc_server *server;
	struct list sessions;
	unsigned session_count;
};

static bool is_member(uid_t uid, gid_t gid, const char *group_name)
{
	const struct group *group = getgrnam(group_name);
	const struct passwd *user = getpwuid(uid);
	gid_t groups[GROUPS_MAX], wanted;
	int count = GROUPS_MAX;

	if (!group)
		return false;
	wanted = group->gr_gid;
	if (gid == wanted)
		return true;
	if (!user || getgrouplist(user->pw_name, user->pw_gid, groups, &count) < 0)
		return false;
	for (int i = 0; i < count; i++)
		if (groups[i] == wanted)
			return true;
	return false;
}

static bool is_allowed(const struct ipc_peer *peer)
{
	return peer->uid == 0 || peer->uid == geteuid() ||
	       is_member(peer->uid, peer->gid, CTL_GROUP);
}

static void on_up(void *owner, struct ipc_channel *channel)
{
	struct ctl *c = owner;
	const struct ipc_peer *peer = ipc_channel_get_peer(channel);
	struct ctl_session *s;

	if (peer->role != IPC_CTL || !is_allowed(peer)) {
		log_warn("a shell was refused: its user is neither root nor in the group",
			 F_STR("group", CTL_GROUP), F_INT("uid", peer->uid));
		ipc_channel_close(channel);
		return;
	}
	if (c->session_count >= CTL_SESSIONS_MAX) {
		log_warn("a shell was refused: too many are open",
			 F_INT("limit", CTL_SESSIONS_MAX));
		ipc_channel_close(channel);
		return;
	}
	if (session_create(c->running, c->database_dir, channel, &s)) {
		ipc_channel_close(channel);
		return;
	}
	list_append(&c->sessions, &s->node);
	c->session_count++;
	ipc_channel_set_data(channel, s);
}

static void handle_ctl_exec(struct ctl *c, struct ipc_channel *channel, uint32_t id,
			    const struct ipc_ctl_exec *m)
{
	struct ctl_session *s = ipc_channel_get_data(channel);

	(void)c;
	if (s)
		session_execute(s, id, m);
}

static void handle_ctl_complete(struct ctl *c, struct ipc_channel *channel, uint32_t id,
				const struct ipc_ctl_complete *m)
{
	struct ctl_session *s = ipc_channel_get_data(channel);

	(void)c;
	if (s)
		session_complete(s, id, m->line);
}

#define IPC_DISPATCH dispatch
#define IPC_OWNER struct ctl
#define IPC_TO_MGMT(name) IPC_CASE(name)
#include "common/ipc/dispatch.h"

static void on_message(void *owner, struct ipc_channel *channel, const struct ipc_message *m)
{
	dispatch(owner, channel, m);
}

static void on_down(void *owner, struct ipc_channel *channel, enum err why)
{
	struct ctl *c = owner;
	struct ctl_session *s = ipc_channel_get_data(channel);

	(void)why;
	if (!s)
		return;
	c->session_count--;
	session_destroy(s);
}

static const struct ipc_callbacks callbacks = { on_up, on_message, on_down };

/* Where the group exists, its members reach the socket; elsewhere only our own user. */
static void give_to_group(const char *path)
{
	const struct group *group = getgrnam(CTL_GROUP);

	if (group && chown(path, (uid_t)-1, group->gr_gid))
		log_debug("the shell's socket stays with our own group", F_STR("socket", path));
}

enum err ctl_open(struct running *r, const char *state_dir, const char *database_dir,
		  struct text *why, struct ctl **out_ctl)
{
	struct ctl *c = calloc(1, sizeof(*c));
	char path[4096];
	enum err e;

	if (!c)
		return ERR_MEMORY;
	list_init(&c->sessions);
	c->running = r;
	c->database_dir = database_dir;
	snprintf(path, sizeof(path), "%s/ctl.sock", state_dir);
	e = ipc_server_open(r->loop, path, SOCKET_MODE, IPC_MGMT, &callbacks, c, &c->server);
	if (e) {
		text_printf(why, "%s: %s", path,
			    e == ERR_EXISTS ? "another enlace-mgmt is listening there"
					    : err_text(e));
		free(c);
		return e;
	}
	give_to_group(path);
	*out_ctl = c;
	return ERR_NONE;
}

void ctl_close(struct ctl *c)
{
	if (!c)
		return;
	LIST_FOR_EACH(node, &c->sessions)
		session_destroy(CONTAINER_OF(node, struct ctl_session, node));
	ipc_server_close(c->server);
	free(c);
}
