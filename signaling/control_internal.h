/* control_internal.h -- what control.c and control_show.c share; nobody else includes it. */
#ifndef SIGNALING_CONTROL_INTERNAL_H
#define SIGNALING_CONTROL_INTERNAL_H
#include "common/ipc/ipc.h"
#include "signaling/control.h"
#include "signaling/worker.h"

struct control {
	struct loop *loop;
	struct control_options options;
	struct ipc_link *link;
	struct worker_group group;
	struct policy *policy; /* applied */
	struct policy *prepared;
	bool is_preparing, media_is_up, told_ready;
};

/* Reads and resolves a revision of config.db.  `why` is for the operator. */
enum err control_load_policy(struct control *c, uint64_t revision, struct text *why,
			     struct policy **out_policy);

/* control_show.c */
void control_show_calls(struct control *c, struct ipc_channel *channel, uint32_t id,
			const struct ipc_show_calls *m);
void control_show_call(struct control *c, struct ipc_channel *channel, uint32_t id,
		       const struct ipc_show_call *m);
void control_show_trunks(struct control *c, struct ipc_channel *channel, uint32_t id,
			 const struct ipc_show_trunks *m);
void control_show_counters(struct control *c, struct ipc_channel *channel, uint32_t id,
			   const struct ipc_show_counters *m);
void control_call_clear(struct control *c, struct ipc_channel *channel, uint32_t id,
			const struct ipc_call_clear *m);

#endif
