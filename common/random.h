/* random.h -- bytes from the kernel's generator, for keys, tags and ids. */
#ifndef COMMON_RANDOM_H
#define COMMON_RANDOM_H
#include <stddef.h>
#include <stdint.h>

void random_fill(void *out, size_t len);
uint64_t random_u64(void);

#endif
