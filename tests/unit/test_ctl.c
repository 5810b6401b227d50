/* test_ctl.c -- mgmt/ctl: what a shell is told of calls and call records that are not
 * there, or are more than it asked for; with a signaling that the test plays. */
#include "tests/unit/turns.h"

#include "common/ipc/ipc.h"
#include "db/store/cdr_store.h"
#include "mgmt/daemon.h"

enum { CALLS = 2, RECORDS = 40 };

struct place {
	struct loop *loop;
	char dir[64];
	struct mgmt_daemon *daemon;
	struct ipc_link *signaling, *shell;
	uint32_t calls; /* what signaling finds */
	char said[65536];
	int status;
};

static struct place place;

static void on_question(void *owner, struct ipc_channel *c, const struct ipc_message *m)
{
	(void)owner;
	if (m->type == IPC_show_call || m->type == IPC_call_clear)
		ipc_send_done(c, m->id, place.calls);
}

static const struct ipc_callbacks signaling_callbacks = { NULL, on_question, NULL };
static const struct ipc_callbacks shell_callbacks = { NULL, NULL, NULL };

static void name_file(const char *name, char *path, size_t size)
{
	snprintf(path, size, "%s/%s", place.dir, name);
}

static void dial(const char *name, enum ipc_role role, const struct ipc_callbacks *callbacks,
		 struct ipc_link **out_link)
{
	char path[128];

	name_file(name, path, sizeof(path));
	assert_int_equal(ipc_link_open(place.loop, path, role, IPC_MGMT, callbacks, &place,
				       out_link),
			 ERR_NONE);
	turns_settle(place.loop);
}

static int set_up(void **state)
{
	struct daemon_options options = { .state_dir = place.dir, .database_dir = place.dir };

	(void)state;
	clock_set_test(CLOCK_SECONDS(7000));
	memset(&place, 0, sizeof(place));
	snprintf(place.dir, sizeof(place.dir), "/tmp/test-ctl-XXXXXX");
	assert_non_null(mkdtemp(place.dir));
	assert_int_equal(loop_create(&place.loop), ERR_NONE);
	assert_int_equal(mgmt_daemon_create(place.loop, &options, NULL, &place.daemon), ERR_NONE);
	dial("mgmt.sock", IPC_SIG, &signaling_callbacks, &place.signaling);
	dial("ctl.sock", IPC_CTL, &shell_callbacks, &place.shell);
	return 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = { "config.db", "config.db-wal", "config.db-shm",
					     "cdr.db",	  "cdr.db-wal",	   "cdr.db-shm" };
	char path[128];

	(void)state;
	ipc_link_close(place.shell);
	ipc_link_close(place.signaling);
	mgmt_daemon_destroy(place.daemon);
	loop_destroy(place.loop);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		name_file(names[i], path, sizeof(path));
		unlink(path);
	}
	rmdir(place.dir);
	return 0;
}

static void on_said(void *arg, enum err e, const struct ipc_message *m, bool is_last)
{
	size_t len = strlen(place.said);

	(void)arg;
	assert_int_equal(e, ERR_NONE);
	if (is_last)
		place.status = m->ctl_end.status;
	else if (m->type == IPC_ctl_text)
		snprintf(place.said + len, sizeof(place.said) - len, "%.*s",
			 SLICE_ARG(m->ctl_text.text));
}

static void say(const char *line, bool json, int status)
{
	struct ipc_ctl_exec exec = { .line = slice_from_text(line), .json = json };

	place.said[0] = '\0';
	place.status = -1;
	assert_int_equal(ipc_request(ipc_link_get_channel(place.shell), IPC_ctl_exec, &exec,
				     CLOCK_SECONDS(60), on_said, NULL),
			 ERR_NONE);
	turns_settle(place.loop);
	if (place.status != status)
		fail_msg("\"%s\" ended with %d: %s", line, place.status, place.said);
}

static void assert_said(const char *part)
{
	if (!strstr(place.said, part))
		fail_msg("\"%s\" is not in: %s", part, place.said);
}

static void a_call_that_is_not_there_is_named(void **state)
{
	(void)state;
	say("clear call 123", false, 1);
	assert_said("there is no call 123; \"show calls\" lists");
	say("show call 123", false, 1);
	assert_said("there is no call 123, living or lately ended; \"show calls\" lists");
}

static void what_is_no_id_is_named(void **state)
{
	(void)state;
	say("show call zz", false, 1);
	assert_said("\"zz\" is no call id");
	say("clear call 12zz", false, 1);
	assert_said("\"12zz\" is no call id");
	say("clear call 11112222333344445", false, 1);
	assert_said("is no call id");
	say("show sessions -1", false, 1);
	assert_said("\"-1\" is no session id");
}

static void cleared_calls_are_counted(void **state)
{
	(void)state;
	say("clear call all", false, 0);
	assert_said("0 calls are being ended");
	place.calls = 1;
	say("clear call 1f", false, 0);
	assert_said("1 call is being ended");
	place.calls = CALLS;
	say("clear call all", false, 0);
	assert_said("2 calls are being ended");
}

static void fill_records(void)
{
	struct cdr records[RECORDS];
	struct cdr_store *store;
	char path[128];

	memset(records, 0, sizeof(records));
	for (unsigned i = 0; i < RECORDS; i++)
		records[i].call = i + 1;
	name_file("cdr.db", path, sizeof(path));
	assert_int_equal(cdr_store_open(path, DB_WRITE, NULL, &store), ERR_NONE);
	assert_int_equal(cdr_store_append(store, records, RECORDS), ERR_NONE);
	cdr_store_close(store);
}

static void records_that_are_not_shown_are_counted(void **state)
{
	static const char last[] = "20 of 40 records; \"show cdr 40\" for all\n";

	(void)state;
	fill_records();
	say("show cdr", false, 0);
	assert_true(strlen(place.said) > strlen(last));
	assert_string_equal(place.said + strlen(place.said) - strlen(last), last);
	say("show cdr", true, 0);
	assert_said("\"notes\":");
	say("show cdr 40", false, 0);
	assert_null(strstr(place.said, "records"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
		IN_PLACE(a_call_that_is_not_there_is_named),
		IN_PLACE(what_is_no_id_is_named),
		IN_PLACE(cleared_calls_are_counted),
		IN_PLACE(records_that_are_not_shown_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
