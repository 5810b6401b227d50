/* handlers.h -- the handlers the dispatcher of bus.c calls, by the file that has
 * them; nobody else includes it. */
#ifndef MEDIA_BUS_HANDLERS_H
#define MEDIA_BUS_HANDLERS_H
#include "media/bus/bus.h"

#define HANDLER(name)                                                                              \
	void handle_##name(struct bus *b, struct ipc_channel *c, uint32_t id,                      \
			   const struct ipc_##name *m)

/* call.c */
HANDLER(media_reserve);
HANDLER(media_change);
HANDLER(media_release);
HANDLER(media_claimed);
void call_tell_event(void *owner, const struct session *s, unsigned side,
		     enum ipc_media_event_kind kind, const struct addr *source);
/* configure.c */
HANDLER(config_media);
HANDLER(config_realm);
HANDLER(config_prepare);
HANDLER(config_apply);
HANDLER(config_drop);
/* show.c */
HANDLER(show_counters);
HANDLER(show_sessions);
HANDLER(show_media);

#endif
