/* test_media_rtcp.c -- what of one side's RTCP the other may see: reports pass, names
 * and free text do not, and nothing malformed gets by. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "media/rtcp/part.h"
#include "media/rtcp/rewrite.h"

enum { ROOM = REWRITE_SIZE_MAX, MANY = 1000 };

static const struct cname name = { "OURNAMEOURNAME/+" };

static const uint8_t sender_report[] = { 0x80, 200, 0, 6,  0, 0, 0, 7, 1, 2, 3, 4, 5, 6,
					 7,    8,   9, 10, 0, 0, 0, 1, 0, 0, 0, 9, 0, 9 };
static const uint8_t empty_report[] = { 0x80, 201, 0, 1, 0, 0, 0, 7 };

struct bench {
	uint8_t data[ROOM];
	size_t len;
};

static void add(struct bench *b, const void *bytes, size_t len)
{
	assert_true(len <= sizeof(b->data) - b->len);
	memcpy(b->data + b->len, bytes, len);
	b->len += len;
}

/* A packet whose header tells the truth about `body_len`. */
static void add_part(struct bench *b, uint8_t first, uint8_t type, const void *body,
		     size_t body_len)
{
	size_t words = body_len / 4;

	assert_int_equal(body_len % 4, 0);
	add(b, (uint8_t[4]){ first, type, (uint8_t)(words >> 8), (uint8_t)words }, 4);
	add(b, body, body_len);
}

static void start(struct bench *b)
{
	b->len = 0;
	add(b, empty_report, sizeof(empty_report));
}

/* On memory of exactly the packet's length and room, for the sanitizer. */
static enum rewrite_verdict rewrite(struct bench *b, size_t room)
{
	size_t size = room > b->len ? room : b->len;
	uint8_t *exact = malloc(size ? size : 1);
	enum rewrite_verdict v;

	assert_non_null(exact);
	memcpy(exact, b->data, b->len);
	v = rewrite_compound(exact, &b->len, room, &name);
	assert_true(b->len <= size);
	memcpy(b->data, exact, b->len);
	free(exact);
	return v;
}

static void expect_after_report(struct bench *b, const void *bytes, size_t len)
{
	assert_int_equal(rewrite(b, ROOM), REWRITE_OK);
	assert_int_equal(b->len, sizeof(empty_report) + len);
	assert_memory_equal(b->data, empty_report, sizeof(empty_report));
	if (len)
		assert_memory_equal(b->data + sizeof(empty_report), bytes, len);
}

static void expect_malformed(struct bench *b)
{
	struct bench before = *b;

	assert_int_equal(rewrite(b, ROOM), REWRITE_MALFORMED);
	assert_int_equal(b->len, before.len);
	assert_memory_equal(b->data, before.data, b->len);
}

static bool contains(const struct bench *b, const char *text)
{
	return memmem(b->data, b->len, text, strlen(text)) != NULL;
}

static void reports_pass_as_they_are(void **state)
{
	uint8_t body[4 + 2 * 24];
	struct bench b = { .len = 0 }, before;

	(void)state;
	for (unsigned i = 0; i < sizeof(body); i++)
		body[i] = (uint8_t)i;
	add(&b, sender_report, sizeof(sender_report));
	add_part(&b, 0x82, 201, body, sizeof(body));
	before = b;
	assert_int_equal(rewrite(&b, ROOM), REWRITE_OK);
	assert_int_equal(b.len, before.len);
	assert_memory_equal(b.data, before.data, b.len);
}

/* RFC 3550 6.4.3 */
static void what_a_profile_adds_to_a_report_is_cut(void **state)
{
	struct bench b = { .len = 0 };

	(void)state;
	add_part(&b, 0x80, 201, "\0\0\0\7relay.example.com:50", 24);
	assert_int_equal(rewrite(&b, ROOM), REWRITE_OK);
	assert_int_equal(b.len, 8);
	assert_memory_equal(b.data, empty_report, 8);
}

static void a_report_shorter_than_its_count_is_malformed(void **state)
{
	uint8_t body[4 + 20 + 24] = { 0 };
	struct bench b = { .len = 0 };

	(void)state;
	add_part(&b, 0x82, 200, body, sizeof(body));
	expect_malformed(&b);
	b.len = 0;
	add_part(&b, 0x82, 201, body, 4 + 24);
	expect_malformed(&b);
}

static void all_that_is_said_of_a_source_becomes_our_name(void **state)
{
	static const char said[] = "\0\0\0\7\1\22sip:bob@10.0.0.1:5\2\3Bob\3\5b@c.d\4\2"
				   "49\5\4Bonn\6\4soft\7\4lol!\10\6\3keyva\0\0";
	static const char ours[] = "\x81\xca\0\6\0\0\0\7\1\20OURNAMEOURNAME/+\0";
	struct bench b;

	(void)state;
	start(&b);
	add_part(&b, 0x81, 202, said, (sizeof(said) - 1) / 4 * 4);
	expect_after_report(&b, ours, sizeof(ours));
}

static void each_of_31_sources_gets_the_name(void **state)
{
	uint8_t body[31 * 8] = { 0 };
	struct bench b;

	(void)state;
	for (unsigned i = 0; i < 31; i++)
		body[i * 8 + 3] = (uint8_t)(i + 1);
	start(&b);
	add_part(&b, 0x80 | 31, 202, body, sizeof(body));
	assert_int_equal(rewrite(&b, ROOM), REWRITE_OK);
	assert_int_equal(b.len, 8 + 4 + 31 * 24);
	assert_int_equal(b.data[8], 0x80 | 31);
	for (unsigned i = 0; i < 31; i++) {
		assert_int_equal(b.data[12 + i * 24 + 3], i + 1);
		assert_memory_equal(b.data + 12 + i * 24 + 6, name.text, CNAME_LEN);
	}
}

static void a_description_of_nobody_is_left_out(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	add_part(&b, 0x80, 202, "", 0);
	expect_after_report(&b, "", 0);
}

static void a_description_may_end_without_its_zero(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	add_part(&b, 0x81, 202, "\0\0\0\7\1\6abcdef", 12);
	assert_int_equal(rewrite(&b, ROOM), REWRITE_OK);
	assert_int_equal(b.len, 8 + 4 + 24);
}

static void descriptions_that_do_not_add_up_are_malformed(void **state)
{
	static const struct {
		uint8_t count, len;
		char body[17];
	} cases[] = {
		{ 1, 0, "" },				 /* no source */
		{ 2, 12, "\0\0\0\7\1\2ab\0\0\0" },	 /* a second that is not there */
		{ 0, 8, "\0\0\0\7\0\0\0" },		 /* one that is not counted */
		{ 1, 12, "\0\0\0\7\1\7abcdef" },	 /* an item past the end */
		{ 1, 12, "\0\0\0\7\1\5abcde\1" },	 /* an item without length */
		{ 1, 16, "\0\0\0\7\1\2ab\0\0\0\0rest" }, /* more behind the last */
	};
	struct bench b;

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		start(&b);
		add_part(&b, 0x80 | cases[i].count, 202, cases[i].body, cases[i].len);
		expect_malformed(&b);
	}
}

static void a_goodbye_keeps_its_sources_and_not_its_reason(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	add_part(&b, 0x82, 203, "\0\0\0\7\0\0\0\10\5leave\0\0", 16);
	expect_after_report(&b, "\x82\xcb\0\2\0\0\0\7\0\0\0\10", 12);
	start(&b);
	add_part(&b, 0x82, 203, "\0\0\0\7", 4);
	expect_malformed(&b);
	start(&b);
	add_part(&b, 0x81, 203, "\0\0\0\7\4abc", 8); /* a reason past the end */
	expect_malformed(&b);
}

static void application_packets_and_unknown_types_are_left_out(void **state)
{
	static const uint8_t types[] = { 204, 192, 195, 208, 213, 223 };
	struct bench b;

	(void)state;
	start(&b);
	for (unsigned i = 0; i < sizeof(types); i++)
		add_part(&b, 0x80, types[i], "\0\0\0\7secrethost:1", 16);
	expect_after_report(&b, "", 0);
}

/* RFC 4585 6.1, 6.4 */
static void feedback_passes_unless_an_application_made_it_up(void **state)
{
	struct bench b, before;

	(void)state;
	start(&b);
	add_part(&b, 0x81, 205, "\0\0\0\7\0\0\0\10\1\2\3\4", 12);
	add_part(&b, 0x81, 206, "\0\0\0\7\0\0\0\10", 8);
	before = b;
	add_part(&b, 0x80 | 15, 206, "\0\0\0\7\0\0\0\10host", 12);
	expect_after_report(&b, before.data + 8, before.len - 8);
	start(&b);
	add_part(&b, 0x81, 205, "\0\0\0\7", 4);
	expect_malformed(&b);
}

/* RFC 3611 section 3 */
static void extended_reports_pass_when_their_blocks_add_up(void **state)
{
	struct bench b, before;

	(void)state;
	start(&b);
	add_part(&b, 0x80, 207, "\0\0\0\7\4\0\0\2\1\2\3\4\5\6\7\10\11\0\0\0", 20);
	before = b;
	expect_after_report(&b, before.data + 8, before.len - 8);
	start(&b);
	add_part(&b, 0x80, 207, "\0\0\0\7\4\0\0\3\1\2\3\4\5\6\7\10", 16);
	expect_malformed(&b);
	start(&b);
	add_part(&b, 0x80, 207, "", 0);
	expect_malformed(&b);
}

/* RFC 3550 6.1; RFC 5506 3.1 for the reduced size */
static void a_report_or_feedback_comes_first(void **state)
{
	static const uint8_t refused[] = { 192, 202, 203, 204, 208 },
			     taken[] = { 201, 205, 206, 207 };
	struct bench b;

	(void)state;
	for (unsigned i = 0; i < sizeof(refused); i++) {
		b.len = 0;
		add_part(&b, 0x80, refused[i], "\0\0\0\7\0\0\0\0", 8);
		expect_malformed(&b);
	}
	for (unsigned i = 0; i < sizeof(taken); i++) {
		b.len = 0;
		add_part(&b, 0x80, taken[i], "\0\0\0\7\0\0\0\0", 8);
		assert_int_equal(rewrite(&b, ROOM), REWRITE_OK);
	}
}

static void nothing_left_is_told_apart_from_malformed(void **state)
{
	struct bench b = { .len = 0 };

	(void)state;
	add_part(&b, 0x80 | 15, 206, "\0\0\0\7\0\0\0\10host", 12);
	assert_int_equal(rewrite(&b, ROOM), REWRITE_EMPTY);
	add_part(&b, 0x81, 203, "\0\0\0\7", 4); /* may not be first in its place */
	assert_int_equal(rewrite(&b, ROOM), REWRITE_EMPTY);
}

static void another_version_is_malformed_wherever_it_stands(void **state)
{
	struct bench b;

	(void)state;
	for (unsigned version = 0; version < 4; version++) {
		start(&b);
		add_part(&b, (uint8_t)(version << 6 | 1), 203, "\0\0\0\7", 4);
		if (version == 2)
			assert_int_equal(rewrite(&b, ROOM), REWRITE_OK);
		else
			expect_malformed(&b);
	}
}

/* RFC 3550 6.4.1: only the last packet is padded. */
static void padding_is_taken_off_the_last_packet_and_refused_elsewhere(void **state)
{
	static const uint8_t bad[] = { 0, 3, 8, 255 };
	struct bench b;

	(void)state;
	start(&b);
	add_part(&b, 0xa1, 203, "\0\0\0\7hid\4", 8);
	expect_after_report(&b, "\x81\xcb\0\1\0\0\0\7", 8);
	for (unsigned i = 0; i < sizeof(bad); i++) {
		start(&b);
		add_part(&b, 0xa1, 203, (uint8_t[8]){ 0, 0, 0, 7, 0, 0, 0, bad[i] }, 8);
		expect_malformed(&b);
	}
	b.len = 0;
	add_part(&b, 0xa0, 201, "\0\0\0\7\0\0\0\4", 8);
	add_part(&b, 0x81, 203, "\0\0\0\7", 4);
	expect_malformed(&b);
}

static void fill_whole(struct bench *b, size_t ends[8], unsigned *count)
{
	static const uint8_t xr[] = { 0, 0, 0, 7, 4, 0, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8 };

	b->len = 0;
	*count = 0;
	add(b, sender_report, sizeof(sender_report));
	ends[(*count)++] = b->len;
	add_part(b, 0x81, 202, "\0\0\0\7\1\11bob@host1\0\0\0\0", 16);
	ends[(*count)++] = b->len;
	add_part(b, 0x80, 207, xr, sizeof(xr));
	ends[(*count)++] = b->len;
	add_part(b, 0x81, 205, "\0\0\0\7\0\0\0\10\1\2\3\4", 12);
	ends[(*count)++] = b->len;
	add_part(b, 0x80, 204, "\0\0\0\7namehost", 12);
	ends[(*count)++] = b->len;
	add_part(b, 0x81, 203, "\0\0\0\7\2by\0", 8);
	ends[(*count)++] = b->len;
}

static void a_packet_cut_at_any_byte_passes_only_between_its_parts(void **state)
{
	struct bench whole, b;
	size_t ends[8];
	unsigned count;

	(void)state;
	fill_whole(&whole, ends, &count);
	for (size_t len = 0; len <= whole.len; len++) {
		bool is_whole = false;

		for (unsigned i = 0; i < count; i++)
			is_whole |= ends[i] == len;
		b = whole;
		b.len = len;
		assert_int_equal(rewrite(&b, ROOM), is_whole ? REWRITE_OK : REWRITE_MALFORMED);
		assert_false(contains(&b, "bob") && is_whole);
	}
}

static void stays_within_the_room_it_is_given(void **state)
{
	uint8_t body[31 * 8] = { 0 };
	struct bench b;
	size_t needed = 8 + 4 + 31 * 24;

	(void)state;
	for (size_t room = 0; room <= needed + 1; room++) {
		start(&b);
		add_part(&b, 0x80 | 31, 202, body, sizeof(body));
		assert_int_equal(rewrite(&b, room), room < needed ? REWRITE_LONG : REWRITE_OK);
	}
	start(&b); /* as many sources as a datagram holds: three times as long with names */
	while (b.len + 4 + sizeof(body) <= sizeof(b.data))
		add_part(&b, 0x80 | 31, 202, body, sizeof(body));
	assert_int_equal(rewrite(&b, 65536), REWRITE_LONG);
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

/* One chunk of random items, each value of which begins with the mark. */
static size_t make_chunk(uint32_t *seed, uint8_t *out)
{
	size_t len = 4;
	unsigned items = next_random(seed) % 6;

	memcpy(out, "\0\0\0\7", 4);
	for (unsigned i = 0; i < items; i++) {
		uint8_t value_len = (uint8_t)(4 + next_random(seed) % 40);

		out[len] = (uint8_t)(1 + next_random(seed) % 8);
		out[len + 1] = value_len;
		memset(out + len + 2, 'x', value_len);
		memcpy(out + len + 2, "MARK", 4);
		len += 2 + value_len;
	}
	do
		out[len++] = 0;
	while (len % 4);
	return len;
}

static void expect_readable(const struct bench *b)
{
	struct part_reader r = { b->data, b->len };
	struct part p;

	while (r.len)
		assert_true(part_read(&r, &p));
}

static void whatever_was_said_is_gone_and_the_rest_parses(void **state)
{
	uint32_t seed = 1;
	struct bench b, again;

	(void)state;
	for (unsigned i = 0; i < MANY; i++) {
		uint8_t body[8 * 300];
		size_t len = 0;
		unsigned chunks = 1 + next_random(&seed) % 8;

		for (unsigned c = 0; c < chunks; c++)
			len += make_chunk(&seed, body + len);
		start(&b);
		add_part(&b, (uint8_t)(0x80 | chunks), 202, body, len);
		assert_int_equal(rewrite(&b, ROOM), REWRITE_OK);
		assert_false(contains(&b, "MARK"));
		expect_readable(&b);
		again = b;
		assert_int_equal(rewrite(&again, ROOM), REWRITE_OK);
		assert_int_equal(again.len, b.len);
		assert_memory_equal(again.data, b.data, b.len);
	}
}

/* RFC 7022 section 4.2 */
static void names_are_printable_and_differ(void **state)
{
	struct cname first, second;

	(void)state;
	cname_init(&first);
	cname_init(&second);
	assert_memory_not_equal(&first, &second, sizeof(first));
	for (unsigned i = 0; i < CNAME_LEN; i++)
		assert_non_null(memchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				       "0123456789+/",
				       first.text[i], 64));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reports_pass_as_they_are),
		cmocka_unit_test(what_a_profile_adds_to_a_report_is_cut),
		cmocka_unit_test(a_report_shorter_than_its_count_is_malformed),
		cmocka_unit_test(all_that_is_said_of_a_source_becomes_our_name),
		cmocka_unit_test(each_of_31_sources_gets_the_name),
		cmocka_unit_test(a_description_of_nobody_is_left_out),
		cmocka_unit_test(a_description_may_end_without_its_zero),
		cmocka_unit_test(descriptions_that_do_not_add_up_are_malformed),
		cmocka_unit_test(a_goodbye_keeps_its_sources_and_not_its_reason),
		cmocka_unit_test(application_packets_and_unknown_types_are_left_out),
		cmocka_unit_test(feedback_passes_unless_an_application_made_it_up),
		cmocka_unit_test(extended_reports_pass_when_their_blocks_add_up),
		cmocka_unit_test(a_report_or_feedback_comes_first),
		cmocka_unit_test(nothing_left_is_told_apart_from_malformed),
		cmocka_unit_test(another_version_is_malformed_wherever_it_stands),
		cmocka_unit_test(padding_is_taken_off_the_last_packet_and_refused_elsewhere),
		cmocka_unit_test(a_packet_cut_at_any_byte_passes_only_between_its_parts),
		cmocka_unit_test(stays_within_the_room_it_is_given),
		cmocka_unit_test(whatever_was_said_is_gone_and_the_rest_parses),
		cmocka_unit_test(names_are_printable_and_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
