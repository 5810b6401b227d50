/* shipped.c -- profiles.def turned into objects. */
#include "db/config/shipped.h"

static const struct {
	const char *name, *items;
} rows[] = {
#define SHIPPED(name, items) { name, items },
#include "db/config/profiles.def"
};

enum { ROW_COUNT = sizeof(rows) / sizeof(rows[0]) };

enum err shipped_add(struct config *c)
{
	char buf[CONFIG_LINE_SIZE];

	for (unsigned i = 0; i < ROW_COUNT; i++) {
		struct text line;
		enum err e;

		text_init(&line, buf, sizeof(buf));
		text_printf(&line, "set profile %s %s", rows[i].name, rows[i].items);
		e = config_apply_line(c, text_get(&line), NULL);
		if (e)
			return e;
	}
	return ERR_NONE;
}

bool shipped_has(enum schema_noun_id noun, struct slice name)
{
	if (noun != SCHEMA_profile)
		return false;
	for (unsigned i = 0; i < ROW_COUNT; i++)
		if (slice_is_text(name, rows[i].name))
			return true;
	return false;
}
