/* sip_text.h -- just enough SIP for a load generator: find a header, copy headers.
 * It trusts what it reads: it talks to the systems that are measured, to nobody else. */
#ifndef TESTS_BENCH_SIP_TEXT_H
#define TESTS_BENCH_SIP_TEXT_H
#include <stdbool.h>
#include <stddef.h>

struct span {
	const char *at;
	size_t len;
};

enum text_method { TEXT_OTHER, TEXT_INVITE, TEXT_ACK, TEXT_BYE, TEXT_OPTIONS };

/* The value of the first header of that name after `from`; at == NULL: none. */
struct span text_find_header(const char *from, const char *name);

/* 0 for a request. */
int text_get_status(const char *message);

/* Of a request from its first line, of a reply from its CSeq. */
enum text_method text_get_method(const char *message);

/* The part of `value` after `mark` up to one of `stops` or its end. */
struct span text_cut(struct span value, const char *mark, const char *stops);

/* Decimal number behind the first `mark`; -1: not there. */
long text_find_number(const char *from, const char *mark);

/* Copies every header of that name as "name: value\r\n" to `out`; `as` renames it.
 * reversed: last one first, as a caller turns Record-Route into Route. */
size_t text_copy_headers(const char *message, const char *name, const char *as, bool reversed,
			 char *out, size_t size);

#endif
