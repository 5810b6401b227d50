/* main.c -- enlace-mgmt: options, and the life of the process. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "common/loop.h"
#include "common/notify.h"
#include "mgmt/daemon.h"

enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_REFUSED = 2 };

static const char usage[] =
	"usage: enlace-mgmt --state DIR [--database DIR] [--config FILE]\n"
	"\n"
	"  --state DIR      where the sockets are\n"
	"  --database DIR   where config.db and cdr.db are (default: the state directory)\n"
	"  --config FILE    \"set ...\" lines that become the newest revision\n"
	"  --version        print the version\n";

static int run(const struct daemon_options *options)
{
	char data[1024];
	struct mgmt_daemon *d = NULL;
	struct loop *l = NULL;
	struct text why;
	enum err e = loop_create(&l);

	text_init(&why, data, sizeof(data));
	if (!e)
		e = loop_stop_on_signals(l);
	if (!e)
		e = mgmt_daemon_create(l, options, &why, &d);
	if (e) {
		fprintf(stderr, "enlace-mgmt: %s\n", why.len ? text_get_string(&why) : err_text(e));
		loop_destroy(l);
		return e == ERR_SYNTAX && options->config_file ? EXIT_REFUSED : EXIT_FAILED;
	}
	loop_run(l);
	notify_stopping();
	mgmt_daemon_destroy(d);
	loop_destroy(l);
	return EXIT_OK;
}

int main(int argc, char **argv)
{
	static const struct option options[] = { { "state", required_argument, NULL, 's' },
						 { "database", required_argument, NULL, 'd' },
						 { "config", required_argument, NULL, 'c' },
						 { "version", no_argument, NULL, 'V' },
						 { "help", no_argument, NULL, 'h' },
						 { 0 } };
	struct daemon_options o = { 0 };
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 's':
			o.state_dir = optarg;
			break;
		case 'd':
			o.database_dir = optarg;
			break;
		case 'c':
			o.config_file = optarg;
			break;
		case 'V':
			puts("enlace-mgmt " ENLACE_VERSION);
			return EXIT_OK;
		case 'h':
			fputs(usage, stdout);
			return EXIT_OK;
		default:
			fputs(usage, stderr);
			return EXIT_REFUSED;
		}
	}
	if (!o.state_dir || optind != argc) {
		fputs(usage, stderr);
		return EXIT_REFUSED;
	}
	if (!o.database_dir)
		o.database_dir = o.state_dir;
	log_open("enlace-mgmt");
	return run(&o);
}
