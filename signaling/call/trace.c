/* trace.c -- growing arrays with a ceiling. */
#include "signaling/call/trace.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/text.h"
#include "signaling/offer/offer.h"

void trace_init(struct trace *t, int64_t began_us)
{
	*t = (struct trace){ .began_us = began_us };
}

void trace_fini(struct trace *t)
{
	free(t->steps);
	free(t->facts);
	*t = (struct trace){ 0 };
}

void trace_add_step(struct trace *t, unsigned leg, unsigned sent, const char *what,
		    struct slice body)
{
	struct trace_step *s;
	struct text detail;

	if (t->step_count == t->step_size) {
		uint16_t size = t->step_size ? (uint16_t)(t->step_size * 2) : 16;

		s = size <= TRACE_STEPS_MAX ? realloc(t->steps, size * sizeof(*s)) : NULL;
		if (!s) {
			t->steps_dropped++;
			return;
		}
		t->steps = s;
		t->step_size = size;
	}
	s = &t->steps[t->step_count++];
	*s = (struct trace_step){ .at_ms = (uint32_t)((clock_now_us() - t->began_us) / 1000),
				  .leg = (uint8_t)leg,
				  .sent = (uint8_t)sent };
	snprintf(s->what, sizeof(s->what), "%s", what);
	text_init(&detail, s->detail, sizeof(s->detail) - 1);
	if (body.len)
		offer_digest(body, &detail);
	text_get_string(&detail);
}

static char *make_room(struct trace *t, size_t len)
{
	size_t size = t->facts_size ? t->facts_size : 256;
	char *grown;

	if (t->facts_len + len > TRACE_FACTS_BYTES_MAX)
		return NULL;
	while (size < t->facts_len + len)
		size *= 2;
	if (size != t->facts_size) {
		grown = realloc(t->facts, size);
		if (!grown)
			return NULL;
		t->facts = grown;
		t->facts_size = (uint16_t)size;
	}
	return t->facts + t->facts_len;
}

void trace_add_fact(struct trace *t, const char *name, const char *format, ...)
{
	char value[384];
	va_list args;
	size_t name_len = strlen(name) + 1, value_len;
	char *room;

	va_start(args, format);
	vsnprintf(value, sizeof(value), format, args);
	va_end(args);
	value_len = strlen(value) + 1;
	room = make_room(t, name_len + value_len);
	if (!room)
		return;
	memcpy(room, name, name_len);
	memcpy(room + name_len, value, value_len);
	t->facts_len = (uint16_t)(t->facts_len + name_len + value_len);
}

void trace_visit_facts(const struct trace *t,
		       void (*visit)(void *arg, const char *name, const char *value), void *arg)
{
	for (size_t at = 0; at < t->facts_len;) {
		const char *name = t->facts + at;
		const char *value = name + strlen(name) + 1;

		visit(arg, name, value);
		at = (size_t)(value + strlen(value) + 1 - t->facts);
	}
}
