/* lines.h -- a configuration as its "set ..." lines in memory: for comparing two and for
 * filtering one. */
#ifndef MGMT_CONFIG_LINES_H
#define MGMT_CONFIG_LINES_H
#include "common/slice.h"
#include "db/config/config.h"

struct lines {
	char **items;
	size_t count, size;
	bool failed; /* out of memory: not complete */
};

enum err lines_create(const struct config *c, struct lines *out_lines);
void lines_fini(struct lines *l);

/* Calls put for every line of one side only: '-' for `from`, '+' for `to`, each side in
 * its own order.  Returns how many. */
typedef void lines_diff_fn(void *arg, char sign, const char *line);
size_t lines_compare(const struct lines *from, const struct lines *to, lines_diff_fn *put,
		     void *arg);
bool lines_is_equal(const struct lines *a, const struct lines *b);

#endif
