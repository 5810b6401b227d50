/* ipc.h -- the bus: messages of messages.def over SOCK_SEQPACKET Unix sockets.
 *
 * A frame is a 16-byte header (magic, version, type, length, id) and the fields in
 * order, big endian.  A request has an id; what answers it carries the same id.
 * Strings of a received message borrow from its frame: copy what outlives the
 * handler.  A sibling that talks nonsense loses its channel. */
#ifndef COMMON_IPC_IPC_H
#define COMMON_IPC_IPC_H
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/err.h"
#include "common/loop.h"
#include "common/slice.h"
#include "common/text.h"

enum ipc_role {
	IPC_SIG,
	IPC_MEDIA,
	IPC_MGMT,
	IPC_CTL,
	IPC_ROLE_COUNT,
	IPC_DAEMON = 0x10, /* in messages.def only: SIG or MEDIA */
	IPC_ANY
};

/* media_change.flags */
enum {
	IPC_MEDIA_SEND = 1, /* packets may go to this side */
	IPC_MEDIA_RECEIVE = 2, /* packets from this side are accepted */
	IPC_MEDIA_RTCP_MUX = 4,
	IPC_MEDIA_LATCH = 8, /* learn the source from what arrives, once; else the told one */
	IPC_MEDIA_RELATCH = 16, /* forget what was learned: a new answer came */
	IPC_MEDIA_FLAGS_ALL = 31
};

enum ipc_media_event_kind {
	IPC_MEDIA_STARTED, /* the first packet of that side was accepted */
	IPC_MEDIA_LATCHED, /* another source than the one told was learned; or that one is back */
	IPC_MEDIA_SILENT, /* silence_s went by */
	IPC_MEDIA_EVENT_COUNT
};

enum ipc_type {
	IPC_none, /* in messages.def: no reply */
#define MSG(name, from, to, reply, ...) IPC_##name,
#include "common/ipc/messages.def"
	IPC_TYPE_COUNT
};

typedef uint8_t ipc_u8;
typedef uint16_t ipc_u16;
typedef uint32_t ipc_u32;
typedef uint64_t ipc_u64;
typedef struct slice ipc_str;
typedef struct slice ipc_blob;

#define F(kind, field, limit) ipc_##kind field;
#define MSG(name, from, to, reply, ...)                                        \
	struct ipc_##name {                                                    \
		__VA_ARGS__                                                    \
	};
#include "common/ipc/messages.def"
#undef F

enum ipc_kind {
	IPC_KIND_u8,
	IPC_KIND_u16,
	IPC_KIND_u32,
	IPC_KIND_u64,
	IPC_KIND_str,
	IPC_KIND_blob,
};

struct ipc_field {
	const char *name;
	uint64_t limit;
	uint16_t offset;
	uint8_t kind;
};

struct ipc_description {
	const char *name;
	const struct ipc_field *fields;
	uint16_t field_count, struct_size;
	uint8_t from, to;
	uint8_t reply; /* enum ipc_type */
};

struct ipc_message {
	enum ipc_type type;
	uint32_t id; /* 0: nobody waits */
	union {
#define MSG(name, from, to, reply, ...) struct ipc_##name name;
#include "common/ipc/messages.def"
	};
};

enum { IPC_FRAME_MAX = 65536, IPC_HEADER_SIZE = 16 };

/* The row of messages.def; NULL for a number that is none. */
const struct ipc_description *ipc_describe(unsigned type);
/* Strings are NULL-safe: {NULL, 0} is empty.  ERR_RANGE, ERR_TOO_LONG: a field is
 * over its limit; ERR_LIMIT: the frame is full. */
enum err ipc_encode(enum ipc_type type, uint32_t id, const void *message, void *frame, size_t size,
		    size_t *out_len);
/* ERR_VERSION, ERR_SYNTAX, ERR_TRUNCATED, ERR_RANGE, ERR_TOO_LONG. */
enum err ipc_decode(const void *frame, size_t len, struct ipc_message *out_message);
/* "media_reserve session=5 realm_0=core ..."; keys are never printed. */
void ipc_print(const struct ipc_message *m, struct text *out);

/* --- channels -------------------------------------------------------------- */

struct ipc_channel;
struct ipc_server;

struct ipc_peer {
	enum ipc_role role;
	pid_t pid;
	uid_t uid;
	gid_t gid;
};

struct ipc_callbacks {
	/* The peer said hello and may speak. */
	void (*on_up)(void *owner, struct ipc_channel *c);
	/* Anything that is not an answer to our own request.  Only messages whose row
	 * allows this sender and this receiver come here. */
	void (*on_message)(void *owner, struct ipc_channel *c, const struct ipc_message *m);
	/* The channel is gone after this call; open requests were failed before. */
	void (*on_down)(void *owner, struct ipc_channel *c, enum err why);
};

/* Listens at path (an old socket file is replaced).  ERR_EXISTS: somebody answers there. */
enum err ipc_server_open(struct loop *l, const char *path, mode_t mode, enum ipc_role self,
			 const struct ipc_callbacks *callbacks, void *owner,
			 struct ipc_server **out_server);
/* Open requests fail before this returns; no callback comes after it. */
void ipc_server_close(struct ipc_server *s);

/* A channel that is dialled again, every 100 ms at first and every second later,
 * whenever it is down.  on_up and on_down come each time. */
struct ipc_link;
enum err ipc_link_open(struct loop *l, const char *path, enum ipc_role self, enum ipc_role peer,
		       const struct ipc_callbacks *callbacks, void *owner,
		       struct ipc_link **out_link);
/* As ipc_server_close. */
void ipc_link_close(struct ipc_link *link);
/* NULL while down. */
struct ipc_channel *ipc_link_get_channel(struct ipc_link *link);

const struct ipc_peer *ipc_channel_get_peer(const struct ipc_channel *c);
/* True for root, our own user, and the user the package made for the role the peer
 * claims.  To be asked in on_up; it reads the user database. */
bool ipc_peer_is_allowed(const struct ipc_peer *peer);
/* For the server's side to keep state by; NULL at first. */
void ipc_channel_set_data(struct ipc_channel *c, void *data);
void *ipc_channel_get_data(struct ipc_channel *c);
/* on_down comes at the end of this turn of the loop. */
void ipc_channel_close(struct ipc_channel *c);

/* Queued and sent in one system call at the end of the turn.  id: that of the
 * request being answered, or 0.  ERR_LIMIT: the peer reads too slowly (4 MiB wait). */
enum err ipc_send(struct ipc_channel *c, enum ipc_type type, uint32_t id, const void *message);
enum err ipc_send_refused(struct ipc_channel *c, uint32_t id, enum err e, const char *sentence);
enum err ipc_send_done(struct ipc_channel *c, uint32_t id, uint32_t count);

/* m: a row, or the last answer (is_last), or NULL with the error (also last). */
typedef void ipc_reply_fn(void *arg, enum err e, const struct ipc_message *m, bool is_last);
enum { IPC_REQUESTS_MAX = 65536 };
/* The deadline ends with ERR_TIMEOUT.  fn is called exactly once with is_last, never
 * from inside this call.  On an error here fn is not called. */
enum err ipc_request(struct ipc_channel *c, enum ipc_type type, const void *message,
		     int64_t deadline_us, ipc_reply_fn *fn, void *arg);

#endif
