/* fuzz_ctl.c -- a line from a shell: parsed, completed and applied to a candidate.  The
 * first byte chooses the mode. */
#include <stdint.h>
#include <string.h>

#include "common/check.h"
#include "db/config/config.h"
#include "mgmt/ctl/command.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned choice_count;

static void count_choice(void *arg, struct slice word, const char *help)
{
	(void)arg;
	CHECK(word.len && help);
	choice_count++;
}

static void count_word(void *arg, const char *word, const char *help)
{
	count_choice(arg, slice_from_text(word), help);
}

static struct config *get_candidate(void)
{
	static struct config *base;

	if (!base) {
		CHECK(config_create(&base) == ERR_NONE);
		CHECK(config_apply_line(base, SLICE("set realm core address 127.0.0.1"), NULL) ==
		      ERR_NONE);
		CHECK(config_apply_line(base, SLICE("set trunk itsp realm core"), NULL) ==
		      ERR_NONE);
	}
	return base;
}

static void apply(struct slice line)
{
	struct config *candidate;
	char data[1024];
	struct text why;

	text_init(&why, data, sizeof(data));
	CHECK(config_copy(get_candidate(), &candidate) == ERR_NONE);
	if (config_apply_line(candidate, line, &why))
		CHECK(why.len > 0);
	config_complete(candidate, line, count_word, NULL);
	config_destroy(candidate);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum command_mode mode = size && data[0] == 'c' ? COMMAND_CONFIGURE : COMMAND_OPERATE;
	struct slice line = { (const char *)data + 1, size ? size - 1 : 0 }, argument;
	const struct command *command;
	char sentence[1024];
	struct text why;

	if (size == 0)
		return 0;
	text_init(&why, sentence, sizeof(sentence));
	if (command_parse(mode, line, &command, &argument, &why))
		CHECK(why.len > 0);
	else
		CHECK(argument.len <= line.len);
	if (command_complete(mode, line, count_choice, NULL, &argument) &&
	    mode == COMMAND_CONFIGURE)
		apply(line);
	return 0;
}
