/* pool.h -- the media ports of one local address: pairs of an even port for RTP and
 * the next for RTCP, lent with both sockets bound.
 *
 * Ports are used in a random order, the longest unused first, and rest a while after
 * they come back, so that late packets of one call do not reach the next.  A few pairs
 * stay bound meanwhile and are lent first, which spares half of a call's system calls. */
#ifndef MEDIA_SESSION_POOL_H
#define MEDIA_SESSION_POOL_H
#include <stdbool.h>
#include <stdint.h>

#include "common/addr.h"
#include "common/err.h"

struct pool;

enum { POOL_QUARANTINE_S = 3, POOL_KEPT_MAX = 256 };

struct pool_config {
	struct addr address;	      /* its port does not matter */
	uint16_t port_low, port_high; /* inclusive */
	uint8_t dscp;
};

struct pool_pair {
	uint16_t port; /* RTP's; 0: none */
	int fds[2];    /* RTP, RTCP */
};

enum err pool_create(const struct pool_config *config, struct pool **out_pool);
/* A second holder is a session that outlives the configuration it came from. */
struct pool *pool_ref(struct pool *p);
void pool_unref(struct pool *p);
/* A revision has, or no longer has, the pool: sockets are kept only for those that are
 * lent from, so that a pool of the past holds no port of its successor. */
void pool_start_keeping(struct pool *p);
void pool_stop_keeping(struct pool *p);
const struct pool_config *pool_get_config(const struct pool *p);
bool pool_config_is_equal(const struct pool_config *a, const struct pool_config *b);

/* wanted: that RTP port if it is free, else any; 0: any.  ERR_LIMIT: all are lent.
 * ERR_ADDRESS: the address is not local. */
enum err pool_lend(struct pool *p, uint16_t wanted, struct pool_pair *out_pair);
/* The sockets are the pool's again. */
void pool_take_back(struct pool *p, struct pool_pair *pair);
unsigned pool_get_free(const struct pool *p);
unsigned pool_get_total(const struct pool *p);

#endif
