/* value.c -- reading and writing values by their kind. */
#include "db/config/value.h"

#include <string.h>

#include "common/addr.h"
#include "common/check.h"
#include "db/config/config.h"
#include "db/config/words.h"

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool value_is_name(struct slice text)
{
	if (text.len == 0 || text.len >= CONFIG_NAME_SIZE || !is_alnum(text.data[0]))
		return false;
	for (size_t i = 1; i < text.len; i++)
		if (!is_alnum(text.data[i]) && !memchr("._-", text.data[i], 3))
			return false;
	return true;
}

bool value_is_object_number(struct slice text)
{
	uint64_t number;

	return slice_parse_u64(text, SCHEMA_NUMBERED_MAX, &number) == ERR_NONE &&
	       (text.len == 1 || text.data[0] != '0');
}

/* One word that may stand in a host name, a number or a header value. */
static bool is_plain_word(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] <= ' ' || text.data[i] > '~' || strchr("\"\\,;<>", text.data[i]))
			return false;
	return true;
}

static enum err parse_name(const struct schema_item *item, struct slice text, char *out)
{
	if (text.len < item->low)
		return ERR_RANGE;
	if (!is_plain_word(text))
		return ERR_SYNTAX;
	return slice_copy_text(text, out, item->size);
}

static enum err parse_path(const struct schema_item *item, struct slice text, char *out)
{
	if (text.len == 0 || text.data[0] != '/')
		return ERR_SYNTAX;
	return slice_copy_text(text, out, item->size);
}

/* Blanks around the commas go, so that a list reads back as it prints. */
static enum err parse_list(const struct schema_item *item, struct slice text, char *out)
{
	char buf[VALUE_SIZE_MAX];
	struct text list;

	text_init(&list, buf, item->size);
	for (struct slice rest = text; rest.len;) {
		struct slice word = slice_trim(slice_take_until(&rest, ','));

		if (word.len == 0 || !is_plain_word(word))
			return ERR_SYNTAX;
		if (item->kind == SCHEMA_REFS && !value_is_name(word))
			return ERR_SYNTAX;
		if (list.len)
			text_put_byte(&list, ',');
		text_put_slice(&list, word);
	}
	if (text.len && text.data[text.len - 1] == ',')
		return ERR_SYNTAX;
	if (item->kind == SCHEMA_REFS && list.len == 0)
		return ERR_SYNTAX;
	if (list.overflow || list.len == item->size)
		return ERR_TOO_LONG;
	memcpy(out, text_get_string(&list), list.len + 1);
	return ERR_NONE;
}

static enum err parse_number(const struct schema_item *item, struct slice text, uint32_t *out)
{
	uint64_t number;
	enum err e = slice_parse_u64(text, item->high, &number);

	if (e)
		return e;
	if (number < item->low)
		return ERR_RANGE;
	*out = (uint32_t)number;
	return ERR_NONE;
}

static enum err parse_choice(const struct schema_item *item, struct slice text, uint8_t *out)
{
	const struct schema_choice *choice;

	for (unsigned i = 0; (choice = schema_get_choice(item->field, i)); i++)
		if (slice_is_text(text, choice->word)) {
			*out = (uint8_t)choice->value;
			return ERR_NONE;
		}
	return ERR_NOT_FOUND;
}

static enum err parse_ports(const struct schema_item *item, struct slice text,
			    struct config_ports *out)
{
	struct slice first = slice_take_until(&text, '-');
	uint64_t low, high;
	enum err e;

	e = slice_parse_u64(first, item->high, &low);
	if (e)
		return e;
	e = slice_parse_u64(text, item->high, &high);
	if (e)
		return e;
	if (low < item->low || high <= low)
		return ERR_RANGE;
	*out = (struct config_ports){ .low = (uint16_t)low, .high = (uint16_t)high };
	return ERR_NONE;
}

enum err value_parse(const struct schema_item *item, struct slice text, void *out_field)
{
	switch (item->kind) {
	case SCHEMA_NAME:
		return parse_name(item, text, out_field);
	case SCHEMA_TEXT:
		return slice_copy_text(text, out_field, item->size);
	case SCHEMA_PATH:
		return parse_path(item, text, out_field);
	case SCHEMA_NUMBER:
		return parse_number(item, text, out_field);
	case SCHEMA_CHOICE:
		return parse_choice(item, text, out_field);
	case SCHEMA_ADDRESS:
		return addr_parse(text, 0, out_field);
	case SCHEMA_PORTS:
		return parse_ports(item, text, out_field);
	case SCHEMA_LIST:
	case SCHEMA_REFS:
		return parse_list(item, text, out_field);
	case SCHEMA_REF:
		return value_is_name(text) ? slice_copy_text(text, out_field, item->size)
					   : ERR_SYNTAX;
	}
	return ERR_UNSUPPORTED;
}

void value_print(const struct schema_item *item, const void *field, struct text *t)
{
	const struct config_ports *ports = field;
	char buf[ADDR_TEXT_SIZE];

	switch (item->kind) {
	case SCHEMA_NUMBER:
		text_put_u64(t, *(const uint32_t *)field);
		break;
	case SCHEMA_CHOICE:
		text_put_string(t, config_choice_word(item->field, *(const uint8_t *)field));
		break;
	case SCHEMA_ADDRESS:
		text_put_string(t, addr_print_host(field, buf, sizeof(buf)));
		break;
	case SCHEMA_PORTS:
		text_printf(t, "%u-%u", ports->low, ports->high);
		break;
	case SCHEMA_NAME:
	case SCHEMA_TEXT:
	case SCHEMA_PATH:
	case SCHEMA_LIST:
	case SCHEMA_REF:
	case SCHEMA_REFS:
		words_put(t, field);
		break;
	}
}

void value_reset(const struct schema_item *item, void *field)
{
	memset(field, 0, item->size);
	if (item->fallback && *item->fallback)
		CHECK(value_parse(item, slice_from_text(item->fallback), field) == ERR_NONE);
}

static void describe_choices(const struct schema_item *item, struct text *t)
{
	const struct schema_choice *choice = schema_get_choice(item->field, 0), *next;

	for (unsigned i = 1; choice; choice = next, i++) {
		next = schema_get_choice(item->field, i);
		if (i > 1)
			text_put_string(t, next ? ", " : " or ");
		text_put_string(t, choice->word);
	}
}

void value_describe(const struct schema_item *item, struct text *t)
{
	switch (item->kind) {
	case SCHEMA_NAME:
		text_printf(t, "a word of %u to %u characters", item->low, item->high);
		break;
	case SCHEMA_TEXT:
		text_printf(t, "text of at most %u bytes, in quotes where it has blanks",
			    CONFIG_TEXT_SIZE - 1);
		break;
	case SCHEMA_PATH:
		text_put_string(t, "a file name that begins with /");
		break;
	case SCHEMA_NUMBER:
		text_printf(t, "a number from %u to %u", item->low, item->high);
		break;
	case SCHEMA_CHOICE:
		describe_choices(item, t);
		break;
	case SCHEMA_ADDRESS:
		text_put_string(t, "an IPv4 or IPv6 address");
		break;
	case SCHEMA_PORTS:
		text_printf(t, "two ports FIRST-LAST between %u and %u, the first one smaller",
			    item->low, item->high);
		break;
	case SCHEMA_LIST:
		text_put_string(t, "words with commas between them");
		break;
	case SCHEMA_REF:
		text_printf(t, "the name of a %s", schema_get_noun(item->to)->word);
		break;
	case SCHEMA_REFS:
		text_printf(t, "names of %ss with commas between them",
			    schema_get_noun(item->to)->word);
		break;
	}
}
