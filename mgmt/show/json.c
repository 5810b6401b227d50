/* json.c -- a document as one JSON object (RFC 8259). */
#include <inttypes.h>

#include "mgmt/show/document.h"

enum { FACTS_COMPARED_MAX = 500 };

static void put_string(struct show_buffer *out, struct slice s)
{
	show_buffer_put_text(out, "\"");
	while (s.len) {
		unsigned len = show_character_len(s);
		unsigned char c = (unsigned char)s.data[0];

		if (len == 0)
			show_buffer_printf(out, c < 0x80 ? "\\u%04x" : "\\ufffd", c);
		else if (c == '"' || c == '\\')
			show_buffer_printf(out, "\\%c", c);
		else
			show_buffer_put(out, s.data, len);
		len = len ? len : 1;
		s.data += len;
		s.len -= len;
	}
	show_buffer_put_text(out, "\"");
}

static void put_key(struct show_buffer *out, struct slice name)
{
	put_string(out, name);
	show_buffer_put_text(out, ":");
}

static void put_cells(struct show_buffer *out, struct show_reader *r, const struct slice *columns,
		      unsigned column_count)
{
	struct show_record cell;

	show_buffer_put_text(out, "{");
	for (unsigned i = 0; show_peek(r, &cell); i++) {
		if (cell.tag != SHOW_CELL_TEXT && cell.tag != SHOW_CELL_NUMBER)
			break;
		show_next(r, &cell);
		if (i >= column_count)
			continue;
		if (i)
			show_buffer_put_text(out, ",");
		put_key(out, columns[i]);
		if (cell.tag == SHOW_CELL_TEXT)
			put_string(out, cell.text);
		else
			show_buffer_printf(out, "%" PRIu64, cell.number);
	}
	show_buffer_put_text(out, "}");
}

static void put_table(struct show_writer *w, struct show_reader *r)
{
	struct slice columns[SHOW_COLUMNS_MAX];
	unsigned column_count = 0;
	bool first = true, open = true;
	struct show_record record;

	show_buffer_put_text(&w->rendered, "[");
	while (show_peek(r, &record)) {
		size_t before = w->rendered.len;

		if (record.tag != SHOW_COLUMN && record.tag != SHOW_ROW &&
		    record.tag != SHOW_EMPTY_SENTENCE)
			break;
		show_next(r, &record);
		if (record.tag == SHOW_COLUMN && column_count < SHOW_COLUMNS_MAX)
			columns[column_count++] = record.text;
		if (record.tag != SHOW_ROW)
			continue;
		show_buffer_put_text(&w->rendered, first ? "\n" : ",\n");
		put_cells(&w->rendered, r, columns, column_count);
		show_settle_part(w, before, &open);
		first = false;
	}
	show_buffer_put_text(&w->rendered, "]");
}

/* A name that came before gets a number: a reader of JSON would drop one of two. */
static unsigned count_before(struct show_reader from, const char *until, struct slice name)
{
	struct show_record record;
	unsigned count = 0;

	while (from.at < until && show_next(&from, &record))
		count += record.tag == SHOW_FACT_NAME && slice_is_equal(record.text, name);
	return count;
}

static void put_facts(struct show_writer *w, struct show_reader *r)
{
	struct show_reader start = *r;
	struct show_record name, value;
	bool open = true;
	unsigned count = 0;

	show_buffer_put_text(&w->rendered, "{");
	while (show_peek(r, &name) && name.tag == SHOW_FACT_NAME) {
		size_t before = w->rendered.len;
		unsigned earlier =
			count < FACTS_COMPARED_MAX ? count_before(start, r->at, name.text) : 0;

		show_next(r, &name);
		show_next(r, &value);
		show_buffer_put_text(&w->rendered, count++ ? ",\n" : "\n");
		put_string(&w->rendered, name.text);
		if (earlier) {
			w->rendered.len--; /* the closing quote */
			show_buffer_printf(&w->rendered, " %u\"", earlier + 1);
		}
		show_buffer_put_text(&w->rendered, ":");
		put_string(&w->rendered, value.text);
		show_settle_part(w, before, &open);
	}
	show_buffer_put_text(&w->rendered, "}");
}

static void put_lines(struct show_writer *w, struct show_reader *r)
{
	struct show_record line;
	bool first = true, open = true;

	show_buffer_put_text(&w->rendered, "[");
	while (show_peek(r, &line) && line.tag == SHOW_LINE) {
		size_t before = w->rendered.len;

		show_next(r, &line);
		show_buffer_put_text(&w->rendered, first ? "\n" : ",\n");
		put_string(&w->rendered, line.text);
		show_settle_part(w, before, &open);
		first = false;
	}
	show_buffer_put_text(&w->rendered, "]");
}

static void put_block(struct show_writer *w, struct show_reader *r, const struct show_record *block)
{
	put_key(&w->rendered, block->text);
	if (block->tag == SHOW_FACTS)
		put_facts(w, r);
	else if (block->tag == SHOW_LINES)
		put_lines(w, r);
	else
		put_table(w, r);
}

static void separate(struct show_buffer *out)
{
	if (out->len > 1)
		show_buffer_put_text(out, ",\n");
}

static void put_sentences(struct show_writer *w, enum show_tag tag, const char *key)
{
	struct show_reader r = show_read(w);
	struct show_record record;
	bool first = true;

	while (show_next(&r, &record)) {
		if (record.tag != tag)
			continue;
		if (first) {
			separate(&w->rendered);
			show_buffer_printf(&w->rendered, "\"%s\":[", key);
		} else {
			show_buffer_put_text(&w->rendered, ",");
		}
		put_string(&w->rendered, record.text);
		first = false;
	}
	if (!first)
		show_buffer_put_text(&w->rendered, "]");
}

void show_render_json(struct show_writer *w)
{
	struct show_reader r = show_read(w);
	struct show_record record;
	size_t stored_cut = w->cut_count;

	show_buffer_put_text(&w->rendered, "{");
	while (show_next(&r, &record)) {
		if (record.tag != SHOW_TABLE && record.tag != SHOW_FACTS &&
		    record.tag != SHOW_LINES && record.tag != SHOW_LADDER)
			continue;
		separate(&w->rendered);
		put_block(w, &r, &record);
	}
	put_sentences(w, SHOW_NOTE, "notes");
	put_sentences(w, SHOW_ERROR, "errors");
	if (w->cut_count) {
		separate(&w->rendered);
		show_buffer_printf(&w->rendered, "\"cut\":%zu", w->cut_count);
	}
	show_buffer_put_text(&w->rendered, "}\n");
	w->cut_count = stored_cut;
}
