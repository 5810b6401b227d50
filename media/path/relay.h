/* relay.h -- one session on the packet path: frame in, frame out.
 *
 * A relay has two sides, a side has a port for RTP and one for RTCP.  relay_forward
 * judges one frame that came in at a port and says at which port of the other side
 * it leaves, rewritten in place; it knows no socket, so every path (portable,
 * steered, kernel) hands its frames to the same function.  A relay belongs to one
 * worker thread from worker_add until it is handed back.  The counters may be read
 * by other threads. */
#ifndef MEDIA_PATH_RELAY_H
#define MEDIA_PATH_RELAY_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"
#include "media/crypt/crypt.h"
#include "media/path/latch.h"
#include "media/path/mailbox.h"
#include "media/path/packet.h"
#include "media/path/quality.h"
#include "media/rtcp/cname.h"
#include "media/stats/counters.h"

enum relay_component { RELAY_RTP, RELAY_RTCP, RELAY_COMPONENTS };
enum { RELAY_SIDES = 2, RELAY_LINE = 64 };

/* relay_change.flags */
enum {
	RELAY_SEND = 1,	   /* packets may go to this side */
	RELAY_RECEIVE = 2, /* packets from this side are accepted */
	RELAY_MUX = 4,	   /* RTP and RTCP share the RTP port */
	RELAY_SECURE = 8   /* SRTP only; without a key nothing passes */
};

struct relay;

struct relay_port {
	struct relay *relay;
	int fd; /* the portable path's; -1: closed */
	uint8_t side, component;
	struct latch latch;
} __attribute__((aligned(RELAY_LINE)));

struct relay_side {
	struct relay_port ports[RELAY_COMPONENTS];
	struct crypt *receive, *send; /* NULL: none yet */
	uint8_t flags;
	bool is_started;
	struct cname name; /* of this side in RTCP to the other; fixed */
	_Atomic int64_t last_packet_us;				  /* accepted from here; 0: never */
	_Atomic uint64_t received, received_bytes, received_rtcp; /* accepted from here */
	_Atomic uint64_t sent, sent_bytes, sent_rtcp;		  /* to here */
	struct quality quality;					  /* of what comes from here */
	_Atomic uint64_t drops[DROP_COUNT];			  /* from here, by reason */
} __attribute__((aligned(RELAY_LINE)));

struct relay {
	struct relay_side sides[RELAY_SIDES];
	uint64_t session;
	void *owner; /* the session; not touched here */
	bool is_removed;
	struct mail add_mail, remove_mail;
} __attribute__((aligned(RELAY_LINE)));

/* What relay_forward has to tell, as bits of relay_frame.news. */
enum {
	RELAY_NEWS_STARTED = 1,
	RELAY_NEWS_LATCHED = 2, /* another source than the told one was learned */
	RELAY_NEWS_RETURNED = 4 /* the told one spoke after that, and took its place again */
};

struct relay_frame {
	struct crypt_packet packet;
	struct addr source;
	int64_t now_us;
	struct relay_counters *counters; /* the worker's */
	enum packet_class class;	 /* set by relay_forward */
	unsigned news;			 /* set by relay_forward */
};

/* The whole state of one side, not a difference. */
struct relay_change {
	uint8_t flags;
	enum latch_mode latch;
	struct addr remote[RELAY_COMPONENTS]; /* unset: not known */
	bool has_new_receive, has_new_send;   /* else the old contexts go on */
	struct crypt *receive, *send;	      /* in: new contexts; out: the ones replaced */
};

struct relay *relay_create(uint64_t session);
/* The sockets are the owner's to close; the contexts go with the relay. */
void relay_destroy(struct relay *r);
void relay_apply(struct relay *r, unsigned side, struct relay_change *change, int64_t now_us);

/* The port the frame leaves by, to its latch.remote; or NULL: dropped and counted. */
struct relay_port *relay_forward(struct relay_port *in, struct relay_frame *f);
/* Afterwards: the frame that came in at `in` left by `out`, or could not. */
void relay_note_sent(struct relay_port *out, const struct relay_frame *f);
void relay_note_drop(struct relay_port *in, const struct relay_frame *f, enum drop reason);

#endif
