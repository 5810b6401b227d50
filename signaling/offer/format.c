/* format.c -- payload types: reading, filtering, matching, printing. */
#include "signaling/offer/format.h"

#include <ctype.h>
#include <string.h>

#include "db/config/config.h"

enum { FORMAT_NUMBER_MAX = 127, FORMAT_STATIC_MAX = 34, FORMAT_PTIME_MAX = 200 };

/* RFC 3551 6, tables 4 and 5: what a number means without a rtpmap. */
static const char *const static_encodings[] = {
	[0] = "PCMU/8000",    [3] = "GSM/8000",	   [4] = "G723/8000",	[5] = "DVI4/8000",
	[6] = "DVI4/16000",   [7] = "LPC/8000",	   [8] = "PCMA/8000",	[9] = "G722/8000",
	[10] = "L16/44100/2", [11] = "L16/44100",  [12] = "QCELP/8000", [13] = "CN/8000",
	[14] = "MPA/90000",   [15] = "G728/8000",  [16] = "DVI4/11025", [17] = "DVI4/22050",
	[18] = "G729/8000",   [25] = "CelB/90000", [26] = "JPEG/90000", [28] = "nv/90000",
	[31] = "H261/90000",  [32] = "MPV/90000",  [33] = "MP2T/90000", [34] = "H263/90000",
};

/* ITU-T T.38 annex D; vendor information names the sender and stays behind. */
static const char *const t38_attributes[] = {
	"T38FaxVersion",	"T38MaxBitRate",	 "T38FaxFillBitRemoval",
	"T38FaxTranscodingMMR", "T38FaxTranscodingJBIG", "T38FaxRateManagement",
	"T38FaxMaxBuffer",	"T38FaxMaxDatagram",	 "T38FaxUdpEC",
};

static struct slice encoding_name(const struct format *f)
{
	struct slice rest = f->encoding;

	return slice_take_until(&rest, '/');
}

static bool is_companion(const struct format *f)
{
	struct slice name = encoding_name(f);

	return slice_is_text_nocase(name, "telephone-event") || slice_is_text_nocase(name, "CN");
}

/* The value of the next attribute `name` that is about this payload number. */
static bool next_format_attribute(struct slice *lines, const char *name, struct slice number,
				  struct slice *out_value)
{
	struct slice value, word;

	while (description_next_attribute(lines, name, &value)) {
		if (!description_next_word(&value, &word) || !slice_is_equal(word, number))
			continue;
		*out_value = slice_trim(value);
		return true;
	}
	return false;
}

static bool is_number(struct slice text)
{
	uint64_t value;

	return !slice_parse_u64(text, UINT32_MAX, &value);
}

/* "NAME/RATE" or "NAME/RATE/CHANNELS" (RFC 8866 6.6); nothing else crosses. */
static bool is_encoding(struct slice text)
{
	struct slice name = slice_take_until(&text, '/'), rate = slice_take_until(&text, '/');

	for (size_t i = 0; i < name.len; i++)
		if (!isalnum((unsigned char)name.data[i]) && !strchr("-._+", name.data[i]))
			return false;
	return name.len && is_number(rate) && (text.len == 0 || is_number(text));
}

static struct slice find_encoding(const struct description_stream *s, struct slice number_text,
				  uint64_t number)
{
	struct slice lines = s->lines, value, word;

	if (next_format_attribute(&lines, "rtpmap", number_text, &value) &&
	    description_next_word(&value, &word) && is_encoding(word))
		return word;
	if (number < sizeof(static_encodings) / sizeof(static_encodings[0]))
		return slice_from_text(static_encodings[number]);
	return SLICE_NONE;
}

static bool has_word(const struct format_list *list, struct slice word)
{
	for (unsigned i = 0; i < list->count; i++)
		if (slice_is_equal(list->formats[i].word, word))
			return true;
	return false;
}

void format_list_read(const struct description_stream *s, struct format_list *out_list)
{
	struct slice rest = s->formats, word;
	uint64_t number;

	out_list->count = 0;
	while (out_list->count < FORMAT_LIST_MAX && description_next_word(&rest, &word)) {
		struct format f = { .word = word };

		if (has_word(out_list, word))
			continue;
		if (description_is_rtp(s)) {
			if (slice_parse_u64(word, FORMAT_NUMBER_MAX, &number))
				continue;
			f.encoding = find_encoding(s, word, number);
			if (f.encoding.len == 0)
				continue;
		} else if (!slice_is_text_nocase(word, "t38")) {
			continue;
		}
		out_list->formats[out_list->count++] = f;
	}
}

static bool is_audio(const struct description_stream *s)
{
	return slice_is_text_nocase(s->media, "audio");
}

/* A word is a name, "PCMA", or a whole encoding, "AMR-WB/16000". */
static bool matches_word(const struct format *f, struct slice word)
{
	return slice_is_equal_nocase(encoding_name(f), word) ||
	       slice_is_equal_nocase(f->encoding, word);
}

static bool is_allowed(const struct format *f, const char *codecs)
{
	struct slice word;

	if (is_companion(f))
		return true;
	while (config_list_next(&codecs, &word))
		if (matches_word(f, word))
			return true;
	return false;
}

void format_list_filter(struct format_list *list, const struct description_stream *s,
			const char *codecs)
{
	unsigned kept = 0;

	if (!codecs[0] || !is_audio(s))
		return;
	for (unsigned i = 0; i < list->count; i++)
		if (is_allowed(&list->formats[i], codecs))
			list->formats[kept++] = list->formats[i];
	list->count = kept;
}

static void move_front(struct format_list *list, unsigned from, unsigned to)
{
	struct format f = list->formats[from];

	for (; from > to; from--)
		list->formats[from] = list->formats[from - 1];
	list->formats[to] = f;
}

void format_list_sort(struct format_list *list, const struct description_stream *s,
		      const char *codecs)
{
	struct slice word;
	unsigned sorted = 0;

	if (!is_audio(s))
		return;
	while (config_list_next(&codecs, &word))
		for (unsigned i = sorted; i < list->count; i++)
			if (matches_word(&list->formats[i], word))
				move_front(list, i, sorted++);
}

/* One channel need not be said (RFC 8866 6.6). */
static struct slice without_mono(struct slice encoding)
{
	if (encoding.len > 2 && !memcmp(encoding.data + encoding.len - 2, "/1", 2))
		encoding.len -= 2;
	return encoding;
}

static bool is_static(const struct format *f)
{
	uint64_t number;

	return !slice_parse_u64(f->word, FORMAT_STATIC_MAX, &number);
}

/* A static number means the same however its rtpmap spells it ("G729a", "G722/16000"). */
static bool is_same_encoding(const struct format *a, const struct format *b)
{
	if (is_static(a) && slice_is_equal(a->word, b->word))
		return true;
	return slice_is_equal_nocase(without_mono(a->encoding), without_mono(b->encoding));
}

/* Offered under the same number, or under another while this number was free. */
static bool was_offered(const struct format *f, const struct format_list *offered)
{
	bool found = false;

	for (unsigned i = 0; i < offered->count; i++) {
		bool is_same = is_same_encoding(&offered->formats[i], f);

		if (slice_is_equal_nocase(offered->formats[i].word, f->word))
			return is_same;
		found |= is_same;
	}
	return found;
}

void format_list_keep_common(struct format_list *list, const struct format_list *offered)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < list->count; i++)
		if (was_offered(&list->formats[i], offered))
			list->formats[kept++] = list->formats[i];
	list->count = kept;
}

const struct format *format_list_find_codec(const struct format_list *list)
{
	for (unsigned i = 0; i < list->count; i++)
		if (!is_companion(&list->formats[i]))
			return &list->formats[i];
	return NULL;
}

bool format_list_has_codec(const struct format_list *list)
{
	return format_list_find_codec(list) != NULL;
}

void format_list_print_words(const struct format_list *list, struct text *out)
{
	for (unsigned i = 0; i < list->count; i++) {
		text_put_byte(out, ' ');
		text_put_slice(out, list->formats[i].word);
	}
}

static void print_rtp_format(const struct format *f, const struct description_stream *s,
			     struct text *out)
{
	struct slice lines = s->lines, value;

	text_printf(out, "a=rtpmap:%.*s %.*s\r\n", SLICE_ARG(f->word), SLICE_ARG(f->encoding));
	while (next_format_attribute(&lines, "fmtp", f->word, &value))
		text_printf(out, "a=fmtp:%.*s %.*s\r\n", SLICE_ARG(f->word), SLICE_ARG(value));
}

static void print_ptime(const char *name, struct slice lines, struct text *out)
{
	struct slice value;
	uint64_t ms;

	if (!description_find_attribute(lines, name, &value) ||
	    slice_parse_u64(slice_trim(value), FORMAT_PTIME_MAX, &ms) || ms == 0)
		return;
	text_printf(out, "a=%s:%u\r\n", name, (unsigned)ms);
}

static void print_t38(const struct description_stream *s, struct text *out)
{
	for (size_t i = 0; i < sizeof(t38_attributes) / sizeof(t38_attributes[0]); i++) {
		struct slice value;

		if (!description_find_attribute(s->lines, t38_attributes[i], &value))
			continue;
		text_printf(out, "a=%s", t38_attributes[i]);
		if (value.len)
			text_printf(out, ":%.*s", SLICE_ARG(value));
		text_put_literal(out, "\r\n");
	}
}

void format_list_print_attributes(const struct format_list *list,
				  const struct description_stream *s, struct text *out)
{
	if (!description_is_rtp(s)) {
		print_t38(s, out);
		return;
	}
	for (unsigned i = 0; i < list->count; i++)
		print_rtp_format(&list->formats[i], s, out);
	print_ptime("ptime", s->lines, out);
	print_ptime("maxptime", s->lines, out);
}
