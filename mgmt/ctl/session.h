/* session.h -- one shell at ctl.sock: its mode, its candidate, the command it waits for.
 *
 * The life of a command: ctl_exec; its handler fills the session's writer, at once or
 * with what other processes answer; session_finish renders it and says ctl_end. */
#ifndef MGMT_CTL_SESSION_H
#define MGMT_CTL_SESSION_H
#include "common/ipc/ipc.h"
#include "common/list.h"
#include "mgmt/config/running.h"
#include "mgmt/ctl/command.h"
#include "mgmt/show/writer.h"

enum session_status {
	SESSION_DONE = 0,
	SESSION_FAILED = 1,
	SESSION_NOT_UNDERSTOOD = 2,
	SESSION_BYE = 255,
};

enum { SESSION_AUTHOR_SIZE = 64 };

struct gather;

struct ctl_session {
	struct list node;
	struct running *running;
	const char *database_dir;
	struct ipc_channel *channel;
	enum command_mode mode;
	struct config *candidate; /* NULL outside the configuration mode */
	uint64_t base;		  /* the revision the candidate was made from */
	struct show_writer *writer;
	enum show_format format;
	uint32_t exec_id; /* of the command being carried out */
	bool is_busy;
	struct gather *gather; /* waits for a process, or NULL */
	bool has_ladder;       /* `show call`: the ladder was begun */
	/* `show counters`: to be asked of the second process too; of one call: its id */
	char filter[64];
	char author[SESSION_AUTHOR_SIZE];
};

enum err session_create(struct running *r, const char *database_dir, struct ipc_channel *c,
			struct ctl_session **out_session);
void session_destroy(struct ctl_session *s);

void session_execute(struct ctl_session *s, uint32_t id, const struct ipc_ctl_exec *exec);
void session_complete(struct ctl_session *s, uint32_t id, struct slice line);
/* A line on the way to its handler; also for `run`, with the mode to read it in. */
void session_run_line(struct ctl_session *s, enum command_mode mode, struct slice line);

/* Ends the command: what the writer holds goes out, then the status. */
void session_finish(struct ctl_session *s, enum session_status status);
/* The same with one sentence. */
void session_fail(struct ctl_session *s, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void session_note(struct ctl_session *s, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
