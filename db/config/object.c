/* object.c -- the arrays of struct config, worked on through the schema. */
#include "db/config/object.h"

#include <stdlib.h>
#include <string.h>

#include "db/config/value.h"

/* The first array of a noun has room for so many; it doubles from there. */
enum { OBJECT_FIRST_ROOM = 4 };

static char *get_array(const struct config *c, const struct schema_noun *noun)
{
	char *array;

	memcpy(&array, (const char *)c + noun->array_offset, sizeof(array));
	return array;
}

static void set_array(struct config *c, const struct schema_noun *noun, char *array)
{
	memcpy((char *)c + noun->array_offset, &array, sizeof(array));
}

static size_t *count_of(struct config *c, const struct schema_noun *noun)
{
	return (size_t *)(void *)((char *)c + noun->count_offset);
}

size_t object_count(const struct config *c, enum schema_noun_id noun)
{
	size_t count;

	memcpy(&count, (const char *)c + schema_get_noun(noun)->count_offset, sizeof(count));
	return count;
}

struct config_object *object_get(const struct config *c, enum schema_noun_id noun, size_t i)
{
	const struct schema_noun *n = schema_get_noun(noun);

	return (struct config_object *)(void *)(get_array(c, n) + i * n->object_size);
}

/* Index of the first numbered object that is not below `name`. */
static size_t find_number(const struct config *c, enum schema_noun_id noun, struct slice name)
{
	size_t low = 0, high = object_count(c, noun);
	uint64_t wanted = 0;

	(void)slice_parse_u64(name, SCHEMA_NUMBERED_MAX, &wanted);
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strtoull(object_get(c, noun, middle)->name, NULL, 10) < wanted)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct config_object *object_find(const struct config *c, enum schema_noun_id noun,
				  struct slice parent, struct slice name)
{
	size_t count = object_count(c, noun), i = 0;

	if (schema_get_noun(noun)->count == SCHEMA_NUMBERED) {
		i = find_number(c, noun, name);
		count = i < count ? i + 1 : 0;
	}
	for (; i < count; i++) {
		struct config_object *o = object_get(c, noun, i);

		if (slice_is_text(name, o->name) && slice_is_text(parent, o->parent))
			return o;
	}
	return NULL;
}

/* Arrays have room for the next power of two, so only a full one moves. */
static enum err make_room(struct config *c, const struct schema_noun *noun)
{
	size_t count = *count_of(c, noun), room = count ? count * 2 : OBJECT_FIRST_ROOM;
	char *array;

	if (count == SCHEMA_OBJECTS_MAX)
		return ERR_LIMIT;
	if (count && (count < OBJECT_FIRST_ROOM || (count & (count - 1))))
		return ERR_NONE;
	array = realloc(get_array(c, noun), room * noun->object_size);
	if (!array)
		return ERR_MEMORY;
	set_array(c, noun, array);
	return ERR_NONE;
}

enum err object_add(struct config *c, enum schema_noun_id noun, struct slice parent,
		    struct slice name, struct config_object **out_object)
{
	const struct schema_noun *n = schema_get_noun(noun);
	size_t *count = count_of(c, n);
	size_t at = n->count == SCHEMA_NUMBERED ? find_number(c, noun, name) : *count;
	struct config_object *o;
	enum err e;

	if (parent.len >= CONFIG_NAME_SIZE || name.len >= CONFIG_NAME_SIZE)
		return ERR_TOO_LONG;
	e = make_room(c, n);
	if (e)
		return e;
	o = object_get(c, noun, at);
	memmove((char *)o + n->object_size, o, (*count - at) * n->object_size);
	memset(o, 0, n->object_size);
	(void)slice_copy_text(parent, o->parent, sizeof(o->parent));
	(void)slice_copy_text(name, o->name, sizeof(o->name));
	for (unsigned i = 0; i < n->item_count; i++)
		object_reset_item(n, o, &n->items[i]);
	(*count)++;
	*out_object = o;
	return ERR_NONE;
}

static void remove_children(struct config *c, enum schema_noun_id noun, const char *name)
{
	for (int child = 0; child < SCHEMA_NOUN_COUNT; child++) {
		if (schema_get_noun((enum schema_noun_id)child)->parent != noun)
			continue;
		for (size_t i = object_count(c, (enum schema_noun_id)child); i-- > 0;) {
			struct config_object *o = object_get(c, (enum schema_noun_id)child, i);

			if (strcmp(o->parent, name) == 0)
				object_remove(c, (enum schema_noun_id)child, o);
		}
	}
}

void object_remove(struct config *c, enum schema_noun_id noun, struct config_object *o)
{
	const struct schema_noun *n = schema_get_noun(noun);
	size_t *count = count_of(c, n);
	char *end = get_array(c, n) + *count * n->object_size;
	char *next = (char *)o + n->object_size;

	remove_children(c, noun, o->name);
	memmove(o, next, (size_t)(end - next));
	(*count)--;
}

enum err object_copy_all(const struct config *from, enum schema_noun_id noun, struct config *to)
{
	const struct schema_noun *n = schema_get_noun(noun);
	size_t count = object_count(from, noun), room = OBJECT_FIRST_ROOM;
	char *array;

	if (count == 0)
		return ERR_NONE;
	while (room < count)
		room *= 2;
	array = malloc(room * n->object_size);
	if (!array)
		return ERR_MEMORY;
	memcpy(array, get_array(from, n), count * n->object_size);
	set_array(to, n, array);
	*count_of(to, n) = count;
	return ERR_NONE;
}

void object_free_all(struct config *c, enum schema_noun_id noun)
{
	const struct schema_noun *n = schema_get_noun(noun);

	free(get_array(c, n));
	set_array(c, n, NULL);
	*count_of(c, n) = 0;
}

void *object_field(struct config_object *o, const struct schema_item *item)
{
	return (char *)o + item->offset;
}

const void *object_field_const(const struct config_object *o, const struct schema_item *item)
{
	return (const char *)o + item->offset;
}

bool object_item_is_set(const struct schema_noun *noun, const struct config_object *o,
			const struct schema_item *item)
{
	return o->set & schema_item_bit(noun, item);
}

void object_copy_item(const struct schema_noun *noun, const struct schema_item *item,
		      const struct config_object *from, struct config_object *to)
{
	uint64_t bit = schema_item_bit(noun, item);

	memcpy(object_field(to, item), object_field_const(from, item), item->size);
	to->set = (to->set & ~bit) | (from->set & bit);
}

void object_reset_item(const struct schema_noun *noun, struct config_object *o,
		       const struct schema_item *item)
{
	value_reset(item, object_field(o, item));
	o->set &= ~schema_item_bit(noun, item);
}

static void put_noun(struct text *t, const struct schema_noun *noun, struct slice name)
{
	text_put_string(t, noun->word);
	if (noun->count == SCHEMA_ONE)
		return;
	text_put_string(t, noun->count == SCHEMA_NUMBERED ? " " : " \"");
	text_put_slice(t, name);
	if (noun->count == SCHEMA_MANY)
		text_put_byte(t, '"');
}

void object_put_label(struct text *t, enum schema_noun_id noun, struct slice parent,
		      struct slice name)
{
	const struct schema_noun *n = schema_get_noun(noun);

	if (n->parent != SCHEMA_none) {
		put_noun(t, schema_get_noun(n->parent), parent);
		text_put_byte(t, ' ');
	}
	put_noun(t, n, name);
}
