/* file.c -- reading a configuration file line by line. */
#include "mgmt/config/file.h"

#include <errno.h>
#include <string.h>

struct file {
	const char *path;
	FILE *complaints;
	unsigned line_number, wrong_count;
};

static void complain(struct file *f, const char *sentence)
{
	if (f->wrong_count++ < FILE_COMPLAINTS_MAX)
		fprintf(f->complaints, "%s:%u: %s\n", f->path, f->line_number, sentence);
}

static void apply_line(struct file *f, struct config *c, struct slice line)
{
	char why_data[512];
	struct text why;

	line = slice_trim(line);
	if (line.len == 0 || line.data[0] == '#')
		return;
	text_init(&why, why_data, sizeof(why_data));
	c->line = f->line_number;
	if (config_apply_line(c, line, &why))
		complain(f, text_get_string(&why));
}

static void read_lines(struct file *f, FILE *in, struct config *c)
{
	char line[CONFIG_LINE_SIZE];

	while (fgets(line, sizeof(line), in)) {
		size_t len = strlen(line);

		f->line_number++;
		if (len + 1 == sizeof(line) && line[len - 1] != '\n') {
			int next;

			complain(f, "the line is longer than 4095 bytes");
			do
				next = fgetc(in);
			while (next != '\n' && next != EOF);
			continue;
		}
		if (len && line[len - 1] != '\n' && !feof(in))
			complain(f, "the line has a NUL byte");
		else
			apply_line(f, c, (struct slice){ line, len });
	}
}

static void check(struct file *f, const struct config *c)
{
	static char report_data[65536];
	struct text report;

	text_init(&report, report_data, sizeof(report_data));
	f->wrong_count += config_check_file(c, f->path, &report);
	fputs(text_get_string(&report), f->complaints);
	if (f->wrong_count)
		return;
	text_init(&report, report_data, sizeof(report_data));
	config_warn_file(c, f->path, &report);
	fputs(text_get_string(&report), f->complaints);
}

enum err file_load_config(const char *path, FILE *complaints, struct config **out_config)
{
	struct file f = { .path = path, .complaints = complaints };
	struct config *c;
	FILE *in = fopen(path, "re");
	enum err e;

	if (!in) {
		e = err_from_errno(errno);
		fprintf(complaints, "%s: %s\n", path, strerror(errno));
		return e;
	}
	e = config_create(&c);
	if (e) {
		fclose(in);
		return e;
	}
	read_lines(&f, in, c);
	if (ferror(in))
		complain(&f, strerror(errno));
	fclose(in);
	c->line = 0;
	check(&f, c);
	if (f.wrong_count > FILE_COMPLAINTS_MAX)
		fprintf(complaints, "%s: %u complaints in all\n", path, f.wrong_count);
	if (f.wrong_count) {
		config_destroy(c);
		return ERR_SYNTAX;
	}
	*out_config = c;
	return ERR_NONE;
}
