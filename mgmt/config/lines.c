/* lines.c -- collecting and comparing configuration lines. */
#include "mgmt/config/lines.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SIZE = 64 };

static void add_line(void *arg, const char *line)
{
	struct lines *l = arg;

	if (l->count == l->size) {
		size_t size = l->size ? 2 * l->size : FIRST_SIZE;
		char **items = realloc(l->items, size * sizeof(*items));

		if (!items) {
			l->failed = true;
			return;
		}
		l->items = items;
		l->size = size;
	}
	l->items[l->count] = strdup(line);
	if (l->items[l->count])
		l->count++;
	else
		l->failed = true;
}

enum err lines_create(const struct config *c, struct lines *out_lines)
{
	struct lines l = { 0 };

	config_print_lines(c, add_line, &l);
	if (l.failed) {
		lines_fini(&l);
		return ERR_MEMORY;
	}
	*out_lines = l;
	return ERR_NONE;
}

void lines_fini(struct lines *l)
{
	for (size_t i = 0; i < l->count; i++)
		free(l->items[i]);
	free(l->items);
	*l = (struct lines){ 0 };
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static char **sort_copy(const struct lines *l)
{
	char **sorted = malloc((l->count + 1) * sizeof(*sorted));

	if (!sorted)
		return NULL;
	if (l->count)
		memcpy(sorted, l->items, l->count * sizeof(*sorted));
	qsort(sorted, l->count, sizeof(*sorted), compare_texts);
	return sorted;
}

/* Lines of `l` that `other` has not. */
static size_t put_missing(const struct lines *l, const struct lines *other, char sign,
			  lines_diff_fn *put, void *arg)
{
	char **sorted = sort_copy(other);
	size_t found = 0;

	if (!sorted)
		return 0;
	for (size_t i = 0; i < l->count; i++) {
		if (bsearch(&l->items[i], sorted, other->count, sizeof(*sorted), compare_texts))
			continue;
		put(arg, sign, l->items[i]);
		found++;
	}
	free(sorted);
	return found;
}

size_t lines_compare(const struct lines *from, const struct lines *to, lines_diff_fn *put,
		     void *arg)
{
	size_t removed = put_missing(from, to, '-', put, arg);

	return removed + put_missing(to, from, '+', put, arg);
}

bool lines_is_equal(const struct lines *a, const struct lines *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->items[i], b->items[i]) != 0)
			return false;
	return true;
}
