/* file.h -- a configuration from a file of "set ..." lines. */
#ifndef MGMT_CONFIG_FILE_H
#define MGMT_CONFIG_FILE_H
#include <stdio.h>

#include "common/err.h"
#include "db/config/config.h"

enum { FILE_COMPLAINTS_MAX = 100 };

/* Every line that is wrong is named on `complaints` as "file:line: sentence", then
 * everything config_check finds, with the line that set the object first; what config_warn
 * finds is named too.  Blank lines and those that begin with # are skipped.
 * ERR_NOT_FOUND, ERR_DENIED: cannot be read.  ERR_SYNTAX: it was refused. */
enum err file_load_config(const char *path, FILE *complaints, struct config **out_config);

#endif
