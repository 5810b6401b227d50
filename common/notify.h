/* notify.h -- tells the service manager that the process is ready or going away
 * (sd_notify protocol).  Without $NOTIFY_SOCKET nothing happens. */
#ifndef COMMON_NOTIFY_H
#define COMMON_NOTIFY_H

void notify_ready(void);
void notify_stopping(void);

#endif
