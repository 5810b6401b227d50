/* test_addr.c -- common/addr: transport addresses of both families. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <string.h>

#include "common/addr.h"

static struct addr parse(const char *text, uint16_t port)
{
	struct addr a = { 0 };

	assert_int_equal(addr_parse(slice_from_text(text), port, &a), ERR_NONE);
	return a;
}

static void prints_what_it_read(void **state)
{
	char buf[ADDR_TEXT_SIZE];
	struct addr a = parse("192.0.2.1", 5060), b = parse("[2001:db8::1]", 5061);
	struct addr none = { 0 };

	(void)state;
	assert_string_equal(addr_print(&a, buf, sizeof(buf)), "192.0.2.1:5060");
	assert_string_equal(addr_print(&b, buf, sizeof(buf)), "[2001:db8::1]:5061");
	assert_string_equal(addr_print_host(&b, buf, sizeof(buf)), "2001:db8::1");
	assert_string_equal(addr_print(&none, buf, sizeof(buf)), "none:0");
	assert_false(addr_is_set(&none));
}

static void refuses_what_is_no_address(void **state)
{
	static const char *const wrong[] = {
		"",
		"[]",
		"[",
		"192.0.2",
		"192.0.2.256",
		"192.0.2.1:5060",
		"example.com",
		"2001:db8::g",
		" 192.0.2.1",
		"1234:1234:1234:1234:1234:1234:1234:1234:1234:1234:1234"
	};
	struct addr a;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(addr_parse(slice_from_text(wrong[i]), 0, &a), ERR_ADDRESS);
	assert_int_equal(addr_parse(SLICE("192.0.2.1\0x"), 0, &a), ERR_ADDRESS);
}

/* RFC 4291 2.5.5.2. */
static void a_mapped_address_equals_its_ipv4(void **state)
{
	struct addr a = parse("::ffff:192.0.2.7", 9), b = parse("192.0.2.7", 9);

	(void)state;
	assert_true(addr_is_equal(&a, &b));
	assert_false(addr_is_ipv6(&a));
}

static void equality_counts_the_port_and_same_host_does_not(void **state)
{
	struct addr a = parse("192.0.2.1", 1), b = parse("192.0.2.1", 2), c = parse("::1", 1);

	(void)state;
	assert_false(addr_is_equal(&a, &b));
	assert_true(addr_is_same_host(&a, &b));
	assert_false(addr_is_same_host(&a, &c));
	assert_false(addr_is_same_host(&(struct addr){ 0 }, &(struct addr){ 0 }));
}

static void prefixes_end_at_any_bit(void **state)
{
	struct addr net = parse("192.0.2.128", 0), in = parse("192.0.2.255", 5);
	struct addr out = parse("192.0.2.127", 5), net6 = parse("2001:db8:8000::", 0);
	struct addr in6 = parse("2001:db8:ffff::1", 0);

	(void)state;
	assert_true(addr_is_in_prefix(&in, &net, 25));
	assert_false(addr_is_in_prefix(&out, &net, 25));
	assert_true(addr_is_in_prefix(&out, &net, 24));
	assert_true(addr_is_in_prefix(&out, &net, 0));
	assert_false(addr_is_in_prefix(&in, &net, 33));
	assert_true(addr_is_in_prefix(&in6, &net6, 33));
	assert_false(addr_is_in_prefix(&in6, &net6, 34));
	assert_false(addr_is_in_prefix(&in6, &net, 0));
}

static void the_form_for_the_bus_comes_back_the_same(void **state)
{
	static const char *const hosts[] = { "192.0.2.1", "0.0.0.0", "2001:db8::1", "::" };
	uint8_t blob[ADDR_BLOB_MAX];
	struct addr back;

	(void)state;
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		struct addr a = parse(hosts[i], 65534);
		size_t len = addr_to_blob(&a, blob);

		assert_int_equal(len, addr_is_ipv6(&a) ? 18 : 6);
		assert_int_equal(addr_from_blob(blob, len, &back), ERR_NONE);
		assert_true(addr_is_equal(&a, &back));
	}
	assert_int_equal(addr_to_blob(&(struct addr){ 0 }, blob), 0);
	for (size_t len = 0; len <= sizeof(blob); len++)
		if (len != 6 && len != 18)
			assert_int_equal(addr_from_blob(blob, len, &back), ERR_ADDRESS);
}

static void takes_from_the_kernel_only_whole_known_addresses(void **state)
{
	struct sockaddr_in in4 = { .sin_family = AF_INET, .sin_port = htons(7) };
	struct sockaddr_un_like {
		sa_family_t family;
		char path[30];
	} un = { .family = AF_UNIX };
	struct addr a;

	(void)state;
	assert_int_equal(addr_from_sockaddr((struct sockaddr *)&in4, sizeof(in4), &a), ERR_NONE);
	assert_true(addr_is_any(&a));
	assert_int_equal(addr_get_port(&a), 7);
	assert_int_equal(addr_from_sockaddr((struct sockaddr *)&in4, 8, &a), ERR_ADDRESS);
	assert_int_equal(addr_from_sockaddr((struct sockaddr *)&un, sizeof(un), &a), ERR_ADDRESS);
}

static void set_port_changes_nothing_else(void **state)
{
	struct addr a = parse("2001:db8::1", 1), b = a;

	(void)state;
	addr_set_port(&a, 4000);
	assert_int_equal(addr_get_port(&a), 4000);
	assert_true(addr_is_same_host(&a, &b));
	assert_int_equal(addr_get_len(&a), sizeof(struct sockaddr_in6));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prints_what_it_read),
		cmocka_unit_test(refuses_what_is_no_address),
		cmocka_unit_test(a_mapped_address_equals_its_ipv4),
		cmocka_unit_test(equality_counts_the_port_and_same_host_does_not),
		cmocka_unit_test(prefixes_end_at_any_bit),
		cmocka_unit_test(the_form_for_the_bus_comes_back_the_same),
		cmocka_unit_test(takes_from_the_kernel_only_whole_known_addresses),
		cmocka_unit_test(set_port_changes_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
