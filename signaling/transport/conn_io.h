/* conn_io.h -- the bytes of a connection: framing what comes, queueing what goes. */
#ifndef SIGNALING_TRANSPORT_CONN_IO_H
#define SIGNALING_TRANSPORT_CONN_IO_H
#include "signaling/transport/conn.h"

void conn_io_init(struct conn *c);
/* From here on bytes are read. */
void conn_io_start(struct conn *c);
void conn_io_read(struct conn *c);
void conn_io_flush(struct conn *c);
/* ERR_LIMIT: too much waits already.  ERR_CLOSED: it just broke and nothing of the
 * message was written; another connection may be tried. */
enum err conn_io_send(struct conn *c, struct conn_receipt receipt, const char *bytes, size_t len);

#endif
