/* print.c -- a configuration as the lines that make it. */
#include "db/config/config.h"
#include "db/config/object.h"
#include "db/config/shipped.h"
#include "db/config/value.h"

struct print {
	const struct config *config, *shipped;
	void (*put)(void *arg, const char *line);
	void *arg;
};

static void put_noun(struct text *t, const struct schema_noun *n, const char *name)
{
	text_printf(t, " %s", n->word);
	if (n->count != SCHEMA_ONE)
		text_printf(t, " %s", name);
}

static void begin_line(struct text *t, enum schema_noun_id noun, const struct config_object *o)
{
	const struct schema_noun *n = schema_get_noun(noun);

	t->len = 0;
	text_put_string(t, "set");
	if (n->parent != SCHEMA_none)
		put_noun(t, schema_get_noun(n->parent), o->parent);
	put_noun(t, n, o->name);
}

/* A value that was shipped needs no line. */
static bool is_shipped(const struct schema_noun *n, const struct schema_item *item,
		       const struct config_object *o, const struct config_object *shipped)
{
	char buf[2][CONFIG_LINE_SIZE];
	struct text t[2];

	if (!shipped || !object_item_is_set(n, shipped, item))
		return false;
	text_init(&t[0], buf[0], sizeof(buf[0]));
	text_init(&t[1], buf[1], sizeof(buf[1]));
	value_print(item, object_field_const(o, item), &t[0]);
	value_print(item, object_field_const(shipped, item), &t[1]);
	return slice_is_equal(text_get(&t[0]), text_get(&t[1]));
}

static void print_object(const struct print *p, enum schema_noun_id noun,
			 const struct config_object *o)
{
	const struct schema_noun *n = schema_get_noun(noun);
	const struct config_object *shipped = NULL;
	char buf[CONFIG_LINE_SIZE];
	struct text line;

	if (p->shipped && shipped_has(noun, slice_from_text(o->name)))
		shipped = object_find(p->shipped, noun, SLICE_NONE, slice_from_text(o->name));
	text_init(&line, buf, sizeof(buf));
	for (unsigned i = 0; i < n->item_count; i++) {
		const struct schema_item *item = &n->items[i];

		if (!object_item_is_set(n, o, item) || is_shipped(n, item, o, shipped))
			continue;
		begin_line(&line, noun, o);
		text_printf(&line, " %s ", item->word);
		value_print(item, object_field_const(o, item), &line);
		p->put(p->arg, text_get_string(&line));
	}
	if (o->set || (n->count == SCHEMA_ONE && n->parent == SCHEMA_none))
		return;
	begin_line(&line, noun, o);
	p->put(p->arg, text_get_string(&line));
}

static void print_children(const struct print *p, enum schema_noun_id noun,
			   const struct config_object *parent)
{
	for (int id = 0; id < SCHEMA_NOUN_COUNT; id++) {
		enum schema_noun_id child = (enum schema_noun_id)id;

		if (schema_get_noun(child)->parent != noun)
			continue;
		for (size_t i = 0; i < object_count(p->config, child); i++) {
			const struct config_object *o = object_get(p->config, child, i);

			if (slice_is_text(slice_from_text(o->parent), parent->name))
				print_object(p, child, o);
		}
	}
}

void config_print_lines(const struct config *c, void (*put)(void *arg, const char *line), void *arg)
{
	struct config *shipped = NULL;
	struct print p = { .config = c, .put = put, .arg = arg };

	/* Without memory for the comparison the shipped values are printed too: as true. */
	if (config_create(&shipped) == ERR_NONE)
		p.shipped = shipped;
	for (int id = 0; id < SCHEMA_NOUN_COUNT; id++) {
		enum schema_noun_id noun = (enum schema_noun_id)id;

		if (schema_get_noun(noun)->parent != SCHEMA_none)
			continue;
		for (size_t i = 0; i < object_count(c, noun); i++) {
			print_object(&p, noun, object_get(c, noun, i));
			print_children(&p, noun, object_get(c, noun, i));
		}
	}
	config_destroy(shipped);
}
