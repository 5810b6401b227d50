/* test_commit.c -- mgmt/config: the tables of commit.def and sibling.def, and commits
 * with a signaling and a media that the test plays, over real sockets. */
#include "tests/unit/turns.h"

#include "mgmt/config/running.h"
#include "mgmt/daemon.h"

/* What one played process does with what it is asked. */
struct played {
	struct ipc_link *link;
	bool silent, refuses, deaf_to_apply;
	uint32_t question; /* the newest, for a late answer */
	unsigned prepares, applies, drops, realms;
	uint64_t prepared, applied;
};

struct place {
	struct loop *loop;
	char dir[64];
	struct mgmt_daemon *daemon;
	struct played signaling, media;
	/* the shell */
	struct ipc_link *shell;
	char said[8192], prompt[128];
	bool is_answered;
	int status;
};

static struct place place;

static void on_question(void *owner, struct ipc_channel *c, const struct ipc_message *m)
{
	struct played *p = owner;
	struct ipc_config_vote vote = { 0 };

	switch (m->type) {
	case IPC_config_prepare:
		p->prepares++;
		p->question = m->id;
		p->prepared = vote.revision = m->config_prepare.revision;
		vote.accepted = !p->refuses;
		if (p->refuses)
			vote.sentence = SLICE("port 5060 is taken");
		if (!p->silent)
			ipc_send(c, IPC_config_vote, m->id, &vote);
		break;
	case IPC_config_apply:
		p->applies++;
		p->applied = m->config_apply.revision;
		if (!p->deaf_to_apply)
			ipc_send_done(c, m->id, 0);
		break;
	case IPC_config_drop:
		p->drops++;
		break;
	case IPC_config_realm:
		p->realms++;
		break;
	default:
		break;
	}
}

static const struct ipc_callbacks played_callbacks = { NULL, on_question, NULL };
static const struct ipc_callbacks shell_callbacks = { NULL, NULL, NULL };

static void start_process(struct played *p, enum ipc_role role)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/mgmt.sock", place.dir);
	assert_int_equal(ipc_link_open(place.loop, path, role, IPC_MGMT, &played_callbacks, p,
				       &p->link),
			 ERR_NONE);
	turns_settle(place.loop);
}

static void stop_process(struct played *p)
{
	ipc_link_close(p->link);
	p->link = NULL;
	turns_settle(place.loop);
}

static void start_mgmt(void)
{
	struct daemon_options options = { .state_dir = place.dir, .database_dir = place.dir };
	char data[512];
	struct text why;

	text_init(&why, data, sizeof(data));
	if (mgmt_daemon_create(place.loop, &options, &why, &place.daemon))
		fail_msg("%s", text_get_string(&why));
}

static void open_shell(void)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/ctl.sock", place.dir);
	assert_int_equal(ipc_link_open(place.loop, path, IPC_CTL, IPC_MGMT, &shell_callbacks,
				       &place, &place.shell),
			 ERR_NONE);
	turns_settle(place.loop);
}

static int set_up(void **state)
{
	(void)state;
	clock_set_test(CLOCK_SECONDS(7000));
	memset(&place, 0, sizeof(place));
	snprintf(place.dir, sizeof(place.dir), "/tmp/test-commit-XXXXXX");
	assert_non_null(mkdtemp(place.dir));
	assert_int_equal(loop_create(&place.loop), ERR_NONE);
	start_mgmt();
	start_process(&place.signaling, IPC_SIG);
	start_process(&place.media, IPC_MEDIA);
	open_shell();
	return 0;
}

static void remove_dir(void)
{
	static const char *const names[] = { "config.db", "config.db-wal", "config.db-shm",
					     "unconfirmed" };
	char path[128];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", place.dir, names[i]);
		unlink(path);
	}
	rmdir(place.dir);
}

static int tear_down(void **state)
{
	(void)state;
	ipc_link_close(place.shell);
	ipc_link_close(place.signaling.link);
	ipc_link_close(place.media.link);
	mgmt_daemon_destroy(place.daemon);
	loop_destroy(place.loop);
	remove_dir();
	return 0;
}

static void on_said(void *arg, enum err e, const struct ipc_message *m, bool is_last)
{
	size_t len = strlen(place.said);

	(void)arg;
	if (is_last) {
		place.is_answered = true;
		place.status = e ? -1 : m->ctl_end.status;
		if (!e)
			slice_copy_text(m->ctl_end.prompt, place.prompt, sizeof(place.prompt));
	} else if (m->type == IPC_ctl_text) {
		snprintf(place.said + len, sizeof(place.said) - len, "%.*s",
			 SLICE_ARG(m->ctl_text.text));
	}
}

static void say(const char *line)
{
	struct ipc_ctl_exec exec = { .line = slice_from_text(line) };

	place.said[0] = '\0';
	place.is_answered = false;
	assert_int_equal(ipc_request(ipc_link_get_channel(place.shell), IPC_ctl_exec, &exec,
				     CLOCK_SECONDS(60), on_said, NULL),
			 ERR_NONE);
	turns_settle(place.loop);
}

static void expect(const char *line, int status)
{
	say(line);
	assert_true(place.is_answered);
	if (place.status != status)
		fail_msg("\"%s\" ended with %d: %s", line, place.status, place.said);
}

static void assert_said(const char *part)
{
	if (!strstr(place.said, part))
		fail_msg("\"%s\" is not in: %s", part, place.said);
}

static void edit(void)
{
	expect("configure", 0);
	expect("set realm core address 127.0.0.1 media-ports 20000-20099", 0);
}

static void both_tables_have_a_sound_shape(void **state)
{
	char data[4096];
	struct text out;

	(void)state;
	text_init(&out, data, sizeof(data));
	if (fsm_check_shape(&commit_fsm, &out) + fsm_check_shape(&sibling_fsm, &out))
		fail_msg("%s", text_get_string(&out));
}

static void a_commit_is_prepared_by_both_before_either_applies_it(void **state)
{
	(void)state;
	edit();
	expect("commit", 0);
	assert_said("revision 1 is in use");
	assert_int_equal(place.signaling.prepared, 1);
	assert_int_equal(place.signaling.applied, 1);
	assert_int_equal(place.media.applied, 1);
	assert_int_equal(place.media.realms, 1);
	assert_int_equal(place.signaling.realms, 0);
	expect("commit", 0);
	assert_said("the same as the running revision");
	assert_int_equal(place.media.applies, 1);
}

static void one_no_leaves_everything_as_it_was(void **state)
{
	(void)state;
	edit();
	place.media.refuses = true;
	expect("commit", 1);
	assert_said("media: port 5060 is taken");
	assert_said("the candidate is still open");
	assert_int_equal(place.signaling.applies + place.media.applies, 0);
	assert_int_equal(place.signaling.drops, 1);
	expect("run show history", 0);
	assert_said("no revision was committed yet");
	place.media.refuses = false;
	expect("commit", 0);
	assert_said("is in use");
}

/* A drop that overtakes the preparation would leave it prepared, and the next prepare would
 * find it busy: so the shell is answered when the slower one has voted. */
static void after_a_refusal_the_next_commit_is_taken(void **state)
{
	struct ipc_config_vote yes = { .revision = 1, .accepted = true };

	(void)state;
	edit();
	place.media.refuses = true;
	place.signaling.silent = true;
	say("commit");
	assert_false(place.is_answered);
	assert_int_equal(place.signaling.drops, 0);
	ipc_send(ipc_link_get_channel(place.signaling.link), IPC_config_vote,
		 place.signaling.question, &yes);
	turns_settle(place.loop);
	assert_true(place.is_answered);
	assert_said("media: port 5060 is taken");
	assert_said("nothing was changed");
	assert_int_equal(place.signaling.drops, 1);
	place.media.refuses = place.signaling.silent = false;
	expect("commit", 0);
	assert_said("is in use");
}

static void two_refusals_are_both_named(void **state)
{
	(void)state;
	edit();
	place.media.refuses = true;
	place.signaling.silent = true;
	say("commit");
	turns_advance(place.loop, CLOCK_MS(5100));
	assert_true(place.is_answered);
	assert_said("media: port 5060 is taken");
	assert_said("signaling: did not answer within 5 seconds");
	place.media.refuses = place.signaling.silent = false;
	expect("commit", 0);
}

static void a_process_that_is_down_is_named(void **state)
{
	(void)state;
	edit();
	stop_process(&place.signaling);
	expect("commit", 1);
	assert_said("signaling is not running");
	assert_int_equal(place.media.prepares, 0);
	start_process(&place.signaling, IPC_SIG);
	expect("commit", 0);
}

static void a_refused_commit_does_not_make_a_refusing_process_busy(void **state)
{
	(void)state;
	edit();
	expect("commit", 0);
	stop_process(&place.signaling);
	place.signaling.refuses = true;
	start_process(&place.signaling, IPC_SIG);
	expect("set system name other", 0);
	expect("commit", 1);
	assert_said("signaling: port 5060 is taken");
	assert_int_equal(place.signaling.prepares, 3);
	place.signaling.refuses = false;
	expect("commit", 0);
}

static void a_silent_process_ends_the_commit_at_its_deadline(void **state)
{
	(void)state;
	edit();
	place.signaling.silent = true;
	say("commit");
	assert_false(place.is_answered);
	turns_advance(place.loop, CLOCK_MS(4900));
	assert_false(place.is_answered);
	turns_advance(place.loop, CLOCK_MS(200));
	assert_true(place.is_answered);
	assert_int_equal(place.status, 1);
	assert_said("signaling: did not answer within 5 seconds");
	assert_int_equal(place.media.drops, 1);
	place.signaling.silent = false;
	expect("commit", 0);
}

static void a_process_that_dies_while_asked_ends_the_commit(void **state)
{
	(void)state;
	edit();
	place.media.silent = true;
	say("commit");
	stop_process(&place.media);
	assert_true(place.is_answered);
	assert_said("media: the process went away while it was asked");
}

static void faults_are_refused_before_anybody_is_asked(void **state)
{
	(void)state;
	expect("configure", 0);
	expect("set trunk west realm nowhere", 0);
	expect("commit", 1);
	assert_said("west");
	assert_said("nothing was changed");
	assert_int_equal(place.signaling.prepares, 0);
	expect("set trunk west srtp perhaps", 1);
	assert_said("perhaps");
}

static void a_commit_in_between_makes_the_candidate_stale(void **state)
{
	struct ipc_link *first;

	(void)state;
	edit();
	first = place.shell;
	open_shell();
	edit();
	expect("commit", 0);
	ipc_link_close(place.shell);
	place.shell = first;
	expect("commit", 1);
	assert_said("revision 1 was committed since this candidate was opened");
	expect("discard", 0);
	expect("compare", 0);
	assert_said("no differences");
}

static void who_comes_up_later_is_brought_to_the_running_revision(void **state)
{
	(void)state;
	edit();
	expect("commit", 0);
	stop_process(&place.media);
	expect("run show version", 0);
	assert_said("media      DOWN");
	memset(&place.media, 0, sizeof(place.media));
	start_process(&place.media, IPC_MEDIA);
	assert_int_equal(place.media.applied, 1);
	assert_int_equal(place.media.realms, 1);
	expect("run show version", 0);
	assert_said("media      RUNNING");
}

static void who_refuses_the_running_revision_is_asked_again(void **state)
{
	(void)state;
	edit();
	expect("commit", 0);
	stop_process(&place.signaling);
	memset(&place.signaling, 0, sizeof(place.signaling));
	place.signaling.refuses = true;
	start_process(&place.signaling, IPC_SIG);
	expect("run show version", 0);
	assert_said("REFUSING");
	assert_said("port 5060 is taken");
	place.signaling.refuses = false;
	turns_advance(place.loop, CLOCK_MS(SIBLING_RETRY_MS + 10));
	assert_int_equal(place.signaling.applied, 1);
}

static void who_misses_the_apply_gets_the_revision_all_the_same(void **state)
{
	(void)state;
	edit();
	place.media.deaf_to_apply = true;
	say("commit");
	place.media.deaf_to_apply = false; /* the first one is lost all the same */
	turns_advance(place.loop, CLOCK_MS(5100));
	assert_true(place.is_answered);
	assert_int_equal(place.status, 0);
	assert_said("media: has not applied the revision within 5 seconds");
	assert_int_equal(place.media.applies, 2);
	expect("run show version", 0);
	assert_said("media      RUNNING");
}

static void an_unconfirmed_commit_goes_back_by_itself(void **state)
{
	(void)state;
	edit();
	expect("commit", 0);
	expect("set system name other", 0);
	expect("commit confirm 5", 0);
	assert_said("unless you \"confirm\" in time");
	assert_string_equal(place.prompt, "other# ");
	turns_advance(place.loop, CLOCK_SECONDS(299));
	assert_int_equal(place.media.applied, 2);
	turns_advance(place.loop, CLOCK_SECONDS(2));
	assert_int_equal(place.media.applied, 3);
	expect("run show configuration", 0);
	assert_null(strstr(place.said, "other"));
}

static void a_confirmed_commit_stays(void **state)
{
	(void)state;
	edit();
	expect("commit confirm 1", 0);
	expect("confirm", 0);
	expect("confirm", 1);
	turns_advance(place.loop, CLOCK_SECONDS(120));
	assert_int_equal(place.media.applied, 1);
	assert_int_equal(place.media.applies, 1);
}

static void an_unconfirmed_commit_is_remembered_over_a_restart(void **state)
{
	(void)state;
	edit();
	expect("commit", 0);
	expect("set system name other", 0);
	expect("commit confirm 5", 0);
	mgmt_daemon_destroy(place.daemon);
	start_mgmt();
	turns_settle(place.loop);
	turns_advance(place.loop, CLOCK_SECONDS(2)); /* everybody dials again */
	turns_advance(place.loop, CLOCK_SECONDS(300));
	assert_int_equal(place.media.applied, 3);
}

static void rollback_and_compare_speak_in_lines(void **state)
{
	(void)state;
	edit();
	expect("commit", 0);
	expect("set realm core media-ports 30000-30099", 0);
	expect("compare", 0);
	assert_said("- set realm core media-ports 20000-20099\n"
		    "+ set realm core media-ports 30000-30099\n");
	expect("commit", 0);
	expect("rollback 1", 0);
	expect("compare", 0);
	assert_said("+ set realm core media-ports 20000-20099");
	expect("commit", 0);
	assert_said("revision 3 is in use");
	expect("rollback 77", 1);
	assert_said("there is no revision 77");
	expect("rollback x", 1);
}

static void a_process_that_is_down_becomes_a_sentence_not_a_hang(void **state)
{
	(void)state;
	stop_process(&place.signaling);
	expect("show calls", 1);
	assert_said("signaling is not running");
}

static void a_process_that_does_not_answer_is_waited_for_two_seconds(void **state)
{
	(void)state;
	say("show calls");
	assert_false(place.is_answered);
	turns_advance(place.loop, CLOCK_MS(2010));
	assert_true(place.is_answered);
	assert_said("signaling did not answer within 2 seconds");
}

static void a_shell_that_leaves_takes_nothing_with_it(void **state)
{
	(void)state;
	say("show calls");
	ipc_link_close(place.shell);
	place.shell = NULL;
	turns_advance(place.loop, CLOCK_SECONDS(3));
	open_shell();
	edit();
	place.media.silent = true;
	say("commit");
	ipc_link_close(place.shell);
	place.shell = NULL;
	turns_advance(place.loop, CLOCK_SECONDS(10));
	place.media.silent = false;
	open_shell();
	edit();
	expect("commit", 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_tables_have_a_sound_shape),
#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
		IN_PLACE(a_commit_is_prepared_by_both_before_either_applies_it),
		IN_PLACE(one_no_leaves_everything_as_it_was),
		IN_PLACE(after_a_refusal_the_next_commit_is_taken),
		IN_PLACE(two_refusals_are_both_named),
		IN_PLACE(a_process_that_is_down_is_named),
		IN_PLACE(a_refused_commit_does_not_make_a_refusing_process_busy),
		IN_PLACE(a_silent_process_ends_the_commit_at_its_deadline),
		IN_PLACE(a_process_that_dies_while_asked_ends_the_commit),
		IN_PLACE(faults_are_refused_before_anybody_is_asked),
		IN_PLACE(a_commit_in_between_makes_the_candidate_stale),
		IN_PLACE(who_comes_up_later_is_brought_to_the_running_revision),
		IN_PLACE(who_refuses_the_running_revision_is_asked_again),
		IN_PLACE(who_misses_the_apply_gets_the_revision_all_the_same),
		IN_PLACE(an_unconfirmed_commit_goes_back_by_itself),
		IN_PLACE(a_confirmed_commit_stays),
		IN_PLACE(an_unconfirmed_commit_is_remembered_over_a_restart),
		IN_PLACE(rollback_and_compare_speak_in_lines),
		IN_PLACE(a_process_that_is_down_becomes_a_sentence_not_a_hang),
		IN_PLACE(a_process_that_does_not_answer_is_waited_for_two_seconds),
		IN_PLACE(a_shell_that_leaves_takes_nothing_with_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
