/* names.c -- header, method and status names. */
#include "signaling/sip/lines.h"

#include <strings.h>

static const char *const header_names[] = {
#define HEADER(id, name, compact) [HEADER_##id] = (name),
#include "signaling/sip/header.def"
};

/* Length and first letter in one number decide nearly always; letters come after. */
#define KEY(len, first) (uint16_t)((len) << 8 | ((first) | 0x20))

static const uint16_t name_keys[] = {
#define HEADER(id, name, compact) [HEADER_##id] = KEY(sizeof(name) - 1, (name)[0]),
#include "signaling/sip/header.def"
};

static const uint16_t compact_keys[] = {
#define HEADER(id, name, compact) [HEADER_##id] = KEY(1, (compact)[0]),
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
	const uint16_t *keys = name.len == 1 ? compact_keys : name_keys;
	uint16_t key = name.len && name.len < 256 ? KEY(name.len, name.data[0]) : 0;

	for (unsigned h = 0; h < HEADER_COUNT; h++)
		if (keys[h] == key &&
		    (name.len == 1 || strncasecmp(name.data, header_names[h], name.len) == 0))
			return (enum header)h;
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
