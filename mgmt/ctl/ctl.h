/* ctl.h -- the door for shells: ctl.sock, who may come in, which session a message
 * belongs to. */
#ifndef MGMT_CTL_CTL_H
#define MGMT_CTL_CTL_H
#include "common/text.h"
#include "mgmt/config/running.h"

struct ctl;

enum { CTL_SESSIONS_MAX = 64 };

/* Group whose members may use the shell, beside root and our own user. */
#define CTL_GROUP "enlace"

enum err ctl_open(struct running *r, const char *state_dir, const char *database_dir,
		  struct text *why, struct ctl **out_ctl);
void ctl_close(struct ctl *c);

#endif
