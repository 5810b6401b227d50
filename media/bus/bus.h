/* bus.h -- the media process as its siblings see it: signaling's channels on
 * media.sock, and the link to mgmt. */
#ifndef MEDIA_BUS_BUS_H
#define MEDIA_BUS_BUS_H
#include "common/ipc/ipc.h"
#include "common/loop.h"
#include "media/config/revision.h"
#include "media/session/session.h"

struct bus {
	struct loop *loop;
	struct ipc_server *server;
	struct ipc_link *mgmt;
	struct session_table table;
	struct revision *running; /* NULL until mgmt has spoken */
	struct revision *staged;  /* being collected or prepared */
};

/* Listens at DIR/media.sock and dials DIR/mgmt.sock. */
enum err bus_open(struct bus *b, struct loop *l, const char *state_dir);
/* Ends every session; the loop must run a turn more for the channels to go away. */
void bus_close(struct bus *b);

#endif
