/* test_resolve.c -- names, against a DNS server that lives in this file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "common/clock.h"
#include "common/loop.h"
#include "common/text.h"
#include "signaling/resolve/resolve.h"
#include "signaling/resolve/srv.h"

enum { TYPE_A = 1, TYPE_AAAA = 28, TYPE_SRV = 33, SILENT = -1 };

/* "prio weight port target" for SRV.  NULL name: the end. */
struct zone_row {
	const char *name;
	int type;
	unsigned ttl_s;
	const char *data;
};

static struct loop *loop;
static struct resolver *resolver;
static int server_fd;
static struct loop_watch *server_watch;
static const struct zone_row *zone;
static unsigned questions;
static int rcode; /* SILENT: no answer at all */

struct result {
	unsigned calls;
	enum err e;
	struct resolved r;
};

/* --- the server ----------------------------------------------------------------- */

static void put_u16(struct text *t, unsigned value)
{
	text_put_byte(t, (char)(value >> 8));
	text_put_byte(t, (char)value);
}

static void put_name(struct text *t, const char *name)
{
	while (*name) {
		size_t len = strcspn(name, ".");

		text_put_byte(t, (char)len);
		text_put(t, name, len);
		name += len + (name[len] == '.');
	}
	text_put_byte(t, 0);
}

static void put_data(struct text *t, const struct zone_row *row)
{
	char data[300], host[256];
	unsigned priority, weight, port;
	struct text d;

	text_init(&d, data, sizeof(data));
	if (row->type == TYPE_SRV) {
		assert_int_equal(
			sscanf(row->data, "%u %u %u %255s", &priority, &weight, &port, host), 4);
		put_u16(&d, priority);
		put_u16(&d, weight);
		put_u16(&d, port);
		put_name(&d, strcmp(host, ".") == 0 ? "" : host);
	} else {
		int family = row->type == TYPE_A ? AF_INET : AF_INET6;
		char ip[16];

		assert_int_equal(inet_pton(family, row->data, ip), 1);
		text_put(&d, ip, family == AF_INET ? 4 : 16);
	}
	put_u16(t, (unsigned)d.len);
	text_put(t, d.data, d.len);
}

static void read_question(const char *bytes, char *name, int *out_type, size_t *out_len)
{
	size_t at = 12, used = 0;

	while (bytes[at]) {
		size_t len = (unsigned char)bytes[at];

		memcpy(name + used, bytes + at + 1, len);
		used += len;
		name[used++] = '.';
		at += len + 1;
	}
	name[used ? used - 1 : 0] = '\0';
	*out_type = (unsigned char)bytes[at + 1] << 8 | (unsigned char)bytes[at + 2];
	*out_len = at + 5;
}

static void on_question(void *owner, int events)
{
	char question[600], answer[4000], name[300];
	struct sockaddr_in from;
	socklen_t from_len = sizeof(from);
	unsigned count = 0;
	struct text t;
	size_t len;
	int type;

	(void)owner;
	(void)events;
	if (recvfrom(server_fd, question, sizeof(question), MSG_DONTWAIT, (struct sockaddr *)&from,
		     &from_len) < 12)
		return;
	questions++;
	if (rcode == SILENT)
		return;
	read_question(question, name, &type, &len);
	text_init(&t, answer, sizeof(answer));
	text_put(&t, question, len);
	for (const struct zone_row *row = zone; !rcode && row && row->name; row++) {
		if (row->type != type || strcasecmp(row->name, name) != 0)
			continue;
		put_u16(&t, 0xc00c);
		put_u16(&t, (unsigned)type);
		put_u16(&t, 1);
		put_u16(&t, row->ttl_s >> 16);
		put_u16(&t, row->ttl_s & 0xffff);
		put_data(&t, row);
		count++;
	}
	answer[2] = (char)0x84;
	answer[3] = (char)(0x80 | rcode);
	answer[6] = (char)(count >> 8);
	answer[7] = (char)count;
	memset(answer + 8, 0, 4);
	assert_true(sendto(server_fd, answer, t.len, 0, (struct sockaddr *)&from, from_len) > 0);
}

/* --- the stage ------------------------------------------------------------------- */

static int set_up(void **state)
{
	struct sockaddr_in name = { .sin_family = AF_INET };
	socklen_t len = sizeof(name);
	char servers[64];

	(void)state;
	clock_set_test(CLOCK_SECONDS(1000));
	questions = 0;
	rcode = 0;
	zone = NULL;
	name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server_fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	if (bind(server_fd, (struct sockaddr *)&name, sizeof(name)) ||
	    getsockname(server_fd, (struct sockaddr *)&name, &len) || loop_create(&loop) ||
	    loop_watch_open(loop, server_fd, LOOP_READABLE, on_question, NULL, &server_watch))
		return -1;
	snprintf(servers, sizeof(servers), "127.0.0.1:%u", ntohs(name.sin_port));
	return resolver_create(loop, servers, &resolver);
}

static int tear_down(void **state)
{
	(void)state;
	resolver_destroy(resolver);
	loop_watch_close(server_watch);
	close(server_fd);
	loop_destroy(loop);
	return 0;
}

static void turn(void)
{
	struct pollfd p = { .fd = uv_backend_fd(loop_get_uv(loop)), .events = POLLIN };

	poll(&p, 1, 1);
	uv_run(loop_get_uv(loop), UV_RUN_NOWAIT);
}

static void on_resolved(void *arg, enum err e, const struct resolved *r)
{
	struct result *result = arg;

	result->calls++;
	result->e = e;
	result->r = *r;
}

static enum err look_up(const char *host, uint16_t port, enum config_transport kind,
			struct resolved *out)
{
	struct result result = { .calls = 0 };
	uint64_t query;
	enum err e = resolver_lookup(resolver, host, port, kind, out, on_resolved, &result, &query);

	if (e != ERR_BUSY)
		return e;
	assert_int_equal(result.calls, 0);
	for (unsigned i = 0; i < 3000 && !result.calls; i++)
		turn();
	assert_int_equal(result.calls, 1);
	*out = result.r;
	return result.e;
}

static void expect(const struct resolved *r, unsigned index, const char *text)
{
	char buf[ADDR_TEXT_SIZE];

	assert_true(index < r->count);
	assert_string_equal(addr_print(&r->addresses[index], buf, sizeof(buf)), text);
}

/* --- claims ---------------------------------------------------------------------- */

static void answers_literal_addresses_at_once(void **state)
{
	struct resolved r;

	(void)state;
	assert_int_equal(look_up("192.0.2.7", 0, CONFIG_TLS, &r), ERR_NONE);
	expect(&r, 0, "192.0.2.7:5061");
	assert_int_equal(look_up("2001:db8::7", 0, CONFIG_UDP, &r), ERR_NONE);
	expect(&r, 0, "[2001:db8::7]:5060");
	assert_int_equal(look_up("[2001:db8::7]", 5070, CONFIG_TCP, &r), ERR_NONE);
	expect(&r, 0, "[2001:db8::7]:5070");
	assert_int_equal(questions, 0);
}

static void gives_ipv6_before_ipv4(void **state)
{
	static const struct zone_row rows[] = { { "ms.example.test", TYPE_A, 60, "192.0.2.1" },
						{ "ms.example.test", TYPE_AAAA, 60, "2001:db8::1" },
						{ 0 } };
	struct resolved r;

	(void)state;
	zone = rows;
	assert_int_equal(look_up("ms.example.test", 5070, CONFIG_TCP, &r), ERR_NONE);
	assert_int_equal(r.count, 2);
	expect(&r, 0, "[2001:db8::1]:5070");
	expect(&r, 1, "192.0.2.1:5070");
}

/* RFC 3263 4.2: without a port, SRV of the configured transport. */
static void asks_for_srv_when_no_port_is_given(void **state)
{
	static const struct zone_row rows[] = {
		{ "_sip._udp.example.test", TYPE_SRV, 60, "20 0 5080 second.example.test" },
		{ "_sip._udp.example.test", TYPE_SRV, 60, "10 0 5070 first.example.test" },
		{ "_sip._tcp.example.test", TYPE_SRV, 60, "1 0 5090 tcp.example.test" },
		{ "_sips._tcp.example.test", TYPE_SRV, 60, "1 0 5091 tls.example.test" },
		{ "first.example.test", TYPE_A, 60, "192.0.2.1" },
		{ "second.example.test", TYPE_A, 60, "192.0.2.2" },
		{ "tcp.example.test", TYPE_A, 60, "192.0.2.3" },
		{ "tls.example.test", TYPE_A, 60, "192.0.2.4" }, { 0 }
	};
	struct resolved r;

	(void)state;
	zone = rows;
	assert_int_equal(look_up("example.test", 0, CONFIG_UDP, &r), ERR_NONE);
	assert_int_equal(r.count, 2);
	expect(&r, 0, "192.0.2.1:5070");
	expect(&r, 1, "192.0.2.2:5080");
	assert_int_equal(look_up("example.test", 0, CONFIG_TCP, &r), ERR_NONE);
	expect(&r, 0, "192.0.2.3:5090");
	assert_int_equal(look_up("example.test", 0, CONFIG_TLS, &r), ERR_NONE);
	expect(&r, 0, "192.0.2.4:5091");
}

static void takes_the_default_port_without_srv_records(void **state)
{
	static const struct zone_row rows[] = { { "plain.example.test", TYPE_A, 60, "192.0.2.1" },
						{ 0 } };
	struct resolved r;

	(void)state;
	zone = rows;
	assert_int_equal(look_up("plain.example.test", 0, CONFIG_TLS, &r), ERR_NONE);
	expect(&r, 0, "192.0.2.1:5061");
}

/* RFC 2782: a target of "." says that the service is not there. */
static void believes_a_service_that_is_decidedly_not_there(void **state)
{
	static const struct zone_row rows[] = {
		{ "_sip._udp.none.test", TYPE_SRV, 60, "0 0 0 ." },
		{ "none.test", TYPE_A, 60, "192.0.2.1" }, { 0 }
	};
	struct resolved r;

	(void)state;
	zone = rows;
	assert_int_equal(look_up("none.test", 0, CONFIG_UDP, &r), ERR_NAME);
}

static void answers_from_the_cache_until_the_time_to_live_is_over(void **state)
{
	static const struct zone_row old[] = { { "c.test", TYPE_A, 60, "192.0.2.1" }, { 0 } };
	static const struct zone_row new[] = { { "c.test", TYPE_A, 60, "192.0.2.2" }, { 0 } };
	struct resolved r;
	unsigned asked;

	(void)state;
	zone = old;
	assert_int_equal(look_up("c.test", 5060, CONFIG_UDP, &r), ERR_NONE);
	asked = questions;
	zone = new;
	clock_advance_test(CLOCK_SECONDS(59));
	assert_int_equal(look_up("C.TEST", 5060, CONFIG_UDP, &r), ERR_NONE);
	expect(&r, 0, "192.0.2.1:5060");
	assert_int_equal(questions, asked);
	clock_advance_test(CLOCK_SECONDS(2));
	assert_int_equal(look_up("c.test", 5060, CONFIG_UDP, &r), ERR_NONE);
	expect(&r, 0, "192.0.2.2:5060");
}

static void remembers_for_30_seconds_that_a_name_does_not_exist(void **state)
{
	struct resolved r;
	unsigned asked;

	(void)state;
	rcode = 3;
	assert_int_equal(look_up("nobody.test", 5060, CONFIG_UDP, &r), ERR_NAME);
	asked = questions;
	assert_true(asked > 0);
	assert_int_equal(look_up("nobody.test", 5060, CONFIG_UDP, &r), ERR_NAME);
	assert_int_equal(questions, asked);
	clock_advance_test(CLOCK_SECONDS(31));
	assert_int_equal(look_up("nobody.test", 5060, CONFIG_UDP, &r), ERR_NAME);
	assert_true(questions > asked);
}

/* RFC 8767: better an old address than none. */
static void serves_what_it_knew_while_the_dns_fails(void **state)
{
	static const struct zone_row rows[] = { { "s.test", TYPE_A, 10, "192.0.2.1" }, { 0 } };
	struct resolved r;
	unsigned asked;

	(void)state;
	zone = rows;
	assert_int_equal(look_up("s.test", 5060, CONFIG_UDP, &r), ERR_NONE);
	rcode = 2;
	clock_advance_test(CLOCK_SECONDS(11));
	asked = questions;
	assert_int_equal(look_up("s.test", 5060, CONFIG_UDP, &r), ERR_NONE);
	expect(&r, 0, "192.0.2.1:5060");
	assert_true(questions > asked);
	asked = questions;
	assert_int_equal(look_up("s.test", 5060, CONFIG_UDP, &r), ERR_NONE);
	assert_int_equal(questions, asked);
	clock_advance_test(CLOCK_SECONDS(2 * 86400));
	assert_int_equal(look_up("s.test", 5060, CONFIG_UDP, &r), ERR_NAME);
}

static void gives_up_after_five_seconds_of_silence(void **state)
{
	struct result result = { .calls = 0 };
	struct resolved r;
	uint64_t query;

	(void)state;
	rcode = SILENT;
	assert_int_equal(resolver_lookup(resolver, "q.test", 0, CONFIG_UDP, &r, on_resolved,
					 &result, &query),
			 ERR_BUSY);
	turn();
	clock_advance_test(CLOCK_MS(4990));
	turn();
	assert_int_equal(result.calls, 0);
	clock_advance_test(CLOCK_MS(20));
	turn();
	turn();
	assert_int_equal(result.calls, 1);
	assert_int_equal(result.e, ERR_TIMEOUT);
}

static void serves_what_it_knew_when_the_dns_is_silent(void **state)
{
	static const struct zone_row rows[] = { { "s.test", TYPE_A, 10, "192.0.2.1" }, { 0 } };
	struct result result = { .calls = 0 };
	struct resolved r;
	uint64_t query;

	(void)state;
	zone = rows;
	assert_int_equal(look_up("s.test", 5060, CONFIG_UDP, &r), ERR_NONE);
	rcode = SILENT;
	clock_advance_test(CLOCK_SECONDS(11));
	assert_int_equal(resolver_lookup(resolver, "s.test", 5060, CONFIG_UDP, &r, on_resolved,
					 &result, &query), ERR_BUSY);
	clock_advance_test(CLOCK_MS(5010));
	turn();
	turn();
	assert_int_equal(result.calls, 1);
	assert_int_equal(result.e, ERR_NONE);
	expect(&result.r, 0, "192.0.2.1:5060");
}

/* Microsoft, "DNS load balancing": the pool's name has an address for each member. */
static void turns_the_addresses_of_a_pool_at_each_lookup(void **state)
{
	static const struct zone_row rows[] = { { "pool.test", TYPE_A, 60, "192.0.2.1" },
						{ "pool.test", TYPE_A, 60, "192.0.2.2" },
						{ "pool.test", TYPE_A, 60, "192.0.2.3" }, { 0 } };
	unsigned first[4] = { 0 };
	struct resolved r;

	(void)state;
	zone = rows;
	for (unsigned i = 0; i < 30; i++) {
		assert_int_equal(look_up("pool.test", 5060, CONFIG_UDP, &r), ERR_NONE);
		assert_int_equal(r.count, 3);
		first[ntohl(r.addresses[0].in4.sin_addr.s_addr) & 3]++;
	}
	for (unsigned i = 1; i <= 3; i++)
		assert_int_equal(first[i], 10);
}

static void does_not_call_a_cancelled_query(void **state)
{
	static const struct zone_row rows[] = { { "x.test", TYPE_A, 60, "192.0.2.1" }, { 0 } };
	struct result cancelled = { .calls = 0 }, other = { .calls = 0 };
	struct resolved r;
	uint64_t first, second;

	(void)state;
	zone = rows;
	assert_int_equal(resolver_lookup(resolver, "x.test", 5060, CONFIG_UDP, &r, on_resolved,
					 &cancelled, &first), ERR_BUSY);
	assert_int_equal(resolver_lookup(resolver, "x.test", 5060, CONFIG_UDP, &r, on_resolved,
					 &other, &second), ERR_BUSY);
	resolver_cancel(resolver, first);
	resolver_cancel(resolver, first);
	for (unsigned i = 0; i < 3000 && !other.calls; i++)
		turn();
	assert_int_equal(other.calls, 1);
	assert_int_equal(cancelled.calls, 0);
	assert_int_equal(questions, 2); /* AAAA and A, once for both queries */
}

static void ends_with_queries_on_their_way(void **state)
{
	struct result result = { .calls = 0 };
	struct resolved r;
	uint64_t query;

	(void)state;
	rcode = SILENT;
	for (unsigned i = 0; i < 100; i++) {
		char host[32];

		snprintf(host, sizeof(host), "n%u.test", i);
		assert_int_equal(resolver_lookup(resolver, host, 0, CONFIG_TLS, &r, on_resolved,
						 &result, &query), ERR_BUSY);
	}
	turn();
	assert_int_equal(result.calls, 0);
}

static void refuses_names_that_are_none(void **state)
{
	static const char *const names[] = { "", ".", ".example.test", "a b", "a;b", "a@b" };
	char longest[400];
	struct resolved r;

	(void)state;
	memset(longest, 'a', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(look_up(longest, 0, CONFIG_UDP, &r), ERR_NAME);
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(look_up(names[i], 0, CONFIG_UDP, &r), ERR_NAME);
	assert_int_equal(questions, 0);
}

static void knows_the_hosts_file(void **state)
{
	struct resolved r;

	(void)state;
	rcode = 3;
	assert_int_equal(look_up("localhost", 5060, CONFIG_UDP, &r), ERR_NONE);
	assert_true(r.count > 0);
}

/* --- order of SRV records ---------------------------------------------------------- */

static uint32_t draw_random(void *arg, uint32_t n)
{
	uint64_t *state = arg;

	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((*state >> 33) % n);
}

/* RFC 2782: weights 1:3 make first places 1:3. */
static void draws_the_order_by_weight(void **state)
{
	uint64_t seed = 7;
	unsigned heavy_first = 0;

	(void)state;
	for (unsigned i = 0; i < 10000; i++) {
		struct srv_record r[3] = { { .priority = 9, .port = 3 },
					   { .weight = 10, .port = 1 },
					   { .weight = 30, .port = 2 } };

		srv_order(r, 3, draw_random, &seed);
		heavy_first += r[0].port == 2;
		assert_int_equal(r[2].port, 3);
	}
	assert_in_range(heavy_first, 7100, 7900);
}

static void keeps_every_record_whatever_the_weights(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		struct srv_record r[4] = { { .port = 1 }, { .port = 2 },
					   { .port = 4, .weight = 65535 }, { .port = 8 } };
		unsigned seen = 0;

		srv_order(r, 4, draw_random, &seed);
		for (unsigned k = 0; k < 4; k++)
			seen |= r[k].port;
		assert_int_equal(seen, 15);
	}
}

static void refuses_srv_answers_cut_at_any_byte(void **state)
{
	static const unsigned char answer[] =
		"\x00\x01\x84\x00\x00\x01\x00\x01\x00\x00\x00\x00"
		"\x04_sip\x04_udp\x01" "a\x00\x00\x21\x00\x01"
		"\xc0\x0c\x00\x21\x00\x01\x00\x00\x00\x3c\x00\x0b"
		"\x00\x01\x00\x02\x13\xc4\x01" "b\x01" "c\x00";
	struct srv_record r[SRV_RECORDS_MAX];
	unsigned count = 0, ttl_s = 0;

	(void)state;
	assert_int_equal(srv_parse(answer, sizeof(answer) - 1, r, &count, &ttl_s), ERR_NONE);
	assert_int_equal(count, 1);
	assert_int_equal(ttl_s, 60);
	assert_int_equal(r[0].port, 5060);
	assert_string_equal(r[0].target, "b.c");
	for (int len = 0; len < (int)sizeof(answer) - 1; len++) {
		unsigned char *copy = malloc((size_t)len + 1);

		memcpy(copy, answer, (size_t)len);
		assert_int_not_equal(srv_parse(copy, len, r, &count, &ttl_s), ERR_NONE);
		free(copy);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(answers_literal_addresses_at_once),
		TEST(gives_ipv6_before_ipv4),
		TEST(asks_for_srv_when_no_port_is_given),
		TEST(takes_the_default_port_without_srv_records),
		TEST(believes_a_service_that_is_decidedly_not_there),
		TEST(answers_from_the_cache_until_the_time_to_live_is_over),
		TEST(remembers_for_30_seconds_that_a_name_does_not_exist),
		TEST(serves_what_it_knew_while_the_dns_fails),
		TEST(gives_up_after_five_seconds_of_silence),
		TEST(serves_what_it_knew_when_the_dns_is_silent),
		TEST(turns_the_addresses_of_a_pool_at_each_lookup),
		TEST(does_not_call_a_cancelled_query),
		TEST(ends_with_queries_on_their_way),
		TEST(refuses_names_that_are_none),
		TEST(knows_the_hosts_file),
		cmocka_unit_test(draws_the_order_by_weight),
		cmocka_unit_test(keeps_every_record_whatever_the_weights),
		cmocka_unit_test(refuses_srv_answers_cut_at_any_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
