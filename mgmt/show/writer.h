/* writer.h -- what a show command fills.  The same calls become aligned text or JSON,
 * so both always agree; a command never prints.
 *
 * A document is a run of blocks: tables, facts, lines, notes.  Blocks do not nest.
 * It is bounded twice: what is stored, and what is rendered; what does not fit is
 * cut at a whole row and said so. */
#ifndef MGMT_SHOW_WRITER_H
#define MGMT_SHOW_WRITER_H
#include <stdint.h>

#include "common/err.h"
#include "common/slice.h"

enum show_format { SHOW_TEXT, SHOW_JSON };
enum { SHOW_STORED_MAX = 2 << 20, SHOW_RENDERED_MAX = 2 << 20, SHOW_COLUMNS_MAX = 32 };

/* How a number is written in text; JSON always has the bare number. */
enum show_unit { SHOW_COUNT, SHOW_SECONDS, SHOW_MILLISECONDS, SHOW_MICROSECONDS };

struct show_writer;

enum err show_writer_create(struct show_writer **out_writer);
void show_writer_destroy(struct show_writer *w);
void show_writer_clear(struct show_writer *w);

/* `name` is the key in JSON, and the heading in text where one is needed.  `empty` is
 * the sentence text shows for a table without rows.  Names and units are literals or
 * live as long as the writer. */
void show_begin_table(struct show_writer *w, const char *name, const char *empty);
void show_add_column(struct show_writer *w, const char *name, enum show_unit unit);
void show_begin_row(struct show_writer *w);
void show_begin_facts(struct show_writer *w, const char *name);
void show_begin_lines(struct show_writer *w, const char *name);
/* The messages of a call, drawn between two legs.  In JSON a table. */
void show_begin_ladder(struct show_writer *w, const char *name);

/* Cells of the current row, in the order of the columns. */
void show_put_text(struct show_writer *w, struct slice value);
void show_put_number(struct show_writer *w, uint64_t value);
void show_put_fact(struct show_writer *w, struct slice name, struct slice value);
void show_put_line(struct show_writer *w, struct slice line);
void show_put_step(struct show_writer *w, uint64_t at_us, unsigned leg, unsigned sent,
		   struct slice what, struct slice detail);

/* A sentence for the reader, after everything else: "note" or "error" in JSON. */
void show_put_note(struct show_writer *w, struct slice sentence);
void show_put_error(struct show_writer *w, struct slice sentence);

/* The document as text or as one JSON object; borrowed until the writer changes. */
struct slice show_render(struct show_writer *w, enum show_format format);

#endif
