/* names.c -- header, method and status names. */
#include "signaling/sip/lines.h"

#include <strings.h>

static const char *const header_names[] = {
#define HEADER(id, name, compact) [HEADER_##id] = (name),
#include "signaling/sip/header.def"
};

/* Length and first letter decide nearly always; only then are letters compared. */
struct header_key {
	uint8_t len, first, compact;
};

static const struct header_key header_keys[] = {
#define HEADER(id, name, compact)                                                                  \
	[HEADER_##id] = { sizeof(name) - 1, (uint8_t)((name)[0] | 0x20), (uint8_t)(compact)[0] },
#include "signaling/sip/header.def"
};

static const char *const method_names[] = {
#define METHOD(name) [METHOD_##name] = #name,
#include "signaling/sip/method.def"
	[METHOD_OTHER] = "OTHER",
};

static const struct {
	unsigned status;
	const char *phrase;
} phrases[] = {
#define STATUS(status, phrase) { (status), (phrase) },
#include "signaling/sip/status.def"
};

enum header header_from_name(struct slice name)
{
	uint8_t first = name.len ? (uint8_t)(name.data[0] | 0x20) : 0;

	for (unsigned h = 0; h < HEADER_COUNT; h++) {
		const struct header_key *key = &header_keys[h];

		if (name.len == 1 ? key->compact == first
				  : key->len == name.len && key->first == first &&
					    strncasecmp(name.data, header_names[h], name.len) == 0)
			return (enum header)h;
	}
	return HEADER_COUNT;
}

const char *header_name(enum header h)
{
	return (unsigned)h < HEADER_COUNT ? header_names[h] : "";
}

bool header_take_line(struct slice *rest, enum header *out_header, struct slice *out_value)
{
	struct slice name;

	if (lines_take(rest, &name, out_value) != LINE_FIELD)
		return false;
	*out_header = header_from_name(name);
	return true;
}

/* Method names are case-sensitive (RFC 3261 7.1). */
enum method method_from_name(struct slice name)
{
	for (unsigned m = 0; m < METHOD_OTHER; m++)
		if (slice_is_text(name, method_names[m]))
			return (enum method)m;
	return METHOD_OTHER;
}

const char *method_name(enum method m)
{
	return (unsigned)m <= METHOD_OTHER ? method_names[m] : method_names[METHOD_OTHER];
}

const char *status_phrase(unsigned status)
{
	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
		if (phrases[i].status == status)
			return phrases[i].phrase;
	return "Unknown";
}
