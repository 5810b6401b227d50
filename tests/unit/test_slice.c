/* test_slice.c -- common/slice and common/text: borrowed bytes and bounded text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "common/text.h"

static void compares_bytes_and_case(void **state)
{
	(void)state;
	assert_true(slice_is_text(SLICE("Via"), "Via"));
	assert_false(slice_is_text(SLICE("Via"), "via"));
	assert_true(slice_is_text_nocase(SLICE("Via"), "vIA"));
	assert_false(slice_is_text_nocase(SLICE("Via"), "Vi"));
	assert_true(slice_is_equal(SLICE_NONE, SLICE("")));
	assert_true(slice_has_prefix(SLICE("a=rtpmap"), "a="));
	assert_false(slice_has_prefix(SLICE("a"), "a="));
}

static void trims_blanks_and_line_ends_only_at_the_ends(void **state)
{
	(void)state;
	assert_true(slice_is_text(slice_trim(SLICE("\r\n\t a b \r\n")), "a b"));
	assert_int_equal(slice_trim(SLICE(" \t\r\n")).len, 0);
}

static void takes_parts_until_nothing_is_left(void **state)
{
	struct slice rest = SLICE("a;;b");

	(void)state;
	assert_true(slice_is_text(slice_take_until(&rest, ';'), "a"));
	assert_true(slice_is_text(slice_take_until(&rest, ';'), ""));
	assert_true(slice_is_text(slice_take_until(&rest, ';'), "b"));
	assert_int_equal(rest.len, 0);
	assert_int_equal(slice_take_until(&rest, ';').len, 0);
	rest = SLICE_NONE;
	assert_int_equal(slice_take_until(&rest, ';').len, 0);
}

static void reads_numbers_up_to_their_limit_and_nothing_else(void **state)
{
	uint64_t value = 99;

	(void)state;
	assert_int_equal(slice_parse_u64(SLICE("65535"), 65535, &value), ERR_NONE);
	assert_int_equal(value, 65535);
	assert_int_equal(slice_parse_u64(SLICE("65536"), 65535, &value), ERR_RANGE);
	assert_int_equal(slice_parse_u64(SLICE("9"), 5, &value), ERR_RANGE);
	assert_int_equal(slice_parse_u64(SLICE("0"), 0, &value), ERR_NONE);
	assert_int_equal(slice_parse_u64(SLICE("1"), 0, &value), ERR_RANGE);
	assert_int_equal(slice_parse_u64(SLICE("18446744073709551615"), UINT64_MAX, &value),
			 ERR_NONE);
	assert_true(value == UINT64_MAX);
	assert_int_equal(slice_parse_u64(SLICE("18446744073709551616"), UINT64_MAX, &value),
			 ERR_RANGE);
	assert_int_equal(slice_parse_u64(SLICE(""), 9, &value), ERR_SYNTAX);
	assert_int_equal(slice_parse_u64(SLICE("-1"), 9, &value), ERR_SYNTAX);
	assert_int_equal(slice_parse_u64(SLICE("+1"), 9, &value), ERR_SYNTAX);
	assert_int_equal(slice_parse_u64(SLICE("1 "), 9, &value), ERR_SYNTAX);
	assert_true(value == UINT64_MAX);
}

static void copies_only_what_fits_with_its_end(void **state)
{
	char out[4] = "old";

	(void)state;
	assert_int_equal(slice_copy_text(SLICE("1234"), out, sizeof(out)), ERR_TOO_LONG);
	assert_string_equal(out, "old");
	assert_int_equal(slice_copy_text(SLICE("123"), out, sizeof(out)), ERR_NONE);
	assert_string_equal(out, "123");
}

static void text_that_does_not_fit_writes_nothing_and_says_so(void **state)
{
	char data[5];
	struct text t;

	(void)state;
	text_init(&t, data, sizeof(data));
	text_put_literal(&t, "abc");
	text_put_literal(&t, "def");
	assert_true(t.overflow);
	assert_true(slice_is_text(text_get(&t), "abc"));
	text_printf(&t, "%d", 123);
	assert_true(slice_is_text(text_get(&t), "abc"));
	text_put_byte(&t, 'd');
	text_put_byte(&t, 'e');
	assert_true(slice_is_text(text_get(&t), "abcde"));
	assert_string_equal(text_get_string(&t), "abcd");
}

static void writes_numbers_and_hexadecimal(void **state)
{
	char data[64];
	struct text t;

	(void)state;
	text_init(&t, data, sizeof(data));
	text_put_u64(&t, 0);
	text_put_byte(&t, ' ');
	text_put_u64(&t, UINT64_MAX);
	text_put_byte(&t, ' ');
	text_put_hex(&t, "\x00\xff\x1a", 3);
	assert_string_equal(text_get_string(&t), "0 18446744073709551615 00ff1a");
	assert_false(t.overflow);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compares_bytes_and_case),
		cmocka_unit_test(trims_blanks_and_line_ends_only_at_the_ends),
		cmocka_unit_test(takes_parts_until_nothing_is_left),
		cmocka_unit_test(reads_numbers_up_to_their_limit_and_nothing_else),
		cmocka_unit_test(copies_only_what_fits_with_its_end),
		cmocka_unit_test(text_that_does_not_fit_writes_nothing_and_says_so),
		cmocka_unit_test(writes_numbers_and_hexadecimal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
