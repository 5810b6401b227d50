/* revision.h -- the configuration of the media process, one revision at a time: rows
 * are collected, checked when prepared, and then run or dropped whole. */
#ifndef MEDIA_CONFIG_REVISION_H
#define MEDIA_CONFIG_REVISION_H
#include <stdbool.h>
#include <stdint.h>

#include "common/ipc/ipc.h"
#include "common/text.h"
#include "media/config/realm.h"

enum { REVISION_REALMS_MAX = 256 };

/* config_media.path */
enum path_kind { PATH_AUTO, PATH_KERNEL, PATH_STEERED, PATH_PORTABLE };

struct revision {
	uint64_t number;
	uint8_t path; /* enum path_kind */
	uint16_t workers;
	bool is_prepared;
	enum err broken; /* a row could not be taken */
	unsigned realm_count;
	struct realm *realms[REVISION_REALMS_MAX];
};

enum err revision_create(const struct ipc_config_media *row, struct revision **out_revision);
void revision_destroy(struct revision *r);
/* An error is kept and told when the revision is prepared. */
void revision_add_realm(struct revision *r, const struct ipc_config_realm *row);
/* Checks everything and makes the pools, sharing those of `running` (may be NULL) that
 * did not change.  False: `why` is a sentence for the operator. */
bool revision_prepare(struct revision *r, const struct revision *running, struct text *why);
struct realm *revision_find_realm(const struct revision *r, struct slice name);

#endif
