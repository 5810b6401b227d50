/* srv.c -- c-ares reads SRV records but drops their time to live, so they are read
 * here; only its name expansion is used. */
#include "signaling/resolve/srv.h"

#include <ares.h>
#include <arpa/nameser.h>
#include <stdio.h>
#include <string.h>

enum { HEADER_SIZE = 12, QUESTION_REST = 4, RECORD_REST = 10, SRV_FIXED = 6 };

struct reader {
	const unsigned char *start, *at, *end;
};

static unsigned u16_at(const unsigned char *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static uint32_t u32_at(const unsigned char *p)
{
	return (uint32_t)u16_at(p) << 16 | u16_at(p + 2);
}

/* Reads a name at r->at and moves behind it. */
static enum err take_name(struct reader *r, char *out, size_t size)
{
	char *name = NULL;
	long used = 0;

	if (r->at >= r->end || ares_expand_name(r->at, r->start, (int)(r->end - r->start), &name,
						&used) != ARES_SUCCESS)
		return ERR_NAME;
	if (out && strlen(name) >= size) {
		ares_free_string(name);
		return ERR_NAME;
	}
	if (out)
		snprintf(out, size, "%s", name);
	ares_free_string(name);
	r->at += used;
	return ERR_NONE;
}

static enum err skip_questions(struct reader *r)
{
	for (unsigned i = u16_at(r->start + 4); i > 0; i--) {
		if (take_name(r, NULL, 0) || r->end - r->at < QUESTION_REST)
			return ERR_NAME;
		r->at += QUESTION_REST;
	}
	return ERR_NONE;
}

static enum err read_srv(struct reader *r, unsigned data_len, struct srv_record *out)
{
	struct reader target = *r;

	if (data_len < SRV_FIXED + 1)
		return ERR_NAME;
	out->priority = (uint16_t)u16_at(r->at);
	out->weight = (uint16_t)u16_at(r->at + 2);
	out->port = (uint16_t)u16_at(r->at + 4);
	target.at += SRV_FIXED;
	return take_name(&target, out->target, sizeof(out->target));
}

static enum err take_record(struct reader *r, struct srv_record *out, unsigned *io_count,
			    unsigned *io_ttl_s)
{
	unsigned type, data_len;
	uint32_t ttl_s;
	enum err e;

	if (take_name(r, NULL, 0) || r->end - r->at < RECORD_REST)
		return ERR_NAME;
	type = u16_at(r->at);
	ttl_s = u32_at(r->at + 4);
	data_len = u16_at(r->at + 8);
	r->at += RECORD_REST;
	if (data_len > r->end - r->at)
		return ERR_NAME;
	if (ttl_s < *io_ttl_s)
		*io_ttl_s = ttl_s;
	if (type == ns_t_srv && *io_count < SRV_RECORDS_MAX) {
		e = read_srv(r, data_len, &out[*io_count]);
		if (e)
			return e;
		(*io_count)++;
	}
	r->at += data_len;
	return ERR_NONE;
}

enum err srv_parse(const unsigned char *bytes, int len, struct srv_record *out_records,
		   unsigned *out_count, unsigned *out_ttl_s)
{
	struct reader r = { bytes, bytes + HEADER_SIZE, bytes + len };
	unsigned count = 0, ttl_s = INT32_MAX;

	if (len < HEADER_SIZE || skip_questions(&r))
		return ERR_NAME;
	for (unsigned i = u16_at(bytes + 6); i > 0; i--) {
		enum err e = take_record(&r, out_records, &count, &ttl_s);

		if (e)
			return e;
	}
	if (!count)
		return ERR_NOT_FOUND;
	*out_count = count;
	*out_ttl_s = ttl_s;
	return ERR_NONE;
}

static void swap(struct srv_record *a, struct srv_record *b)
{
	struct srv_record kept = *a;

	*a = *b;
	*b = kept;
}

/* RFC 2782: zero weights first, then the first whose running sum reaches the draw. */
static unsigned draw_one(const struct srv_record *records, unsigned count,
			 uint32_t (*draw)(void *arg, uint32_t n), void *arg)
{
	uint32_t sum = 0, running = 0, drawn;

	for (unsigned i = 0; i < count; i++)
		sum += records[i].weight;
	drawn = draw(arg, sum + 1);
	for (unsigned i = 0; i < count && drawn == 0; i++)
		if (records[i].weight == 0)
			return i;
	for (unsigned i = 0; i < count; i++) {
		running += records[i].weight;
		if (running >= drawn)
			return i;
	}
	return 0;
}

void srv_order(struct srv_record *records, unsigned count, uint32_t (*draw)(void *arg, uint32_t n),
	       void *arg)
{
	for (unsigned i = 1; i < count; i++)
		for (unsigned k = i; k > 0 && records[k].priority < records[k - 1].priority; k--)
			swap(&records[k], &records[k - 1]);
	for (unsigned i = 0; i < count; i++) {
		unsigned same = 1;

		while (i + same < count && records[i + same].priority == records[i].priority)
			same++;
		swap(&records[i], &records[i + draw_one(records + i, same, draw, arg)]);
	}
}
