/* main.c -- enlace-media: relays what signaling asks for, until SIGTERM. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "common/log.h"
#include "common/loop.h"
#include "common/notify.h"
#include "media/bus/bus.h"
#include "media/crypt/crypt.h"

#ifndef ENLACE_VERSION
#define ENLACE_VERSION "0"
#endif

static const struct option options[] = {
	{ "state", required_argument, NULL, 's' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static void print_usage(FILE *to)
{
	fputs("usage: enlace-media [--state DIR]\n"
	      "  --state DIR   where the sockets are; /run/enlace without it\n"
	      "  --help        this text\n"
	      "  --version     the version\n",
	      to);
}

/* Returns the directory; does not return where the process has nothing to do. */
static const char *read_arguments(int argc, char **argv)
{
	const char *state_dir = "/run/enlace";
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 's':
			state_dir = optarg;
			break;
		case 'h':
			print_usage(stdout);
			exit(0);
		case 'V':
			puts("enlace-media " ENLACE_VERSION);
			exit(0);
		default:
			print_usage(stderr);
			exit(2);
		}
	}
	if (optind < argc) {
		print_usage(stderr);
		exit(2);
	}
	return state_dir;
}

/* A session holds four sockets. */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static enum err run(struct loop *l, const char *state_dir)
{
	struct bus bus;
	enum err e = loop_stop_on_signals(l);

	if (!e)
		e = bus_open(&bus, l, state_dir);
	if (e)
		return e;
	log_info("listening", F_STR("state", state_dir));
	notify_ready();
	loop_run(l);
	notify_stopping();
	log_info("stopping", F_INT("sessions", bus.table.sessions.count));
	bus_close(&bus);
	return ERR_NONE;
}

int main(int argc, char **argv)
{
	const char *state_dir = read_arguments(argc, argv);
	struct loop *l;
	enum err e;

	log_open("media");
	raise_descriptor_limit();
	e = crypt_open();
	if (e) {
		log_err("the SRTP library did not start", F_ERR(e));
		return 1;
	}
	e = loop_create(&l);
	if (!e) {
		e = run(l, state_dir);
		loop_destroy(l);
	}
	crypt_close();
	if (e)
		log_err("the media process could not start", F_STR("state", state_dir), F_ERR(e));
	return e ? 1 : 0;
}
