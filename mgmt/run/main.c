/* main.c -- enlace-run: options, and where the daemons are. */
#include <getopt.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "mgmt/run/run.h"

static const char usage[] =
	"usage: enlace-run [--state DIR] [--config FILE] [--libexec DIR]\n"
	"\n"
	"  --state DIR     sockets and databases go there (default /run/enlace)\n"
	"  --config FILE   \"set ...\" lines to run; without it the newest stored revision\n"
	"  --libexec DIR   where enlace-mgmt, enlace-media and enlace-signaling are\n"
	"  --version       print the version\n";

static bool has_daemons(const char *dir)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/enlace-mgmt", dir);
	return access(path, X_OK) == 0;
}

/* Beside this program, as in a build tree, or where the package puts them. */
static bool find_libexec(char *dir, size_t size)
{
	char self[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	if (len < 0)
		return false;
	self[len] = '\0';
	slash = strrchr(self, '/');
	if (!slash)
		return false;
	*slash = '\0';
	snprintf(dir, size, "%s", self);
	if (has_daemons(dir))
		return true;
	snprintf(dir, size, "%s/../libexec/enlace", self);
	return has_daemons(dir);
}

/* The daemons may be started with another working directory one day. */
static const char *make_absolute(const char *path, char *buf)
{
	return realpath(path, buf) ? buf : path;
}

int main(int argc, char **argv)
{
	static const struct option options[] = { { "state", required_argument, NULL, 's' },
						 { "config", required_argument, NULL, 'c' },
						 { "libexec", required_argument, NULL, 'l' },
						 { "version", no_argument, NULL, 'V' },
						 { "help", no_argument, NULL, 'h' },
						 { 0 } };
	static char libexec[2 * PATH_MAX], config[PATH_MAX];
	struct run_options run = { .state_dir = "/run/enlace" };
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 's':
			run.state_dir = optarg;
			break;
		case 'c':
			run.config_file = make_absolute(optarg, config);
			break;
		case 'l':
			run.libexec = optarg;
			break;
		case 'V':
			puts("enlace-run " ENLACE_VERSION);
			return 0;
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	if (optind != argc) {
		fputs(usage, stderr);
		return 2;
	}
	log_open("enlace-run");
	if (!run.libexec && find_libexec(libexec, sizeof(libexec)))
		run.libexec = libexec;
	if (!run.libexec || !has_daemons(run.libexec)) {
		fprintf(stderr, "enlace-run: cannot find enlace-mgmt%s%s; use --libexec DIR\n",
			run.libexec ? " in " : "", run.libexec ? run.libexec : "");
		return RUN_FAILED;
	}
	return (int)run_supervise(&run);
}
