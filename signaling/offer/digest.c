/* digest.c -- a body in one short line, for the ladder of a call. */
#include "signaling/offer/description.h"
#include "signaling/offer/format.h"
#include "signaling/offer/offer.h"

static void put_codecs(struct text *out, const struct description_stream *s)
{
	struct slice rest = s->formats, word, lines = s->lines, value;
	bool first = true;

	while (description_next_word(&rest, &word)) {
		struct slice name = word;

		lines = s->lines;
		while (description_next_attribute(&lines, "rtpmap", &value)) {
			struct slice number, encoding = value;

			if (!description_next_word(&encoding, &number) ||
			    !slice_is_equal(number, word) ||
			    !description_next_word(&encoding, &name))
				continue;
			name = slice_take_until(&name, '/');
			break;
		}
		if (slice_is_text_nocase(name, "telephone-event"))
			name = SLICE("DTMF");
		text_put_byte(out, first ? ' ' : ',');
		text_put_slice(out, name);
		first = false;
	}
}

static void put_suite(struct text *out, const struct description_stream *s)
{
	struct slice lines = s->lines, value, word;

	if (!description_next_attribute(&lines, "crypto", &value))
		return;
	if (!description_next_word(&value, &word) || !description_next_word(&value, &word))
		return;
	text_put_byte(out, ' ');
	text_put_slice(out, word);
}

void offer_digest(struct slice body, struct text *out)
{
	struct description *d;
	struct text why;
	char bytes[64];

	text_init(&why, bytes, sizeof(bytes));
	if (description_parse(body, &d, &why)) {
		text_put_literal(out, "unreadable SDP");
		return;
	}
	for (unsigned i = 0; i < d->stream_count; i++) {
		const struct description_stream *s = &d->streams[i];

		if (i)
			text_put_literal(out, "; ");
		text_put_slice(out, s->protocol_text);
		if (s->port == 0) {
			text_put_literal(out, " refused");
			continue;
		}
		put_codecs(out, s);
		put_suite(out, s);
		if (s->direction != DIRECTION_BOTH) {
			text_put_byte(out, ' ');
			text_put_string(out, direction_name(s->direction));
		}
	}
	description_destroy(d);
}
