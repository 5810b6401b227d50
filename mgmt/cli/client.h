/* client.h -- the shell's end of ctl.sock: one question at a time, waiting for its
 * answer.  No loop: the shell does one thing at a time. */
#ifndef MGMT_CLI_CLIENT_H
#define MGMT_CLI_CLIENT_H
#include <stdbool.h>

#include "common/err.h"
#include "common/ipc/ipc.h"

enum {
	CLIENT_HELLO_MS = 2000,
	CLIENT_COMPLETE_MS = 2000,
	CLIENT_EXEC_MS = 60000, /* a commit waits for two processes, twice */
};

struct client {
	char path[4096];
	int fd; /* -1: not connected */
	uint32_t last_id;
	char prompt[128];
};

void client_init(struct client *c, const char *state_dir);
/* ERR_NOT_FOUND, ERR_REFUSED: nobody listens.  ERR_DENIED: not allowed to. */
enum err client_open(struct client *c);
void client_close(struct client *c);

/* Rows of the answer go to put; out_status is ctl_end's, and its prompt is kept in
 * the client.  On an error the connection is closed.  ERR_BUSY: interrupted by a
 * signal, as by Ctrl-C. */
typedef void client_row_fn(void *arg, const struct ipc_message *row);
enum err client_exec(struct client *c, struct slice line, bool json, client_row_fn *put, void *arg,
		     int *out_status);
enum err client_complete(struct client *c, struct slice line, client_row_fn *put, void *arg);

#endif
