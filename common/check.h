/* check.h -- CHECK stops the process on a mistake only a programmer can make.
 * It stays in release builds.  Received bytes must never reach one. */
#ifndef COMMON_CHECK_H
#define COMMON_CHECK_H

#define CHECK(condition)                                                       \
	((condition) ? (void)0 : check_failed(#condition, __FILE__, __LINE__))

_Noreturn void check_failed(const char *condition, const char *file, int line);

#endif
