/* test_ipc.c -- frames of the bus: every message there and back, and the limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "common/ipc/ipc.h"

enum { BLOB_SIZE = 65536 };

static char filler[BLOB_SIZE];

static void *field_of(void *message, const struct ipc_field *f)
{
	return (char *)message + f->offset;
}

static bool is_bytes(const struct ipc_field *f)
{
	return f->kind == IPC_KIND_str || f->kind == IPC_KIND_blob;
}

static void set_number(void *at, uint8_t kind, uint64_t value)
{
	switch (kind) {
	case IPC_KIND_u8:
		*(uint8_t *)at = (uint8_t)value;
		break;
	case IPC_KIND_u16:
		*(uint16_t *)at = (uint16_t)value;
		break;
	case IPC_KIND_u32:
		*(uint32_t *)at = (uint32_t)value;
		break;
	default:
		*(uint64_t *)at = value;
		break;
	}
}

static uint64_t get_number(const void *at, uint8_t kind)
{
	switch (kind) {
	case IPC_KIND_u8:
		return *(const uint8_t *)at;
	case IPC_KIND_u16:
		return *(const uint16_t *)at;
	case IPC_KIND_u32:
		return *(const uint32_t *)at;
	default:
		return *(const uint64_t *)at;
	}
}

/* Every field at its limit, or at nothing. */
static void fill(struct ipc_message *m, enum ipc_type type, bool full)
{
	const struct ipc_description *d = ipc_describe(type);

	memset(m, 0, sizeof(*m));
	m->type = type;
	for (unsigned i = 0; i < d->field_count; i++) {
		void *at = field_of(&m->hello, &d->fields[i]);

		if (is_bytes(&d->fields[i]))
			*(struct slice *)at =
				(struct slice){ filler, full ? (size_t)d->fields[i].limit : 0 };
		else
			set_number(at, d->fields[i].kind, full ? d->fields[i].limit : 0);
	}
}

static void assert_same(struct ipc_message *a, struct ipc_message *b)
{
	const struct ipc_description *d = ipc_describe(a->type);

	assert_int_equal(a->type, b->type);
	for (unsigned i = 0; i < d->field_count; i++) {
		const void *x = field_of(&a->hello, &d->fields[i]);
		const void *y = field_of(&b->hello, &d->fields[i]);

		if (is_bytes(&d->fields[i]))
			assert_true(
				slice_is_equal(*(const struct slice *)x, *(const struct slice *)y));
		else
			assert_true(get_number(x, d->fields[i].kind) ==
				    get_number(y, d->fields[i].kind));
	}
}

static void every_message_comes_back_as_it_was(void **state)
{
	static uint8_t frame[IPC_FRAME_MAX];

	(void)state;
	for (unsigned i = 0; i < sizeof(filler); i++)
		filler[i] = (char)(i * 7);
	for (unsigned type = IPC_none + 1; type < IPC_TYPE_COUNT; type++) {
		for (int full = 0; full < 2; full++) {
			struct ipc_message m, back;
			size_t len;

			fill(&m, (enum ipc_type)type, full);
			assert_int_equal(ipc_encode(m.type, 0xfffffffe, &m.hello, frame,
						    sizeof(frame), &len),
					 ERR_NONE);
			assert_int_equal(ipc_decode(frame, len, &back), ERR_NONE);
			assert_int_equal(back.id, 0xfffffffe);
			assert_same(&m, &back);
		}
	}
}

static void no_field_passes_its_limit(void **state)
{
	static uint8_t frame[IPC_FRAME_MAX];

	(void)state;
	for (unsigned type = IPC_none + 1; type < IPC_TYPE_COUNT; type++) {
		const struct ipc_description *d = ipc_describe(type);

		for (unsigned i = 0; i < d->field_count; i++) {
			const struct ipc_field *f = &d->fields[i];
			struct ipc_message m;
			size_t len;

			fill(&m, (enum ipc_type)type, false);
			if (is_bytes(f))
				*(struct slice *)field_of(&m.hello, f) =
					(struct slice){ filler, (size_t)f->limit + 1 };
			else
				set_number(field_of(&m.hello, f), f->kind, f->limit + 1);
			if (!is_bytes(f) && get_number(field_of(&m.hello, f), f->kind) == 0)
				continue; /* the limit is all the kind can hold */
			assert_int_equal(
				ipc_encode(m.type, 0, &m.hello, frame, sizeof(frame), &len),
				is_bytes(f) ? ERR_TOO_LONG : ERR_RANGE);
		}
	}
}

/* The sender may be wrong about a limit too. */
static void the_reader_holds_the_limits_as_well(void **state)
{
	uint8_t frame[256];
	struct ipc_message m;
	size_t len;

	(void)state;
	fill(&m, IPC_media_event, true);
	assert_int_equal(ipc_encode(IPC_media_event, 0, &m.hello, frame, sizeof(frame), &len),
			 ERR_NONE);
	frame[IPC_HEADER_SIZE + 8] = 2; /* side: 1 at most */
	assert_int_equal(ipc_decode(frame, len, &m), ERR_RANGE);
	frame[IPC_HEADER_SIZE + 8] = 1;
	frame[IPC_HEADER_SIZE + 13] = 19; /* length of the source: 18 at most */
	assert_int_equal(ipc_decode(frame, len, &m), ERR_TOO_LONG);
}

static void a_frame_cut_anywhere_or_longer_is_refused(void **state)
{
	static uint8_t frame[IPC_FRAME_MAX];

	(void)state;
	for (unsigned type = IPC_none + 1; type < IPC_TYPE_COUNT; type++) {
		struct ipc_message m, back = { .type = IPC_none };
		size_t len;

		fill(&m, (enum ipc_type)type, false);
		assert_int_equal(ipc_encode(m.type, 1, &m.hello, frame, sizeof(frame) - 1, &len),
				 ERR_NONE);
		for (size_t cut = 0; cut < len; cut++) {
			assert_int_not_equal(ipc_decode(frame, cut, &back), ERR_NONE);
			if (cut < IPC_HEADER_SIZE)
				continue;
			frame[10] = (uint8_t)(cut >> 8); /* the header agrees with the cut */
			frame[11] = (uint8_t)cut;
			assert_int_not_equal(ipc_decode(frame, cut, &back), ERR_NONE);
		}
		frame[10] = (uint8_t)((len + 1) >> 8);
		frame[11] = (uint8_t)(len + 1);
		assert_int_equal(ipc_decode(frame, len + 1, &back), ERR_TOO_LONG);
		assert_int_equal(back.type, IPC_none);
	}
}

static void foreign_and_unknown_frames_are_refused(void **state)
{
	uint8_t frame[64], copy[64];
	struct ipc_message m;
	size_t len;

	(void)state;
	assert_int_equal(
		ipc_encode(IPC_done, 1, &(struct ipc_done){ 1 }, frame, sizeof(frame), &len),
		ERR_NONE);
	memcpy(copy, frame, len);
	copy[0] ^= 1;
	assert_int_equal(ipc_decode(copy, len, &m), ERR_SYNTAX);
	memcpy(copy, frame, len);
	copy[3] ^= 1;
	assert_int_equal(ipc_decode(copy, len, &m), ERR_VERSION);
	memcpy(copy, frame, len);
	copy[7] = 0;
	assert_int_equal(ipc_decode(copy, len, &m), ERR_SYNTAX);
	copy[7] = 255;
	assert_int_equal(ipc_decode(copy, len, &m), ERR_SYNTAX);
	assert_int_equal(ipc_encode(IPC_none, 0, &m.hello, frame, sizeof(frame), &len), ERR_RANGE);
	assert_int_equal(ipc_encode(IPC_done, 0, &m.hello, frame, 15, &len), ERR_RANGE);
	assert_int_equal(ipc_encode(IPC_done, 0, &(struct ipc_done){ 1 }, frame, 19, &len),
			 ERR_LIMIT);
}

static void keys_are_never_printed(void **state)
{
	struct ipc_message m = { .type = IPC_media_change };
	char data[2048];
	struct text out;

	(void)state;
	m.media_change.send_key = SLICE("SECRETSECRETSECRET");
	m.media_change.receive_key = SLICE("SECRETSECRETSECRET");
	text_init(&out, data, sizeof(data));
	ipc_print(&m, &out);
	assert_null(strstr(text_get_string(&out), "SECRET"));
	assert_null(strstr(data, "534543")); /* nor as hexadecimal */
	assert_non_null(strstr(data, "media_change session=0 side=0"));
	assert_non_null(strstr(data, "send_key=(18 secret bytes)"));
}

static void every_request_names_a_reply_that_its_receiver_may_send(void **state)
{
	(void)state;
	for (unsigned type = IPC_none + 1; type < IPC_TYPE_COUNT; type++) {
		const struct ipc_description *d = ipc_describe(type), *reply;

		if (d->reply == IPC_none)
			continue;
		reply = ipc_describe(d->reply);
		assert_non_null(reply);
		assert_true(reply->from == IPC_ANY || reply->from == d->to);
		assert_true(reply->to == IPC_ANY || reply->to == d->from);
	}
	assert_null(ipc_describe(IPC_none));
	assert_null(ipc_describe(IPC_TYPE_COUNT));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_message_comes_back_as_it_was),
		cmocka_unit_test(no_field_passes_its_limit),
		cmocka_unit_test(the_reader_holds_the_limits_as_well),
		cmocka_unit_test(a_frame_cut_anywhere_or_longer_is_refused),
		cmocka_unit_test(foreign_and_unknown_frames_are_refused),
		cmocka_unit_test(keys_are_never_printed),
		cmocka_unit_test(every_request_names_a_reply_that_its_receiver_may_send),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
