/* test_config_line.c -- lines change a configuration, or say why not and change nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/config/config.h"
#include "db/config/schema.h"

/* The example of enlace-configuration(5). */
static const char *const example[] = {
	"set system name sbc1",
	"set realm core address 127.0.0.1 media-ports 20000-29999",
	"set realm core listener lync transport tls port 5067 tls-profile core",
	"set realm edge address 127.0.0.2 media-ports 30000-39999",
	"set realm edge listener itsp transport udp port 5060",
	"set tls-profile core certificate /etc/enlace/tls/core.pem key /etc/enlace/tls/core.key "
	"trust /etc/enlace/tls/ca.pem",
	"set trunk lync realm core profile lync-2013",
	"set trunk lync target ms1 address mediation.example.com port 5067 transport tls",
	"set trunk itsp realm edge profile generic-itsp",
	"set trunk itsp target gw1 address 127.0.0.3 port 5060 transport udp",
	"set route 10 from lync to itsp",
	"set route 20 from itsp to lync",
};

enum { PRINT_SIZE = 65536 };

static void append_line(void *arg, const char *line)
{
	struct text *t = arg;

	text_put_string(t, line);
	text_put_byte(t, '\n');
}

/* All lines of a configuration; the caller frees. */
static char *print(const struct config *c)
{
	char *data = malloc(PRINT_SIZE);
	struct text t;

	text_init(&t, data, PRINT_SIZE);
	config_print_lines(c, append_line, &t);
	assert_false(t.overflow);
	(void)text_get_string(&t);
	return data;
}

static enum err apply(struct config *c, const char *line, char *why_buf, size_t size)
{
	struct text why;
	enum err e;

	text_init(&why, why_buf, size);
	e = config_apply_line(c, slice_from_text(line), &why);
	(void)text_get_string(&why);
	return e;
}

static void apply_ok(struct config *c, const char *line)
{
	char why[2048];

	if (apply(c, line, why, sizeof(why)))
		fail_msg("%s: %s", line, why);
}

/* Refused with that error; nothing changed; every part of `parts` ("a|b") is said. */
static void apply_refused(struct config *c, const char *line, enum err e, const char *parts)
{
	char why[2048], *before = print(c), *after;
	struct slice rest = slice_from_text(parts);

	assert_int_equal(apply(c, line, why, sizeof(why)), e);
	after = print(c);
	assert_string_equal(before, after);
	while (rest.len) {
		char part[128];

		assert_int_equal(slice_copy_text(slice_take_until(&rest, '|'), part, sizeof(part)),
				 0);
		if (!strstr(why, part))
			fail_msg("\"%s\" is not in: %s", part, why);
	}
	free(before);
	free(after);
}

static struct config *create(void)
{
	struct config *c;

	assert_int_equal(config_create(&c), ERR_NONE);
	return c;
}

static struct config *create_example(void)
{
	struct config *c = create();

	for (size_t i = 0; i < sizeof(example) / sizeof(example[0]); i++)
		apply_ok(c, example[i]);
	return c;
}

static void accepts_the_example_as_it_stands(void **state)
{
	struct config *c = create_example();

	(void)state;
	assert_string_equal(c->system->host_name, "sbc1");
	assert_int_equal(c->realm_count, 2);
	assert_int_equal(c->realm[1].media_ports.low, 30000);
	assert_int_equal(c->realm[1].media_ports.high, 39999);
	assert_string_equal(c->listener[0].object.parent, "core");
	assert_int_equal(c->listener[0].transport, CONFIG_TLS);
	assert_int_equal(c->listener[0].port, 5067);
	assert_string_equal(config_find_tls_profile(c, "core")->trust, "/etc/enlace/tls/ca.pem");
	assert_string_equal(c->target[0].address, "mediation.example.com");
	assert_string_equal(c->route[1].from, "itsp");
	assert_string_equal(c->route[1].to, "lync");
	config_destroy(c);
}

static void accepts_what_scripts_count_on(void **state)
{
	struct config *c = create_example();

	(void)state;
	apply_ok(c, "set trunk itsp srtp required");
	apply_ok(c, "set trunk itsp srtp optional");
	apply_ok(c, "set trunk itsp srtp off");
	apply_ok(c, "set trunk itsp limit calls 5");
	apply_ok(c, "set trunk itsp options-interval 10");
	apply_ok(c, "set media path portable");
	apply_ok(c, "set signaling workers 2");
	apply_ok(c, "set realm edge address-ipv6 2001:db8::2 advertised-address [2001:db8::3]");
	apply_ok(c, "set realm edge listener six transport tcp address ::1");
	apply_ok(c, "set trunk itsp target gw6 address 2001:db8::4");
	assert_int_equal(config_find_limit(c, "itsp")->calls, 5);
	assert_int_equal(config_find_trunk(c, "itsp")->options_interval, 10);
	assert_int_equal(c->media->path, CONFIG_PATH_PORTABLE);
	assert_int_equal(c->signaling->workers, 2);
	assert_true(addr_is_ipv6(&c->realm[1].address6));
	config_destroy(c);
}

static void ignores_empty_lines_and_remarks(void **state)
{
	struct config *c = create();

	(void)state;
	apply_ok(c, "");
	apply_ok(c, " \t\r\n");
	apply_ok(c, "# set system name x");
	assert_string_equal(c->system->host_name, "sbc");
	config_destroy(c);
}

static void refuses_with_item_value_and_way_out(void **state)
{
	struct config *c = create_example();

	(void)state;
	apply_refused(c, "set trunk west limit calls 0", ERR_RANGE,
		      "trunk \"west\" limit|calls|\"0\"|1 to 1000000|state disabled");
	apply_refused(c, "set trunk itsp srtp maybe", ERR_NOT_FOUND,
		      "trunk \"itsp\"|srtp|\"maybe\"|off, optional or required");
	apply_refused(c, "set realm core address example.com", ERR_ADDRESS,
		      "realm \"core\"|address|\"example.com\"|IPv4 or IPv6");
	apply_refused(c, "set realm core media-ports 29999-20000", ERR_RANGE,
		      "29999-20000|first-last");
	apply_refused(c, "set realm core media-ports 80-90", ERR_RANGE, "between 1024 and 65535");
	apply_refused(c, "set realm core listener x port 65536", ERR_RANGE, "listener \"x\"|65536");
	apply_refused(c, "set route ten from lync", ERR_SYNTAX, "route \"ten\"|number");
	apply_refused(c, "set route 010 from lync", ERR_SYNTAX, "leading zeros");
	apply_refused(c, "set trunk -x realm core", ERR_SYNTAX, "\"-x\"|letters");
	apply_refused(c, "set trunk itsp colour red", ERR_NOT_FOUND, "\"colour\"|use one of|realm");
	apply_refused(c, "set planet earth", ERR_NOT_FOUND, "\"planet\"|trunk");
	apply_refused(c, "set trunk itsp srtp", ERR_TRUNCATED, "srtp needs a value|off");
	apply_refused(c, "set trunk", ERR_TRUNCATED, "trunk|name is missing");
	apply_refused(c, "set", ERR_TRUNCATED, "too early");
	apply_refused(c, "commit", ERR_SYNTAX, "\"commit\"|set or delete");
	apply_refused(c, "set system name \"a", ERR_TRUNCATED, "quote");
	apply_refused(c, "set tls-profile core key key.pem", ERR_SYNTAX, "key.pem|begins with /");
	apply_refused(c, "set trunk itsp codecs PCMA,,PCMU", ERR_SYNTAX, "commas");
	apply_refused(c, "set trunk itsp user-agent a\x01", ERR_SYNTAX, "control characters");
	config_destroy(c);
}

static void changes_nothing_when_a_later_value_is_wrong(void **state)
{
	struct config *c = create();

	(void)state;
	apply_refused(c, "set trunk new realm core limit calls 5 rate 0", ERR_RANGE, "rate");
	assert_null(config_find_trunk(c, "new"));
	assert_int_equal(c->limit_count, 0);
	config_destroy(c);
}

static void refuses_lines_longer_than_the_limit(void **state)
{
	static char line[CONFIG_LINE_SIZE + 8];
	struct config *c = create();

	(void)state;
	memset(line, 'x', sizeof(line) - 1);
	apply_refused(c, line, ERR_TOO_LONG, "4095 bytes");
	memset(line, 0, sizeof(line));
	for (size_t i = 0; i < 600; i++)
		line[i] = i % 2 ? ' ' : 'x';
	apply_refused(c, line, ERR_LIMIT, "256 words");
	config_destroy(c);
}

static void refuses_values_longer_than_their_field(void **state)
{
	struct config *c = create_example();
	char line[600];

	(void)state;
	snprintf(line, sizeof(line), "set trunk itsp user-agent %0256d", 0);
	apply_refused(c, line, ERR_TOO_LONG, "too long|255");
	snprintf(line, sizeof(line), "set trunk itsp codecs %0256d", 0);
	apply_refused(c, line, ERR_TOO_LONG, "too long");
	snprintf(line, sizeof(line), "set trunk itsp domain %064d", 0);
	apply_refused(c, line, ERR_TOO_LONG, "too long|63");
	snprintf(line, sizeof(line), "set trunk %064d realm core", 0);
	apply_refused(c, line, ERR_SYNTAX, "63");
	snprintf(line, sizeof(line), "set trunk itsp user-agent %0255d", 0);
	apply_ok(c, line);
	config_destroy(c);
}

static void says_why_about_the_longest_word(void **state)
{
	struct config *c = create_example();
	char line[CONFIG_LINE_SIZE], why[512];

	(void)state;
	snprintf(line, sizeof(line), "set trunk itsp codecs %04000d", 0);
	assert_int_equal(apply(c, line, why, sizeof(why)), ERR_TOO_LONG);
	assert_non_null(strstr(why, "codecs"));
	snprintf(line, sizeof(line), "set trunk itsp %04000d", 0);
	assert_int_equal(apply(c, line, why, sizeof(why)), ERR_NOT_FOUND);
	assert_non_null(strstr(why, "not known"));
	config_destroy(c);
}

static void refuses_more_objects_than_the_limit(void **state)
{
	struct config *c = create();
	char line[64], why[256];
	enum err e = ERR_NONE;

	(void)state;
	for (unsigned i = 0; i <= SCHEMA_OBJECTS_MAX && !e; i++) {
		snprintf(line, sizeof(line), "set route %u", i);
		e = apply(c, line, why, sizeof(why));
	}
	assert_int_equal(e, ERR_LIMIT);
	assert_int_equal(c->route_count, SCHEMA_OBJECTS_MAX);
	assert_non_null(strstr(why, "65536"));
	config_destroy(c);
}

static void keeps_blanks_and_quotes_of_quoted_values(void **state)
{
	struct config *c = create_example();

	(void)state;
	apply_ok(c, "set trunk itsp user-agent \"an \\\"odd\\\" \\\\ name\"");
	assert_string_equal(config_find_trunk(c, "itsp")->user_agent, "an \"odd\" \\ name");
	apply_ok(c, "set trunk itsp user-agent \"\"");
	assert_string_equal(config_find_trunk(c, "itsp")->user_agent, "");
	apply_ok(c, "set trunk itsp codecs \"PCMA, PCMU\"");
	assert_string_equal(config_find_trunk(c, "itsp")->codecs, "PCMA,PCMU");
	config_destroy(c);
}

static void keeps_routes_in_the_order_of_their_numbers(void **state)
{
	struct config *c = create();

	(void)state;
	apply_ok(c, "set route 20 from b to a");
	apply_ok(c, "set route 3 from c to a");
	apply_ok(c, "set route 100 from d to a");
	apply_ok(c, "set route 20 to z");
	assert_int_equal(c->route_count, 3);
	assert_string_equal(c->route[0].object.name, "3");
	assert_string_equal(c->route[1].to, "z");
	assert_string_equal(c->route[2].object.name, "100");
	config_destroy(c);
}

static void delete_takes_children_along(void **state)
{
	struct config *c = create_example();

	(void)state;
	apply_ok(c, "delete realm core");
	assert_null(config_find_realm(c, "core"));
	assert_int_equal(c->listener_count, 1);
	assert_string_equal(c->listener[0].object.parent, "edge");
	config_destroy(c);
}

static void delete_of_an_item_brings_back_its_default(void **state)
{
	struct config *c = create_example();

	(void)state;
	apply_ok(c, "set trunk itsp limit calls 5 rate 7");
	apply_ok(c, "delete trunk itsp limit calls");
	assert_int_equal(config_find_limit(c, "itsp")->calls, 0);
	assert_int_equal(config_find_limit(c, "itsp")->rate, 7);
	apply_ok(c, "delete trunk itsp limit");
	assert_null(config_find_limit(c, "itsp"));
	apply_ok(c, "set trunk itsp hold inactive codecs PCMA");
	apply_ok(c, "delete trunk itsp hold codecs");
	assert_int_equal(config_find_trunk(c, "itsp")->hold, CONFIG_HOLD_PASS);
	apply_ok(c, "delete system");
	assert_string_equal(c->system->host_name, "sbc");
	config_destroy(c);
}

static void delete_of_what_is_not_there_is_refused(void **state)
{
	struct config *c = create_example();

	(void)state;
	apply_refused(c, "delete trunk nobody", ERR_NOT_FOUND, "trunk \"nobody\"|does not exist");
	apply_refused(c, "delete trunk itsp hold", ERR_NOT_FOUND, "hold is not set");
	apply_refused(c, "delete trunk itsp profile limit", ERR_SYNTAX, "two lines");
	apply_refused(c, "delete trunk", ERR_TRUNCATED, "name is missing");
	config_destroy(c);
}

static void shipped_profiles_come_back_when_deleted(void **state)
{
	struct config *c = create();
	char *empty = print(c), *after;

	(void)state;
	assert_string_equal(empty, "");
	assert_int_equal(config_find_profile(c, "lync-2013")->srtp, CONFIG_SRTP_REQUIRED);
	apply_ok(c, "set profile lync-2013 srtp optional");
	after = print(c);
	assert_string_equal(after, "set profile lync-2013 srtp optional\n");
	free(after);
	apply_ok(c, "delete profile lync-2013 srtp");
	assert_int_equal(config_find_profile(c, "lync-2013")->srtp, CONFIG_SRTP_REQUIRED);
	apply_ok(c, "set profile lync-2013 srtp off ring-timeout 60");
	apply_ok(c, "delete profile lync-2013");
	after = print(c);
	assert_string_equal(after, "");
	free(after);
	free(empty);
	config_destroy(c);
}

static void printed_lines_make_the_same_configuration(void **state)
{
	struct config *c = create_example(), *again = create();
	char *first, *second, *rest, *line;

	(void)state;
	apply_ok(c, "set trunk empty");
	apply_ok(c, "set trunk itsp user-agent \"#x y\" limit calls 3");
	apply_ok(c, "set trunk itsp target gw2 address ::1");
	apply_ok(c, "set realm core address-ipv6 2001:DB8:0::1");
	first = print(c);
	rest = strdup(first);
	for (char *save, *at = rest; (line = strtok_r(at, "\n", &save)); at = NULL)
		apply_ok(again, line);
	second = print(again);
	assert_string_equal(first, second);
	free(first);
	free(second);
	free(rest);
	config_destroy(c);
	config_destroy(again);
}

static void copies_are_apart(void **state)
{
	struct config *c = create_example(), *copy;
	char *before = print(c), *after;

	(void)state;
	assert_int_equal(config_copy(c, &copy), ERR_NONE);
	for (int i = 0; i < 20; i++) {
		char line[64];

		snprintf(line, sizeof(line), "set trunk t%d realm core", i);
		apply_ok(copy, line);
	}
	apply_ok(copy, "delete realm edge");
	after = print(c);
	assert_string_equal(before, after);
	free(before);
	free(after);
	config_destroy(copy);
	config_destroy(c);
}

static void words_of_sub_nouns_and_items_are_apart(void **state)
{
	(void)state;
	for (int id = 0; id < SCHEMA_NOUN_COUNT; id++) {
		const struct schema_noun *n = schema_get_noun((enum schema_noun_id)id);

		if (n->parent == SCHEMA_none)
			continue;
		assert_null(schema_find_item(schema_get_noun(n->parent), slice_from_text(n->word)));
		assert_int_equal(schema_get_noun(n->parent)->parent, SCHEMA_none);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts_the_example_as_it_stands),
		cmocka_unit_test(accepts_what_scripts_count_on),
		cmocka_unit_test(ignores_empty_lines_and_remarks),
		cmocka_unit_test(refuses_with_item_value_and_way_out),
		cmocka_unit_test(changes_nothing_when_a_later_value_is_wrong),
		cmocka_unit_test(refuses_lines_longer_than_the_limit),
		cmocka_unit_test(refuses_values_longer_than_their_field),
		cmocka_unit_test(says_why_about_the_longest_word),
		cmocka_unit_test(refuses_more_objects_than_the_limit),
		cmocka_unit_test(keeps_blanks_and_quotes_of_quoted_values),
		cmocka_unit_test(keeps_routes_in_the_order_of_their_numbers),
		cmocka_unit_test(delete_takes_children_along),
		cmocka_unit_test(delete_of_an_item_brings_back_its_default),
		cmocka_unit_test(delete_of_what_is_not_there_is_refused),
		cmocka_unit_test(shipped_profiles_come_back_when_deleted),
		cmocka_unit_test(printed_lines_make_the_same_configuration),
		cmocka_unit_test(copies_are_apart),
		cmocka_unit_test(words_of_sub_nouns_and_items_are_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
