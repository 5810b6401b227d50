/* test_store.c -- what an acknowledged commit is worth: killed writers, full disks, damaged
 * and foreign files, readers beside the writer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db/store/call_store.h"
#include "db/store/cdr_store.h"
#include "db/store/config_store.h"

enum { ACKS_BEFORE_KILL = 25, KILL_ROUNDS = 4 };

static char folder[64];
static char path[128];

static int remove_one(const char *name, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(name);
}

static int make_folder(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/enlace-store-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/test.db", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static struct cdr_store *open_cdrs(enum db_access access)
{
	struct cdr_store *s = NULL;
	char buf[DB_WHY_SIZE];
	struct text why;

	text_init(&why, buf, sizeof(buf));
	if (cdr_store_open(path, access, &why, &s))
		fail_msg("%s", text_get_string(&why));
	return s;
}

static struct config_store *open_configs(enum db_access access)
{
	struct config_store *s = NULL;

	assert_int_equal(config_store_open(path, access, NULL, &s), ERR_NONE);
	return s;
}

static struct cdr make_cdr(uint64_t call)
{
	struct cdr r = {
		.call = call,
		.caller_leg = { .trunk = "lync",
				.call_id = "a@b",
				.peer = "127.0.0.9:5067",
				.codec = "PCMA/8000",
				.suite = "AES_CM_128_HMAC_SHA1_80",
				.packets_received = 100,
				.packets_sent = 99,
				.packets_lost = 1,
				.jitter_us = 250 },
		.called_leg = { .trunk = "itsp",
				.call_id = "c",
				.codec = "PCMA/8000",
				.packets_received = 99,
				.packets_sent = 99 },
		.caller = "+4930111",
		.called = "+4940222",
		.start_wall_us = 1000 + (int64_t)call,
		.ring_wall_us = 1100,
		.answer_wall_us = 1200,
		.end_wall_us = 9000,
		.status = 200,
		.ender = CDR_ENDED_BY_CALLED,
		.reason = "the called side hung up",
		.diagnosis = "one-way \"audio\"",
	};

	return r;
}

struct found {
	struct cdr record[8];
	size_t count;
};

static void keep_record(void *arg, const struct cdr *record)
{
	struct found *f = arg;

	if (f->count < 8)
		f->record[f->count] = *record;
	f->count++;
}

static struct found query(struct cdr_store *s, struct cdr_filter filter)
{
	struct found f = { .count = 0 };

	assert_int_equal(cdr_store_query(s, &filter, keep_record, &f), ERR_NONE);
	return f;
}

static uint64_t count_cdrs(struct cdr_store *s)
{
	uint64_t count;

	assert_int_equal(cdr_store_count(s, &count), ERR_NONE);
	return count;
}

static void call_record_reads_as_it_was_written(void **state)
{
	struct cdr_store *s = open_cdrs(DB_WRITE);
	struct cdr written = make_cdr(UINT64_MAX);
	struct found f;

	(void)state;
	assert_int_equal(cdr_store_append(s, &written, 1), ERR_NONE);
	f = query(s, (struct cdr_filter){ .call = UINT64_MAX });
	assert_int_equal(f.count, 1);
	written.number = f.record[0].number;
	assert_int_not_equal(written.number, 0);
	assert_string_equal(f.record[0].diagnosis, written.diagnosis);
	assert_int_equal(f.record[0].ender, written.ender);
	assert_int_equal(f.record[0].status, 200);
	assert_int_equal(f.record[0].start_wall_us, written.start_wall_us);
	assert_memory_equal(&f.record[0].caller_leg.packets_received,
			    &written.caller_leg.packets_received, 3 * sizeof(uint64_t));
	assert_string_equal(f.record[0].caller_leg.suite, "AES_CM_128_HMAC_SHA1_80");
	assert_string_equal(f.record[0].called_leg.trunk, "itsp");
	cdr_store_close(s);
}

static void query_filters_and_pages_newest_first(void **state)
{
	struct cdr_store *s = open_cdrs(DB_WRITE);
	struct cdr batch[5];
	struct found f;

	(void)state;
	for (unsigned i = 0; i < 5; i++)
		batch[i] = make_cdr(i + 1);
	strcpy(batch[2].called_leg.trunk, "other");
	strcpy(batch[3].caller, "anonymous");
	assert_int_equal(cdr_store_append(s, batch, 5), ERR_NONE);
	f = query(s, (struct cdr_filter){ .limit = 2 });
	assert_int_equal(f.count, 2);
	assert_int_equal(f.record[0].call, 5);
	f = query(s, (struct cdr_filter){ .limit = 2, .before_number = f.record[1].number });
	assert_int_equal(f.record[0].call, 3);
	assert_int_equal(query(s, (struct cdr_filter){ .trunk = "other" }).record[0].call, 3);
	assert_int_equal(query(s, (struct cdr_filter){ .party = "anonym" }).count, 1);
	f = query(s, (struct cdr_filter){ .from_wall_us = 1002, .to_wall_us = 1003 });
	assert_int_equal(f.count, 2);
	assert_int_equal(cdr_store_trim(s, 2), ERR_NONE);
	assert_int_equal(count_cdrs(s), 2);
	cdr_store_close(s);
}

/* Writes until it is killed; each acknowledged record is one byte in the pipe. */
static void write_until_killed(int ack, uint64_t first)
{
	struct cdr_store *s;

	if (cdr_store_open(path, DB_WRITE, NULL, &s))
		_exit(1);
	for (uint64_t call = first;; call++) {
		struct cdr r = make_cdr(call);

		if (cdr_store_append(s, &r, 1) || write(ack, "", 1) != 1)
			_exit(2);
	}
}

static uint64_t kill_a_writer(uint64_t first)
{
	int ends[2];
	uint64_t acks = 0;
	pid_t child;
	char byte;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		write_until_killed(ends[1], first);
	close(ends[1]);
	while (acks < ACKS_BEFORE_KILL && read(ends[0], &byte, 1) == 1)
		acks++;
	assert_int_equal(acks, ACKS_BEFORE_KILL);
	kill(child, SIGKILL);
	while (read(ends[0], &byte, 1) == 1)
		acks++;
	waitpid(child, NULL, 0);
	close(ends[0]);
	return acks;
}

static void acknowledged_records_survive_a_killed_writer(void **state)
{
	uint64_t acks = 0;

	(void)state;
	for (int round = 0; round < KILL_ROUNDS; round++) {
		struct cdr_store *s;
		uint64_t first = acks + 1, count;

		acks += kill_a_writer(first);
		s = open_cdrs(DB_WRITE);
		count = count_cdrs(s);
		/* One more may have been written and not acknowledged. */
		assert_in_range(count, acks, acks + 1);
		assert_int_equal(query(s, (struct cdr_filter){ .call = acks }).count, 1);
		acks = count;
		cdr_store_close(s);
	}
}

static void full_disk_stores_nothing_of_the_batch_and_loses_nothing(void **state)
{
	struct cdr_store *s = open_cdrs(DB_WRITE);
	struct cdr batch[100];
	uint64_t stored;
	enum err e = ERR_NONE;

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		batch[i] = make_cdr(i + 1);
	db_set_test_page_limit(cdr_store_get_test_db(s), 40);
	for (unsigned i = 0; i < 100 && !e; i++)
		e = cdr_store_append(s, batch, 100);
	assert_int_equal(e, ERR_DISK_FULL);
	stored = count_cdrs(s);
	assert_true(stored > 0);
	assert_int_equal(stored % 100, 0);
	db_set_test_page_limit(cdr_store_get_test_db(s), 0);
	assert_int_equal(cdr_store_append(s, batch, 100), ERR_NONE);
	cdr_store_close(s);
	s = open_cdrs(DB_READ);
	assert_int_equal(count_cdrs(s), stored + 100);
	cdr_store_close(s);
}

static void refuses_more_than_a_batch(void **state)
{
	struct cdr_store *s = open_cdrs(DB_WRITE);
	struct cdr *batch = calloc(CDR_BATCH_MAX + 1, sizeof(*batch));

	(void)state;
	assert_int_equal(cdr_store_append(s, batch, CDR_BATCH_MAX + 1), ERR_LIMIT);
	assert_int_equal(cdr_store_append(s, batch, CDR_BATCH_MAX), ERR_NONE);
	assert_int_equal(count_cdrs(s), CDR_BATCH_MAX);
	free(batch);
	cdr_store_close(s);
}

/* The kernel's own refusal, in a process of its own: the limit is for good. */
static void file_size_limit_reads_as_full_disk(void **state)
{
	pid_t child = fork();
	int status;

	(void)state;
	if (child == 0) {
		struct rlimit limit = { 200000, 200000 };
		struct cdr_store *s;
		struct cdr r = make_cdr(1);
		enum err e = ERR_NONE;

		signal(SIGXFSZ, SIG_IGN);
		if (cdr_store_open(path, DB_WRITE, NULL, &s) || setrlimit(RLIMIT_FSIZE, &limit))
			_exit(1);
		for (unsigned i = 0; i < 1000 && !e; i++)
			e = cdr_store_append(s, &r, 1);
		_exit(e == ERR_DISK_FULL ? 0 : 2);
	}
	waitpid(child, &status, 0);
	assert_int_equal(status, 0);
}

static void readers_see_only_whole_batches_while_a_writer_writes(void **state)
{
	struct cdr_store *w = open_cdrs(DB_WRITE), *r = open_cdrs(DB_READ);
	struct cdr batch[10];

	(void)state;
	for (unsigned i = 0; i < 10; i++)
		batch[i] = make_cdr(i + 1);
	for (unsigned round = 1; round <= 20; round++) {
		assert_int_equal(cdr_store_append(w, batch, 10), ERR_NONE);
		assert_int_equal(count_cdrs(r), round * 10);
	}
	assert_int_equal(cdr_store_append(r, batch, 1), ERR_DENIED);
	cdr_store_close(r);
	cdr_store_close(w);
}

static void write_file(const char *bytes, size_t len, off_t at)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, len, at), (ssize_t)len);
	close(fd);
}

/* Opening fails so, says `part`, and leaves every byte as it was. */
static void assert_refused(enum db_access access, enum err expected, const char *part)
{
	static char before[262144], after[262144];
	struct cdr_store *s = NULL;
	char buf[DB_WHY_SIZE];
	struct text why;
	int fd = open(path, O_RDONLY);
	ssize_t len = read(fd, before, sizeof(before));

	close(fd);
	text_init(&why, buf, sizeof(buf));
	assert_int_equal(cdr_store_open(path, access, &why, &s), expected);
	assert_non_null(strstr(text_get_string(&why), part));
	assert_non_null(strstr(buf, path));
	fd = open(path, O_RDONLY);
	assert_int_equal(read(fd, after, sizeof(after)), len);
	close(fd);
	if (len > 0)
		assert_memory_equal(before, after, len);
}

static void refuses_a_file_that_is_no_database(void **state)
{
	char text[4096];

	(void)state;
	memset(text, 'x', sizeof(text));
	write_file(text, sizeof(text), 0);
	assert_refused(DB_WRITE, ERR_SYNTAX, "damaged");
	assert_refused(DB_READ, ERR_SYNTAX, "damaged");
}

static void refuses_a_damaged_file_and_leaves_it(void **state)
{
	struct cdr_store *s = open_cdrs(DB_WRITE);
	struct cdr batch[100];
	char junk[6000];

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		batch[i] = make_cdr(i);
	assert_int_equal(cdr_store_append(s, batch, 100), ERR_NONE);
	cdr_store_close(s);
	memset(junk, 0xa5, sizeof(junk));
	write_file(junk, sizeof(junk), 5000);
	assert_refused(DB_WRITE, ERR_SYNTAX, "damaged");
}

static void refuses_a_file_of_a_newer_release(void **state)
{
	struct cdr_store *s = open_cdrs(DB_WRITE);
	static const char version[4] = { 0, 0, 0, 99 };

	(void)state;
	cdr_store_close(s);
	write_file(version, sizeof(version), 60); /* user_version in the file's header */
	assert_refused(DB_WRITE, ERR_VERSION, "newer release");
	assert_refused(DB_READ, ERR_VERSION, "newer release");
}

static void refuses_a_file_of_another_store(void **state)
{
	struct config_store *s = open_configs(DB_WRITE);

	(void)state;
	config_store_close(s);
	assert_refused(DB_WRITE, ERR_SYNTAX, "belongs to something else");
}

static void reader_does_not_create_the_file(void **state)
{
	struct cdr_store *s = NULL;

	(void)state;
	assert_int_equal(cdr_store_open(path, DB_READ, NULL, &s), ERR_NOT_FOUND);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(cdr_store_open("/nonexistent/x.db", DB_WRITE, NULL, &s), ERR_NOT_FOUND);
}

static void append_line(void *arg, const char *line)
{
	text_put_string(arg, line);
	text_put_byte(arg, '\n');
}

static void assert_lines(struct config_store *s, uint64_t number, const char *expected)
{
	char buf[4096];
	struct text t;

	text_init(&t, buf, sizeof(buf));
	assert_int_equal(config_store_print(s, number, append_line, &t), ERR_NONE);
	assert_string_equal(text_get_string(&t), expected);
}

static uint64_t prepare(struct config_store *s, const char *line)
{
	struct config *c;
	uint64_t number;

	assert_int_equal(config_create(&c), ERR_NONE);
	assert_int_equal(config_apply_line(c, slice_from_text(line), NULL), ERR_NONE);
	assert_int_equal(config_store_prepare(s, c, "anna", "why", &number), ERR_NONE);
	config_destroy(c);
	return number;
}

static void prepared_revision_is_readable_and_not_the_newest(void **state)
{
	struct config_store *s = open_configs(DB_WRITE), *reader;
	struct config *c;
	uint64_t number, newest;

	(void)state;
	assert_int_equal(config_store_get_newest(s, &newest), ERR_NOT_FOUND);
	number = prepare(s, "set system name one");
	reader = open_configs(DB_READ);
	assert_int_equal(config_store_get_newest(reader, &newest), ERR_NOT_FOUND);
	assert_int_equal(config_store_load(reader, number, NULL, &c), ERR_NONE);
	assert_string_equal(c->system->host_name, "one");
	config_destroy(c);
	assert_int_equal(config_store_commit(s, number), ERR_NONE);
	assert_int_equal(config_store_commit(s, number), ERR_NONE);
	assert_int_equal(config_store_get_newest(reader, &newest), ERR_NONE);
	assert_int_equal(newest, number);
	assert_lines(reader, number, "set system name one\n");
	config_store_close(reader);
	config_store_close(s);
}

static void given_up_revision_goes_with_the_next_and_its_number_is_not_reused(void **state)
{
	struct config_store *s = open_configs(DB_WRITE);
	uint64_t given_up = prepare(s, "set system name one");
	uint64_t next = prepare(s, "set system name two");

	(void)state;
	assert_true(next > given_up);
	assert_int_equal(config_store_commit(s, given_up), ERR_NOT_FOUND);
	assert_int_equal(config_store_load(s, given_up, NULL, NULL), ERR_NOT_FOUND);
	assert_int_equal(config_store_commit(s, next), ERR_NONE);
	config_store_close(s);
}

struct revisions {
	unsigned count;
	uint64_t first, last;
};

static void count_revision(void *arg, const struct config_revision *r)
{
	struct revisions *all = arg;

	assert_string_equal(r->author, "anna");
	assert_string_equal(r->comment, "why");
	assert_int_equal(r->state, CONFIG_COMMITTED);
	if (all->count++ == 0)
		all->first = r->number;
	all->last = r->number;
}

static void keeps_the_last_revisions_and_no_more(void **state)
{
	struct config_store *s = open_configs(DB_WRITE);
	struct revisions all = { 0 };
	uint64_t number = 0;

	(void)state;
	for (unsigned i = 0; i < CONFIG_STORE_KEPT + 5; i++) {
		number = prepare(s, "set system name x");
		assert_int_equal(config_store_commit(s, number), ERR_NONE);
	}
	(void)prepare(s, "set system name y");
	assert_int_equal(config_store_list(s, 1000, count_revision, &all), ERR_NONE);
	assert_int_equal(all.count, CONFIG_STORE_KEPT);
	assert_int_equal(all.first, number);
	assert_int_equal(all.last, number - CONFIG_STORE_KEPT + 1);
	config_store_close(s);
}

struct calls {
	unsigned count;
	uint64_t sum;
	bool is_right;
};

static void count_call(void *arg, const struct call_record *r)
{
	struct calls *all = arg;

	all->count++;
	all->sum += r->call;
	all->is_right = r->worker == 3 && slice_is_text(r->dialogs[0], "a") &&
			slice_is_text(r->dialogs[1], "b") && r->state.len == 4 &&
			memcmp(r->state.data, "\0\1\2\3", 4) == 0;
}

static void calls_come_back_until_they_are_deleted(void **state)
{
	struct call_store *s;
	struct call_record r = { .worker = 3,
				 .dialogs = { SLICE("a"), SLICE("b") },
				 .state = { "\0\1\2\3", 4 } };
	struct calls all = { 0 };
	uint64_t count;

	(void)state;
	assert_int_equal(call_store_open(path, DB_WRITE, NULL, &s), ERR_NONE);
	assert_int_equal(call_store_begin(s), ERR_NONE);
	for (r.call = 1; r.call <= 100; r.call++)
		assert_int_equal(call_store_put(s, &r), ERR_NONE);
	assert_int_equal(call_store_commit(s), ERR_NONE);
	r.call = 100;
	assert_int_equal(call_store_put(s, &r), ERR_NONE);
	assert_int_equal(call_store_delete(s, 1), ERR_NONE);
	assert_int_equal(call_store_delete(s, 1), ERR_NONE);
	call_store_close(s);
	assert_int_equal(call_store_open(path, DB_WRITE, NULL, &s), ERR_NONE);
	assert_int_equal(call_store_load(s, count_call, &all), ERR_NONE);
	assert_int_equal(all.count, 99);
	assert_int_equal(all.sum, 5049);
	assert_true(all.is_right);
	assert_int_equal(call_store_count(s, &count), ERR_NONE);
	assert_int_equal(count, 99);
	call_store_close(s);
}

static void refuses_call_state_longer_than_the_limit(void **state)
{
	static char big[CALL_STORE_STATE_MAX + 1];
	struct call_record r = { .call = 1, .state = { big, sizeof(big) } };
	struct call_store *s;

	(void)state;
	assert_int_equal(call_store_open(path, DB_WRITE, NULL, &s), ERR_NONE);
	assert_int_equal(call_store_put(s, &r), ERR_TOO_LONG);
	r.state.len--;
	assert_int_equal(call_store_put(s, &r), ERR_NONE);
	call_store_close(s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(call_record_reads_as_it_was_written),
		TEST(query_filters_and_pages_newest_first),
		TEST(acknowledged_records_survive_a_killed_writer),
		TEST(full_disk_stores_nothing_of_the_batch_and_loses_nothing),
		TEST(refuses_more_than_a_batch),
		TEST(file_size_limit_reads_as_full_disk),
		TEST(readers_see_only_whole_batches_while_a_writer_writes),
		TEST(refuses_a_file_that_is_no_database),
		TEST(refuses_a_damaged_file_and_leaves_it),
		TEST(refuses_a_file_of_a_newer_release),
		TEST(refuses_a_file_of_another_store),
		TEST(reader_does_not_create_the_file),
		TEST(prepared_revision_is_readable_and_not_the_newest),
		TEST(given_up_revision_goes_with_the_next_and_its_number_is_not_reused),
		TEST(keeps_the_last_revisions_and_no_more),
		TEST(calls_come_back_until_they_are_deleted),
		TEST(refuses_call_state_longer_than_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
