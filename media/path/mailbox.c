/* mailbox.c -- an atomic stack that the receiver takes whole and turns over. */
#include "media/path/mailbox.h"

#include <errno.h>
#include <stdint.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum err mailbox_open(struct mailbox *m)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (fd < 0)
		return err_from_errno(errno);
	m->wake_fd = fd;
	atomic_init(&m->newest, NULL);
	return ERR_NONE;
}

void mailbox_close(struct mailbox *m)
{
	close(m->wake_fd);
}

void mailbox_post(struct mailbox *m, struct mail *mail)
{
	struct mail *newest = atomic_load_explicit(&m->newest, memory_order_relaxed);

	do
		mail->next = newest;
	while (!atomic_compare_exchange_weak_explicit(&m->newest, &newest, mail,
						      memory_order_release, memory_order_relaxed));
	/* Whoever found it empty wakes the receiver for all that follow. */
	if (!newest)
		mailbox_wake(m);
}

void mailbox_wake(struct mailbox *m)
{
	uint64_t one = 1;

	/* It can only fail when the counter is full: the receiver is awake then. */
	if (write(m->wake_fd, &one, sizeof(one)) < 0)
		return;
}

struct mail *mailbox_take(struct mailbox *m)
{
	struct mail *mail, *oldest = NULL;

	if (!atomic_load_explicit(&m->newest, memory_order_relaxed))
		return NULL;
	mail = atomic_exchange_explicit(&m->newest, NULL, memory_order_acquire);
	while (mail) {
		struct mail *next = mail->next;

		mail->next = oldest;
		oldest = mail;
		mail = next;
	}
	return oldest;
}

void mailbox_drain_wakes(struct mailbox *m)
{
	uint64_t count;

	if (read(m->wake_fd, &count, sizeof(count)) < 0)
		return;
}
