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
	object_put_label(k->report, noun, slice_from_text(o->parent), slice_from_text(o->name));
	text_printf(k->report, ": %s\n", buf);
	k->count++;
}

static unsigned run_rules(const struct config *c, enum check_severity wanted, struct text *report)
{
	struct check k = { .config = c, .wanted = wanted, .report = report };

	for (unsigned i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		rules[i](&k);
	return k.count;
}

unsigned config_check(const struct config *c, struct text *report)
{
	return run_rules(c, CHECK_ERROR, report);
}

unsigned config_warn(const struct config *c, struct text *report)
{
	return run_rules(c, CHECK_WARNING, report);
}
