/* cache.h -- what the DNS said, while it holds; and who waits for it to speak.
 * A record that has run out is asked for again; if the DNS does not answer, what it
 * said last holds on (RFC 8767). */
#ifndef SIGNALING_RESOLVE_CACHE_H
#define SIGNALING_RESOLVE_CACHE_H
#include "common/hash.h"
#include "common/list.h"
#include "signaling/resolve/dns.h"

enum {
	CACHE_RECORDS_MAX = 2048,
	CACHE_ASKING_MAX = 512, /* questions on their way */
	CACHE_NEGATIVE_S = 30, /* also: until a silent DNS is asked again */
	CACHE_STALE_S = 86400, /* what the DNS said last holds so long while it is silent */
};

enum cache_kind { CACHE_SRV, CACHE_HOST };

struct record {
	struct hash_node node;
	struct list by_age;
	enum cache_kind kind;
	char name[DNS_NAME_SIZE];
	struct cache *cache;
	bool is_asking;
	int64_t expires_us, answered_us;
	enum err e; /* of the last answer that stands */
	unsigned turn; /* of the address list */
	unsigned address_count, srv_count;
	struct addr *addresses;
	struct srv_record *srv;
	struct list waiters; /* the resolver's queries */
	struct list ready; /* in the cache's list of records with news */
};

struct cache {
	struct dns *dns;
	struct loop *loop;
	struct hash_table table;
	struct list by_age, ready;
	unsigned count, asking_count;
	void (*on_news)(struct cache *c); /* something became ready */
};

enum err cache_init(struct cache *c, struct loop *l, const char *servers,
		    void (*on_news)(struct cache *c));
void cache_fini(struct cache *c);
/* The record, asked for when there is none or it ran out; is_asking tells.  NULL: too
 * much is asked already. */
struct record *cache_want(struct cache *c, enum cache_kind kind, const char *name);
/* Takes the next record with news off the list; NULL at the end. */
struct record *cache_take_ready(struct cache *c);

#endif
