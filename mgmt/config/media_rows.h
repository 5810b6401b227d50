/* media_rows.h -- what media needs of a configuration, as rows of the bus: it has no
 * disk and cannot read the revision itself. */
#ifndef MGMT_CONFIG_MEDIA_ROWS_H
#define MGMT_CONFIG_MEDIA_ROWS_H
#include "common/ipc/ipc.h"
#include "db/config/config.h"

enum err media_rows_send(struct ipc_channel *media, uint64_t revision, const struct config *c);

#endif
