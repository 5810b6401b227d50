/* fuzz_config_line.c -- any text as configuration lines: a refused line changes nothing,
 * and what is printed is accepted again and prints the same. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/check.h"
#include "db/config/config.h"

enum { FUZZ_PRINT_SIZE = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void append_line(void *arg, const char *line)
{
	text_put_string(arg, line);
	text_put_byte(arg, '\n');
}

static struct slice print(const struct config *c, char *buf)
{
	struct text t;

	text_init(&t, buf, FUZZ_PRINT_SIZE);
	config_print_lines(c, append_line, &t);
	CHECK(!t.overflow);
	return text_get(&t);
}

static void ignore_offer(void *arg, const char *word, const char *help)
{
	(void)arg;
	CHECK(*word && help);
}

static void apply_printed(struct config *c, struct slice lines)
{
	while (lines.len)
		CHECK(config_apply_line(c, slice_take_until(&lines, '\n'), NULL) == ERR_NONE);
}

/* Accepted lines go to `accepted` as well, which so never sees a refused one. */
static void apply_fuzzed(struct config *c, struct config *accepted, struct slice lines)
{
	while (lines.len) {
		struct slice line = slice_take_until(&lines, '\n');
		char why[1024];
		struct text t;

		text_init(&t, why, sizeof(why));
		config_complete(c, line, ignore_offer, NULL);
		if (config_apply_line(c, line, &t))
			CHECK(t.len);
		else
			CHECK(config_apply_line(accepted, line, NULL) == ERR_NONE);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static char first[FUZZ_PRINT_SIZE], second[FUZZ_PRINT_SIZE];
	struct config *c, *accepted, *again, *copy;
	char buf[512];
	struct text report;
	struct slice printed;

	if (len > 2048)
		return 0;
	CHECK(!config_create(&c) && !config_create(&again) && !config_create(&accepted));
	apply_fuzzed(c, accepted, (struct slice){ (const char *)data, len });
	text_init(&report, buf, sizeof(buf));
	(void)config_check(c, &report);
	(void)config_warn(c, &report);
	printed = print(c, first);
	CHECK(slice_is_equal(printed, print(accepted, second)));
	apply_printed(again, printed);
	CHECK(slice_is_equal(printed, print(again, second)));
	CHECK(config_copy(c, &copy) == ERR_NONE);
	config_resolve(copy);
	CHECK(slice_is_equal(printed, print(c, second)));
	config_destroy(copy);
	config_destroy(again);
	config_destroy(accepted);
	config_destroy(c);
	return 0;
}
