/* configure.c -- mgmt hands out a revision: collected, prepared, applied or dropped. */
#include "common/log.h"
#include "media/bus/handlers.h"

enum { SENTENCE_SIZE = 512 };

static void drop_staged(struct bus *b)
{
	revision_destroy(b->staged);
	b->staged = NULL;
}

HANDLER(config_media)
{
	enum err e;

	(void)c;
	(void)id;
	drop_staged(b);
	e = revision_create(m, &b->staged);
	if (e)
		log_err("a revision of the configuration could not be taken", F_ERR(e));
}

HANDLER(config_realm)
{
	(void)c;
	(void)id;
	if (b->staged && b->staged->number == m->revision)
		revision_add_realm(b->staged, m);
}

HANDLER(config_prepare)
{
	char sentence[SENTENCE_SIZE];
	struct text why;
	bool accepted = false;

	text_init(&why, sentence, sizeof(sentence));
	if (b->staged && b->staged->number == m->revision)
		accepted = revision_prepare(b->staged, b->running, &why);
	else
		text_put_literal(&why, "the media process has not got that revision; commit again");
	if (!accepted) {
		log_warn("a revision of the configuration was refused",
			 F_INT("revision", m->revision), F_STR("why", text_get_string(&why)));
		drop_staged(b);
	}
	ipc_send(c, IPC_config_vote, id,
		 &(struct ipc_config_vote){ .revision = m->revision,
					    .accepted = accepted,
					    .sentence = text_get(&why) });
}

static enum err start_workers(struct bus *b, const struct revision *next)
{
	if (b->table.worker_count && b->table.worker_count != next->workers)
		log_warn("the number of media workers changes at the next start",
			 F_INT("running", b->table.worker_count),
			 F_INT("configured", next->workers));
	if (b->table.worker_count)
		return ERR_NONE;
	return session_table_start_workers(&b->table, next->workers);
}

HANDLER(config_apply)
{
	struct revision *next = b->staged;
	enum err e;

	if (!next || next->number != m->revision || !next->is_prepared) {
		ipc_send_refused(c, id, ERR_STATE, "that revision was not prepared");
		return;
	}
	e = start_workers(b, next);
	if (e) {
		log_err("media workers could not be started", F_ERR(e));
		ipc_send_refused(c, id, e, "media workers could not be started");
		return;
	}
	revision_destroy(b->running);
	b->running = next;
	b->staged = NULL;
	b->table.revision = next;
	log_info("configuration in force", F_INT("revision", next->number),
		 F_INT("realms", next->realm_count), F_STR("path", "portable"),
		 F_INT("workers", b->table.worker_count));
	ipc_send_done(c, id, next->realm_count);
}

HANDLER(config_drop)
{
	(void)c;
	(void)id;
	if (b->staged && b->staged->number == m->revision)
		drop_staged(b);
}
