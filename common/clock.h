/* clock.h -- monotonic time in microseconds.  Wall time exists only in records
 * and logs; a jump of the wall clock must not move a timer. */
#ifndef COMMON_CLOCK_H
#define COMMON_CLOCK_H
#include <stdint.h>

#define CLOCK_MS(n) ((int64_t)(n) * 1000)
#define CLOCK_SECONDS(n) ((int64_t)(n) * 1000000)

/* Since an unspecified start; goes on during suspend. */
int64_t clock_now_us(void);
/* Since 1970, UTC; for records only. */
int64_t clock_wall_us(void);

/* Tests: from here on both clocks stand at this value until moved again. */
void clock_set_test(int64_t now_us);
void clock_advance_test(int64_t delta_us);

#endif
