/* codec.c -- frames from structs and back, driven by the rows of messages.def. */
#include <string.h>

#include "common/ipc/ipc.h"

enum { MAGIC = 0x454e, VERSION = 1 }; /* "EN" */

#define F(kind, field, limit) { #field, (limit), offsetof(current, field), IPC_KIND_##kind },
#define MSG(name, from, to, reply, ...)                                        \
	static const struct ipc_field *fields_of_##name(size_t *out_count)     \
	{                                                                      \
		typedef struct ipc_##name current;                             \
		static const struct ipc_field fields[] = { __VA_ARGS__ };      \
		*out_count = sizeof(fields) / sizeof(fields[0]);               \
		return fields;                                                 \
	}
#include "common/ipc/messages.def"
#undef F

typedef const struct ipc_field *fields_fn(size_t *out_count);

static fields_fn *const fields_of[] = {
#define MSG(name, from, to, reply, ...) [IPC_##name] = fields_of_##name,
#include "common/ipc/messages.def"
};

static struct ipc_description descriptions[] = {
#define MSG(n, f, t, r, ...)                                                   \
	[IPC_##n] = { .name = #n, .struct_size = sizeof(struct ipc_##n), .from = IPC_##f,  \
		      .to = IPC_##t, .reply = IPC_##r },
#include "common/ipc/messages.def"
};

__attribute__((constructor)) static void fill_fields(void)
{
	for (unsigned i = IPC_none + 1; i < IPC_TYPE_COUNT; i++) {
		size_t count;

		descriptions[i].fields = fields_of[i](&count);
		descriptions[i].field_count = (uint16_t)count;
	}
}

const struct ipc_description *ipc_describe(unsigned type)
{
	return type > IPC_none && type < IPC_TYPE_COUNT ? &descriptions[type] : NULL;
}

static uint64_t read_number(const struct ipc_field *f, const void *message)
{
	const char *at = (const char *)message + f->offset;

	switch (f->kind) {
	case IPC_KIND_u8:
		return *(const uint8_t *)at;
	case IPC_KIND_u16:
		return *(const uint16_t *)(const void *)at;
	case IPC_KIND_u32:
		return *(const uint32_t *)(const void *)at;
	default:
		return *(const uint64_t *)(const void *)at;
	}
}

static void write_number(const struct ipc_field *f, void *message, uint64_t value)
{
	char *at = (char *)message + f->offset;

	switch (f->kind) {
	case IPC_KIND_u8:
		*(uint8_t *)at = (uint8_t)value;
		break;
	case IPC_KIND_u16:
		*(uint16_t *)(void *)at = (uint16_t)value;
		break;
	case IPC_KIND_u32:
		*(uint32_t *)(void *)at = (uint32_t)value;
		break;
	default:
		*(uint64_t *)(void *)at = value;
		break;
	}
}

static bool is_bytes(const struct ipc_field *f)
{
	return f->kind == IPC_KIND_str || f->kind == IPC_KIND_blob;
}

static size_t number_width(const struct ipc_field *f)
{
	static const uint8_t widths[] = { 1, 2, 4, 8 };

	return is_bytes(f) ? 4 : widths[f->kind];
}

static void put_be(uint8_t *at, uint64_t value, size_t width)
{
	for (size_t i = 0; i < width; i++)
		at[i] = (uint8_t)(value >> (8 * (width - 1 - i)));
}

static uint64_t get_be(const uint8_t *at, size_t width)
{
	uint64_t value = 0;

	for (size_t i = 0; i < width; i++)
		value = value << 8 | at[i];
	return value;
}

enum err ipc_encode(enum ipc_type type, uint32_t id, const void *message, void *frame, size_t size,
		    size_t *out_len)
{
	const struct ipc_description *d = ipc_describe(type);
	uint8_t *bytes = frame;
	size_t len = IPC_HEADER_SIZE;

	if (!d || size < IPC_HEADER_SIZE)
		return ERR_RANGE;
	for (unsigned i = 0; i < d->field_count; i++) {
		const struct ipc_field *f = &d->fields[i];
		const struct slice *s = (const void *)((const char *)message + f->offset);
		uint64_t value = is_bytes(f) ? s->len : read_number(f, message);
		size_t width = number_width(f);

		if (value > f->limit)
			return is_bytes(f) ? ERR_TOO_LONG : ERR_RANGE;
		if (size - len < width + (is_bytes(f) ? s->len : 0))
			return ERR_LIMIT;
		put_be(bytes + len, value, width);
		len += width;
		if (is_bytes(f) && s->len) {
			memcpy(bytes + len, s->data, s->len);
			len += s->len;
		}
	}
	put_be(bytes, MAGIC, 2);
	put_be(bytes + 2, VERSION, 2);
	put_be(bytes + 4, type, 4);
	put_be(bytes + 8, len, 4);
	put_be(bytes + 12, id, 4);
	*out_len = len;
	return ERR_NONE;
}

static enum err decode_field(const struct ipc_field *f, const uint8_t *bytes, size_t len,
			     size_t *at, void *message)
{
	size_t width = number_width(f);
	uint64_t value;
	struct slice *s;

	if (len - *at < width)
		return ERR_TRUNCATED;
	value = get_be(bytes + *at, width);
	*at += width;
	if (value > f->limit)
		return is_bytes(f) ? ERR_TOO_LONG : ERR_RANGE;
	if (!is_bytes(f)) {
		write_number(f, message, value);
		return ERR_NONE;
	}
	if (len - *at < value)
		return ERR_TRUNCATED;
	s = (void *)((char *)message + f->offset);
	*s = (struct slice){ (const char *)bytes + *at, (size_t)value };
	*at += (size_t)value;
	return ERR_NONE;
}

enum err ipc_decode(const void *frame, size_t len, struct ipc_message *out_message)
{
	const uint8_t *bytes = frame;
	const struct ipc_description *d;
	struct ipc_message m = { 0 };
	size_t at = IPC_HEADER_SIZE;

	if (len < IPC_HEADER_SIZE)
		return ERR_TRUNCATED;
	if (get_be(bytes, 2) != MAGIC)
		return ERR_SYNTAX;
	if (get_be(bytes + 2, 2) != VERSION)
		return ERR_VERSION;
	if (get_be(bytes + 8, 4) != len)
		return ERR_TRUNCATED;
	d = ipc_describe((unsigned)get_be(bytes + 4, 4));
	if (!d)
		return ERR_SYNTAX;
	m.type = (enum ipc_type)get_be(bytes + 4, 4);
	m.id = (uint32_t)get_be(bytes + 12, 4);
	for (unsigned i = 0; i < d->field_count; i++) {
		/* the union starts every struct at the same place */
		enum err e = decode_field(&d->fields[i], bytes, len, &at, &m.hello);

		if (e)
			return e;
	}
	if (at != len)
		return ERR_TOO_LONG;
	*out_message = m;
	return ERR_NONE;
}

void ipc_print(const struct ipc_message *m, struct text *out)
{
	const struct ipc_description *d = ipc_describe(m->type);

	if (!d)
		return;
	text_put_string(out, d->name);
	for (unsigned i = 0; i < d->field_count; i++) {
		const struct ipc_field *f = &d->fields[i];
		const struct slice *s = (const void *)((const char *)&m->hello + f->offset);

		text_printf(out, " %s=", f->name);
		if (strstr(f->name, "_key"))
			text_printf(out, "(%zu secret bytes)", s->len);
		else if (f->kind == IPC_KIND_blob)
			text_put_hex(out, s->data, s->len);
		else if (f->kind == IPC_KIND_str)
			text_printf(out, "\"%.*s\"", SLICE_ARG(*s));
		else
			text_put_u64(out, read_number(f, &m->hello));
	}
}
