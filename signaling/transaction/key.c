/* key.c -- what makes two messages belong to one transaction (RFC 3261 17.1.3, 17.2.3). */
#include "signaling/transaction/internal.h"

static void begin(struct transactions *ts, struct text *t, char kind)
{
	text_init(t, ts->scratch, sizeof(ts->scratch));
	text_put_byte(t, 0); /* which half */
	text_put_byte(t, kind);
}

static void put(struct text *t, struct slice s)
{
	text_put_u64(t, s.len); /* so that no two lists of parts give one text */
	text_put_byte(t, ':');
	text_put_slice(t, s);
}

static struct transaction_key finish(struct text *t)
{
	struct transaction_key key;

	key.half[0] = hash_bytes(t->data, t->len);
	t->data[0] = 1;
	key.half[1] = hash_bytes(t->data, t->len);
	return key;
}

struct transaction_key key_of_client(struct transactions *ts, struct slice branch,
				     struct slice method)
{
	struct text t;

	begin(ts, &t, 'c');
	put(&t, branch);
	put(&t, method);
	return finish(&t);
}

/* A peer of before RFC 3261: its branch says nothing.  The same Via, Call-ID, From tag and
 * CSeq number is the same transaction; an ACK has them all, so the Request-URI
 * and the To tag of 17.2.3 are not needed to tell transactions apart. */
static void put_old_tuple(struct text *t, const struct message *m)
{
	put(t, message_find_header(m, HEADER_VIA, 0));
	put(t, message_get_call_id(m));
	put(t, message_get_from(m)->tag);
	text_put_u64(t, message_get_cseq(m));
	text_put_byte(t, ':');
}

struct transaction_key key_of_server(struct transactions *ts, const struct message *m,
				     struct slice method)
{
	const struct via *via = message_get_via(m);
	struct text t;

	if (slice_has_prefix(via->branch, "z9hG4bK")) {
		begin(ts, &t, 's');
		put(&t, via->branch);
		put(&t, via->host);
		text_put_u64(&t, via->port);
		text_put_byte(&t, ':');
	} else {
		transaction_count(COUNT_plain_branches);
		begin(ts, &t, 'o');
		put_old_tuple(&t, m);
	}
	put(&t, method);
	return finish(&t);
}

/* RFC 3261 8.2.2.2: the same request on another way. */
struct transaction_key key_of_merge(struct transactions *ts, const struct message *m)
{
	struct text t;

	begin(ts, &t, 'm');
	put(&t, message_get_from(m)->tag);
	put(&t, message_get_call_id(m));
	text_put_u64(&t, message_get_cseq(m));
	text_put_byte(&t, ':');
	put(&t, message_get_method_name(m));
	return finish(&t);
}
