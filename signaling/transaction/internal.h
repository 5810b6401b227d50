/* internal.h -- what the files of the transaction layer share. */
#ifndef SIGNALING_TRANSACTION_INTERNAL_H
#define SIGNALING_TRANSACTION_INTERNAL_H
#include "common/fsm.h"
#include "common/hash.h"
#include "signaling/sip/screen.h"
#include "signaling/transaction/seam.h"
#include "signaling/transaction/tables.h"
#include "signaling/transaction/transaction.h"

enum {
	/* Of one worker.  About 450 bytes each while its last timers run. */
	TRANSACTIONS_MAX = 500000,
	TRANSACTION_RETRY_AFTER_S = 5,
	TRANSACTION_TAG_MAX = 128,
};

/* 64*T1: timers B, F, H, J, L and M. */
#define TRANSACTION_64T1_US (64 * (int64_t)TRANSACTION_T1_US)

/* Both halves are keyed hashes of the text that identifies a transaction, so that two
 * transactions never share a key, and none outside can be found that would. */
struct transaction_key {
	uint64_t half[2];
};

enum transaction_kind {
	TRANSACTION_INVITE_CLIENT,
	TRANSACTION_NONINVITE_CLIENT,
	TRANSACTION_INVITE_SERVER,
	TRANSACTION_NONINVITE_SERVER,
};

/* What a server transaction needs until its final reply, and no longer. */
struct transaction_pending {
	struct message *request; /* the second holder: the user may keep it too */
	struct addr source;
	char to_tag[TRANSACTION_TAG_MAX]; /* of the replies so far; "" before */
};

/* Born in client_open or server_open, ends in transaction_remove when its table says
 * TERMINATED.  Between the final reply and that moment it holds little more than this. */
struct transaction {
	struct fsm fsm;
	struct timer repeat_timer; /* A, E, G, and that of the 2xx */
	int64_t repeat_us;	   /* the interval that runs */
	int64_t deadline_us;	   /* B, F, L: timers that go on across states */
	struct hash_node by_key, by_id, by_merge;
	struct transaction_key key, merge_key;
	struct transactions *ts;
	uint64_t id;
	struct transport_target target; /* its strings are in `names` */
	char *names;
	char *wire; /* the last message sent, or the head of the INVITE */
	uint32_t wire_len, head_len;
	uint16_t status; /* server: of the last reply; 0 before */
	uint8_t kind;
	bool has_merge_key;
	/* client */
	transaction_reply_fn *fn; /* NULL: nobody listens */
	void *arg;
	char *cancel_lines; /* extra header lines of the CANCEL */
	/* server */
	struct transaction_pending *pending;
};

struct transactions {
	struct loop *loop;
	struct timer_queue *timers;
	struct transport *transport;
	const struct transaction_network *network;
	struct transaction_callbacks callbacks;
	void *owner;
	struct hash_table by_key, by_id, by_merge;
	uint64_t next_id;
	unsigned worker, count, limit;
	unsigned random_left;
	uint64_t random[32];
	char scratch[SCREEN_MESSAGE_MAX]; /* the message or key being written */
};

enum transaction_counter {
#define COUNTER(name, help) COUNT_##name,
#include "signaling/transaction/counters.def"
	COUNT_COUNT
};
void transaction_count(enum transaction_counter c);

/* --- transactions.c --- */
/* In the tables, in its first state, deadline timeout_us from now.  NULL: no memory. */
struct transaction *transaction_new(struct transactions *ts, enum transaction_kind kind,
				    const struct transaction_key *key, int64_t timeout_us);
void transaction_remove(struct transaction *t);
struct transaction *transaction_find(struct transactions *ts, uint64_t id);
struct transaction *transaction_find_key(struct transactions *ts,
					 const struct transaction_key *key);
struct transaction *transaction_find_merge(struct transactions *ts,
					   const struct transaction_key *key);
void transaction_set_merge_key(struct transaction *t, const struct transaction_key *key);
void transaction_forget_merge_key(struct transaction *t);
bool transaction_is_reliable(const struct transaction *t);
enum err transaction_copy_target(struct transaction *t, const struct transport_target *to);
void transaction_forget_target_names(struct transaction *t);
/* Copies the text that is in scratch.  ERR_TOO_LONG if it did not fit there. */
enum err transaction_set_wire(struct transaction *t, const struct text *text);
void transaction_forget_wire(struct transaction *t);
enum err transaction_transmit(struct transaction *t, uint64_t token);
/* Starts the repeat timer with T1; each step doubles it up to the cap. */
void transaction_start_repeat(struct transaction *t);
void transaction_step_repeat(struct transaction *t, int64_t cap_us);
void transaction_stop_repeat(struct transaction *t);
int64_t transaction_until_deadline(const void *owner);
uint64_t transactions_random(struct transactions *ts);

/* --- key.c --- */
struct transaction_key key_of_client(struct transactions *ts, struct slice branch,
				     struct slice method);
/* `method`: INVITE to find the INVITE that an ACK or CANCEL is about. */
struct transaction_key key_of_server(struct transactions *ts, const struct message *m,
				     struct slice method);
struct transaction_key key_of_merge(struct transactions *ts, const struct message *m);

/* --- wire.c --- */
/* Via with a new branch, which is also left in branch[]. */
enum { WIRE_BRANCH_SIZE = 48 };
void wire_make_branch(struct transactions *ts, char branch[WIRE_BRANCH_SIZE]);
enum err wire_print_request(struct transactions *ts, struct text *t,
			    const struct transport_target *to, const struct transaction_request *r,
			    const char *branch);
/* ACK or CANCEL from the head of an INVITE (RFC 3261 17.1.1.3, 9.1).  to: the reply's
 * To, or empty for the request's own. */
void wire_print_derived(struct text *t, struct slice head, struct slice method, struct slice to,
			struct slice extra_lines);
struct slice wire_find_branch(struct slice head);

/* --- client.c --- */
void client_receive(struct transaction *t, struct message *reply);
void client_fail(struct transaction *t, enum err e, const char *why);
void client_repeat(struct transaction *t);

/* --- server.c --- */
/* A new request.  Calls the user. */
void server_open(struct transactions *ts, struct message *m, const struct transport_origin *from,
		 const struct transaction_key *key);
void server_receive_repeat(struct transaction *t);
void server_receive_ack(struct transaction *t, struct message *m,
			const struct transport_origin *from);
void server_receive_cancel(struct transactions *ts, struct message *m,
			   const struct transport_origin *from, const struct transaction_key *key);
void server_repeat(struct transaction *t);

#endif
