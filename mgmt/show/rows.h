/* rows.h -- rows of the bus into a show_writer, by their description in messages.def:
 * a field added there appears in `show` by itself. */
#ifndef MGMT_SHOW_ROWS_H
#define MGMT_SHOW_ROWS_H
#include "common/ipc/ipc.h"
#include "mgmt/show/writer.h"

/* Begins the table whose rows are messages of this type. */
void show_begin_message_table(struct show_writer *w, enum ipc_type row, const char *name,
			      const char *empty);
void show_put_message_row(struct show_writer *w, const struct ipc_message *m);

#endif
