/* format.h -- the media formats of one stream, and which of them may cross. */
#ifndef SIGNALING_OFFER_FORMAT_H
#define SIGNALING_OFFER_FORMAT_H
#include <stdbool.h>

#include "common/text.h"
#include "signaling/offer/description.h"

enum { FORMAT_LIST_MAX = 32 };

/* Borrowed from the description it was read from. */
struct format {
	struct slice word;     /* as the m= line has it: "8", "t38" */
	struct slice encoding; /* "PCMA/8000"; empty outside RTP */
};

struct format_list {
	unsigned count;
	struct format formats[FORMAT_LIST_MAX];
};

/* The formats that have a meaning: no number twice, none without an encoding. */
void format_list_read(const struct description_stream *s, struct format_list *out_list);
/* Keeps what the configured LIST of codecs allows (empty: all).  The LIST is about audio;
 * telephone events and comfort noise go along. */
void format_list_filter(struct format_list *list, const struct description_stream *s,
			const char *codecs);
/* The LIST's codecs first and in its order, as an offer of ours has them. */
void format_list_sort(struct format_list *list, const struct description_stream *s,
		      const char *codecs);
/* An answer names nothing that was not offered (RFC 3264 6.1). */
void format_list_keep_common(struct format_list *list, const struct format_list *offered);
/* Is there anything but telephone events and comfort noise? */
bool format_list_has_codec(const struct format_list *list);
/* The first such, or NULL. */
const struct format *format_list_find_codec(const struct format_list *list);

/* " 8 101" */
void format_list_print_words(const struct format_list *list, struct text *out);
/* The attributes that may cross: rtpmap, fmtp, ptime, maxptime; T.38's for udptl. */
void format_list_print_attributes(const struct format_list *list,
				  const struct description_stream *s, struct text *out);

#endif
