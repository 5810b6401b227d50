/* records.c -- commands that read what is on disk: call records and revisions. */
#include <stdio.h>
#include <time.h>

#include "db/store/cdr_store.h"
#include "mgmt/config/lines.h"
#include "mgmt/ctl/session.h"

enum { CDR_COUNT = 20, CDR_COUNT_MAX = 10000, HISTORY_COUNT = 100, PATH_SIZE = 4096 };

static void put_time(struct show_writer *w, int64_t wall_us)
{
	char text[32] = "";
	time_t seconds = (time_t)(wall_us / 1000000);
	struct tm parts;

	if (wall_us && gmtime_r(&seconds, &parts))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts);
	show_put_text(w, slice_from_text(text));
}

static uint64_t get_talk_s(const struct cdr *r)
{
	return r->answer_wall_us && r->end_wall_us > r->answer_wall_us
		       ? (uint64_t)(r->end_wall_us - r->answer_wall_us) / 1000000
		       : 0;
}

static void put_record(void *arg, const struct cdr *r)
{
	static const char *const enders[] = { [CDR_ENDED_BY_CALLER] = "caller",
					      [CDR_ENDED_BY_CALLED] = "called",
					      [CDR_ENDED_BY_US] = "sbc" };
	struct show_writer *w = arg;
	char id[24];

	snprintf(id, sizeof(id), "%llx", (unsigned long long)r->call);
	show_begin_row(w);
	show_put_text(w, slice_from_text(id));
	put_time(w, r->start_wall_us);
	show_put_text(w, slice_from_text(r->caller_leg.trunk));
	show_put_text(w, slice_from_text(r->called_leg.trunk));
	show_put_text(w, slice_from_text(r->caller));
	show_put_text(w, slice_from_text(r->called));
	show_put_number(w, r->status);
	show_put_number(w, get_talk_s(r));
	show_put_text(w, slice_from_text(r->ender <= CDR_ENDED_BY_US ? enders[r->ender] : ""));
	show_put_text(w, slice_from_text(r->reason));
	show_put_text(w, slice_from_text(r->diagnosis));
}

static void begin_records(struct show_writer *w)
{
	show_begin_table(w, "cdr", "no call records");
	show_add_column(w, "call", SHOW_COUNT);
	show_add_column(w, "start", SHOW_COUNT);
	show_add_column(w, "from", SHOW_COUNT);
	show_add_column(w, "to", SHOW_COUNT);
	show_add_column(w, "caller", SHOW_COUNT);
	show_add_column(w, "called", SHOW_COUNT);
	show_add_column(w, "status", SHOW_COUNT);
	show_add_column(w, "talk_s", SHOW_SECONDS);
	show_add_column(w, "ended_by", SHOW_COUNT);
	show_add_column(w, "reason", SHOW_COUNT);
	show_add_column(w, "diagnosis", SHOW_COUNT);
}

static enum err note_rest(struct ctl_session *s, struct cdr_store *store, unsigned shown)
{
	uint64_t count;
	enum err e = cdr_store_count(store, &count);

	if (e || count <= shown)
		return e;
	session_note(s, "%u of %llu records; \"show cdr %llu\" for %s", shown,
		     (unsigned long long)count,
		     (unsigned long long)(count < CDR_COUNT_MAX ? count : CDR_COUNT_MAX),
		     count <= CDR_COUNT_MAX ? "all" : "more");
	return ERR_NONE;
}

/* Opened for each command: signaling makes the file with its first record. */
static enum err query(struct ctl_session *s, unsigned limit, struct text *why)
{
	char path[PATH_SIZE];
	struct cdr_filter filter = { .limit = limit };
	struct cdr_store *store;
	enum err e;

	snprintf(path, sizeof(path), "%s/cdr.db", s->database_dir);
	e = cdr_store_open(path, DB_READ, why, &store);
	if (e)
		return e == ERR_NOT_FOUND ? ERR_NONE : e;
	e = cdr_store_query(store, &filter, put_record, s->writer);
	if (!e)
		e = note_rest(s, store, limit);
	cdr_store_close(store);
	return e;
}

void ctl_do_show_cdr(struct ctl_session *s, struct slice count)
{
	char data[DB_WHY_SIZE];
	struct text why;
	uint64_t limit = CDR_COUNT;
	enum err e;

	if (count.len && (slice_parse_u64(count, CDR_COUNT_MAX, &limit) || limit == 0)) {
		session_fail(s, "the count must be from 1 to %d", CDR_COUNT_MAX);
		return;
	}
	text_init(&why, data, sizeof(data));
	begin_records(s->writer);
	e = query(s, (unsigned)limit, &why);
	if (e)
		session_fail(s, "%s", why.len ? text_get_string(&why) : err_text(e));
	else
		session_finish(s, SESSION_DONE);
}

static void put_revision(void *arg, const struct config_revision *r)
{
	struct ctl_session *s = arg;

	show_begin_row(s->writer);
	show_put_number(s->writer, r->number);
	put_time(s->writer, r->wall_us);
	show_put_text(s->writer, slice_from_text(r->author));
	show_put_text(s->writer, r->number == s->running->revision ? SLICE("running") : SLICE_NONE);
	show_put_text(s->writer, slice_from_text(r->comment));
}

void ctl_do_show_history(struct ctl_session *s, struct slice argument)
{
	enum err e;

	(void)argument;
	show_begin_table(s->writer, "history", "no revision was committed yet");
	show_add_column(s->writer, "revision", SHOW_COUNT);
	show_add_column(s->writer, "time", SHOW_COUNT);
	show_add_column(s->writer, "author", SHOW_COUNT);
	show_add_column(s->writer, "state", SHOW_COUNT);
	show_add_column(s->writer, "comment", SHOW_COUNT);
	e = config_store_list(s->running->store, HISTORY_COUNT, put_revision, s);
	if (e)
		session_fail(s, "the history cannot be read: %s", err_text(e));
	else
		session_finish(s, SESSION_DONE);
}

static void put_line(void *arg, const char *line)
{
	show_put_line(arg, slice_from_text(line));
}

void ctl_do_show_configuration(struct ctl_session *s, struct slice argument)
{
	(void)argument;
	show_begin_lines(s->writer, "configuration");
	config_print_lines(s->running->config, put_line, s->writer);
	session_finish(s, SESSION_DONE);
}
