/* cdr_store.h -- cdr.db: one record per call that ended.  signaling writes it, mgmt
 * reads it meanwhile.  A record that was acknowledged survives a power cut. */
#ifndef DB_STORE_CDR_STORE_H
#define DB_STORE_CDR_STORE_H
#include "db/store/db.h"

struct cdr_store;

enum {
	CDR_NAME_SIZE = 64,
	CDR_PARTY_SIZE = 128,
	CDR_CALL_ID_SIZE = 256,
	CDR_REASON_SIZE = 128,
	CDR_DIAGNOSIS_SIZE = 512,
	CDR_BATCH_MAX = 1000,
};

enum cdr_ender { CDR_ENDED_BY_CALLER, CDR_ENDED_BY_CALLED, CDR_ENDED_BY_US };

/* One side: what this SBC and the peer there said and sent. */
struct cdr_leg {
	char trunk[CDR_NAME_SIZE];	/* "" for the called side of a call that found no route */
	char call_id[CDR_CALL_ID_SIZE]; /* Call-ID header of this side */
	char peer[CDR_NAME_SIZE];	/* signaling address of the peer */
	char codec[CDR_NAME_SIZE];	/* "PCMA/8000"; "" without media */
	char suite[CDR_NAME_SIZE];	/* SRTP suite; "" for RTP */
	uint64_t packets_received, packets_sent;
	uint64_t packets_lost; /* of those that should have been received */
	uint32_t jitter_us;
};

struct cdr {
	uint64_t number; /* given by the store, rising */
	uint64_t call;	 /* id of the call in logs */
	struct cdr_leg caller_leg, called_leg;
	char caller[CDR_PARTY_SIZE], called[CDR_PARTY_SIZE];
	int64_t start_wall_us, ring_wall_us, answer_wall_us, end_wall_us; /* 0: never */
	uint16_t status; /* final SIP status of the INVITE */
	enum cdr_ender ender;
	char reason[CDR_REASON_SIZE];	    /* why it ended, in words */
	char diagnosis[CDR_DIAGNOSIS_SIZE]; /* what an operator should know, or "" */
};

/* All unset matches everything. */
struct cdr_filter {
	uint64_t call;			  /* 0: any */
	uint64_t before_number;		  /* 0: from the newest; else only older ones (next page) */
	const char *trunk;		  /* either side; NULL: any */
	const char *party;		  /* part of caller or called; NULL: any */
	int64_t from_wall_us, to_wall_us; /* by start; 0: open */
	unsigned limit;			  /* 0: 100 */
};

enum err cdr_store_open(const char *path, enum db_access access, struct text *why,
			struct cdr_store **out_store);
void cdr_store_close(struct cdr_store *s);

/* All or none, on disk when it returns: the caller keeps the records until then.
 * ERR_LIMIT above CDR_BATCH_MAX.  ERR_DISK_FULL: nothing of the batch is stored. */
enum err cdr_store_append(struct cdr_store *s, const struct cdr *records, size_t count);
/* Drops the oldest beyond `kept`; cheap when there are none. */
enum err cdr_store_trim(struct cdr_store *s, uint64_t kept);
/* Newest first. */
enum err cdr_store_query(struct cdr_store *s, const struct cdr_filter *filter,
			 void (*visit)(void *arg, const struct cdr *record), void *arg);
enum err cdr_store_count(struct cdr_store *s, uint64_t *out_count);

/* Tests: for db_set_test_page_limit. */
struct db *cdr_store_get_test_db(struct cdr_store *s);

#endif
