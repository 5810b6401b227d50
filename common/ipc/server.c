/* server.c -- listening for channels, and a link that keeps dialling one. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/ipc/channel.h"
#include "common/log.h"

enum { BACKLOG = 64, CHANNELS_MAX = 256, FIRST_RETRY_MS = 100, LAST_RETRY_MS = 1000 };

struct ipc_server {
	struct loop *loop;
	struct loop_watch *watch;
	int fd;
	enum ipc_role self;
	struct ipc_callbacks callbacks;
	void *owner;
	struct list channels;
	unsigned channel_count;
	struct sockaddr_un path;
};

struct ipc_link {
	struct loop *loop;
	enum ipc_role self, peer;
	struct ipc_callbacks callbacks;
	void *owner;
	struct ipc_channel *channel;
	struct timer retry;
	int64_t retry_us;
	struct sockaddr_un path;
};

static enum err set_path(struct sockaddr_un *un, const char *path)
{
	memset(un, 0, sizeof(*un));
	un->sun_family = AF_UNIX;
	return slice_copy_text(slice_from_text(path), un->sun_path, sizeof(un->sun_path));
}

static int open_socket(void)
{
	return socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static void on_server_down(void *owner, struct ipc_channel *c, enum err why)
{
	struct ipc_server *s = owner;

	list_remove(&c->server_node);
	s->channel_count--;
	if (c->is_up && s->callbacks.on_down)
		s->callbacks.on_down(s->owner, c, why);
}

static void on_server_up(void *owner, struct ipc_channel *c)
{
	struct ipc_server *s = owner;

	if (s->callbacks.on_up)
		s->callbacks.on_up(s->owner, c);
}

static void on_server_message(void *owner, struct ipc_channel *c, const struct ipc_message *m)
{
	struct ipc_server *s = owner;

	if (s->callbacks.on_message)
		s->callbacks.on_message(s->owner, c, m);
}

static const struct ipc_callbacks server_callbacks = { on_server_up, on_server_message,
						       on_server_down };

static void on_connection(void *owner, int events)
{
	struct ipc_server *s = owner;
	const struct channel_setup setup = { .loop = s->loop,
					     .self = s->self,
					     .wanted = IPC_ROLE_COUNT,
					     .callbacks = &server_callbacks,
					     .owner = s };
	struct ipc_channel *c;
	int fd;

	(void)events;
	for (;;) {
		fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0)
			return;
		if (s->channel_count >= CHANNELS_MAX) {
			log_warn("too many connections to the bus; one was refused",
				 F_STR("socket", s->path.sun_path));
			close(fd);
			continue;
		}
		if (channel_create(&setup, fd, &c))
			continue;
		list_append(&s->channels, &c->server_node);
		s->channel_count++;
	}
}

/* A socket file nobody answers at is left over from a killed process. */
static enum err remove_stale(const struct sockaddr_un *path)
{
	int fd = open_socket();
	int answered;

	if (fd < 0)
		return err_from_errno(errno);
	answered = connect(fd, (const struct sockaddr *)path, sizeof(*path)) == 0 ||
		   errno == EAGAIN;
	close(fd);
	if (answered)
		return ERR_EXISTS;
	unlink(path->sun_path);
	return ERR_NONE;
}

enum err ipc_server_open(struct loop *l, const char *path, mode_t mode, enum ipc_role self,
			 const struct ipc_callbacks *callbacks, void *owner,
			 struct ipc_server **out_server)
{
	struct ipc_server *s = calloc(1, sizeof(*s));
	enum err e;

	if (!s)
		return ERR_MEMORY;
	s->fd = -1;
	e = set_path(&s->path, path);
	if (e)
		goto fail;
	e = remove_stale(&s->path);
	if (e)
		goto fail;
	s->fd = open_socket();
	if (s->fd < 0 || bind(s->fd, (struct sockaddr *)&s->path, sizeof(s->path)) ||
	    chmod(path, mode) || listen(s->fd, BACKLOG)) {
		e = err_from_errno(errno);
		goto fail;
	}
	e = loop_watch_open(l, s->fd, LOOP_READABLE, on_connection, s, &s->watch);
	if (e)
		goto fail;
	s->loop = l;
	s->self = self;
	s->callbacks = *callbacks;
	s->owner = owner;
	list_init(&s->channels);
	*out_server = s;
	return ERR_NONE;
fail:
	if (s->fd >= 0)
		close(s->fd);
	free(s);
	return e;
}

/* The channels are closed with the server; their on_down no longer comes. */
void ipc_server_close(struct ipc_server *s)
{
	if (!s)
		return;
	LIST_FOR_EACH(node, &s->channels) {
		struct ipc_channel *c = CONTAINER_OF(node, struct ipc_channel, server_node);

		list_remove(&c->server_node);
		c->callbacks = (struct ipc_callbacks){ 0 };
		channel_fail_requests(c);
		ipc_channel_close(c);
	}
	loop_watch_close(s->watch);
	close(s->fd);
	unlink(s->path.sun_path);
	free(s);
}

static void dial(struct ipc_link *link);

static void retry_later(struct ipc_link *link)
{
	timer_start(loop_get_timers(link->loop), &link->retry, link->retry_us);
	link->retry_us *= 2;
	if (link->retry_us > CLOCK_MS(LAST_RETRY_MS))
		link->retry_us = CLOCK_MS(LAST_RETRY_MS);
}

static void on_link_up(void *owner, struct ipc_channel *c)
{
	struct ipc_link *link = owner;

	link->retry_us = CLOCK_MS(FIRST_RETRY_MS);
	if (link->callbacks.on_up)
		link->callbacks.on_up(link->owner, c);
}

static void on_link_message(void *owner, struct ipc_channel *c, const struct ipc_message *m)
{
	struct ipc_link *link = owner;

	if (link->callbacks.on_message)
		link->callbacks.on_message(link->owner, c, m);
}

static void on_link_down(void *owner, struct ipc_channel *c, enum err why)
{
	struct ipc_link *link = owner;
	bool was_up = c->is_up;

	link->channel = NULL;
	retry_later(link);
	if (was_up && link->callbacks.on_down)
		link->callbacks.on_down(link->owner, c, why);
}

static const struct ipc_callbacks link_callbacks = { on_link_up, on_link_message, on_link_down };

static void dial(struct ipc_link *link)
{
	const struct channel_setup setup = { .loop = link->loop,
					     .self = link->self,
					     .wanted = link->peer,
					     .dialled = true,
					     .callbacks = &link_callbacks,
					     .owner = link };
	int fd = open_socket();

	if (fd < 0 || connect(fd, (struct sockaddr *)&link->path, sizeof(link->path))) {
		if (fd >= 0)
			close(fd);
		retry_later(link);
		return;
	}
	if (channel_create(&setup, fd, &link->channel))
		retry_later(link);
}

static void on_retry(struct timer *t)
{
	dial(CONTAINER_OF(t, struct ipc_link, retry));
}

enum err ipc_link_open(struct loop *l, const char *path, enum ipc_role self, enum ipc_role peer,
		       const struct ipc_callbacks *callbacks, void *owner,
		       struct ipc_link **out_link)
{
	struct ipc_link *link = calloc(1, sizeof(*link));
	enum err e;

	if (!link)
		return ERR_MEMORY;
	e = set_path(&link->path, path);
	if (e) {
		free(link);
		return e;
	}
	link->loop = l;
	link->self = self;
	link->peer = peer;
	link->callbacks = *callbacks;
	link->owner = owner;
	link->retry_us = CLOCK_MS(FIRST_RETRY_MS);
	timer_init(&link->retry, on_retry);
	*out_link = link;
	dial(link);
	return ERR_NONE;
}

void ipc_link_close(struct ipc_link *link)
{
	if (!link)
		return;
	timer_stop(loop_get_timers(link->loop), &link->retry);
	if (link->channel) {
		link->channel->callbacks = (struct ipc_callbacks){ 0 };
		channel_fail_requests(link->channel);
		ipc_channel_close(link->channel);
	}
	free(link);
}

struct ipc_channel *ipc_link_get_channel(struct ipc_link *link)
{
	struct ipc_channel *c = link->channel;

	return c && c->is_up && !c->doomed ? c : NULL;
}
