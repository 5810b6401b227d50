/* check.c -- running the rules over a configuration. */
#include "db/config/check.h"

#include <stdarg.h>
#include <stdio.h>

#include "db/config/object.h"

static void (*const rules[])(struct check *k) = {
	check_required,	   check_references, check_files,	 check_realms,
	check_media_ports, check_listeners,  check_tls_profiles, check_policy_lists,
	check_sources,	   check_targets,    check_trunk_keys,	 check_routes,
};

static void put_place(struct check *k, const struct config_object *o)
{
	if (!k->file)
		return;
	text_printf(k->report, "%s:", k->file);
	if (o->line)
		text_printf(k->report, "%u:", o->line);
	text_put_byte(k->report, ' ');
	if (k->wanted == CHECK_WARNING)
		text_put_literal(k->report, "warning: ");
}

void check_say(struct check *k, enum check_severity severity, enum schema_noun_id noun,
	       const struct config_object *o, const char *sentence, ...)
{
	char buf[1024];
	va_list args;

	if (severity != k->wanted)
		return;
	va_start(args, sentence);
	vsnprintf(buf, sizeof(buf), sentence, args);
	va_end(args);
	put_place(k, o);
	object_put_label(k->report, noun, slice_from_text(o->parent), slice_from_text(o->name));
	text_printf(k->report, ": %s\n", buf);
	k->count++;
}

static unsigned run_rules(const struct config *c, const char *file, enum check_severity wanted,
			  struct text *report)
{
	struct check k = { .config = c, .file = file, .wanted = wanted, .report = report };

	for (unsigned i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		rules[i](&k);
	return k.count;
}

unsigned config_check(const struct config *c, struct text *report)
{
	return run_rules(c, NULL, CHECK_ERROR, report);
}

unsigned config_warn(const struct config *c, struct text *report)
{
	return run_rules(c, NULL, CHECK_WARNING, report);
}

unsigned config_check_file(const struct config *c, const char *file, struct text *report)
{
	return run_rules(c, file, CHECK_ERROR, report);
}

unsigned config_warn_file(const struct config *c, const char *file, struct text *report)
{
	return run_rules(c, file, CHECK_WARNING, report);
}
