/* conn.h -- one TCP or TLS connection.  Its flow id finds it; nobody keeps a pointer
 * beyond the current turn of the loop. */
#ifndef SIGNALING_TRANSPORT_CONN_H
#define SIGNALING_TRANSPORT_CONN_H
#include "common/fsm.h"
#include "signaling/transport/inside.h"
#include "signaling/transport/secure.h"

enum conn_state {
#include "common/fsm_empty.h"
#undef STATE
#define STATE(name, help) CONN_##name,
#include "signaling/transport/conn.def"
};

enum conn_event {
#include "common/fsm_empty.h"
#undef EVENT
#define EVENT(name, help) CONN_EV_##name,
#include "signaling/transport/conn.def"
};

enum conn_side { CONN_ACCEPTED, CONN_DIALLED };

enum { CONN_UNPROVED_MAX = 16 };

struct accept_source;

struct conn_receipt {
	uint64_t token;
	unsigned home;
};

struct conn {
	struct hash_node by_flow, by_target;
	struct list node;
	struct transport *t;
	struct fsm fsm;
	uint64_t flow;
	enum conn_side side;
	enum config_transport kind;
	unsigned listener;
	struct addr remote, local;
	int fd;
	struct loop_watch *watch;
	struct secure_profile *profile; /* TLS only */
	struct secure_link *link;
	char *tls_name; /* dialled TLS only: the name that was verified */
	struct accept_source *source; /* accepted only */
	int64_t deadline_us, last_active_us;

	char *partial; /* the begun message, NULL without */
	size_t partial_len;
	unsigned crlf_bytes; /* of a keepalive that is not whole yet */
	struct timer again; /* TLS holds bytes that no descriptor will announce */

	struct list unsent; /* struct conn_piece */
	size_t unsent_bytes;
	/* A dialled connection proves itself when the peer says something.  What was
	 * written before may have been lost with it (a TLS 1.3 peer refuses our
	 * certificate only after that). */
	bool is_proved;
	unsigned unproved_count;
	struct conn_receipt unproved[CONN_UNPROVED_MAX];

	enum err end_error;
	char end_why[INSIDE_WHY_SIZE];
};

struct conn_piece {
	struct list node;
	struct conn_receipt receipt;
	size_t len, sent;
	char bytes[];
};

extern const struct fsm_table conn_fsm;

/* Takes fd, also on an error.  profile NULL: TCP. */
enum err conn_create(struct endpoint *ep, enum conn_side side, int fd, const struct addr *remote,
		     struct secure_profile *profile, const char *tls_name, struct conn **out_conn);
/* ACCEPTED or DIALLED, after everything is filled in. */
void conn_begin(struct conn *c);
/* What waits or is unproved fails with this reason. */
void conn_end(struct conn *c, enum err e, const char *why);
/* The same and a log line with the way out. */
void conn_refuse(struct conn *c, enum err e, const char *why, const char *fix);
bool conn_is_ended(const struct conn *c);
/* NULL when it is gone. */
struct conn *conn_find(const struct transport *t, uint64_t flow);
void conn_free_ended(struct transport *t);
unsigned conn_get_open_count(void); /* of the process */

#endif
