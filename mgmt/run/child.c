/* child.c -- starting a daemon and hearing that it is ready. */
#include "mgmt/run/child.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"

enum { NOTE_SIZE = 4096, EXIT_NO_PROGRAM = 127 };

/* True when the datagram says READY=1 (sd_notify(3)) and the child itself sent it:
 * whoever may write to the directory must not be able to speak for it. */
static bool note_is_ready(const struct child *c, struct msghdr *header, const char *note)
{
	bool from_child = false;

	for (struct cmsghdr *m = CMSG_FIRSTHDR(header); m; m = CMSG_NXTHDR(header, m)) {
		struct ucred sender;

		if (m->cmsg_level != SOL_SOCKET || m->cmsg_type != SCM_CREDENTIALS)
			continue;
		memcpy(&sender, CMSG_DATA(m), sizeof(sender));
		from_child = c->pid && sender.pid == c->pid;
	}
	for (const char *line = note; from_child && line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, "READY=1", 7) == 0 && (line[7] == '\0' || line[7] == '\n'))
			return true;
	}
	return false;
}

static void on_note(void *owner, int events)
{
	struct child *c = owner;
	char note[NOTE_SIZE], control[CMSG_SPACE(sizeof(struct ucred))];
	struct iovec part = { note, sizeof(note) - 1 };
	struct msghdr header = { .msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = control,
				 .msg_controllen = sizeof(control) };
	ssize_t len = recvmsg(c->notify_fd, &header, MSG_DONTWAIT);

	(void)events;
	if (len < 0)
		return;
	note[len] = '\0';
	if (c->is_ready || !note_is_ready(c, &header, note))
		return;
	c->is_ready = true;
	if (c->on_ready)
		c->on_ready(c->owner, c);
}

static enum err open_notify(struct child *c, const char *state_dir)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int on = 1;
	int len = snprintf(c->notify_path, sizeof(c->notify_path), "%s/notify-%s.sock", state_dir,
			   c->name);

	if (len < 0 || (size_t)len >= sizeof(c->notify_path))
		return ERR_TOO_LONG;
	memcpy(un.sun_path, c->notify_path, sizeof(un.sun_path));
	c->notify_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (c->notify_fd < 0)
		return err_from_errno(errno);
	unlink(c->notify_path);
	if (setsockopt(c->notify_fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) ||
	    bind(c->notify_fd, (struct sockaddr *)&un, sizeof(un)))
		return err_from_errno(errno);
	return loop_watch_open(c->loop, c->notify_fd, LOOP_READABLE, on_note, c, &c->notify_watch);
}

enum err child_init(struct child *c, struct loop *l, const char *name, const char *libexec,
		    const char *state_dir, const char *const *args)
{
	int len;
	enum err e;

	*c = (struct child){ .name = name, .loop = l, .notify_fd = -1 };
	len = snprintf(c->program, sizeof(c->program), "%s/%s", libexec, name);
	if (len < 0 || (size_t)len >= sizeof(c->program))
		return ERR_TOO_LONG;
	c->args[0] = c->program;
	for (unsigned i = 0; args[i]; i++) {
		if (i + 1 >= CHILD_ARGS_MAX)
			return ERR_LIMIT;
		c->args[i + 1] = args[i];
	}
	e = open_notify(c, state_dir);
	if (e)
		child_fini(c);
	return e;
}

void child_fini(struct child *c)
{
	loop_watch_close(c->notify_watch);
	if (c->notify_fd >= 0) {
		close(c->notify_fd);
		unlink(c->notify_path);
	}
	c->notify_watch = NULL;
	c->notify_fd = -1;
}

void child_cut_args(struct child *c, const char *option)
{
	for (unsigned i = 1; c->args[i]; i++) {
		if (strcmp(c->args[i], option) == 0) {
			c->args[i] = NULL;
			return;
		}
	}
}

/* Runs in the child.  Standard output is the launcher's alone: it carries one line. */
_Noreturn static void execute(const struct child *c, pid_t launcher)
{
	char *args[CHILD_ARGS_MAX + 1];
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != launcher)
		_exit(EXIT_NO_PROGRAM);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	dup2(STDERR_FILENO, STDOUT_FILENO);
	setenv("NOTIFY_SOCKET", c->notify_path, 1);
	memcpy(args, c->args, sizeof(args)); /* execv's prototype lacks a const */
	execv(c->program, args);
	fprintf(stderr, "enlace-run: cannot execute %s: %s\n", c->program, strerror(errno));
	_exit(EXIT_NO_PROGRAM);
}

enum err child_start(struct child *c)
{
	pid_t launcher = getpid();
	pid_t pid = fork();

	if (pid < 0)
		return err_from_errno(errno);
	if (pid == 0)
		execute(c, launcher);
	c->pid = pid;
	c->is_ready = false;
	log_info("process started", F_STR("name", c->name), F_INT("pid", pid));
	return ERR_NONE;
}

void child_note_death(struct child *c, int64_t now_us)
{
	c->pid = 0;
	c->is_ready = false;
	c->deaths_us[c->death_count++ % CHILD_DEATHS_MAX] = now_us;
}

int64_t child_get_pause_us(const struct child *c, int64_t now_us)
{
	int64_t pause_us = CLOCK_MS(CHILD_FIRST_PAUSE_MS);
	unsigned recent = 0;

	for (unsigned i = 0; i < CHILD_DEATHS_MAX && i < c->death_count; i++)
		recent += now_us - c->deaths_us[i] < CLOCK_SECONDS(CHILD_DEATHS_WITHIN_S);
	if (recent == CHILD_DEATHS_MAX)
		return -1;
	if (recent <= 1)
		return 0;
	for (unsigned i = 2; i < recent; i++)
		pause_us *= 2;
	return pause_us < CLOCK_MS(CHILD_LAST_PAUSE_MS) ? pause_us : CLOCK_MS(CHILD_LAST_PAUSE_MS);
}
