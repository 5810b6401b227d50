/* err.h -- one enum for everything that can fail.  Zero is success. */
#ifndef COMMON_ERR_H
#define COMMON_ERR_H

enum err {
#define ERR(name, sentence) ERR_##name,
#include "common/err.def"
#undef ERR
	ERR_COUNT
};

/* The sentence of err.def; never NULL. */
const char *err_text(enum err e);
/* The bare name, "LIMIT"; for logs and JSON. */
const char *err_name(enum err e);
/* Closest error for an errno value. */
enum err err_from_errno(int errnum);

#endif
