/* rows.c -- a message's fields are a table's columns. */
#include "mgmt/show/rows.h"

#include <string.h>

#include "common/addr.h"
#include "common/check.h"

static bool has_suffix(const char *name, const char *suffix)
{
	size_t len = strlen(name), suffix_len = strlen(suffix);

	return len > suffix_len && strcmp(name + len - suffix_len, suffix) == 0;
}

static enum show_unit get_unit(const struct ipc_field *f)
{
	if (f->kind == IPC_KIND_str || f->kind == IPC_KIND_blob)
		return SHOW_COUNT;
	if (has_suffix(f->name, "_us"))
		return SHOW_MICROSECONDS;
	if (has_suffix(f->name, "_ms"))
		return SHOW_MILLISECONDS;
	return has_suffix(f->name, "_s") ? SHOW_SECONDS : SHOW_COUNT;
}

void show_begin_message_table(struct show_writer *w, enum ipc_type row, const char *name,
			      const char *empty)
{
	const struct ipc_description *d = ipc_describe(row);

	CHECK(d && d->field_count <= SHOW_COLUMNS_MAX);
	show_begin_table(w, name, empty);
	for (unsigned i = 0; i < d->field_count; i++)
		show_add_column(w, d->fields[i].name, get_unit(&d->fields[i]));
}

static void put_blob(struct show_writer *w, struct slice blob)
{
	char buf[ADDR_TEXT_SIZE];
	struct addr a;

	if (blob.len == 0 || addr_from_blob(blob.data, blob.len, &a))
		show_put_text(w, SLICE_NONE);
	else
		show_put_text(w, slice_from_text(addr_print(&a, buf, sizeof(buf))));
}

static void put_field(struct show_writer *w, const struct ipc_field *f, const char *message)
{
	const void *at = message + f->offset;

	switch ((enum ipc_kind)f->kind) {
	case IPC_KIND_u8:
		show_put_number(w, *(const uint8_t *)at);
		break;
	case IPC_KIND_u16:
		show_put_number(w, *(const uint16_t *)at);
		break;
	case IPC_KIND_u32:
		show_put_number(w, *(const uint32_t *)at);
		break;
	case IPC_KIND_u64:
		show_put_number(w, *(const uint64_t *)at);
		break;
	case IPC_KIND_str:
		show_put_text(w, *(const struct slice *)at);
		break;
	case IPC_KIND_blob:
		put_blob(w, *(const struct slice *)at);
		break;
	}
}

void show_put_message_row(struct show_writer *w, const struct ipc_message *m)
{
	const struct ipc_description *d = ipc_describe(m->type);

	CHECK(d);
	show_begin_row(w);
	for (unsigned i = 0; i < d->field_count; i++)
		put_field(w, &d->fields[i], (const char *)&m->hello);
}
