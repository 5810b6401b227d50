/* child.h -- one supervised daemon: its command line, its readiness, its deaths.
 *
 * The life of a child: started; ready when its own process says so on its
 * notification socket; dead; started again at once the first time, later after a
 * pause that doubles up to two seconds; given up when it dies too often. */
#ifndef MGMT_RUN_CHILD_H
#define MGMT_RUN_CHILD_H
#include <stdbool.h>
#include <sys/types.h>

#include "common/err.h"
#include "common/loop.h"

enum {
	CHILD_ARGS_MAX = 12,
	CHILD_DEATHS_MAX = 10,
	CHILD_DEATHS_WITHIN_S = 30,
	CHILD_FIRST_PAUSE_MS = 100,
	CHILD_LAST_PAUSE_MS = 2000,
};

struct child {
	const char *name;
	char program[4096];
	const char *args[CHILD_ARGS_MAX + 1];
	char notify_path[108];
	struct loop *loop;
	struct loop_watch *notify_watch;
	int notify_fd;
	pid_t pid; /* 0: not running */
	bool is_ready;
	int64_t deaths_us[CHILD_DEATHS_MAX]; /* the latest ones, a ring */
	unsigned death_count;
	struct timer restart; /* the owner's, with its callback */
	void (*on_ready)(void *owner, struct child *c);
	void *owner;
};

/* state_dir: where the notification socket goes.  args need not outlive the call, the
 * strings must; the program's own name is put before them. */
enum err child_init(struct child *c, struct loop *l, const char *name, const char *libexec,
		    const char *state_dir, const char *const *args);
void child_fini(struct child *c);

/* Cuts the command line off before this option. */
void child_cut_args(struct child *c, const char *option);
/* Forks and executes.  The process gets SIGKILL when the launcher dies. */
enum err child_start(struct child *c);
/* The process is gone: forget it and remember when. */
void child_note_death(struct child *c, int64_t now_us);
/* Microseconds until it may start again; negative: it died too often, give up. */
int64_t child_get_pause_us(const struct child *c, int64_t now_us);

#endif
