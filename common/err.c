/* err.c -- names and sentences of err.def, and errno folded into them. */
#include "common/err.h"

#include <errno.h>
#include <stddef.h>

static const char *const sentences[] = {
#define ERR(name, sentence) [ERR_##name] = (sentence),
#include "common/err.def"
#undef ERR
};

static const char *const names[] = {
#define ERR(name, sentence) [ERR_##name] = #name,
#include "common/err.def"
#undef ERR
};

static const struct {
	int errnum;
	enum err err;
} folded[] = {
	{ ENOMEM, ERR_MEMORY },		 { EMFILE, ERR_LIMIT },
	{ ENFILE, ERR_LIMIT },		 { ENOENT, ERR_NOT_FOUND },
	{ EEXIST, ERR_EXISTS },		 { EADDRINUSE, ERR_EXISTS },
	{ EINVAL, ERR_RANGE },		 { EMSGSIZE, ERR_TOO_LONG },
	{ EACCES, ERR_DENIED },		 { EPERM, ERR_DENIED },
	{ ETIMEDOUT, ERR_TIMEOUT },	 { EPIPE, ERR_CLOSED },
	{ ECONNRESET, ERR_CLOSED },	 { ECONNREFUSED, ERR_REFUSED },
	{ ENETUNREACH, ERR_UNREACHABLE }, { EHOSTUNREACH, ERR_UNREACHABLE },
	{ EAGAIN, ERR_BUSY },		 { ENOBUFS, ERR_BUSY },
	{ ENOSPC, ERR_DISK_FULL },	 { EADDRNOTAVAIL, ERR_ADDRESS },
};

const char *err_text(enum err e)
{
	return (unsigned)e < ERR_COUNT ? sentences[e] : "an unknown error";
}

const char *err_name(enum err e)
{
	return (unsigned)e < ERR_COUNT ? names[e] : "UNKNOWN";
}

enum err err_from_errno(int errnum)
{
	for (size_t i = 0; i < sizeof(folded) / sizeof(folded[0]); i++)
		if (folded[i].errnum == errnum)
			return folded[i].err;
	return errnum ? ERR_IO : ERR_NONE;
}
