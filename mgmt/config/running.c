/* running.c -- the revision in force: loaded at the start, replaced by commits. */
#include "mgmt/config/running.h"

#include <stdio.h>
#include <stdlib.h>

/* A revision this release cannot read must not be run in part. */
static enum err load_newest(struct running *r, struct text *why)
{
	uint64_t number;
	enum err e = config_store_get_newest(r->store, &number);

	if (e == ERR_NOT_FOUND)
		return config_create(&r->config);
	if (!e)
		e = config_store_load(r->store, number, why, &r->config);
	if (!e)
		r->revision = number;
	return e;
}

enum err running_create(struct loop *l, const char *database_dir, struct text *why,
			struct running **out_running)
{
	struct running *r = calloc(1, sizeof(*r));
	char path[4096];
	enum err e;

	if (!r)
		return ERR_MEMORY;
	r->loop = l;
	confirm_init(&r->confirm, r, database_dir);
	sibling_init(&r->siblings[RUNNING_SIGNALING], r, IPC_SIG);
	sibling_init(&r->siblings[RUNNING_MEDIA], r, IPC_MEDIA);
	snprintf(path, sizeof(path), "%s/config.db", database_dir);
	e = config_store_open(path, DB_WRITE, why, &r->store);
	if (!e)
		e = load_newest(r, why);
	if (e) {
		running_destroy(r);
		return e;
	}
	confirm_resume(&r->confirm);
	*out_running = r;
	return ERR_NONE;
}

void running_destroy(struct running *r)
{
	if (!r)
		return;
	commit_destroy(r->commit);
	confirm_fini(&r->confirm);
	for (int i = 0; i < RUNNING_SIBLINGS; i++)
		sibling_fini(&r->siblings[i]);
	config_destroy(r->config);
	config_store_close(r->store);
	free(r);
}

enum err running_adopt(struct running *r, const struct config *c, const char *author,
		       const char *comment)
{
	struct config *copy = NULL;
	uint64_t revision;
	enum err e = config_copy(c, &copy);

	if (e)
		return e;
	e = config_store_prepare(r->store, c, author, comment, &revision);
	if (!e)
		e = config_store_commit(r->store, revision);
	if (e)
		config_destroy(copy);
	else
		running_take_revision(r, revision, copy);
	return e;
}

void running_take_revision(struct running *r, uint64_t revision, struct config *c)
{
	config_destroy(r->config);
	r->config = c;
	r->revision = revision;
	confirm_end(&r->confirm);
}

void running_note_progress(struct running *r)
{
	for (int i = 0; i < RUNNING_SIBLINGS; i++)
		if (r->revision && r->siblings[i].revision != r->revision)
			return;
	if (r->was_ready)
		return;
	r->was_ready = true;
	if (r->on_ready)
		r->on_ready(r->owner);
}

struct sibling *running_find_sibling(struct running *r, enum ipc_role role)
{
	for (int i = 0; i < RUNNING_SIBLINGS; i++)
		if (r->siblings[i].role == role)
			return &r->siblings[i];
	return NULL;
}
