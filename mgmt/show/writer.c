/* writer.c -- collecting a document as a run of records in one bounded buffer. */
#include "mgmt/show/writer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mgmt/show/document.h"

enum { FIRST_SIZE = 4096, SENTENCES_RESERVE = 64 << 10 };

struct header {
	uint8_t tag, unit;
	uint32_t len;
	uint64_t number;
};

static bool make_room(struct show_buffer *b, size_t len)
{
	size_t size = b->size ? b->size : FIRST_SIZE;
	char *data;

	if (len > b->limit - b->len)
		return false;
	while (size - b->len < len)
		size *= 2;
	if (size == b->size)
		return true;
	data = realloc(b->data, size);
	if (!data)
		return false;
	b->data = data;
	b->size = size;
	return true;
}

void show_buffer_put(struct show_buffer *b, const char *data, size_t len)
{
	if (!make_room(b, len)) {
		b->overflow = true;
		return;
	}
	if (len)
		memcpy(b->data + b->len, data, len);
	b->len += len;
}

void show_buffer_put_text(struct show_buffer *b, const char *text)
{
	show_buffer_put(b, text, strlen(text));
}

void show_buffer_printf(struct show_buffer *b, const char *format, ...)
{
	char text[256];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (len < 0 || (size_t)len >= sizeof(text))
		b->overflow = true;
	else
		show_buffer_put(b, text, (size_t)len);
}

enum err show_writer_create(struct show_writer **out_writer)
{
	struct show_writer *w = calloc(1, sizeof(*w));

	if (!w)
		return ERR_MEMORY;
	w->records.limit = SHOW_STORED_MAX;
	w->rendered.limit = SHOW_RENDERED_MAX + 8 * SENTENCES_RESERVE; /* escaped at worst */
	*out_writer = w;
	return ERR_NONE;
}

void show_writer_destroy(struct show_writer *w)
{
	if (!w)
		return;
	free(w->records.data);
	free(w->rendered.data);
	free(w);
}

void show_writer_clear(struct show_writer *w)
{
	w->records.len = w->rendered.len = 0;
	w->records.overflow = w->rendered.overflow = false;
	w->cut_count = 0;
	w->full = false;
}

static bool put(struct show_writer *w, enum show_tag tag, enum show_unit unit, uint64_t number,
		struct slice text)
{
	struct header h = { (uint8_t)tag, (uint8_t)unit, (uint32_t)text.len, number };

	if (!make_room(&w->records, sizeof(h) + text.len))
		return false;
	show_buffer_put(&w->records, (const char *)&h, sizeof(h));
	show_buffer_put(&w->records, text.data, text.len);
	return true;
}

/* Rows, facts and lines leave room for the sentences that come last. */
static bool put_part(struct show_writer *w, enum show_tag tag, uint64_t number, struct slice text)
{
	if (w->full || w->records.len + text.len > SHOW_STORED_MAX - SENTENCES_RESERVE)
		return false;
	return put(w, tag, SHOW_COUNT, number, text);
}

/* A row is kept whole or cut whole, and after the first cut nothing more is kept:
 * what is shown is a beginning without holes. */
static void cut(struct show_writer *w, size_t back_to)
{
	w->records.len = back_to;
	w->full = true;
	w->cut_count++;
}

static void put_cell(struct show_writer *w, enum show_tag tag, uint64_t number, struct slice text)
{
	if (!w->full && !put_part(w, tag, number, text))
		cut(w, w->row_at);
}

void show_begin_table(struct show_writer *w, const char *name, const char *empty)
{
	put(w, SHOW_TABLE, SHOW_COUNT, 0, slice_from_text(name));
	put(w, SHOW_EMPTY_SENTENCE, SHOW_COUNT, 0, slice_from_text(empty));
}

void show_add_column(struct show_writer *w, const char *name, enum show_unit unit)
{
	put(w, SHOW_COLUMN, unit, 0, slice_from_text(name));
}

void show_begin_row(struct show_writer *w)
{
	w->row_at = w->records.len;
	if (!put_part(w, SHOW_ROW, 0, SLICE_NONE))
		cut(w, w->row_at);
}

void show_begin_facts(struct show_writer *w, const char *name)
{
	put(w, SHOW_FACTS, SHOW_COUNT, 0, slice_from_text(name));
}

void show_begin_lines(struct show_writer *w, const char *name)
{
	put(w, SHOW_LINES, SHOW_COUNT, 0, slice_from_text(name));
}

void show_begin_ladder(struct show_writer *w, const char *name)
{
	put(w, SHOW_LADDER, SHOW_COUNT, 0, slice_from_text(name));
	show_add_column(w, "at_us", SHOW_MICROSECONDS);
	show_add_column(w, "leg", SHOW_COUNT);
	show_add_column(w, "sent", SHOW_COUNT);
	show_add_column(w, "what", SHOW_COUNT);
	show_add_column(w, "detail", SHOW_COUNT);
}

void show_put_text(struct show_writer *w, struct slice value)
{
	put_cell(w, SHOW_CELL_TEXT, 0, value);
}

void show_put_number(struct show_writer *w, uint64_t value)
{
	put_cell(w, SHOW_CELL_NUMBER, value, SLICE_NONE);
}

void show_put_fact(struct show_writer *w, struct slice name, struct slice value)
{
	size_t before = w->records.len;

	if (!put_part(w, SHOW_FACT_NAME, 0, name) || !put_part(w, SHOW_FACT_VALUE, 0, value))
		cut(w, before);
}

void show_put_line(struct show_writer *w, struct slice line)
{
	if (!put_part(w, SHOW_LINE, 0, line))
		cut(w, w->records.len);
}

void show_put_step(struct show_writer *w, uint64_t at_us, unsigned leg, unsigned sent,
		   struct slice what, struct slice detail)
{
	show_begin_row(w);
	show_put_number(w, at_us);
	show_put_number(w, leg);
	show_put_number(w, sent);
	show_put_text(w, what);
	show_put_text(w, detail);
}

void show_put_note(struct show_writer *w, struct slice sentence)
{
	put(w, SHOW_NOTE, SHOW_COUNT, 0, sentence);
}

void show_put_error(struct show_writer *w, struct slice sentence)
{
	put(w, SHOW_ERROR, SHOW_COUNT, 0, sentence);
}

void show_settle_part(struct show_writer *w, size_t before, bool *open)
{
	if (*open && !w->rendered.overflow && w->rendered.len <= SHOW_RENDERED_MAX)
		return;
	*open = false;
	w->rendered.len = before;
	w->rendered.overflow = false;
	w->cut_count++;
}

struct show_reader show_read(const struct show_writer *w)
{
	return (struct show_reader){ w->records.data, w->records.data + w->records.len };
}

bool show_next(struct show_reader *r, struct show_record *out_record)
{
	struct header h;

	if ((size_t)(r->end - r->at) < sizeof(h))
		return false;
	memcpy(&h, r->at, sizeof(h));
	*out_record = (struct show_record){
		(enum show_tag)h.tag, (enum show_unit)h.unit, h.number, { r->at + sizeof(h), h.len }
	};
	r->at += sizeof(h) + h.len;
	return true;
}

bool show_peek(const struct show_reader *r, struct show_record *out_record)
{
	struct show_reader copy = *r;

	return show_next(&copy, out_record);
}

struct slice show_render(struct show_writer *w, enum show_format format)
{
	w->rendered.len = 0;
	w->rendered.overflow = false;
	if (format == SHOW_JSON)
		show_render_json(w);
	else
		show_render_text(w);
	return (struct slice){ w->rendered.data, w->rendered.len };
}
