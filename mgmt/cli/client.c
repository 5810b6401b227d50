/* client.c -- frames of the bus over one blocking socket. */
#include "mgmt/cli/client.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/clock.h"

static uint8_t frame[IPC_FRAME_MAX];

void client_init(struct client *c, const char *state_dir)
{
	*c = (struct client){ .fd = -1 };
	snprintf(c->path, sizeof(c->path), "%s/ctl.sock", state_dir);
}

void client_close(struct client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

static enum err send_message(struct client *c, enum ipc_type type, uint32_t id, const void *message)
{
	size_t len;
	enum err e = ipc_encode(type, id, message, frame, sizeof(frame), &len);

	if (e)
		return e;
	if (send(c->fd, frame, len, MSG_NOSIGNAL) != (ssize_t)len)
		return err_from_errno(errno);
	return ERR_NONE;
}

static enum err receive_message(struct client *c, int64_t until_us, struct ipc_message *out_message)
{
	struct pollfd p = { .fd = c->fd, .events = POLLIN };
	int64_t left_ms = (until_us - clock_now_us()) / 1000;
	ssize_t len;
	int ready = poll(&p, 1, left_ms > 0 ? (int)left_ms : 0);

	if (ready < 0)
		return errno == EINTR ? ERR_BUSY : err_from_errno(errno);
	if (ready == 0)
		return ERR_TIMEOUT;
	len = recv(c->fd, frame, sizeof(frame), MSG_TRUNC);
	if (len <= 0)
		return len < 0 ? err_from_errno(errno) : ERR_CLOSED;
	if ((size_t)len > sizeof(frame))
		return ERR_TOO_LONG;
	return ipc_decode(frame, (size_t)len, out_message);
}

static enum err say_hello(struct client *c)
{
	struct ipc_hello hello = { .role = IPC_CTL,
				   .pid = (uint32_t)getpid(),
				   .version = slice_from_text(ENLACE_VERSION) };
	struct ipc_message m;
	enum err e = send_message(c, IPC_hello, 0, &hello);

	if (!e)
		e = receive_message(c, clock_now_us() + CLOCK_MS(CLIENT_HELLO_MS), &m);
	if (!e && (m.type != IPC_welcome || m.welcome.role != IPC_MGMT))
		e = ERR_SYNTAX;
	return e;
}

enum err client_open(struct client *c)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	enum err e = slice_copy_text(slice_from_text(c->path), un.sun_path, sizeof(un.sun_path));

	if (e)
		return e;
	c->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		return err_from_errno(errno);
	if (connect(c->fd, (struct sockaddr *)&un, sizeof(un)))
		e = err_from_errno(errno);
	else
		e = say_hello(c);
	if (e)
		client_close(c);
	return e;
}

/* Sends a question and hands on its rows until ctl_end. */
static enum err ask(struct client *c, enum ipc_type type, const void *message, int64_t wait_ms,
		    client_row_fn *put, void *arg, int *out_status)
{
	int64_t until_us = clock_now_us() + CLOCK_MS(wait_ms);
	struct ipc_message m;
	enum err e = c->fd < 0 ? ERR_CLOSED : send_message(c, type, ++c->last_id, message);

	while (!e) {
		e = receive_message(c, until_us, &m);
		if (e || m.id != c->last_id)
			continue;
		if (m.type == IPC_refused) {
			e = (enum err)m.refused.error;
			break;
		}
		if (m.type != IPC_ctl_end) {
			put(arg, &m);
			continue;
		}
		slice_copy_text(m.ctl_end.prompt, c->prompt, sizeof(c->prompt));
		*out_status = m.ctl_end.status;
		return ERR_NONE;
	}
	client_close(c);
	return e ? e : ERR_CLOSED;
}

enum err client_exec(struct client *c, struct slice line, bool json, client_row_fn *put, void *arg,
		     int *out_status)
{
	struct ipc_ctl_exec exec = { .json = json, .line = line };

	return ask(c, IPC_ctl_exec, &exec, CLIENT_EXEC_MS, put, arg, out_status);
}

enum err client_complete(struct client *c, struct slice line, client_row_fn *put, void *arg)
{
	struct ipc_ctl_complete complete = { .line = line };
	int status;

	return ask(c, IPC_ctl_complete, &complete, CLIENT_COMPLETE_MS, put, arg, &status);
}
