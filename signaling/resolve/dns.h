/* dns.h -- questions to the DNS (and /etc/hosts) with c-ares on our loop. */
#ifndef SIGNALING_RESOLVE_DNS_H
#define SIGNALING_RESOLVE_DNS_H
#include "common/addr.h"
#include "common/loop.h"
#include "signaling/resolve/srv.h"

struct dns;

enum { DNS_ADDRESSES_MAX = 32, DNS_NAME_SIZE = 256 };

/* What is known about a name.  ERR_NOT_FOUND: it has no such records, and the DNS says
 * so.  ERR_NAME: the DNS did not answer. */
struct dns_answer {
	enum err e;
	unsigned ttl_s;
	unsigned address_count, srv_count;
	struct addr addresses[DNS_ADDRESSES_MAX]; /* IPv6 first; no port */
	struct srv_record srv[SRV_RECORDS_MAX];
};

typedef void dns_fn(void *arg, const struct dns_answer *answer);

enum err dns_create(struct loop *l, const char *servers, struct dns **out_dns);
/* No fn is called any more. */
void dns_destroy(struct dns *d);
/* fn is called once, perhaps before this returns (literal in /etc/hosts, no server). */
void dns_ask_srv(struct dns *d, const char *name, dns_fn *fn, void *arg);
void dns_ask_host(struct dns *d, const char *name, dns_fn *fn, void *arg);

#endif
