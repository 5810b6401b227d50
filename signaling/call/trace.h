/* trace.h -- what an administrator wants to know of one call a minute later: the
 * messages in order (the ladder) and the decisions (the facts).  Bounded per call. */
#ifndef SIGNALING_CALL_TRACE_H
#define SIGNALING_CALL_TRACE_H
#include <stdint.h>

#include "common/slice.h"

enum {
	TRACE_STEPS_MAX = 64,
	TRACE_FACTS_BYTES_MAX = 4096,
	TRACE_WHAT_SIZE = 24,
	TRACE_DETAIL_SIZE = 72
};

struct trace_step {
	uint32_t at_ms; /* since the call began */
	uint8_t leg, sent;
	char what[TRACE_WHAT_SIZE];	/* "INVITE", "183 Session Progress" */
	char detail[TRACE_DETAIL_SIZE]; /* what the body said, in short */
};

struct trace {
	int64_t began_us;
	struct trace_step *steps;
	uint16_t step_count, step_size;
	uint16_t steps_dropped;
	char *facts; /* name NUL value NUL name NUL value NUL ... */
	uint16_t facts_len, facts_size;
};

void trace_init(struct trace *t, int64_t began_us);
void trace_fini(struct trace *t);
/* Past the limits a step or fact is counted or dropped, never an error.  body: of the
 * message; an SDP is kept as its digest. */
void trace_add_step(struct trace *t, unsigned leg, unsigned sent, const char *what,
		    struct slice body);
void trace_add_fact(struct trace *t, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void trace_visit_facts(const struct trace *t,
		       void (*visit)(void *arg, const char *name, const char *value), void *arg);

#endif
