/* dispatch.h -- the switch over what one role receives.  A handler that is missing
 * is a compile error.
 *
 *	#define IPC_DISPATCH dispatch          the function to define
 *	#define IPC_OWNER struct media_bus     what handlers get first
 *	#define IPC_TO_MEDIA(name) IPC_CASE(name)
 *	#define IPC_TO_DAEMON(name) IPC_CASE(name)
 *	#include "common/ipc/dispatch.h"
 *
 * calls handle_NAME(owner, channel, id, const struct ipc_NAME *).  What only answers
 * requests comes to the callback of ipc_request instead.
 * No include guard on purpose. */
#include "common/ipc/ipc.h"

#ifndef IPC_TO_SIG
#define IPC_TO_SIG(name)
#endif
#ifndef IPC_TO_MEDIA
#define IPC_TO_MEDIA(name)
#endif
#ifndef IPC_TO_MGMT
#define IPC_TO_MGMT(name)
#endif
#ifndef IPC_TO_CTL
#define IPC_TO_CTL(name)
#endif
#ifndef IPC_TO_DAEMON
#define IPC_TO_DAEMON(name)
#endif
#define IPC_TO_ANY(name)
#define IPC_CASE(name)                                                         \
	case IPC_##name:                                                       \
		handle_##name(owner, channel, m->id, &m->name);                \
		break;

static void IPC_DISPATCH(IPC_OWNER *owner, struct ipc_channel *channel, const struct ipc_message *m)
{
	switch (m->type) {
#define MSG(name, from, to, reply, ...) IPC_TO_##to(name)
#define ANSWER(...)
#include "common/ipc/messages.def"
	default:
		break;
	}
}

#undef IPC_DISPATCH
#undef IPC_OWNER
#undef IPC_TO_SIG
#undef IPC_TO_MEDIA
#undef IPC_TO_MGMT
#undef IPC_TO_CTL
#undef IPC_TO_DAEMON
#undef IPC_TO_ANY
#undef IPC_CASE
