/* test_config_file.c -- mgmt/config/file: which line of a configuration file a complaint
 * names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mgmt/config/file.h"

static char path[] = "/tmp/test-config-file-XXXXXX";

static int make_file(void **state)
{
	int fd;

	(void)state;
	fd = mkstemp(path);
	if (fd >= 0)
		close(fd);
	return fd < 0;
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

/* Reads the text as a file; `line`, behind the file's name, must begin a complaint. */
static void assert_complaint(const char *text, enum err expected, const char *line)
{
	char *said = NULL, wanted[256];
	size_t len = 0;
	FILE *complaints = open_memstream(&said, &len), *f = fopen(path, "w");
	struct config *c = NULL;

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(file_load_config(path, complaints, &c), expected);
	fclose(complaints);
	snprintf(wanted, sizeof(wanted), "%s%s", path, line);
	if (!strstr(said, wanted))
		fail_msg("\"%s\" is not in: %s", wanted, said);
	free(said);
	config_destroy(c);
}

static void a_wrong_line_is_named(void **state)
{
	(void)state;
	assert_complaint("# first\n\nset trunk west srtp perhaps\n", ERR_SYNTAX,
			 ":3: trunk \"west\": srtp \"perhaps\"");
}

static void a_finding_names_the_line_that_set_the_object_first(void **state)
{
	(void)state;
	assert_complaint("# first\nset trunk west profile lync-2013\nset trunk west srtp never\n",
			 ERR_SYNTAX, ":2: trunk \"west\": realm is missing");
}

static void a_reference_to_nothing_names_its_line(void **state)
{
	(void)state;
	assert_complaint("\nset trunk west realm nowhere profile nosuch\n", ERR_SYNTAX,
			 ":2: trunk \"west\": profile \"nosuch\" does not exist");
}

static void an_object_made_on_the_way_to_another_has_a_line(void **state)
{
	(void)state;
	assert_complaint("\n\nset trunk west target gw address 127.0.0.3\n", ERR_SYNTAX,
			 ":3: trunk \"west\": realm is missing");
}

static void an_object_set_again_after_its_end_has_the_later_line(void **state)
{
	(void)state;
	assert_complaint("set trunk west\ndelete trunk west\nset trunk west\n", ERR_SYNTAX,
			 ":3: trunk \"west\": realm is missing");
}

static void a_warning_names_a_line_too(void **state)
{
	(void)state;
	assert_complaint("set realm core address 127.0.0.1 media-ports 20000-29999\n"
			 "set realm core listener itsp transport udp port 5060\n"
			 "set trunk west realm core profile generic-itsp\n",
			 ERR_NONE, ":3: warning: trunk \"west\": ");
}

/* Lines of a file that was read once must not be named when a shell edits its copy. */
static void without_a_file_no_line_is_named(void **state)
{
	char data[1024];
	struct text report;
	struct config *c;

	(void)state;
	assert_int_equal(config_create(&c), ERR_NONE);
	c->line = 7;
	assert_int_equal(config_apply_line(c, SLICE("set trunk west"), NULL), ERR_NONE);
	text_init(&report, data, sizeof(data));
	assert_true(config_check(c, &report) > 0);
	assert_memory_equal(text_get_string(&report), "trunk \"west\"", 12);
	config_destroy(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wrong_line_is_named),
		cmocka_unit_test(a_finding_names_the_line_that_set_the_object_first),
		cmocka_unit_test(a_reference_to_nothing_names_its_line),
		cmocka_unit_test(an_object_made_on_the_way_to_another_has_a_line),
		cmocka_unit_test(an_object_set_again_after_its_end_has_the_later_line),
		cmocka_unit_test(a_warning_names_a_line_too),
		cmocka_unit_test(without_a_file_no_line_is_named),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
