/* sibling.c -- actions of sibling.def, and the questions a commit asks. */
#include "mgmt/config/sibling.h"

#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "mgmt/config/media_rows.h"
#include "mgmt/config/running.h"

/* The bus gives up a little after our own timer has acted, only to forget the request. */
enum { ASK_SLACK_MS = 1000 };

static void set_refusal(struct sibling *s, struct slice sentence)
{
	if (sentence.len >= sizeof(s->refusal))
		sentence.len = sizeof(s->refusal) - 1;
	slice_copy_text(sentence, s->refusal, sizeof(s->refusal));
}

static void enter(struct sibling *s, uint8_t event)
{
	uint8_t before = s->fsm.state;

	fsm_step(&s->fsm, event, NULL);
	if (s->fsm.state != before)
		s->since_us = clock_now_us();
}

/* What a closed channel or a timeout says is said by on_down and by the timer too. */
static bool is_told_elsewhere(enum err e)
{
	return e == ERR_CLOSED || e == ERR_TIMEOUT;
}

static void on_vote(void *arg, enum err e, const struct ipc_message *m, bool is_last)
{
	struct sibling *s = arg;

	if (!is_last || is_told_elsewhere(e))
		return;
	if (!e && m->config_vote.accepted) {
		enter(s, SIBLING_EV_YES);
		return;
	}
	set_refusal(s, e ? (m ? m->refused.sentence : slice_from_text(err_text(e)))
			 : m->config_vote.sentence);
	enter(s, SIBLING_EV_NO);
}

static void on_applied(void *arg, enum err e, const struct ipc_message *m, bool is_last)
{
	(void)m;
	if (is_last && !is_told_elsewhere(e))
		enter(arg, e ? SIBLING_EV_NO : SIBLING_EV_APPLIED);
}

static int64_t get_deadline_us(void)
{
	return CLOCK_MS(SIBLING_ANSWER_MS + ASK_SLACK_MS);
}

static bool has_revision(const void *owner, const void *arg)
{
	const struct sibling *s = owner;

	(void)arg;
	return s->running->revision != 0;
}

static bool runs_newest(const void *owner, const void *arg)
{
	const struct sibling *s = owner;

	(void)arg;
	return s->revision == s->running->revision;
}

static bool asked_newest(const void *owner, const void *arg)
{
	const struct sibling *s = owner;

	(void)arg;
	return s->asked_revision == s->running->revision;
}

static bool commit_is_under_way(const void *owner, const void *arg)
{
	const struct sibling *s = owner;

	(void)arg;
	return s->running->commit != NULL;
}

static void ask_prepare(void *owner, const void *arg)
{
	struct sibling *s = owner;
	struct running *r = s->running;

	(void)arg;
	s->asked_revision = r->revision;
	if (sibling_prepare(s, r->revision, r->config, get_deadline_us(), on_vote, s))
		log_warn("a process could not be asked to prepare the configuration",
			 F_STR("process", s->name)); /* its timer hangs up */
}

static void ask_apply(void *owner, const void *arg)
{
	struct sibling *s = owner;

	(void)arg;
	if (sibling_apply(s, s->asked_revision, get_deadline_us(), on_applied, s))
		log_warn("a process could not be told to apply the configuration",
			 F_STR("process", s->name));
}

static void note_idle(void *owner, const void *arg)
{
	struct sibling *s = owner;

	(void)arg;
	log_info("a process is connected; there is no configuration yet",
		 F_STR("process", s->name));
}

static void note_running(void *owner, const void *arg)
{
	struct sibling *s = owner;

	(void)arg;
	s->revision = s->asked_revision;
	s->refusal[0] = '\0';
	log_info("a process runs the configuration", F_STR("process", s->name),
		 F_INT("revision", s->revision));
	running_note_progress(s->running);
}

static void note_refusal(void *owner, const void *arg)
{
	struct sibling *s = owner;

	(void)arg;
	log_err("a process cannot run the configuration", F_STR("process", s->name),
		F_INT("revision", s->asked_revision), F_STR("why", s->refusal));
}

static void forget_channel(struct sibling *s)
{
	s->channel = NULL;
	s->revision = 0;
}

static void note_gone(void *owner, const void *arg)
{
	struct sibling *s = owner;

	(void)arg;
	log_warn("a process has gone", F_STR("process", s->name));
	forget_channel(s);
}

/* It dials again, or is started again. */
static void hang_up(void *owner, const void *arg)
{
	struct sibling *s = owner;

	(void)arg;
	log_err("a process does not answer and loses its channel", F_STR("process", s->name));
	ipc_channel_close(s->channel);
	forget_channel(s);
}

static int64_t answer_deadline_us(const void *owner)
{
	(void)owner;
	return CLOCK_MS(SIBLING_ANSWER_MS);
}

static int64_t retry_pause_us(const void *owner)
{
	(void)owner;
	return CLOCK_MS(SIBLING_RETRY_MS);
}

#define FSM_DEF "mgmt/config/sibling.def"
#define FSM_NAME sibling
#define FSM_STATE(s) SIBLING_##s
#define FSM_EVENT(e) SIBLING_EV_##e
#include "common/fsm_table.h"

void sibling_init(struct sibling *s, struct running *r, enum ipc_role role)
{
	*s = (struct sibling){ .running = r, .role = role };
	s->name = role == IPC_SIG ? "signaling" : "media";
	s->since_us = clock_now_us();
	fsm_init(&s->fsm, &sibling_fsm, loop_get_timers(r->loop), s, role);
}

void sibling_note_commit_end(struct sibling *s, bool applied)
{
	enter(s, applied ? SIBLING_EV_ADOPTED : SIBLING_EV_RETRY);
}

void sibling_fini(struct sibling *s)
{
	fsm_fini(&s->fsm);
}

void sibling_come_up(struct sibling *s, struct ipc_channel *c)
{
	struct ipc_channel *old = s->channel;

	if (old) { /* a new process, before the old one's end was noticed */
		enter(s, SIBLING_EV_GONE);
		ipc_channel_close(old);
	}
	s->channel = c;
	s->asked_revision = 0;
	enter(s, SIBLING_EV_UP);
}

void sibling_go_down(struct sibling *s, const struct ipc_channel *c)
{
	if (s->channel == c)
		enter(s, SIBLING_EV_GONE);
}

enum err sibling_prepare(struct sibling *s, uint64_t revision, const struct config *c,
			 int64_t deadline_us, ipc_reply_fn *fn, void *arg)
{
	struct ipc_config_prepare prepare = { .revision = revision };
	enum err e = ERR_NONE;

	if (!s->channel)
		return ERR_UNREACHABLE;
	if (s->role == IPC_MEDIA)
		e = media_rows_send(s->channel, revision, c);
	return e ? e : ipc_request(s->channel, IPC_config_prepare, &prepare, deadline_us, fn, arg);
}

enum err sibling_apply(struct sibling *s, uint64_t revision, int64_t deadline_us, ipc_reply_fn *fn,
		       void *arg)
{
	struct ipc_config_apply apply = { .revision = revision };

	s->asked_revision = revision;
	if (!s->channel)
		return ERR_UNREACHABLE;
	return ipc_request(s->channel, IPC_config_apply, &apply, deadline_us, fn, arg);
}

void sibling_drop(struct sibling *s, uint64_t revision)
{
	struct ipc_config_drop drop = { .revision = revision };

	if (s->channel)
		ipc_send(s->channel, IPC_config_drop, 0, &drop);
}

bool sibling_is_up(const struct sibling *s)
{
	return s->channel != NULL;
}

bool sibling_is_busy(const struct sibling *s)
{
	return s->fsm.state == SIBLING_PREPARING || s->fsm.state == SIBLING_APPLYING;
}
