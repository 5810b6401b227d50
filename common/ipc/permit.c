/* permit.c -- who may speak for whom on the bus, by the credentials the kernel
 * vouches for. */
#include <pwd.h>
#include <stddef.h>
#include <unistd.h>

#include "common/ipc/ipc.h"

/* The users the package creates, one per daemon. */
static const char *const role_users[IPC_ROLE_COUNT] = {
	[IPC_SIG] = "enlace-signaling",
	[IPC_MEDIA] = "enlace-media",
	[IPC_MGMT] = "enlace-mgmt",
};

bool ipc_peer_is_allowed(const struct ipc_peer *peer)
{
	struct passwd entry, *found = NULL;
	char names[4096];
	const char *user = (unsigned)peer->role < IPC_ROLE_COUNT ? role_users[peer->role] : NULL;

	if (peer->uid == 0 || peer->uid == geteuid())
		return true;
	if (!user || getpwnam_r(user, &entry, names, sizeof(names), &found))
		return false;
	return found && found->pw_uid == peer->uid;
}
