/* daemon.c -- opening everything in order, and the processes that dial us. */
#include "mgmt/daemon.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/log.h"
#include "common/notify.h"
#include "mgmt/config/file.h"
#include "mgmt/config/lines.h"
#include "mgmt/config/running.h"
#include "mgmt/ctl/ctl.h"

enum { SOCKET_MODE = 0660 };

struct mgmt_daemon {
	struct running *running;
	struct ipc_server *siblings;
	struct ctl *ctl;
};

static void on_sibling_up(void *owner, struct ipc_channel *c)
{
	struct mgmt_daemon *d = owner;
	const struct ipc_peer *peer = ipc_channel_get_peer(c);
	struct sibling *s = running_find_sibling(d->running, peer->role);

	if (!s || !ipc_peer_is_allowed(peer)) {
		log_warn("a process was refused on the bus", F_INT("pid", peer->pid),
			 F_INT("uid", peer->uid));
		ipc_channel_close(c);
		return;
	}
	sibling_come_up(s, c);
}

/* What siblings say is all answers; the bus brings those to who asked. */
static void on_sibling_message(void *owner, struct ipc_channel *c, const struct ipc_message *m)
{
	(void)owner;
	(void)c;
	log_debug("a process sent what mgmt does not take", F_INT("type", m->type));
}

static void on_sibling_down(void *owner, struct ipc_channel *c, enum err why)
{
	struct mgmt_daemon *d = owner;
	struct sibling *s = running_find_sibling(d->running, ipc_channel_get_peer(c)->role);

	(void)why;
	if (s)
		sibling_go_down(s, c);
}

static const struct ipc_callbacks sibling_callbacks = { on_sibling_up, on_sibling_message,
							on_sibling_down };

static void on_ready(void *owner)
{
	(void)owner;
	log_info("ready");
	notify_ready();
}

static bool is_same(const struct config *a, const struct config *b)
{
	struct lines x = { 0 }, y = { 0 };
	bool same = lines_create(a, &x) == ERR_NONE && lines_create(b, &y) == ERR_NONE &&
		    lines_is_equal(&x, &y);

	lines_fini(&x);
	lines_fini(&y);
	return same;
}

/* A file that says what is running already makes no new revision at every start. */
static enum err adopt_file(struct running *r, const char *path, struct text *why)
{
	const struct passwd *user = getpwuid(geteuid());
	char comment[CONFIG_TEXT_SIZE];
	struct config *c;
	enum err e = file_load_config(path, stderr, &c);

	if (e) {
		text_printf(why, "%s was not accepted", path);
		return ERR_SYNTAX;
	}
	if (!r->revision || !is_same(r->config, c)) {
		snprintf(comment, sizeof(comment), "from %.200s", path);
		e = running_adopt(r, c, user ? user->pw_name : "enlace", comment);
		if (e)
			text_printf(why, "the configuration cannot be stored: %s", err_text(e));
	}
	config_destroy(c);
	return e;
}

static enum err open_siblings(struct mgmt_daemon *d, struct loop *l, const char *state_dir,
			      struct text *why)
{
	char path[4096];
	enum err e;

	snprintf(path, sizeof(path), "%s/mgmt.sock", state_dir);
	e = ipc_server_open(l, path, SOCKET_MODE, IPC_MGMT, &sibling_callbacks, d, &d->siblings);
	if (e)
		text_printf(why, "%s: %s", path,
			    e == ERR_EXISTS ? "another enlace-mgmt is listening there"
					    : err_text(e));
	return e;
}

enum err mgmt_daemon_create(struct loop *l, const struct daemon_options *options, struct text *why,
			    struct mgmt_daemon **out_daemon)
{
	struct mgmt_daemon *d = calloc(1, sizeof(*d));
	enum err e;

	if (!d)
		return ERR_MEMORY;
	e = running_create(l, options->database_dir, why, &d->running);
	if (!e && options->config_file)
		e = adopt_file(d->running, options->config_file, why);
	if (!e)
		e = open_siblings(d, l, options->state_dir, why);
	if (!e)
		e = ctl_open(d->running, options->state_dir, options->database_dir, why, &d->ctl);
	if (e) {
		mgmt_daemon_destroy(d);
		return e;
	}
	d->running->on_ready = on_ready;
	running_note_progress(d->running);
	*out_daemon = d;
	return ERR_NONE;
}

void mgmt_daemon_destroy(struct mgmt_daemon *d)
{
	if (!d)
		return;
	ctl_close(d->ctl);
	ipc_server_close(d->siblings);
	running_destroy(d->running);
	free(d);
}
