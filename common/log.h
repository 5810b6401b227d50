/* log.h -- a log line is a fixed English sentence plus fields.
 *
 *	log_warn("media refused", F_U64("call", id), F_ERR(e));
 *
 * err: a person must act.  warn: we coped.  info: an object's life.  debug: off.
 * Secrets are never fields.  The packet path counts and does not log. */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H
#include <stdint.h>

#include "common/addr.h"
#include "common/err.h"
#include "common/slice.h"

enum log_level { LOG_LEVEL_ERR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

struct log_field {
	enum { LOG_FIELD_TEXT, LOG_FIELD_SLICE, LOG_FIELD_INT, LOG_FIELD_HEX, LOG_FIELD_ADDR } kind;
	const char *name;
	union {
		const char *text;
		struct slice slice;
		int64_t number;
		const struct addr *addr;
	};
};

#define F_STR(n, v) ((struct log_field){ .kind = LOG_FIELD_TEXT, .name = (n), .text = (v) })
#define F_SLICE(n, v) ((struct log_field){ .kind = LOG_FIELD_SLICE, .name = (n), .slice = (v) })
#define F_INT(n, v) \
	((struct log_field){ .kind = LOG_FIELD_INT, .name = (n), .number = (int64_t)(v) })
#define F_HEX(n, v) \
	((struct log_field){ .kind = LOG_FIELD_HEX, .name = (n), .number = (int64_t)(v) })
#define F_ADDR(n, v) ((struct log_field){ .kind = LOG_FIELD_ADDR, .name = (n), .addr = (v) })
#define F_ERR(e) F_STR("error", err_text(e))
/* Calls and sessions are told apart by the same hexadecimal id everywhere. */
#define F_CALL(id) F_HEX("call", id)

#define LOG_FIELDS_ARRAY(...) ((const struct log_field[]){ { .name = NULL }, ##__VA_ARGS__ })
#define LOG_FIELDS(...)                 \
	LOG_FIELDS_ARRAY(__VA_ARGS__),  \
	(sizeof(LOG_FIELDS_ARRAY(__VA_ARGS__)) / sizeof(struct log_field))

#define log_err(sentence, ...) log_write(LOG_LEVEL_ERR, sentence, LOG_FIELDS(__VA_ARGS__))
#define log_warn(sentence, ...) log_write(LOG_LEVEL_WARN, sentence, LOG_FIELDS(__VA_ARGS__))
#define log_info(sentence, ...) log_write(LOG_LEVEL_INFO, sentence, LOG_FIELDS(__VA_ARGS__))
#define log_debug(sentence, ...)                                               \
	do {                                                                   \
		if (log_is_on(LOG_LEVEL_DEBUG))                                \
			log_write(LOG_LEVEL_DEBUG, sentence, LOG_FIELDS(__VA_ARGS__)); \
	} while (0)

/* Once, before threads start: the name of the process; the level comes from
 * ENLACE_LOG (err, warn, info, debug), info without it.  Under journald the
 * lines carry a priority instead of a time. */
void log_open(const char *process_name);
void log_set_level(enum log_level level);
int log_is_on(enum log_level level);
void log_write(enum log_level level, const char *sentence, const struct log_field *fields,
	       size_t field_count);

#endif
