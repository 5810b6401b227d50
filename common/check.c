/* check.c -- the last words of a process with a programming error. */
#include "common/check.h"

#include <stdlib.h>

#include "common/log.h"

_Noreturn void check_failed(const char *condition, const char *file, int line)
{
	log_err("a check failed; this is a programming error", F_STR("check", condition),
		F_STR("file", file), F_INT("line", line));
	abort();
}
