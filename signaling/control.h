/* control.h -- the main thread of signaling: the link to mgmt, configuration in two
 * steps, and what shells ask.  Workers are told by posted work and never wait. */
#ifndef SIGNALING_CONTROL_H
#define SIGNALING_CONTROL_H
#include "common/err.h"
#include "common/loop.h"

struct control;

struct control_options {
	const char *state_dir;	  /* sockets, calls.db */
	const char *database_dir; /* config.db to read, cdr.db to write */
	const char *dns_servers;  /* NULL: the system's */
};

enum err control_create(struct loop *l, const struct control_options *options,
			struct control **out_control);
void control_destroy(struct control *c);

#endif
