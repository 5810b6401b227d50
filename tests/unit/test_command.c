/* test_command.c -- mgmt/ctl/command: lines to rows of commands.def, completion, and
 * that the manual page names every command. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "mgmt/ctl/command.h"

static const struct command *command;
static struct slice argument;
static char why_data[1024];

static enum err parse(enum command_mode mode, const char *line)
{
	struct text why;
	enum err e;

	command = NULL;
	argument = SLICE_NONE;
	text_init(&why, why_data, sizeof(why_data));
	e = command_parse(mode, slice_from_text(line), &command, &argument, &why);
	text_get_string(&why);
	return e;
}

static void assert_parses(enum command_mode mode, const char *line, const char *words,
			  const char *expected_argument)
{
	assert_int_equal(parse(mode, line), ERR_NONE);
	assert_string_equal(command->words, words);
	assert_true(slice_is_text(argument, expected_argument));
}

static void finds_a_command_and_its_argument(void **state)
{
	(void)state;
	assert_parses(COMMAND_OPERATE, "show calls", "show calls", "");
	assert_parses(COMMAND_OPERATE, "  show\tcalls   4930  ", "show calls", "4930");
	assert_parses(COMMAND_OPERATE, "show call 1a2b", "show call", "1a2b");
	assert_parses(COMMAND_OPERATE, "clear call all", "clear call", "all");
	assert_parses(COMMAND_CONFIGURE, "commit", "commit", "");
	assert_parses(COMMAND_CONFIGURE, "commit confirm 5", "commit confirm", "5");
	assert_parses(COMMAND_CONFIGURE, "set realm core address ::1 ", "set",
		      "realm core address ::1");
	assert_parses(COMMAND_CONFIGURE, "show", "show", "");
}

static void words_may_be_cut_short_while_unambiguous(void **state)
{
	(void)state;
	assert_parses(COMMAND_OPERATE, "sh tr", "show trunks", "");
	assert_parses(COMMAND_OPERATE, "cl c 7", "clear call", "7");
	assert_parses(COMMAND_OPERATE, "show call 7", "show call", "7"); /* not "show calls" */
	assert_int_equal(parse(COMMAND_OPERATE, "conf"), ERR_SYNTAX);
	assert_string_equal(why_data, "\"conf\" is ambiguous; possible: confirm, configure");
}

static void says_what_is_possible_when_a_word_is_wrong(void **state)
{
	(void)state;
	assert_int_equal(parse(COMMAND_OPERATE, "show nonsense"), ERR_SYNTAX);
	assert_non_null(
		strstr(why_data, "\"nonsense\" is not understood; possible: calls, call, "));
	assert_int_equal(parse(COMMAND_OPERATE, "show"), ERR_SYNTAX);
	assert_non_null(strstr(why_data, "the command is not complete; possible: calls"));
	assert_int_equal(parse(COMMAND_OPERATE, "show ca"), ERR_SYNTAX);
	assert_non_null(strstr(why_data, "\"ca\" is ambiguous"));
	assert_int_equal(parse(COMMAND_OPERATE, "clear call"), ERR_SYNTAX);
	assert_string_equal(why_data, "\"clear call\" needs <id>");
	assert_int_equal(parse(COMMAND_OPERATE, "show version now"), ERR_SYNTAX);
	assert_string_equal(why_data, "\"show version\" is complete before \"now\"");
	assert_int_equal(parse(COMMAND_OPERATE, "show calls a b"), ERR_SYNTAX);
	assert_string_equal(why_data, "\"show calls\" is complete before \"b\"");
	assert_int_equal(parse(COMMAND_OPERATE, ""), ERR_SYNTAX);
}

static void a_mode_has_only_its_own_commands(void **state)
{
	(void)state;
	assert_int_equal(parse(COMMAND_OPERATE, "set system name x"), ERR_SYNTAX);
	assert_int_equal(parse(COMMAND_CONFIGURE, "clear call all"), ERR_SYNTAX);
	assert_parses(COMMAND_CONFIGURE, "run clear call all", "run", "clear call all");
	assert_parses(COMMAND_OPERATE, "exit", "exit", "");
	assert_parses(COMMAND_CONFIGURE, "exit", "exit", "");
}

static void quotes_keep_blanks_together(void **state)
{
	struct slice rest = SLICE(" \"a b\" c \"\" \"open");

	(void)state;
	assert_true(slice_is_text(command_take_word(&rest), "a b"));
	assert_true(slice_is_text(command_take_word(&rest), "c"));
	assert_true(slice_is_text(command_take_word(&rest), ""));
	assert_true(slice_is_text(command_take_word(&rest), "open"));
	assert_int_equal(command_take_word(&rest).len, 0);
	assert_parses(COMMAND_OPERATE, "show calls \"a b\"", "show calls", "a b");
}

static char choices[4096];

static void put_choice(void *arg, struct slice word, const char *help)
{
	size_t len = strlen(choices);

	(void)arg;
	assert_non_null(help);
	snprintf(choices + len, sizeof(choices) - len, "%.*s ", SLICE_ARG(word));
}

static const struct command *complete(enum command_mode mode, const char *line)
{
	choices[0] = '\0';
	return command_complete(mode, slice_from_text(line), put_choice, NULL, &argument);
}

static void completes_the_word_at_the_end_of_the_line(void **state)
{
	(void)state;
	assert_null(complete(COMMAND_OPERATE, "sh"));
	assert_string_equal(choices, "show ");
	complete(COMMAND_OPERATE, "show ");
	assert_string_equal(choices, "calls call trunks sessions media counters cdr version "
				     "configuration history ");
	complete(COMMAND_OPERATE, "show c");
	assert_string_equal(choices, "calls call counters cdr configuration ");
	complete(COMMAND_OPERATE, "show calls ");
	assert_string_equal(choices, "<cr> <filter> ");
	complete(COMMAND_OPERATE, "show call ");
	assert_string_equal(choices, "<id> ");
	complete(COMMAND_OPERATE, "show version ");
	assert_string_equal(choices, "<cr> ");
	complete(COMMAND_CONFIGURE, "commit ");
	assert_string_equal(choices, "check confirm <cr> ");
}

static void offers_nothing_behind_what_is_wrong_or_complete(void **state)
{
	(void)state;
	complete(COMMAND_OPERATE, "nonsense ");
	assert_string_equal(choices, "");
	complete(COMMAND_OPERATE, "show calls x ");
	assert_string_equal(choices, "");
	complete(COMMAND_OPERATE, "show ca ");
	assert_string_equal(choices, "");
}

static void hands_on_where_the_rest_of_the_line_is_an_argument(void **state)
{
	const struct command *c = complete(COMMAND_CONFIGURE, "set realm co");

	(void)state;
	assert_non_null(c);
	assert_ptr_equal(c->run, ctl_do_set);
	assert_true(slice_is_text(argument, " realm co"));
	assert_string_equal(choices, "");
	assert_null(complete(COMMAND_CONFIGURE, "se"));
	assert_string_equal(choices, "set ");
}

/* The unit tests run at the top of the tree. */
static void the_manual_page_names_every_command(void **state)
{
	static char page[65536];
	FILE *file = fopen("man/enlace.1", "r");
	const struct command *c;
	size_t len;

	(void)state;
	assert_non_null(file);
	len = fread(page, 1, sizeof(page) - 1, file);
	page[len] = '\0';
	fclose(file);
	for (unsigned i = 0; (c = command_get(i)); i++) {
		char line[128];

		snprintf(line, sizeof(line), "Ic %s", c->words);
		if (!strstr(page, line))
			fail_msg("man/enlace.1 does not name \"%s\"", c->words);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_a_command_and_its_argument),
		cmocka_unit_test(words_may_be_cut_short_while_unambiguous),
		cmocka_unit_test(says_what_is_possible_when_a_word_is_wrong),
		cmocka_unit_test(a_mode_has_only_its_own_commands),
		cmocka_unit_test(quotes_keep_blanks_together),
		cmocka_unit_test(completes_the_word_at_the_end_of_the_line),
		cmocka_unit_test(offers_nothing_behind_what_is_wrong_or_complete),
		cmocka_unit_test(hands_on_where_the_rest_of_the_line_is_an_argument),
		cmocka_unit_test(the_manual_page_names_every_command),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
