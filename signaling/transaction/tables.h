/* tables.h -- the four machines, for the code that steps them, the shape test and the
 * drawings. */
#ifndef SIGNALING_TRANSACTION_TABLES_H
#define SIGNALING_TRANSACTION_TABLES_H
#include "common/fsm.h"

extern const struct fsm_table invite_client_fsm;
extern const struct fsm_table noninvite_client_fsm;
extern const struct fsm_table invite_server_fsm;
extern const struct fsm_table noninvite_server_fsm;

#endif
