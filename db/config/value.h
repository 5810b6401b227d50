/* value.h -- one value of one item: from text, to text, back to its default. */
#ifndef DB_CONFIG_VALUE_H
#define DB_CONFIG_VALUE_H
#include "common/err.h"
#include "common/slice.h"
#include "common/text.h"
#include "db/config/schema.h"

enum { VALUE_SIZE_MAX = 256 };

/* Writes item->size bytes at `out_field`; untouched on an error.  ERR_SYNTAX, ERR_RANGE,
 * ERR_TOO_LONG, ERR_ADDRESS, ERR_NOT_FOUND (no such choice). */
enum err value_parse(const struct schema_item *item, struct slice text, void *out_field);
/* As config_apply_line reads it, quoted where needed. */
void value_print(const struct schema_item *item, const void *field, struct text *t);
/* The row's default, or zero. */
void value_reset(const struct schema_item *item, void *field);
/* What is accepted, for messages and the manual: "1 to 63", "udp, tcp or tls". */
void value_describe(const struct schema_item *item, struct text *t);
/* Names of objects: letters, digits and . _ - from the second on. */
bool value_is_name(struct slice text);
/* Decimal without leading zeros, 0 to SCHEMA_NUMBERED_MAX. */
bool value_is_object_number(struct slice text);

#endif
