/* confirm.c -- the timer of an unconfirmed revision and its file. */
#include "mgmt/config/confirm.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "mgmt/config/running.h"

enum { RETRY_MINUTES = 1 };

/* One line: the unconfirmed revision, the one to go back to, until when. */
static void save(const struct confirm *c, int64_t until_wall_us)
{
	char fresh[sizeof(c->path) + 8];
	FILE *file;
	bool written;

	snprintf(fresh, sizeof(fresh), "%s.new", c->path);
	file = fopen(fresh, "we");
	written = file && fprintf(file, "%" PRIu64 " %" PRIu64 " %" PRId64 "\n",
				  c->running->revision, c->back_to, until_wall_us) > 0 &&
		  fflush(file) == 0 && fsync(fileno(file)) == 0;
	if (file)
		fclose(file);
	if (!written || rename(fresh, c->path))
		log_err("an unconfirmed commit could not be noted; after a restart it would stay",
			F_STR("file", c->path));
}

static void start(struct confirm *c, int64_t delay_us)
{
	timer_start(loop_get_timers(c->running->loop), &c->timer, delay_us);
}

static void on_gone_back(void *arg, const struct commit_result *result)
{
	struct confirm *c = arg;

	if (result->state == COMMIT_DONE) {
		log_warn("a commit was not confirmed in time; the revision before is back",
			 F_INT("revision", result->revision));
		return;
	}
	log_err("going back to the revision before was refused; it is tried again in a minute",
		F_STR("why", result->report));
	start(c, CLOCK_SECONDS(60 * RETRY_MINUTES));
}

/* Going back is a commit like any other: every process is asked. */
static enum err go_back(struct confirm *c)
{
	struct commit_request request = { .author = "enlace",
					  .comment = "rollback: not confirmed in time" };
	struct config *before = NULL;
	enum err e = c->back_to ? config_store_load(c->running->store, c->back_to, NULL, &before)
				: config_create(&before);

	request.candidate = before;
	if (!e)
		e = commit_start(c->running, &request, on_gone_back, c);
	config_destroy(before);
	return e;
}

static void on_timeout(struct timer *t)
{
	struct confirm *c = CONTAINER_OF(t, struct confirm, timer);
	enum err e = go_back(c);

	if (!e)
		return;
	log_err("going back to the revision before failed; it is tried again in a minute",
		F_ERR(e));
	start(c, CLOCK_SECONDS(60 * RETRY_MINUTES));
}

void confirm_init(struct confirm *c, struct running *r, const char *database_dir)
{
	*c = (struct confirm){ .running = r };
	timer_init(&c->timer, on_timeout);
	snprintf(c->path, sizeof(c->path), "%s/unconfirmed", database_dir);
}

void confirm_fini(struct confirm *c)
{
	timer_stop(loop_get_timers(c->running->loop), &c->timer);
}

void confirm_resume(struct confirm *c)
{
	FILE *file = fopen(c->path, "re");
	uint64_t revision = 0;
	int64_t until_wall_us = 0, left_us;
	bool valid;

	if (!file)
		return;
	valid = fscanf(file, "%" SCNu64 " %" SCNu64 " %" SCNd64, &revision, &c->back_to,
		       &until_wall_us) == 3;
	fclose(file);
	if (!valid || revision != c->running->revision) {
		unlink(c->path);
		return;
	}
	left_us = until_wall_us - clock_wall_us();
	if (left_us < 0)
		left_us = 0;
	if (left_us > CLOCK_SECONDS(60 * CONFIRM_MINUTES_MAX))
		left_us = CLOCK_SECONDS(60 * CONFIRM_MINUTES_MAX);
	log_warn("the running revision still waits to be confirmed",
		 F_INT("revision", revision), F_INT("seconds", left_us / 1000000));
	start(c, left_us);
}

void confirm_start(struct confirm *c, unsigned minutes, uint64_t back_to)
{
	int64_t delay_us = CLOCK_SECONDS(60 * (int64_t)minutes);

	c->back_to = back_to;
	save(c, clock_wall_us() + delay_us);
	start(c, delay_us);
}

bool confirm_end(struct confirm *c)
{
	bool waited = confirm_is_waiting(c);

	timer_stop(loop_get_timers(c->running->loop), &c->timer);
	unlink(c->path);
	return waited;
}

bool confirm_is_waiting(const struct confirm *c)
{
	return timer_is_running(&c->timer);
}
