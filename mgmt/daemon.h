/* daemon.h -- enlace-mgmt put together: the running configuration, the door for the
 * other processes, the door for shells. */
#ifndef MGMT_DAEMON_H
#define MGMT_DAEMON_H
#include "common/loop.h"
#include "common/text.h"

struct daemon_options {
	const char *state_dir, *database_dir;
	const char *config_file; /* NULL: the newest stored revision */
};

struct mgmt_daemon;

/* ERR_SYNTAX: the configuration file was refused, its faults are on standard error.
 * Other errors have a sentence in `why`. */
enum err mgmt_daemon_create(struct loop *l, const struct daemon_options *options, struct text *why,
			    struct mgmt_daemon **out_daemon);
void mgmt_daemon_destroy(struct mgmt_daemon *d);

#endif
