/* test_log.c -- common/log: one whole line per event, and nothing in it that could
 * forge another line or move a terminal's cursor. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"

static char output[8192];
static int saved_stderr = -1;
static FILE *sink;

static void begin_capture(void)
{
	sink = tmpfile();
	assert_non_null(sink);
	saved_stderr = dup(STDERR_FILENO);
	dup2(fileno(sink), STDERR_FILENO);
}

static const char *end_capture(void)
{
	size_t len;

	dup2(saved_stderr, STDERR_FILENO);
	close(saved_stderr);
	rewind(sink);
	len = fread(output, 1, sizeof(output) - 1, sink);
	output[len] = '\0';
	fclose(sink);
	return output;
}

static int set_up(void **state)
{
	(void)state;
	unsetenv("JOURNAL_STREAM");
	unsetenv("ENLACE_LOG");
	log_open("test");
	log_set_level(LOG_LEVEL_INFO);
	return 0;
}

static void a_line_is_time_process_level_sentence_and_fields(void **state)
{
	const char *line;

	(void)state;
	begin_capture();
	log_warn("media refused", F_CALL(0x2a), F_INT("count", -3), F_ERR(ERR_LIMIT));
	line = end_capture();
	assert_int_equal(line[4], '-');
	assert_non_null(strstr(line, "Z test warn: media refused call=2a count=-3 "
				     "error=\"a configured limit is reached\"\n"));
}

static void bytes_from_the_network_cannot_forge_a_line(void **state)
{
	const char *line;

	(void)state;
	begin_capture();
	log_info("got", F_STR("from", "a\nb\x1b[2J\"\\"), F_SLICE("empty", SLICE_NONE));
	line = end_capture();
	assert_non_null(strstr(line, "from=\"a\\x0ab\\x1b[2J\\\"\\\\\" empty=\"\"\n"));
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
	assert_null(strchr(line, '\x1b'));
}

static void a_level_that_is_off_writes_nothing(void **state)
{
	(void)state;
	begin_capture();
	log_debug("not wanted");
	log_set_level(LOG_LEVEL_ERR);
	log_warn("not wanted either");
	assert_string_equal(end_capture(), "");
}

static void journald_gets_a_priority_instead_of_a_time(void **state)
{
	(void)state;
	setenv("JOURNAL_STREAM", "1:2", 1);
	log_open("test");
	begin_capture();
	log_err("broken");
	assert_string_equal(end_capture(), "<3>err: broken\n");
}

static void a_line_that_is_too_long_still_ends(void **state)
{
	char longer[4000];
	const char *line;

	(void)state;
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	begin_capture();
	log_info("long", F_STR("value", longer));
	line = end_capture();
	assert_true(strlen(line) < 2048);
	assert_int_equal(line[strlen(line) - 1], '\n');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_line_is_time_process_level_sentence_and_fields, set_up),
		cmocka_unit_test_setup(bytes_from_the_network_cannot_forge_a_line, set_up),
		cmocka_unit_test_setup(a_level_that_is_off_writes_nothing, set_up),
		cmocka_unit_test_setup(journald_gets_a_priority_instead_of_a_time, set_up),
		cmocka_unit_test_setup(a_line_that_is_too_long_still_ends, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
