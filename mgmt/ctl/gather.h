/* gather.h -- asking another process for rows and putting them into a session's writer.
 * A process that is down or does not answer becomes a sentence, never a hang. */
#ifndef MGMT_CTL_GATHER_H
#define MGMT_CTL_GATHER_H
#include "mgmt/ctl/session.h"

enum { GATHER_DEADLINE_MS = 2000 };

typedef void gather_row_fn(struct ctl_session *s, const struct ipc_message *row);
/* count: what `done` said.  Only called when all went well; finishes the command. */
typedef void gather_done_fn(struct ctl_session *s, uint32_t count);

/* Whatever happens, the command is finished: by `done`, or with a sentence. */
void gather_start(struct ctl_session *s, struct sibling *from, enum ipc_type request,
		  const void *message, gather_row_fn *row, gather_done_fn *done);
/* The session is gone; the rows still to come are dropped.  NULL is fine. */
void gather_forget(struct gather *g);

#endif
