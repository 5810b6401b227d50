/* text.c -- a document as aligned text for a terminal. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/text.h"
#include "mgmt/show/document.h"

/* A cell wider than that pushes the rest of its line aside instead of widening every
 * other line. */
enum { PADDED_MAX = 40, GAP = 2, ARROW_WIDTH = 30 };

struct column {
	struct slice name;
	enum show_unit unit;
	unsigned width;
	bool is_number;
};

/* Writes one cell so that no byte of it can move the cursor; returns its width. */
static unsigned put_clean(struct show_buffer *out, struct slice s)
{
	unsigned width = 0;

	while (s.len) {
		unsigned len = show_character_len(s);

		if (len)
			show_buffer_put(out, s.data, len);
		else
			show_buffer_printf(out, "\\x%02x", (unsigned char)s.data[0]);
		width += len ? 1 : 4;
		len = len ? len : 1;
		s.data += len;
		s.len -= len;
	}
	return width;
}

static unsigned get_width(struct slice s)
{
	unsigned width = 0;

	while (s.len) {
		unsigned len = show_character_len(s);

		width += len ? 1 : 4;
		len = len ? len : 1;
		s.data += len;
		s.len -= len;
	}
	return width;
}

static void pad(struct show_buffer *out, unsigned from, unsigned to)
{
	for (; from < to; from++)
		show_buffer_put_text(out, " ");
}

static const char *print_seconds(uint64_t s, char *buf, size_t size)
{
	if (s < 60)
		snprintf(buf, size, "%" PRIu64 "s", s);
	else if (s < 3600)
		snprintf(buf, size, "%" PRIu64 "m%02" PRIu64 "s", s / 60, s % 60);
	else if (s < 86400)
		snprintf(buf, size, "%" PRIu64 "h%02" PRIu64 "m", s / 3600, s / 60 % 60);
	else
		snprintf(buf, size, "%" PRIu64 "d%02" PRIu64 "h", s / 86400, s / 3600 % 24);
	return buf;
}

static struct slice print_cell(const struct show_record *cell, enum show_unit unit, char *buf,
			       size_t size)
{
	if (cell->tag == SHOW_CELL_TEXT)
		return cell->text;
	switch (unit) {
	case SHOW_SECONDS:
		print_seconds(cell->number, buf, size);
		break;
	case SHOW_MILLISECONDS:
		snprintf(buf, size, "%" PRIu64 "ms", cell->number);
		break;
	case SHOW_MICROSECONDS:
		snprintf(buf, size, "%" PRIu64 ".%" PRIu64 "ms", cell->number / 1000,
			 cell->number / 100 % 10);
		break;
	case SHOW_COUNT:
		snprintf(buf, size, "%" PRIu64, cell->number);
		break;
	}
	return slice_from_text(buf);
}

/* The heading of a column: its name without the unit, which stands in the cells. */
static struct slice get_heading(const struct column *c)
{
	static const char *const suffixes[] = {
		[SHOW_SECONDS] = "_s", [SHOW_MILLISECONDS] = "_ms", [SHOW_MICROSECONDS] = "_us"
	};
	const char *suffix = suffixes[c->unit];
	struct slice name = c->name;
	size_t len = suffix ? strlen(suffix) : 0;

	if (len && name.len > len && memcmp(name.data + name.len - len, suffix, len) == 0)
		name.len -= len;
	return name;
}

static void put_heading(struct show_buffer *out, struct slice heading)
{
	for (size_t i = 0; i < heading.len; i++) {
		char c = heading.data[i];

		if (c == '_')
			c = ' ';
		else if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		show_buffer_put(out, &c, 1);
	}
}

static bool is_cell(const struct show_record *r)
{
	return r->tag == SHOW_CELL_TEXT || r->tag == SHOW_CELL_NUMBER;
}

/* Reads the columns and measures the rows that follow. */
static unsigned measure_table(struct show_reader r, struct column *columns, size_t *out_row_count)
{
	unsigned count = 0, at = 0;
	size_t rows = 0;
	struct show_record record;
	char buf[64];

	while (show_next(&r, &record)) {
		unsigned width;

		if (record.tag == SHOW_EMPTY_SENTENCE)
			continue;
		if (record.tag == SHOW_COLUMN && count < SHOW_COLUMNS_MAX) {
			struct column *c = &columns[count++];

			*c = (struct column){ .name = record.text, .unit = record.unit };
			c->width = (unsigned)get_heading(c).len;
		} else if (record.tag == SHOW_ROW) {
			rows++;
			at = 0;
		} else if (is_cell(&record) && at < count) {
			width = get_width(print_cell(&record, columns[at].unit, buf, sizeof(buf)));
			if (width > columns[at].width)
				columns[at].width = width < PADDED_MAX ? width : PADDED_MAX;
			columns[at++].is_number = record.tag == SHOW_CELL_NUMBER;
		} else if (!is_cell(&record) && record.tag != SHOW_COLUMN) {
			break;
		}
	}
	*out_row_count = rows;
	return count;
}

static void put_headings(struct show_buffer *out, const struct column *columns, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct slice heading = get_heading(&columns[i]);

		pad(out, 0, i ? GAP : 0);
		if (columns[i].is_number)
			pad(out, (unsigned)heading.len, columns[i].width);
		put_heading(out, heading);
		if (!columns[i].is_number && i + 1 < count)
			pad(out, (unsigned)heading.len, columns[i].width);
	}
	show_buffer_put_text(out, "\n");
}

static void put_cell(struct show_buffer *out, const struct column *c,
		     const struct show_record *cell, bool is_last)
{
	char buf[64];
	struct slice value = print_cell(cell, c->unit, buf, sizeof(buf));
	unsigned width;

	if (c->is_number)
		pad(out, (unsigned)value.len, c->width);
	width = put_clean(out, value);
	if (!c->is_number && !is_last)
		pad(out, width, c->width);
}

static void put_row(struct show_buffer *out, struct show_reader *r, const struct column *columns,
		    unsigned count)
{
	struct show_record cell;

	for (unsigned i = 0; show_peek(r, &cell) && is_cell(&cell); i++) {
		show_next(r, &cell);
		if (i >= count)
			continue;
		pad(out, 0, i ? GAP : 0);
		put_cell(out, &columns[i], &cell, i + 1 == count);
	}
	while (out->len && out->data[out->len - 1] == ' ')
		out->len--;
	show_buffer_put_text(out, "\n");
}

static void put_table(struct show_writer *w, struct show_reader *r)
{
	struct column columns[SHOW_COLUMNS_MAX];
	size_t row_count;
	unsigned count = measure_table(*r, columns, &row_count);
	struct show_record record;
	bool open = true;

	if (row_count)
		put_headings(&w->rendered, columns, count);
	while (show_peek(r, &record)) {
		size_t before = w->rendered.len;

		if (record.tag != SHOW_EMPTY_SENTENCE && record.tag != SHOW_COLUMN &&
		    record.tag != SHOW_ROW)
			break;
		show_next(r, &record);
		if (record.tag == SHOW_EMPTY_SENTENCE && row_count == 0 && record.text.len) {
			put_clean(&w->rendered, record.text);
			show_buffer_put_text(&w->rendered, "\n");
		}
		if (record.tag != SHOW_ROW)
			continue;
		put_row(&w->rendered, r, columns, count);
		show_settle_part(w, before, &open);
	}
}

static void put_facts(struct show_writer *w, struct show_reader *r)
{
	struct show_reader measure = *r;
	struct show_record name, value;
	unsigned width = 0;
	bool open = true;

	while (show_next(&measure, &name) && name.tag == SHOW_FACT_NAME) {
		unsigned len = get_width(name.text);

		width = len > width && len <= PADDED_MAX ? len : width;
		show_next(&measure, &value);
	}
	while (show_peek(r, &name) && name.tag == SHOW_FACT_NAME) {
		size_t before = w->rendered.len;

		show_next(r, &name);
		show_next(r, &value);
		pad(&w->rendered, put_clean(&w->rendered, name.text), width + GAP);
		put_clean(&w->rendered, value.text);
		show_buffer_put_text(&w->rendered, "\n");
		show_settle_part(w, before, &open);
	}
}

static void put_lines(struct show_writer *w, struct show_reader *r)
{
	struct show_record line;
	bool open = true;

	while (show_peek(r, &line) && line.tag == SHOW_LINE) {
		size_t before = w->rendered.len;

		show_next(r, &line);
		put_clean(&w->rendered, line.text);
		show_buffer_put_text(&w->rendered, "\n");
		show_settle_part(w, before, &open);
	}
}

/* One arrow between a leg and us: "--- INVITE --->" or "<--- 200 OK ---". */
static void put_arrow(struct show_buffer *out, struct slice what, bool to_right)
{
	int width, label;

	if (what.len > ARROW_WIDTH - 8)
		what.len = ARROW_WIDTH - 8;
	label = (int)get_width(what) + 2;
	show_buffer_put_text(out, to_right ? "-" : "<");
	for (width = 1; width < (ARROW_WIDTH - label) / 2; width++)
		show_buffer_put_text(out, "-");
	show_buffer_put_text(out, " ");
	width += (int)put_clean(out, what) + 2;
	show_buffer_put_text(out, " ");
	for (; width + 1 < ARROW_WIDTH; width++)
		show_buffer_put_text(out, "-");
	show_buffer_put_text(out, to_right ? ">" : "-");
}

static void put_step(struct show_buffer *out, const struct show_record cells[5])
{
	uint64_t at_us = cells[0].number;
	bool callee = cells[1].number != 0, sent = cells[2].number != 0;

	show_buffer_printf(out, "%6" PRIu64 ".%03" PRIu64 "  |", at_us / 1000000,
			   at_us / 1000 % 1000);
	if (callee)
		pad(out, 0, ARROW_WIDTH);
	else
		put_arrow(out, cells[3].text, !sent);
	show_buffer_put_text(out, "|");
	if (callee)
		put_arrow(out, cells[3].text, sent);
	else
		pad(out, 0, ARROW_WIDTH);
	show_buffer_put_text(out, "|");
	if (cells[4].text.len) {
		show_buffer_put_text(out, "  ");
		put_clean(out, cells[4].text);
	}
	show_buffer_put_text(out, "\n");
}

static void put_ladder(struct show_writer *w, struct show_reader *r)
{
	struct show_record record, cells[5];
	bool open = true, first = true;

	while (show_peek(r, &record) && (record.tag == SHOW_COLUMN || record.tag == SHOW_ROW)) {
		size_t before = w->rendered.len;
		unsigned i;

		show_next(r, &record);
		if (record.tag != SHOW_ROW)
			continue;
		for (i = 0; i < 5 && show_peek(r, &record) && is_cell(&record); i++)
			show_next(r, &cells[i]);
		if (i < 5)
			break;
		if (first)
			show_buffer_printf(&w->rendered, "\n%10s  %-*s%-*s%s\n", "seconds",
					   ARROW_WIDTH, "caller", ARROW_WIDTH + 1, " SBC",
					   " callee");
		first = false;
		put_step(&w->rendered, cells);
		show_settle_part(w, before, &open);
	}
}

static void put_sentence(struct show_buffer *out, struct slice sentence)
{
	put_clean(out, sentence);
	show_buffer_put_text(out, "\n");
}

void show_render_text(struct show_writer *w)
{
	struct show_reader r = show_read(w);
	struct show_record record;
	size_t stored_cut = w->cut_count;

	while (show_next(&r, &record)) {
		if (record.tag == SHOW_TABLE)
			put_table(w, &r);
		else if (record.tag == SHOW_FACTS)
			put_facts(w, &r);
		else if (record.tag == SHOW_LINES)
			put_lines(w, &r);
		else if (record.tag == SHOW_LADDER)
			put_ladder(w, &r);
		else if (record.tag == SHOW_NOTE || record.tag == SHOW_ERROR)
			put_sentence(&w->rendered, record.text);
	}
	if (w->cut_count)
		show_buffer_printf(&w->rendered, "(cut: %zu more are not shown)\n", w->cut_count);
	w->cut_count = stored_cut;
}
