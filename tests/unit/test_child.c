/* test_child.c -- mgmt/run/child: pauses between deaths, giving up, and who may say
 * that a process is ready. */
#include "tests/unit/turns.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "mgmt/run/child.h"

static struct child child;
static struct loop *loop;
static char dir[64];
static unsigned ready_count;

static void on_ready(void *owner, struct child *c)
{
	(void)owner;
	(void)c;
	ready_count++;
}

static int set_up(void **state)
{
	static const char *const args[] = { "1000", "--config", "x", NULL };

	(void)state;
	clock_set_test(CLOCK_SECONDS(1000));
	ready_count = 0;
	snprintf(dir, sizeof(dir), "/tmp/test-child-XXXXXX");
	assert_non_null(mkdtemp(dir));
	assert_int_equal(loop_create(&loop), ERR_NONE);
	assert_int_equal(child_init(&child, loop, "sleep", "/bin", dir, args), ERR_NONE);
	child.on_ready = on_ready;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	child_fini(&child);
	loop_destroy(loop);
	rmdir(dir);
	return 0;
}

static int64_t die(int64_t after_us)
{
	clock_advance_test(after_us);
	child_note_death(&child, clock_now_us());
	return child_get_pause_us(&child, clock_now_us());
}

static void the_first_death_costs_no_time_and_later_ones_more(void **state)
{
	(void)state;
	assert_int_equal(die(0), 0);
	assert_int_equal(die(CLOCK_MS(1)), CLOCK_MS(100));
	assert_int_equal(die(CLOCK_MS(1)), CLOCK_MS(200));
	assert_int_equal(die(CLOCK_MS(1)), CLOCK_MS(400));
	assert_int_equal(die(CLOCK_MS(1)), CLOCK_MS(800));
	assert_int_equal(die(CLOCK_MS(1)), CLOCK_MS(1600));
	assert_int_equal(die(CLOCK_MS(1)), CLOCK_MS(CHILD_LAST_PAUSE_MS));
}

static void ten_deaths_in_half_a_minute_are_too_many(void **state)
{
	(void)state;
	for (int i = 1; i < CHILD_DEATHS_MAX; i++)
		assert_true(die(CLOCK_SECONDS(2)) >= 0);
	assert_true(die(CLOCK_SECONDS(2)) < 0);
}

static void deaths_long_ago_are_forgotten(void **state)
{
	(void)state;
	for (int i = 0; i < 50; i++)
		assert_int_equal(die(CLOCK_SECONDS(CHILD_DEATHS_WITHIN_S + 1)), 0);
}

static void the_command_line_can_be_cut(void **state)
{
	(void)state;
	assert_string_equal(child.args[0], "/bin/sleep");
	assert_string_equal(child.args[2], "--config");
	child_cut_args(&child, "--config");
	assert_string_equal(child.args[1], "1000");
	assert_null(child.args[2]);
}

static void send_note(const char *note)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	memcpy(un.sun_path, child.notify_path, sizeof(un.sun_path));
	assert_int_equal(sendto(fd, note, strlen(note), 0, (struct sockaddr *)&un, sizeof(un)),
			 strlen(note));
	close(fd);
	turns_settle(loop);
}

static void only_the_child_itself_can_say_that_it_is_ready(void **state)
{
	(void)state;
	assert_int_equal(child_start(&child), ERR_NONE);
	send_note("READY=1");
	assert_int_equal(ready_count, 0);
	kill(child.pid, SIGKILL);
	waitpid(child.pid, NULL, 0);
	child.pid = getpid(); /* from here on we are the child */
	send_note("STATUS=starting");
	send_note("READY=10");
	send_note("");
	assert_int_equal(ready_count, 0);
	send_note("STATUS=up\nREADY=1\n");
	assert_int_equal(ready_count, 1);
	send_note("READY=1");
	assert_int_equal(ready_count, 1);
	child_note_death(&child, clock_now_us());
	assert_false(child.is_ready);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define OF_CHILD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
		OF_CHILD(the_first_death_costs_no_time_and_later_ones_more),
		OF_CHILD(ten_deaths_in_half_a_minute_are_too_many),
		OF_CHILD(deaths_long_ago_are_forgotten),
		OF_CHILD(the_command_line_can_be_cut),
		OF_CHILD(only_the_child_itself_can_say_that_it_is_ready),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
