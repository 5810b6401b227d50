/* test_show.c -- mgmt/show: text and JSON from the same calls, bounded and clean. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mgmt/show/rows.h"
#include "mgmt/show/writer.h"

static struct show_writer *writer;
static char *rendered;

static int set_up(void **state)
{
	(void)state;
	rendered = NULL;
	return show_writer_create(&writer) == ERR_NONE ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	free(rendered);
	show_writer_destroy(writer);
	return 0;
}

static const char *render(enum show_format format)
{
	struct slice s = show_render(writer, format);

	free(rendered);
	rendered = strndup(s.data, s.len);
	assert_non_null(rendered);
	return rendered;
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in: %s", part, text);
}

/* --- a reader of JSON (RFC 8259), strict and without values ------------------------ */

static bool skip_value(const char **at);

static void skip_blanks(const char **at)
{
	*at += strspn(*at, " \t\r\n");
}

static bool skip_string(const char **at)
{
	if (*(*at)++ != '"')
		return false;
	for (; **at && **at != '"'; (*at)++) {
		if ((unsigned char)**at < 0x20)
			return false;
		if (**at != '\\')
			continue;
		(*at)++;
		if (**at == 'u') {
			if (strspn(*at + 1, "0123456789abcdefABCDEF") < 4)
				return false;
			*at += 4;
		} else if (!**at || !strchr("\"\\/bfnrt", **at)) {
			return false;
		}
	}
	return *(*at)++ == '"';
}

static bool skip_members(const char **at, char end, bool named)
{
	(*at)++;
	skip_blanks(at);
	if (**at == end)
		return *(*at)++ == end;
	for (;;) {
		skip_blanks(at);
		if (named) {
			if (!skip_string(at))
				return false;
			skip_blanks(at);
			if (*(*at)++ != ':')
				return false;
		}
		if (!skip_value(at))
			return false;
		skip_blanks(at);
		if (**at == end)
			return *(*at)++ == end;
		if (*(*at)++ != ',')
			return false;
	}
}

static bool skip_value(const char **at)
{
	size_t digits;

	skip_blanks(at);
	if (**at == '{')
		return skip_members(at, '}', true);
	if (**at == '[')
		return skip_members(at, ']', false);
	if (**at == '"')
		return skip_string(at);
	digits = strspn(*at, "0123456789");
	*at += digits;
	return digits > 0;
}

static void assert_is_json(const char *text)
{
	const char *at = text;

	if (!skip_value(&at))
		fail_msg("no JSON at %ld: %.80s", (long)(at - text), at);
	skip_blanks(&at);
	assert_int_equal(*at, '\0');
}

/* --- tests -------------------------------------------------------------------------- */

static void fill_table(void)
{
	show_begin_table(writer, "calls", "no calls");
	show_add_column(writer, "id", SHOW_COUNT);
	show_add_column(writer, "age_s", SHOW_SECONDS);
	show_add_column(writer, "called_number", SHOW_COUNT);
	show_begin_row(writer);
	show_put_text(writer, SLICE("1a"));
	show_put_number(writer, 75);
	show_put_text(writer, SLICE("+49 30 \"1\""));
	show_begin_row(writer);
	show_put_text(writer, SLICE("longer"));
	show_put_number(writer, 7);
	show_put_text(writer, SLICE_NONE);
}

static void text_and_json_say_the_same(void **state)
{
	(void)state;
	fill_table();
	show_put_note(writer, SLICE("a note"));
	assert_string_equal(render(SHOW_TEXT), "ID        AGE  CALLED NUMBER\n"
					       "1a      1m15s  +49 30 \"1\"\n"
					       "longer     7s\n"
					       "a note\n");
	assert_string_equal(render(SHOW_JSON),
			    "{\"calls\":[\n"
			    "{\"id\":\"1a\",\"age_s\":75,\"called_number\":\"+49 30 \\\"1\\\"\"},\n"
			    "{\"id\":\"longer\",\"age_s\":7,\"called_number\":\"\"}],\n"
			    "\"notes\":[\"a note\"]}\n");
	assert_is_json(rendered);
}

static void an_empty_table_is_a_sentence_or_an_empty_list(void **state)
{
	(void)state;
	show_begin_table(writer, "calls", "no calls");
	show_add_column(writer, "id", SHOW_COUNT);
	assert_string_equal(render(SHOW_TEXT), "no calls\n");
	assert_string_equal(render(SHOW_JSON), "{\"calls\":[]}\n");
	show_writer_clear(writer);
	assert_string_equal(render(SHOW_JSON), "{}\n");
}

static void facts_with_one_name_are_all_kept(void **state)
{
	(void)state;
	show_begin_facts(writer, "call");
	show_put_fact(writer, SLICE("state"), SLICE("ANSWERED"));
	show_put_fact(writer, SLICE("target"), SLICE("a"));
	show_put_fact(writer, SLICE("target"), SLICE("b"));
	assert_string_equal(render(SHOW_TEXT), "state   ANSWERED\ntarget  a\ntarget  b\n");
	assert_string_equal(render(SHOW_JSON), "{\"call\":{\n\"state\":\"ANSWERED\",\n"
					       "\"target\":\"a\",\n\"target 2\":\"b\"}}\n");
	assert_is_json(rendered);
}

static void a_ladder_draws_each_message_on_its_side(void **state)
{
	const char *text;

	(void)state;
	show_begin_ladder(writer, "ladder");
	show_put_step(writer, 0, 0, 0, SLICE("INVITE"), SLICE("RTP/SAVP"));
	show_put_step(writer, 1500, 1, 1, SLICE("INVITE"), SLICE_NONE);
	show_put_step(writer, 2000000, 1, 0, SLICE("200 OK"), SLICE_NONE);
	text = render(SHOW_TEXT);
	assert_has(text, "     0.000  |----------- INVITE ---------->|"
			 "                              |  RTP/SAVP\n");
	assert_has(text,
		   "     0.001  |                              |----------- INVITE ---------->|\n");
	assert_has(text,
		   "     2.000  |                              |<---------- 200 OK -----------|\n");
	assert_is_json(render(SHOW_JSON));
	assert_has(rendered, "{\"at_us\":1500,\"leg\":1,\"sent\":1,\"what\":\"INVITE\"");
}

static void no_byte_from_a_peer_reaches_the_terminal_or_breaks_json(void **state)
{
	char every[256];

	(void)state;
	for (int i = 0; i < 256; i++)
		every[i] = (char)i;
	show_begin_facts(writer, "call");
	show_put_fact(writer, (struct slice){ every, 256 }, (struct slice){ every, 256 });
	show_put_fact(writer, SLICE("utf-8"),
		      SLICE("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80"));
	show_put_fact(writer, SLICE("wrong"),
		      SLICE("\xc0\xaf \xed\xa0\x80 \xf5\x80 \xe2\x82 \xc2\x9b"));
	show_put_error(writer, (struct slice){ every, 256 });
	render(SHOW_TEXT);
	for (const char *c = rendered; *c; c++)
		assert_true(*c == '\n' || (unsigned char)*c >= 0x20);
	assert_has(rendered, "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80");
	assert_has(rendered, "\\xc0\\xaf \\xed\\xa0\\x80 \\xf5\\x80 \\xe2\\x82 \\xc2\\x9b");
	assert_is_json(render(SHOW_JSON));
	assert_has(rendered, "\\u001b");
}

static void rows_of_the_bus_have_their_fields_as_columns(void **state)
{
	struct ipc_message m = { .type = IPC_call_row };

	(void)state;
	m.call_row.id = SLICE("1a2b");
	m.call_row.state = SLICE("ANSWERED");
	m.call_row.age_s = 3700;
	show_begin_message_table(writer, IPC_call_row, "calls", "no calls");
	show_put_message_row(writer, &m);
	assert_has(render(SHOW_TEXT), "AGE");
	assert_has(rendered, "1h01m");
	assert_is_json(render(SHOW_JSON));
	for (unsigned i = 0; i < ipc_describe(IPC_call_row)->field_count; i++) {
		char key[80];

		snprintf(key, sizeof(key), "\"%s\":", ipc_describe(IPC_call_row)->fields[i].name);
		assert_has(rendered, key);
	}
}

static void what_does_not_fit_is_cut_at_a_whole_row_and_said(void **state)
{
	char wide[512];

	(void)state;
	memset(wide, 'x', sizeof(wide));
	show_begin_table(writer, "calls", "no calls");
	show_add_column(writer, "id", SHOW_COUNT);
	show_add_column(writer, "age", SHOW_COUNT);
	for (unsigned i = 0; i < 10000; i++) {
		show_begin_row(writer);
		show_put_text(writer, (struct slice){ wide, sizeof(wide) });
		show_put_number(writer, i);
	}
	show_put_note(writer, SLICE("a note"));
	assert_true(strlen(render(SHOW_TEXT)) < SHOW_RENDERED_MAX + 1000);
	assert_has(rendered, "a note\n(cut: ");
	assert_true(strlen(render(SHOW_JSON)) < SHOW_RENDERED_MAX + 1000);
	assert_has(rendered, "\"notes\":[\"a note\"],\n\"cut\":");
	assert_is_json(rendered);
}

/* What is stored fits, but its escapes do not. */
static void escapes_are_counted_too(void **state)
{
	char controls[512];

	(void)state;
	memset(controls, 1, sizeof(controls));
	show_begin_lines(writer, "lines");
	for (unsigned i = 0; i < 3500; i++)
		show_put_line(writer, (struct slice){ controls, sizeof(controls) });
	assert_true(strlen(render(SHOW_JSON)) < SHOW_RENDERED_MAX + 1000);
	assert_is_json(rendered);
	assert_has(rendered, "\"cut\":");
	assert_true(strlen(render(SHOW_TEXT)) < SHOW_RENDERED_MAX + 1000);
	assert_has(rendered, "(cut: ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define WRITTEN(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
		WRITTEN(text_and_json_say_the_same),
		WRITTEN(an_empty_table_is_a_sentence_or_an_empty_list),
		WRITTEN(facts_with_one_name_are_all_kept),
		WRITTEN(a_ladder_draws_each_message_on_its_side),
		WRITTEN(no_byte_from_a_peer_reaches_the_terminal_or_breaks_json),
		WRITTEN(rows_of_the_bus_have_their_fields_as_columns),
		WRITTEN(what_does_not_fit_is_cut_at_a_whole_row_and_said),
		WRITTEN(escapes_are_counted_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
