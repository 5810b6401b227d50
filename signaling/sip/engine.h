/* engine.h -- Sofia-SIP's reading of a header section.  The only header between our
 * message and the library; inside signaling/sip only. */
#ifndef SIGNALING_SIP_ENGINE_H
#define SIGNALING_SIP_ENGINE_H
#include "common/err.h"

struct message;

/* Lets Sofia-SIP parse the fields that decide where a message goes and compares what it
 * understood with what `m` holds.  ERR_SYNTAX: it refuses one of them, or the two
 * readings differ, and then nobody knows what the next hop would read. */
enum err engine_confirm(const struct message *m);

#endif
