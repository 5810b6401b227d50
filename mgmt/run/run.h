/* run.h -- the launcher: three daemons supervised in the foreground, without root and
 * without systemd. */
#ifndef MGMT_RUN_RUN_H
#define MGMT_RUN_RUN_H

struct run_options {
	const char *state_dir;
	const char *config_file; /* NULL: the newest stored revision */
	const char *libexec;	 /* where the daemons are */
};

enum run_exit { RUN_ENDED = 0, RUN_FAILED = 1, RUN_REFUSED = 2 };

/* Until SIGTERM or SIGINT.  Prints "ready" once on standard output. */
enum run_exit run_supervise(const struct run_options *options);

#endif
