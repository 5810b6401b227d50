/* document.h -- the records behind a show_writer; shared by writer.c and the two
 * renderers, nobody else. */
#ifndef MGMT_SHOW_DOCUMENT_H
#define MGMT_SHOW_DOCUMENT_H
#include <stdbool.h>
#include <stddef.h>

#include "mgmt/show/writer.h"

enum show_tag {
	SHOW_TABLE,
	SHOW_EMPTY_SENTENCE,
	SHOW_COLUMN,
	SHOW_ROW,
	SHOW_CELL_TEXT,
	SHOW_CELL_NUMBER,
	SHOW_FACTS,
	SHOW_FACT_NAME,
	SHOW_FACT_VALUE,
	SHOW_LINES,
	SHOW_LINE,
	SHOW_LADDER,
	SHOW_NOTE,
	SHOW_ERROR,
};

struct show_record {
	enum show_tag tag;
	enum show_unit unit;
	uint64_t number;
	struct slice text;
};

/* Heap text that grows up to a limit; what is over it is not written. */
struct show_buffer {
	char *data;
	size_t len, size, limit;
	bool overflow;
};

struct show_writer {
	struct show_buffer records, rendered;
	size_t row_at;	  /* where the current row's records begin */
	size_t cut_count; /* rows, facts and lines that did not fit */
	bool full;
};

struct show_reader {
	const char *at, *end;
};

void show_buffer_put(struct show_buffer *b, const char *data, size_t len);
void show_buffer_put_text(struct show_buffer *b, const char *text);
void show_buffer_printf(struct show_buffer *b, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* After a row, fact or line was rendered behind `before`: takes it back when the limit
 * is reached, and all that come later (*open becomes false). */
void show_settle_part(struct show_writer *w, size_t before, bool *open);

struct show_reader show_read(const struct show_writer *w);
bool show_next(struct show_reader *r, struct show_record *out_record);
/* The next record without taking it; false at the end. */
bool show_peek(const struct show_reader *r, struct show_record *out_record);

/* How many bytes the first character takes: 1 to 4, or 0 when it is no UTF-8
 * (RFC 3629) or a control character. */
unsigned show_character_len(struct slice s);

void show_render_text(struct show_writer *w);
void show_render_json(struct show_writer *w);

#endif
