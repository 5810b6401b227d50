/* news.h -- a bounded ring of news from a worker to the control thread: one writer,
 * one reader, no lock.  When it is full the news is lost and counted. */
#ifndef MEDIA_PATH_NEWS_H
#define MEDIA_PATH_NEWS_H
#include <stdatomic.h>
#include <stdbool.h>

#include "media/path/worker.h"

enum { NEWS_MAX = 1024 }; /* a power of two */

struct news_ring {
	_Atomic unsigned head; /* written by the reader */
	_Atomic unsigned tail; /* written by the writer */
	struct worker_news entries[NEWS_MAX];
};

static inline bool news_put(struct news_ring *r, const struct worker_news *n)
{
	unsigned tail = atomic_load_explicit(&r->tail, memory_order_relaxed);

	if (tail - atomic_load_explicit(&r->head, memory_order_acquire) == NEWS_MAX)
		return false;
	r->entries[tail % NEWS_MAX] = *n;
	atomic_store_explicit(&r->tail, tail + 1, memory_order_release);
	return true;
}

static inline bool news_take(struct news_ring *r, struct worker_news *out_news)
{
	unsigned head = atomic_load_explicit(&r->head, memory_order_relaxed);

	if (head == atomic_load_explicit(&r->tail, memory_order_acquire))
		return false;
	*out_news = r->entries[head % NEWS_MAX];
	atomic_store_explicit(&r->head, head + 1, memory_order_release);
	return true;
}

#endif
