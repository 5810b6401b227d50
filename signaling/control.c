/* control.c -- the link to mgmt: revisions prepared and applied on every worker. */
#include "signaling/control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/notify.h"
#include "signaling/control_internal.h"

enum { PATH_SIZE = 512 };

/* --- readiness ----------------------------------------------------------- */

static void tell_ready(struct control *c)
{
	if (c->told_ready || !c->policy || !c->media_is_up)
		return;
	c->told_ready = true;
	notify_ready();
}

static void on_media(void *arg, bool is_up)
{
	struct control *c = arg;

	c->media_is_up = is_up;
	tell_ready(c);
}

/* --- prepare ------------------------------------------------------------- */

struct config_round {
	struct control *control;
	uint32_t request_id;
	struct policy *policy;
	bool failed[WORKERS_MAX];
	char why[WORKERS_MAX][512];
};

static void vote(struct control *c, uint32_t id, uint64_t revision, const char *refusal)
{
	struct ipc_channel *channel = ipc_link_get_channel(c->link);
	struct ipc_config_vote v = { .revision = revision,
				     .accepted = refusal == NULL,
				     .sentence = slice_from_text(refusal ? refusal : "") };

	if (v.sentence.len > 511)
		v.sentence.len = 511;
	if (channel)
		ipc_send(channel, IPC_config_vote, id, &v);
}

static void drop_plan(struct worker *w)
{
	if (w->plan)
		transport_drop(w->transport, w->plan);
	w->plan = NULL;
}

static void prepare_worker(struct worker *w, void *arg)
{
	struct config_round *r = arg;
	struct text why;

	drop_plan(w);
	text_init(&why, r->why[w->index], sizeof(r->why[0]) - 1);
	r->failed[w->index] =
		transport_prepare(w->transport, r->policy->config, &why, &w->plan) != 0;
	text_get_string(&why);
}

static void prepared(void *arg)
{
	struct config_round *r = arg;
	struct control *c = r->control;
	const char *refusal = NULL;

	for (unsigned i = 0; i < c->group.count && !refusal; i++)
		if (r->failed[i])
			refusal = r->why[i][0] ? r->why[i] : "a listener could not be opened";
	c->is_preparing = false;
	vote(c, r->request_id, r->policy->revision, refusal);
	policy_unref(c->prepared);
	c->prepared = refusal ? NULL : policy_ref(r->policy);
	policy_unref(r->policy);
	free(r);
}

static enum err start_workers(struct control *c, const struct policy *p)
{
	enum err e;

	if (c->group.count) {
		if (p->config->signaling[0].workers != c->group.count)
			log_warn("the number of signaling workers changes at the next start",
				 F_INT("running", c->group.count),
				 F_INT("configured", p->config->signaling[0].workers));
		return ERR_NONE;
	}
	e = worker_group_start(&c->group, p->config->signaling[0].workers, c->loop,
			       c->options.state_dir, c->options.dns_servers);
	if (e)
		log_err("the signaling workers could not be started", F_ERR(e));
	else
		worker_group_load_calls(&c->group);
	return e;
}

static void handle_config_prepare(struct control *c, struct ipc_channel *channel, uint32_t id,
				  const struct ipc_config_prepare *m)
{
	char bytes[512];
	struct config_round *r = NULL;
	struct policy *p = NULL;
	struct text why;
	enum err e = ERR_NONE;

	(void)channel;
	text_init(&why, bytes, sizeof(bytes) - 1);
	if (c->is_preparing) {
		vote(c, id, m->revision, "another revision is being prepared; try again");
		return;
	}
	e = control_load_policy(c, m->revision, &why, &p);
	if (!e)
		e = start_workers(c, p);
	if (!e)
		r = calloc(1, sizeof(*r));
	if (!e && r) {
		*r = (struct config_round){ .control = c, .request_id = id, .policy = p };
		c->is_preparing = true;
		if (worker_group_run(&c->group, prepare_worker, prepared, r) == ERR_NONE)
			return;
		c->is_preparing = false;
	}
	if (!why.len)
		text_printf(&why, "signaling: %s", err_text(e ? e : ERR_MEMORY));
	vote(c, id, m->revision, text_get_string(&why));
	policy_unref(p);
	free(r);
}

/* --- apply --------------------------------------------------------------- */

static void apply_worker(struct worker *w, void *arg)
{
	struct config_round *r = arg;

	worker_use_policy(w, r->policy);
}

static void applied(void *arg)
{
	struct config_round *r = arg;
	struct control *c = r->control;
	struct ipc_channel *channel = ipc_link_get_channel(c->link);

	log_info("a configuration was applied", F_INT("revision", r->policy->revision));
	if (channel)
		ipc_send_done(channel, r->request_id, 0);
	tell_ready(c);
	policy_unref(r->policy);
	free(r);
}

static void handle_config_apply(struct control *c, struct ipc_channel *channel, uint32_t id,
				const struct ipc_config_apply *m)
{
	struct config_round *r;

	if (!c->prepared || c->prepared->revision != m->revision) {
		ipc_send_refused(channel, id, ERR_STATE, "that revision was not prepared");
		return;
	}
	r = calloc(1, sizeof(*r));
	if (!r || peers_configure(c->group.peers, c->prepared->config)) {
		free(r);
		ipc_send_refused(channel, id, ERR_MEMORY, "not enough memory");
		return;
	}
	policy_unref(c->policy);
	c->policy = c->prepared;
	c->prepared = NULL;
	*r = (struct config_round){ .control = c,
				    .request_id = id,
				    .policy = policy_ref(c->policy) };
	if (worker_group_run(&c->group, apply_worker, applied, r))
		log_err("not enough memory to apply a configuration");
}

static void drop_worker(struct worker *w, void *arg)
{
	(void)arg;
	drop_plan(w);
}

static void dropped(void *arg)
{
	(void)arg;
}

static void handle_config_drop(struct control *c, struct ipc_channel *channel, uint32_t id,
			       const struct ipc_config_drop *m)
{
	(void)channel;
	(void)id;
	if (!c->prepared || c->prepared->revision != m->revision)
		return;
	policy_unref(c->prepared);
	c->prepared = NULL;
	worker_group_run(&c->group, drop_worker, dropped, NULL);
}

/* --- TLS ----------------------------------------------------------------- */

static void reload_worker(struct worker *w, void *arg)
{
	struct config_round *r = arg;
	struct text why;

	text_init(&why, r->why[w->index], sizeof(r->why[0]) - 1);
	r->failed[w->index] = transport_reload_tls(w->transport, &why) != 0;
	text_get_string(&why);
}

static void reloaded(void *arg)
{
	struct config_round *r = arg;
	struct control *c = r->control;
	struct ipc_channel *channel = ipc_link_get_channel(c->link);
	const char *refusal = NULL;

	for (unsigned i = 0; i < c->group.count && !refusal; i++)
		if (r->failed[i])
			refusal = r->why[i];
	if (channel && refusal)
		ipc_send_refused(channel, r->request_id, ERR_CERTIFICATE, refusal);
	else if (channel)
		ipc_send_done(channel, r->request_id, c->group.count);
	if (!refusal)
		log_info("certificates were read again; new connections use them");
	free(r);
}

static void handle_reload_tls(struct control *c, struct ipc_channel *channel, uint32_t id,
			      const struct ipc_reload_tls *m)
{
	struct config_round *r = calloc(1, sizeof(*r));

	(void)m;
	if (r)
		*r = (struct config_round){ .control = c, .request_id = id };
	if (!r || worker_group_run(&c->group, reload_worker, reloaded, r)) {
		free(r);
		ipc_send_refused(channel, id, ERR_STATE, "no configuration runs yet");
	}
}

/* --- questions: control_show.c answers ----------------------------------- */

#define ANSWERED_BY_SHOW(name)                                                                     \
	static void handle_##name(struct control *c, struct ipc_channel *channel, uint32_t id,     \
				  const struct ipc_##name *m)                                      \
	{                                                                                          \
		control_##name(c, channel, id, m);                                                 \
	}
ANSWERED_BY_SHOW(show_calls)
ANSWERED_BY_SHOW(show_call)
ANSWERED_BY_SHOW(show_trunks)
ANSWERED_BY_SHOW(show_counters)
ANSWERED_BY_SHOW(call_clear)

/* --- the link ------------------------------------------------------------ */

#define IPC_DISPATCH dispatch
#define IPC_OWNER struct control
#define IPC_TO_SIG(name) IPC_CASE(name)
#define IPC_TO_DAEMON(name) IPC_CASE(name)
static void handle_media_event(struct control *c, struct ipc_channel *channel, uint32_t id,
			       const struct ipc_media_event *m)
{
	(void)c; /* comes on the workers' links, not on this one */
	(void)channel;
	(void)id;
	(void)m;
}
#include "common/ipc/dispatch.h"

static void on_message(void *owner, struct ipc_channel *channel, const struct ipc_message *m)
{
	dispatch(owner, channel, m);
}

static void on_up(void *owner, struct ipc_channel *channel)
{
	(void)owner;
	(void)channel;
	log_info("connected to mgmt");
}

static void on_down(void *owner, struct ipc_channel *channel, enum err why)
{
	(void)owner;
	(void)channel;
	log_warn("mgmt is gone; calls go on", F_ERR(why));
}

static const struct ipc_callbacks callbacks = { on_up, on_message, on_down };

enum err control_create(struct loop *l, const struct control_options *options,
			struct control **out_control)
{
	struct control *c = calloc(1, sizeof(*c));
	char path[PATH_SIZE];
	enum err e;

	if (!c)
		return ERR_MEMORY;
	c->loop = l;
	c->options = *options;
	c->group.on_media = on_media;
	c->group.on_media_arg = c;
	snprintf(path, sizeof(path), "%s/mgmt.sock", options->state_dir);
	e = peers_create(&c->group.peers);
	if (!e)
		e = recorder_create(options->database_dir, options->state_dir, &c->group.recorder);
	if (!e)
		e = ipc_link_open(l, path, IPC_SIG, IPC_MGMT, &callbacks, c, &c->link);
	if (e) {
		control_destroy(c);
		return e;
	}
	*out_control = c;
	return ERR_NONE;
}

void control_destroy(struct control *c)
{
	if (!c)
		return;
	ipc_link_close(c->link);
	worker_group_stop(&c->group);
	loop_run_posted(c->loop); /* what the workers told us last */
	recorder_destroy(c->group.recorder);
	peers_destroy(c->group.peers);
	policy_unref(c->prepared);
	policy_unref(c->policy);
	free(c);
}
