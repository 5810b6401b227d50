/* log.c -- one line per event on standard error, written whole in one call. */
#include "common/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/text.h"

enum { LINE_SIZE = 2048 };

static const char *const level_names[] = { "err", "warn", "info", "debug" };
static const char level_priority[] = { '3', '4', '6', '7' };

static const char *process = "enlace";
static enum log_level current_level = LOG_LEVEL_INFO;
static int under_journald;

void log_open(const char *process_name)
{
	const char *wanted = getenv("ENLACE_LOG");

	process = process_name;
	under_journald = getenv("JOURNAL_STREAM") != NULL;
	for (unsigned i = 0; wanted && i < sizeof(level_names) / sizeof(level_names[0]); i++)
		if (strcmp(wanted, level_names[i]) == 0)
			current_level = (enum log_level)i;
}

void log_set_level(enum log_level level)
{
	current_level = level;
}

int log_is_on(enum log_level level)
{
	return level <= current_level;
}

/* Quoted where a blank or a quote would make the line ambiguous; control bytes
 * from the network never reach the terminal of an operator. */
static void put_value(struct text *t, struct slice value)
{
	bool plain = value.len > 0;

	for (size_t i = 0; plain && i < value.len; i++) {
		unsigned char c = (unsigned char)value.data[i];

		plain = c > ' ' && c < 0x7f && c != '"' && c != '\\' && c != '=';
	}
	if (plain) {
		text_put_slice(t, value);
		return;
	}
	text_put_byte(t, '"');
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.data[i];

		if (c == '"' || c == '\\') {
			text_put_byte(t, '\\');
			text_put_byte(t, (char)c);
		} else if (c < ' ' || c == 0x7f) {
			text_printf(t, "\\x%02x", c);
		} else {
			text_put_byte(t, (char)c);
		}
	}
	text_put_byte(t, '"');
}

static void put_field(struct text *t, const struct log_field *f)
{
	char buf[ADDR_TEXT_SIZE];

	text_put_byte(t, ' ');
	text_put_string(t, f->name);
	text_put_byte(t, '=');
	switch (f->kind) {
	case LOG_FIELD_TEXT:
		put_value(t, slice_from_text(f->text ? f->text : ""));
		break;
	case LOG_FIELD_SLICE:
		put_value(t, f->slice);
		break;
	case LOG_FIELD_INT:
		text_printf(t, "%lld", (long long)f->number);
		break;
	case LOG_FIELD_HEX:
		text_printf(t, "%llx", (unsigned long long)f->number);
		break;
	case LOG_FIELD_ADDR:
		text_put_string(t, addr_print(f->addr, buf, sizeof(buf)));
		break;
	}
}

static void put_time(struct text *t)
{
	struct timespec now;
	struct tm parts;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &parts);
	text_printf(t, "%04d-%02d-%02dT%02d:%02d:%02d.%03ldZ %s ", parts.tm_year + 1900,
		    parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
		    now.tv_nsec / 1000000, process);
}

void log_write(enum log_level level, const char *sentence, const struct log_field *fields,
	       size_t field_count)
{
	char line[LINE_SIZE];
	struct text t;
	ssize_t written;

	if (!log_is_on(level))
		return;
	text_init(&t, line, sizeof(line) - 1);
	if (under_journald)
		text_printf(&t, "<%c>", level_priority[level]);
	else
		put_time(&t);
	text_put_string(&t, level_names[level]);
	text_put_literal(&t, ": ");
	text_put_string(&t, sentence);
	for (size_t i = 1; i < field_count; i++)
		put_field(&t, &fields[i]);
	line[t.len++] = '\n';
	written = write(STDERR_FILENO, line, t.len);
	(void)written; /* nowhere left to say that the log is gone */
}
