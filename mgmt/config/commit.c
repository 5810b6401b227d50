/* commit.c -- guards and actions of commit.def. */
#include "mgmt/config/commit.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "mgmt/config/running.h"

/* The bus gives up on a silent process at the deadline; the machine's own timer is for
 * the case that it does not. */
enum { BACKSTOP_MS = 1000 };

/* One process's part; what the bus calls back with. */
struct vote {
	struct commit *commit;
	struct sibling *sibling;
	bool yes, applied;
	bool is_asked; /* the bus will call back once more */
};

struct commit {
	struct fsm fsm;
	struct running *running;
	struct config *candidate;
	uint64_t revision, revision_before;
	unsigned confirm_minutes;
	char author[CONFIG_NAME_SIZE], comment[CONFIG_TEXT_SIZE];
	struct vote votes[RUNNING_SIBLINGS];
	commit_fn *fn;
	void *arg;
	char report_data[COMMIT_REPORT_SIZE];
	struct text report;
	struct loop_late farewell;
};

static void add_sentence(struct commit *c, const char *process, struct slice sentence)
{
	if (c->report.len)
		text_put_byte(&c->report, '\n');
	if (process)
		text_printf(&c->report, "%s: ", process);
	text_put_slice(&c->report, sentence);
}

/* --- what the processes say -------------------------------------------------- */

static bool is_over(const struct commit *c)
{
	return c->fsm.state == COMMIT_DONE || c->fsm.state == COMMIT_REFUSED;
}

static void leave_if_over(struct commit *c)
{
	if (is_over(c))
		loop_late_start(c->running->loop, &c->farewell);
}

static struct slice get_refusal(enum err e, const struct ipc_message *m)
{
	if (e == ERR_CLOSED)
		return SLICE("the process went away while it was asked");
	if (e == ERR_TIMEOUT)
		return SLICE("did not answer within 5 seconds");
	if (!m)
		return slice_from_text(err_text(e));
	return e ? m->refused.sentence : m->config_vote.sentence;
}

static void on_vote(void *arg, enum err e, const struct ipc_message *m, bool is_last)
{
	struct vote *v = arg;
	struct commit *c = v->commit;

	if (!is_last)
		return;
	v->is_asked = false;
	v->yes = !e && m->config_vote.accepted;
	if (!v->yes)
		add_sentence(c, v->sibling->name, get_refusal(e, m));
	fsm_step(&c->fsm, v->yes ? COMMIT_EV_YES : COMMIT_EV_FAULT, NULL);
	leave_if_over(c);
}

static struct slice get_delay(enum err e)
{
	if (e == ERR_TIMEOUT)
		return SLICE("has not applied the revision within 5 seconds");
	return SLICE("did not apply the revision; it will when it is back");
}

/* Whatever happens to a process now, it comes back to the committed revision. */
static void on_applied(void *arg, enum err e, const struct ipc_message *m, bool is_last)
{
	struct vote *v = arg;
	struct commit *c = v->commit;

	(void)m;
	if (!is_last)
		return;
	v->is_asked = false;
	v->applied = true;
	if (e) {
		add_sentence(c, v->sibling->name, get_delay(e));
		log_warn("a process did not apply a committed revision",
			 F_STR("process", v->sibling->name), F_ERR(e));
	}
	if (!e)
		sibling_note_commit_end(v->sibling, true);
	fsm_step(&c->fsm, COMMIT_EV_APPLIED, NULL);
	leave_if_over(c);
}

/* --- guards ------------------------------------------------------------------- */

static bool all_said_yes(const void *owner, const void *arg)
{
	const struct commit *c = owner;

	(void)arg;
	for (int i = 0; i < RUNNING_SIBLINGS; i++)
		if (!c->votes[i].yes)
			return false;
	return true;
}

static bool all_have_applied(const void *owner, const void *arg)
{
	const struct commit *c = owner;

	(void)arg;
	for (int i = 0; i < RUNNING_SIBLINGS; i++)
		if (!c->votes[i].applied)
			return false;
	return true;
}

static bool a_vote_is_owed(const void *owner, const void *arg)
{
	const struct commit *c = owner;

	(void)arg;
	for (int i = 0; i < RUNNING_SIBLINGS; i++)
		if (c->votes[i].is_asked)
			return true;
	return false;
}

/* --- actions ------------------------------------------------------------------ */

/* A process that is down cannot be asked, so its refusal would come too late. */
static void check_processes(struct commit *c)
{
	for (int i = 0; i < RUNNING_SIBLINGS; i++) {
		const struct sibling *s = c->votes[i].sibling;

		if (!sibling_is_up(s))
			add_sentence(c, NULL,
				     s->role == IPC_SIG
					     ? SLICE("signaling is not running, so it cannot be "
						     "asked; start it and commit again")
					     : SLICE("media is not running, so it cannot be asked; "
						     "start it and commit again"));
		else if (sibling_is_busy(s))
			add_sentence(c, s->name,
				     SLICE("is just starting; commit again in a moment"));
	}
}

static void check(void *owner, const void *arg)
{
	struct commit *c = owner;

	(void)arg;
	config_check(c->candidate, &c->report);
	if (c->report.len == 0)
		check_processes(c);
	fsm_post(&c->fsm, c->report.len ? COMMIT_EV_FAULT : COMMIT_EV_VALID);
}

static void save(void *owner, const void *arg)
{
	struct commit *c = owner;
	enum err e = config_store_prepare(c->running->store, c->candidate, c->author, c->comment,
					  &c->revision);

	(void)arg;
	if (e) {
		log_err("a revision could not be stored", F_ERR(e));
		text_printf(&c->report, "the revision could not be stored: %s", err_text(e));
	}
	fsm_post(&c->fsm, e ? COMMIT_EV_FAULT : COMMIT_EV_SAVED);
}

static void ask_processes(void *owner, const void *arg)
{
	struct commit *c = owner;

	(void)arg;
	for (int i = 0; i < RUNNING_SIBLINGS; i++) {
		struct vote *v = &c->votes[i];
		enum err e = sibling_prepare(v->sibling, c->revision, c->candidate,
					     CLOCK_MS(COMMIT_VOTE_MS), on_vote, v);

		v->is_asked = !e;
		if (!e)
			continue;
		add_sentence(c, v->sibling->name, slice_from_text(err_text(e)));
		fsm_post(&c->fsm, COMMIT_EV_FAULT);
		return;
	}
}

static void commit_on_disk(void *owner, const void *arg)
{
	struct commit *c = owner;
	enum err e = config_store_commit(c->running->store, c->revision);

	(void)arg;
	if (e) {
		log_err("a revision could not be committed", F_ERR(e));
		text_printf(&c->report, "the revision could not be committed: %s", err_text(e));
	}
	fsm_post(&c->fsm, e ? COMMIT_EV_FAULT : COMMIT_EV_COMMITTED);
}

static void tell_processes(void *owner, const void *arg)
{
	struct commit *c = owner;

	(void)arg;
	log_info("a revision was committed", F_INT("revision", c->revision),
		 F_STR("by", c->author));
	running_take_revision(c->running, c->revision, c->candidate);
	c->candidate = NULL;
	for (int i = 0; i < RUNNING_SIBLINGS; i++) {
		struct vote *v = &c->votes[i];
		enum err e = sibling_apply(v->sibling, c->revision,
					   CLOCK_MS(COMMIT_APPLY_MS), on_applied, v);

		v->is_asked = !e;
		v->applied = e != ERR_NONE;
	}
	if (all_have_applied(c, NULL))
		fsm_post(&c->fsm, COMMIT_EV_APPLIED);
}

static void finish(void *owner, const void *arg)
{
	struct commit *c = owner;
	struct commit_result result = { .state = (enum commit_state)c->fsm.state,
					.revision = c->revision };
	commit_fn *fn = c->fn;

	(void)arg;
	if (result.state == COMMIT_DONE) {
		if (c->confirm_minutes)
			confirm_start(&c->running->confirm, c->confirm_minutes,
				      c->revision_before);
		config_warn(c->running->config, &c->report);
	}
	result.report = text_get_string(&c->report);
	loop_late_start(c->running->loop, &c->farewell);
	c->fn = NULL;
	if (fn)
		fn(c->arg, &result);
}

/* The prepared revision on disk is harmless: the next prepare takes its place. */
static void take_back(void *owner, const void *arg)
{
	struct commit *c = owner;

	for (int i = 0; i < RUNNING_SIBLINGS; i++)
		sibling_drop(c->votes[i].sibling, c->revision);
	finish(owner, arg);
}

static int64_t vote_deadline_us(const void *owner)
{
	(void)owner;
	return CLOCK_MS(COMMIT_VOTE_MS + BACKSTOP_MS);
}

static int64_t apply_deadline_us(const void *owner)
{
	(void)owner;
	return CLOCK_MS(COMMIT_APPLY_MS + BACKSTOP_MS);
}

#define FSM_DEF "mgmt/config/commit.def"
#define FSM_NAME commit
#define FSM_STATE(s) COMMIT_##s
#define FSM_EVENT(e) COMMIT_EV_##e
#include "common/fsm_table.h"

/* --- the object --------------------------------------------------------------- */

/* Goes when it is over and the bus has no more calls for it.  After a refusal nobody has anything
 * new to run, and to ask one again would only keep the next commit waiting. */
static void on_farewell(struct loop_late *late)
{
	struct commit *c = CONTAINER_OF(late, struct commit, farewell);
	struct running *r = c->running;

	if (a_vote_is_owed(c, NULL))
		return; /* its last call comes back here */
	r->commit = NULL;
	for (int i = 0; c->fsm.state == COMMIT_DONE && i < RUNNING_SIBLINGS; i++)
		sibling_note_commit_end(&r->siblings[i], false);
	commit_destroy(c);
}

void commit_destroy(struct commit *c)
{
	if (!c)
		return;
	loop_late_stop(&c->farewell);
	fsm_fini(&c->fsm);
	config_destroy(c->candidate);
	free(c);
}

static void copy_cut(const char *from, char *to, size_t size)
{
	struct slice s = slice_from_text(from);

	s.len = s.len < size ? s.len : size - 1;
	slice_copy_text(s, to, size);
}

enum err commit_start(struct running *r, const struct commit_request *request, commit_fn *fn,
		      void *arg)
{
	struct commit *c;
	enum err e;

	if (r->commit)
		return ERR_BUSY;
	c = calloc(1, sizeof(*c));
	if (!c)
		return ERR_MEMORY;
	e = config_copy(request->candidate, &c->candidate);
	if (e) {
		free(c);
		return e;
	}
	c->running = r;
	c->revision_before = r->revision;
	c->confirm_minutes = request->confirm_minutes;
	copy_cut(request->author, c->author, sizeof(c->author));
	copy_cut(request->comment, c->comment, sizeof(c->comment));
	for (int i = 0; i < RUNNING_SIBLINGS; i++)
		c->votes[i] = (struct vote){ .commit = c, .sibling = &r->siblings[i] };
	c->fn = fn;
	c->arg = arg;
	text_init(&c->report, c->report_data, sizeof(c->report_data));
	loop_late_init(&c->farewell, on_farewell);
	fsm_init(&c->fsm, &commit_fsm, loop_get_timers(r->loop), c, 0);
	r->commit = c;
	fsm_step(&c->fsm, COMMIT_EV_START, NULL);
	return ERR_NONE;
}

void commit_forget(struct commit *c, const void *arg)
{
	if (c && c->arg == arg)
		c->fn = NULL;
}
