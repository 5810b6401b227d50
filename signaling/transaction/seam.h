/* seam.h -- where a test puts its own network under the transaction layer. */
#ifndef SIGNALING_TRANSACTION_SEAM_H
#define SIGNALING_TRANSACTION_SEAM_H
#include "signaling/transaction/transaction.h"

/* As the functions of transport.h, which are what is used without a seam. */
struct transaction_network {
	enum err (*send)(struct transport *t, const struct transport_target *to, uint64_t token,
			 const char *bytes, size_t len);
	const struct transport_listener *(*find_listener)(const struct transport *t,
							  unsigned index);
};

/* Tests only, right after transactions_create.  `network` must outlive ts. */
void transactions_set_test_network(struct transactions *ts,
				   const struct transaction_network *network);
/* Tests only: how many may live at once. */
void transactions_set_test_limit(struct transactions *ts, unsigned limit);

#endif
