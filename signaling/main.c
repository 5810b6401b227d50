/* main.c -- enlace-signaling: arguments, the control loop, the end. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "common/log.h"
#include "common/notify.h"
#include "signaling/control.h"

static int usage(FILE *to, int status)
{
	fputs("usage: enlace-signaling --state DIR [--database DIR] [--dns SERVERS] [--version]\n",
	      to);
	return status;
}

static const struct option options[] = {
	{ "state", required_argument, NULL, 's' }, { "database", required_argument, NULL, 'd' },
	{ "dns", required_argument, NULL, 'n' },   { "version", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },	   { NULL, 0, NULL, 0 },
};

/* -1: go on; anything else is the exit status. */
static int parse(int argc, char **argv, struct control_options *out)
{
	int option;

	while ((option = getopt_long(argc, argv, "s:d:n:vh", options, NULL)) != -1) {
		switch (option) {
		case 's':
			out->state_dir = optarg;
			break;
		case 'd':
			out->database_dir = optarg;
			break;
		case 'n':
			out->dns_servers = optarg;
			break;
		case 'v':
			puts("enlace-signaling " ENLACE_VERSION);
			return 0;
		case 'h':
			return usage(stdout, 0);
		default:
			return usage(stderr, 2);
		}
	}
	if (!out->state_dir || optind != argc)
		return usage(stderr, 2);
	if (!out->database_dir)
		out->database_dir = out->state_dir;
	return -1;
}

/* A TLS peer holds one, a listener one per worker. */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv)
{
	struct control_options wanted = { NULL, NULL, NULL };
	struct control *control = NULL;
	struct loop *loop = NULL;
	int status = parse(argc, argv, &wanted);
	enum err e;

	if (status >= 0)
		return status;
	log_open("signaling");
	raise_descriptor_limit();
	e = loop_create(&loop);
	if (!e)
		e = loop_stop_on_signals(loop);
	if (!e)
		e = control_create(loop, &wanted, &control);
	if (e) {
		log_err("signaling cannot start", F_ERR(e), F_STR("state", wanted.state_dir));
		return EXIT_FAILURE;
	}
	log_info("signaling started", F_STR("version", ENLACE_VERSION));
	loop_run(loop);
	notify_stopping();
	control_destroy(control);
	loop_destroy(loop);
	log_info("signaling ended");
	return EXIT_SUCCESS;
}
