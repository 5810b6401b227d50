/* run.c -- supervising the three daemons until told to stop. */
#include "mgmt/run/run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "mgmt/run/child.h"

enum { MGMT, MEDIA, SIGNALING, CHILD_COUNT };
enum { KILL_AFTER_S = 5, STATUS_REFUSED = 2 };

struct run {
	struct loop *loop;
	struct child children[CHILD_COUNT];
	struct timer kill;
	struct loop_signal *on_child, *on_term, *on_int;
	bool said_ready, ending;
	enum run_exit exit;
};

static void stop_if_all_ended(struct run *r)
{
	for (int i = 0; i < CHILD_COUNT; i++)
		if (r->children[i].pid)
			return;
	loop_stop(r->loop);
}

static void signal_children(struct run *r, int number)
{
	for (int i = 0; i < CHILD_COUNT; i++)
		if (r->children[i].pid)
			kill(r->children[i].pid, number);
}

static void on_kill(struct timer *t)
{
	struct run *r = CONTAINER_OF(t, struct run, kill);

	log_warn("processes did not end in time and are killed", F_INT("seconds", KILL_AFTER_S));
	signal_children(r, SIGKILL);
}

static void end(struct run *r, enum run_exit why)
{
	if (r->ending)
		return;
	r->ending = true;
	r->exit = why;
	for (int i = 0; i < CHILD_COUNT; i++)
		timer_stop(loop_get_timers(r->loop), &r->children[i].restart);
	signal_children(r, SIGTERM);
	timer_start(loop_get_timers(r->loop), &r->kill, CLOCK_SECONDS(KILL_AFTER_S));
	stop_if_all_ended(r);
}

static void on_end_signal(void *owner, int number)
{
	(void)number;
	end(owner, RUN_ENDED);
}

static void on_ready(void *owner, struct child *c)
{
	struct run *r = owner;

	log_info("process is ready", F_STR("name", c->name));
	for (int i = 0; i < CHILD_COUNT; i++)
		if (!r->children[i].is_ready)
			return;
	/* Given again after a restart, the file would undo what was committed since. */
	child_cut_args(&r->children[MGMT], "--config");
	if (r->said_ready)
		return;
	r->said_ready = true;
	puts("ready");
	fflush(stdout);
}

static void start(struct run *r, struct child *c)
{
	enum err e = child_start(c);

	if (!e)
		return;
	log_err("a process could not be started", F_STR("name", c->name), F_ERR(e));
	end(r, RUN_FAILED);
}

static void on_restart(struct timer *t)
{
	struct child *c = CONTAINER_OF(t, struct child, restart);

	start(c->owner, c);
}

static void log_death(const struct child *c, int status)
{
	if (WIFSIGNALED(status))
		log_err("a process was ended by a signal and is started again",
			F_STR("name", c->name), F_INT("signal", WTERMSIG(status)));
	else
		log_err("a process ended by itself and is started again", F_STR("name", c->name),
			F_INT("status", WEXITSTATUS(status)));
}

static void bury(struct run *r, struct child *c, int status)
{
	int64_t now_us = clock_now_us(), pause_us;
	bool refused = c == &r->children[MGMT] && !r->said_ready && WIFEXITED(status) &&
		       WEXITSTATUS(status) == STATUS_REFUSED;

	child_note_death(c, now_us);
	if (r->ending) {
		stop_if_all_ended(r);
		return;
	}
	if (refused) {
		end(r, RUN_REFUSED);
		return;
	}
	log_death(c, status);
	pause_us = child_get_pause_us(c, now_us);
	if (pause_us < 0) {
		log_err("a process dies again and again; see its messages above",
			F_STR("name", c->name), F_INT("deaths", CHILD_DEATHS_MAX),
			F_INT("seconds", CHILD_DEATHS_WITHIN_S));
		end(r, RUN_FAILED);
		return;
	}
	timer_start(loop_get_timers(r->loop), &c->restart, pause_us);
}

static void on_child_signal(void *owner, int number)
{
	struct run *r = owner;

	(void)number;
	for (int i = 0; i < CHILD_COUNT; i++) {
		struct child *c = &r->children[i];
		int status;

		if (c->pid && waitpid(c->pid, &status, WNOHANG) == c->pid)
			bury(r, c, status);
	}
}

static enum err watch_signals(struct run *r)
{
	enum err e = loop_signal_open(r->loop, SIGCHLD, on_child_signal, r, &r->on_child);

	if (!e)
		e = loop_signal_open(r->loop, SIGTERM, on_end_signal, r, &r->on_term);
	if (!e)
		e = loop_signal_open(r->loop, SIGINT, on_end_signal, r, &r->on_int);
	return e;
}

static void unwatch_signals(struct run *r)
{
	loop_signal_close(r->on_child);
	loop_signal_close(r->on_term);
	loop_signal_close(r->on_int);
}

/* Two launchers on one directory would fight for the sockets.  The lock goes with
 * the process, however it ends. */
static int lock_state(const char *state_dir)
{
	char path[4096];
	int fd;

	if (mkdir(state_dir, 0750) && errno != EEXIST) {
		fprintf(stderr, "enlace-run: cannot make %s: %s\n", state_dir, strerror(errno));
		return -1;
	}
	snprintf(path, sizeof(path), "%s/run.lock", state_dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (fd < 0) {
		fprintf(stderr, "enlace-run: cannot write in %s: %s\n", state_dir, strerror(errno));
		return -1;
	}
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		fprintf(stderr, "enlace-run: another enlace-run is using %s\n", state_dir);
		close(fd);
		return -1;
	}
	return fd;
}

static enum err init_children(struct run *r, const struct run_options *o)
{
	/* Their databases are in the state directory without being told. */
	const char *mgmt[] = { "--state", o->state_dir, o->config_file ? "--config" : NULL,
			       o->config_file, NULL };
	const char *others[] = { "--state", o->state_dir, NULL };
	const struct {
		const char *name;
		const char *const *args;
	} programs[CHILD_COUNT] = { [MGMT] = { "enlace-mgmt", mgmt },
				    [MEDIA] = { "enlace-media", others },
				    [SIGNALING] = { "enlace-signaling", others } };

	for (int i = 0; i < CHILD_COUNT; i++) {
		struct child *c = &r->children[i];
		enum err e = child_init(c, r->loop, programs[i].name, o->libexec, o->state_dir,
					programs[i].args);

		if (e) {
			fprintf(stderr, "enlace-run: %s in %s: %s\n", programs[i].name,
				o->state_dir, err_text(e));
			while (i-- > 0)
				child_fini(&r->children[i]);
			return e;
		}
		timer_init(&c->restart, on_restart);
		c->on_ready = on_ready;
		c->owner = r;
	}
	return ERR_NONE;
}

static void supervise(struct run *r)
{
	if (watch_signals(r) == ERR_NONE) {
		for (int i = 0; i < CHILD_COUNT && !r->ending; i++)
			start(r, &r->children[i]);
		loop_run(r->loop);
	}
	timer_stop(loop_get_timers(r->loop), &r->kill);
	unwatch_signals(r);
}

enum run_exit run_supervise(const struct run_options *options)
{
	struct run r = { .exit = RUN_FAILED };
	int lock = lock_state(options->state_dir);

	if (lock < 0)
		return RUN_FAILED;
	if (loop_create(&r.loop) == ERR_NONE) {
		timer_init(&r.kill, on_kill);
		if (init_children(&r, options) == ERR_NONE) {
			supervise(&r);
			for (int i = 0; i < CHILD_COUNT; i++)
				child_fini(&r.children[i]);
		}
		loop_destroy(r.loop);
	}
	close(lock);
	return r.exit;
}
