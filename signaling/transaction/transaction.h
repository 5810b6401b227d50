/* transaction.h -- RFC 3261 17 and RFC 6026 transactions as tables, one set per worker.
 *
 * The transaction user names transactions by id; a stale id is a normal answer.
 * The layer writes Via, Content-Length and the start line; everything else of a
 * request comes ready from its user. */
#ifndef SIGNALING_TRANSACTION_TRANSACTION_H
#define SIGNALING_TRANSACTION_TRANSACTION_H
#include "common/err.h"
#include "common/loop.h"
#include "signaling/sip/message.h"
#include "signaling/transport/transport.h"

struct transactions;

#define TRANSACTION_T1_US 500000
#define TRANSACTION_T2_US 4000000
#define TRANSACTION_T4_US 5000000

struct transaction_callbacks {
	/* A new request, INVITE or other, that opened a server transaction.  An INVITE has
	 * already been answered with 100.  The message is borrowed: ref it to keep it. */
	void (*on_request)(void *owner, uint64_t server_id, struct message *m,
			   const struct transport_origin *from);
	/* A CANCEL for an INVITE server transaction without a final reply; the CANCEL has
	 * been answered 200.  The user answers the INVITE, with 487. */
	void (*on_cancel)(void *owner, uint64_t server_id, const struct message *m);
	/* An ACK that belongs to no transaction: it confirms a 2xx. */
	void (*on_ack)(void *owner, struct message *m, const struct transport_origin *from);
	/* A 2xx was not acknowledged for 64*T1 (RFC 3261 13.3.1.4: send a BYE). */
	void (*on_unacknowledged)(void *owner, uint64_t server_id);
	/* A reply that belongs to no transaction: counted, dropped.  Only for tests. */
	void (*on_stray_reply)(void *owner, const struct message *m);
};

/* worker: its number goes into every branch made here ("z9hG4bK" WORKER "-" RANDOM), so that
 * replies find their way back to the thread.  See transaction_worker_of_branch. */
enum err transactions_create(struct loop *l, struct transport *transport, unsigned worker,
			     const struct transaction_callbacks *callbacks, void *owner,
			     struct transactions **out_transactions);
void transactions_destroy(struct transactions *ts);
/* -1: not a branch of ours. */
int transaction_worker_of_branch(struct slice branch);

/* A screened and parsed message from the transport. */
void transactions_receive(struct transactions *ts, struct message *m,
			  const struct transport_origin *from);
/* transport_callbacks.on_failed leads here. */
void transactions_transport_failed(struct transactions *ts, uint64_t token, enum err e,
				   const char *why);

/* --- client ----------------------------------------------------------------- */

struct transaction_request {
	enum method method;
	struct slice uri;
	/* Whole lines with CRLF: From To Call-ID CSeq Max-Forwards Contact ...; no Via, no
	 * Content-Type, no Content-Length. */
	struct slice headers;
	struct slice content_type, body;
};

/* reply NULL: no answer came: ERR_TIMEOUT (timer B or F), or the transport's error, with
 * `why` for people.  Provisional replies come too; each 2xx of an INVITE comes, also
 * repeated ones and other forks', for 64*T1 after the first. */
typedef void transaction_reply_fn(void *arg, uint64_t client_id, enum err e, const char *why,
				  struct message *reply);

/* ACK is not sent with this.  fn never comes from inside the call.
 * timeout_us: instead of 64*T1 for timer B (INVITE without any reply) or F; 0: 64*T1. */
enum err transaction_send_request(struct transactions *ts, const struct transport_target *to,
				  const struct transaction_request *r, int64_t timeout_us,
				  transaction_reply_fn *fn, void *arg, uint64_t *out_client_id);
/* For an INVITE: CANCEL goes out as soon as a provisional reply has come (RFC 3261
 * 9.1); the final reply still comes to fn.  extra: header lines such as Reason. */
void transaction_cancel(struct transactions *ts, uint64_t client_id, struct slice extra);
/* Nobody is interested any more: fn is not called again.  The transaction lives out. */
void transaction_abandon(struct transactions *ts, uint64_t client_id);
/* The ACK of a 2xx: a request outside any transaction, own branch. */
enum err transaction_send_ack(struct transactions *ts, const struct transport_target *to,
			      const struct transaction_request *r);

/* --- server ----------------------------------------------------------------- */

struct transaction_reply {
	unsigned status;
	struct slice reason; /* empty: status_phrase */
	struct slice to_tag; /* empty: the request's To as it is */
	struct slice headers; /* whole lines: Contact, Allow, Server ... */
	struct slice content_type, body;
};

/* Provisional or final.  A 2xx to an INVITE is repeated (13.3.1.4) until
 * transaction_confirm or 64*T1.  ERR_NOT_FOUND; ERR_STATE: a final one was sent. */
enum err transaction_send_reply(struct transactions *ts, uint64_t server_id,
				const struct transaction_reply *r);
/* The ACK of the 2xx came. */
void transaction_confirm(struct transactions *ts, uint64_t server_id);

/* How many are alive. */
unsigned transactions_get_count(const struct transactions *ts);
void transactions_visit_counters(void (*visit)(void *arg, const char *name, uint64_t value,
					       const char *help),
				 void *arg);

#endif
