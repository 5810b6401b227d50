/* mailbox.h -- a queue of intrusive letters to one thread, from any thread, without a
 * lock.  The receiver sleeps on a descriptor that becomes readable. */
#ifndef MEDIA_PATH_MAILBOX_H
#define MEDIA_PATH_MAILBOX_H
#include <stdatomic.h>

#include "common/err.h"

struct mail {
	struct mail *next;
	unsigned kind; /* what it is, between the two threads */
};

struct mailbox {
	_Atomic(struct mail *) newest;
	int wake_fd;
};

enum err mailbox_open(struct mailbox *m);
void mailbox_close(struct mailbox *m);
/* The letter is the receiver's from here on. */
void mailbox_post(struct mailbox *m, struct mail *mail);
/* Makes wake_fd readable without a letter. */
void mailbox_wake(struct mailbox *m);
/* Everything posted so far, oldest first; NULL when empty. */
struct mail *mailbox_take(struct mailbox *m);
/* To be called when wake_fd was readable, before mailbox_take. */
void mailbox_drain_wakes(struct mailbox *m);

#endif
