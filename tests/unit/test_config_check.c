/* test_config_check.c -- what no single line shows; what a configuration becomes when it
 * runs; what the shell offers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/config/config.h"

/* The example of enlace-configuration(5), with files that every machine has. */
static const char base[] =
	"set realm core address 127.0.0.1 media-ports 20000-29999\n"
	"set realm core listener lync transport tls port 5067 tls-profile core\n"
	"set realm edge address 127.0.0.2 media-ports 30000-39999\n"
	"set realm edge listener itsp transport udp port 5060\n"
	"set tls-profile core certificate /dev/null key /dev/null trust /dev/null\n"
	"set trunk lync realm core profile lync-2013\n"
	"set trunk lync target ms1 address mediation.example.com port 5067 transport tls\n"
	"set trunk itsp realm edge profile generic-itsp\n"
	"set trunk itsp target gw1 address 127.0.0.3 port 5060 transport udp\n"
	"set route 10 from lync to itsp\n"
	"set route 20 from itsp to lync\n";

static void apply_all(struct config *c, const char *lines)
{
	struct slice rest = slice_from_text(lines);

	while (rest.len) {
		struct slice line = slice_take_until(&rest, '\n');
		char buf[1024];
		struct text why;

		text_init(&why, buf, sizeof(buf));
		if (config_apply_line(c, line, &why))
			fail_msg("%.*s: %s", SLICE_ARG(line), text_get_string(&why));
	}
}

static struct config *create(const char *more)
{
	struct config *c;

	assert_int_equal(config_create(&c), ERR_NONE);
	apply_all(c, base);
	apply_all(c, more);
	return c;
}

static void assert_parts(const char *report, const char *parts)
{
	struct slice rest = slice_from_text(parts);

	while (rest.len) {
		char part[128];

		assert_int_equal(slice_copy_text(slice_take_until(&rest, '|'), part, sizeof(part)),
				 0);
		if (!strstr(report, part))
			fail_msg("\"%s\" is not in: %s", part, report);
	}
}

typedef unsigned check_fn(const struct config *c, struct text *report);

/* Exactly so many findings, with every part ("a|b") in the report. */
static void assert_findings(check_fn *check, const char *more, unsigned count, const char *parts)
{
	struct config *c = create(more);
	static char buf[16384];
	struct text report;
	unsigned found;

	text_init(&report, buf, sizeof(buf));
	found = check(c, &report);
	if (found != count)
		fail_msg("%u findings: %s", found, text_get_string(&report));
	assert_parts(text_get_string(&report), parts);
	config_destroy(c);
}

static void example_has_no_findings(void **state)
{
	(void)state;
	assert_findings(config_check, "", 0, "");
	assert_findings(config_warn, "", 0, "");
}

static void finds_required_items(void **state)
{
	(void)state;
	assert_findings(config_check, "set realm new address 127.0.0.9", 1,
			"realm \"new\"|media-ports is missing|FIRST-LAST");
	assert_findings(config_check, "set trunk new limit calls 5", 1,
			"trunk \"new\"|realm is missing");
}

static void finds_references_to_nothing(void **state)
{
	(void)state;
	assert_findings(config_check, "set trunk itsp profile none", 1,
			"trunk \"itsp\"|profile \"none\" does not exist|set profile none");
	assert_findings(config_check, "set route 30 from itsp to lync,nobody", 1,
			"route 30|\"nobody\" does not exist");
	assert_findings(config_check, "delete realm edge", 1, "realm \"edge\" does not exist");
}

static void finds_files_that_do_not_exist(void **state)
{
	(void)state;
	assert_findings(config_check, "set tls-profile core key /nonexistent/key.pem", 1,
			"tls-profile \"core\"|key /nonexistent/key.pem|No such file");
}

static void finds_an_sni_profile_that_does_not_exist(void **state)
{
	(void)state;
	assert_findings(config_check, "set realm core listener lync sni-profiles core,nosuch", 1,
			"listener \"lync\"|nosuch|does not exist");
}

static void warns_of_a_listener_among_the_media_ports(void **state)
{
	(void)state;
	assert_findings(config_warn, "set realm edge listener itsp port 30500", 1,
			"port 30500 lies in media-ports 30000-39999|media does without it");
	assert_findings(config_check, "set realm edge listener itsp port 30500", 0, "");
}

static void finds_media_ports_that_overlap_on_one_address(void **state)
{
	(void)state;
	assert_findings(config_check, "set realm edge address 127.0.0.1", 0, "");
	assert_findings(config_check, "set realm edge address 127.0.0.1 media-ports 29999-30001", 1,
			"realm \"edge\"|29999-30001|20000-29999|\"core\"");
	assert_findings(config_check, "set realm edge media-ports 20000-29999", 0, "");
}

static void finds_listeners_on_one_port(void **state)
{
	(void)state;
	assert_findings(config_check, "set realm edge listener two transport udp", 1,
			"realm \"edge\" listener \"two\"|5060|\"itsp\"");
	assert_findings(config_check, "set realm edge listener two transport tcp", 0, "");
	assert_findings(config_check,
			"set realm edge listener two transport tls tls-profile core\n"
			"set realm edge listener three transport tcp port 5061",
			1, "listener \"three\"|5061");
	assert_findings(config_check, "set realm core listener any transport udp address 0.0.0.0",
			1, "5060");
}

static void finds_tls_without_profile_or_trust(void **state)
{
	(void)state;
	assert_findings(config_check, "delete realm core listener lync tls-profile", 1,
			"listener \"lync\"|tls-profile|tcp");
	assert_findings(config_check, "delete tls-profile core trust", 1,
			"tls-profile \"core\"|verify mutual|trust|verify none");
	assert_findings(config_check, "set tls-profile core client-key /dev/null", 1,
			"client-certificate");
	assert_findings(config_warn, "set tls-profile core verify none", 1, "anybody");
}

static void finds_realms_no_peer_can_reach(void **state)
{
	(void)state;
	assert_findings(config_check, "set realm edge address 0.0.0.0", 1, "advertised-address");
	assert_findings(config_check,
			"set realm edge address 0.0.0.0 advertised-address 192.0.2.1 ", 0, "");
	assert_findings(config_check, "set realm edge address-ipv6 127.0.0.4", 1, "same family");
}

static void finds_targets_that_cannot_work(void **state)
{
	(void)state;
	assert_findings(config_check, "set trunk itsp target gw1 transport tcp", 1,
			"trunk \"itsp\" target \"gw1\"|transport tcp|realm \"edge\"");
	assert_findings(config_check, "set trunk itsp target gw1 address ::1", 1,
			"::1 is IPv6|address-ipv6");
	assert_findings(config_check, "set trunk itsp target gw1 address gw.example.com:5060", 1,
			"gw.example.com:5060|port N");
	assert_findings(config_check, "set trunk itsp target gw1 address 300.0.0.1", 1,
			"300.0.0.1");
	assert_findings(config_check,
			"set realm edge address-ipv6 ::1\nset trunk itsp target gw1 address [::1]",
			0, "");
}

static void finds_wrong_words_in_lists(void **state)
{
	(void)state;
	assert_findings(config_check, "set trunk itsp source 10.0.0.0/8,2001:db8::/32,::1,10.0.0.1",
			0, "");
	assert_findings(config_check, "set trunk itsp source 10.0.0.0/33", 1, "10.0.0.0/33");
	assert_findings(config_check, "set trunk itsp source 10.0.0.0/", 1, "10.0.0.0/");
	assert_findings(config_check, "set trunk itsp source gw.example.com", 1, "gw.example.com");
	assert_findings(config_check, "set trunk itsp failover-codes 503,200,x", 2,
			"\"200\"|\"x\"");
	assert_findings(config_check, "set profile lync-2013 srtp-suites F8_128_HMAC_SHA1_80", 1,
			"profile \"lync-2013\"|F8_128|AES_CM_128_HMAC_SHA1_80");
}

static void finds_routes_that_loop(void **state)
{
	(void)state;
	assert_findings(config_check, "set route 10 to itsp,lync", 1,
			"route 10|\"lync\"|own calls");
	assert_findings(config_check, "set route 10 to itsp,itsp", 1, "twice");
}

static void warns_of_keys_in_the_clear_until_told(void **state)
{
	(void)state;
	assert_findings(config_check, "set trunk itsp srtp required", 0, "");
	assert_findings(config_warn, "set trunk itsp srtp required", 1,
			"trunk \"itsp\" target \"gw1\"|srtp required|udp|srtp-without-tls allow");
	assert_findings(config_warn, "set trunk itsp profile lync-2013", 1, "srtp required");
	assert_findings(config_warn, "set trunk itsp srtp required srtp-without-tls allow", 0, "");
}

static void warns_of_a_trunk_nobody_uses(void **state)
{
	(void)state;
	assert_findings(config_warn, "set trunk new realm edge", 1, "neither target nor source");
	assert_findings(config_warn, "set trunk new realm edge source 10.0.0.1", 0, "");
}

static void counts_findings_that_do_not_fit_the_report(void **state)
{
	struct config *c = create("delete realm edge\ndelete realm core");
	struct text report;
	char buf[8];

	(void)state;
	text_init(&report, buf, sizeof(buf));
	assert_int_equal(config_check(c, &report), 2);
	assert_true(report.overflow);
	config_destroy(c);
}

static void trunk_wins_over_profile_and_profile_over_default(void **state)
{
	struct config *c = create("set trunk lync hold pass\nset trunk new realm edge");
	const struct config_trunk *t;

	(void)state;
	config_resolve(c);
	t = config_find_trunk(c, "lync");
	assert_int_equal(t->srtp, CONFIG_SRTP_REQUIRED);
	assert_int_equal(t->hold, CONFIG_HOLD_PASS);
	assert_int_equal(t->number_form, CONFIG_NUMBER_E164);
	assert_int_equal(t->ring_s, 180);
	assert_string_equal(t->user_agent, "Enlace");
	t = config_find_trunk(c, "new");
	assert_string_equal(t->profile, "generic-itsp");
	assert_int_equal(t->srtp, CONFIG_SRTP_OFF);
	config_destroy(c);
}

static void ports_and_addresses_follow(void **state)
{
	struct config *c = create("set realm edge listener tcp transport tcp address 127.0.0.7\n"
				  "delete realm edge listener itsp port\n"
				  "delete realm core listener lync port\n"
				  "set trunk itsp target name address gw.example.com\n"
				  "delete trunk itsp target gw1 port\n");
	char buf[ADDR_TEXT_SIZE];

	(void)state;
	config_resolve(c);
	assert_int_equal(c->listener[0].port, 5061);
	assert_int_equal(c->listener[1].port, 5060);
	assert_string_equal(addr_print_host(&c->listener[1].address, buf, sizeof(buf)),
			    "127.0.0.2");
	assert_string_equal(addr_print_host(&c->listener[2].address, buf, sizeof(buf)),
			    "127.0.0.7");
	assert_int_equal(c->target[1].port, 5060);
	assert_int_equal(c->target[2].port, 0);
	assert_string_equal(config_find_trunk(c, "lync")->tls_profile, "core");
	assert_string_equal(config_find_trunk(c, "itsp")->tls_profile, "");
	config_destroy(c);
}

static void put_offer(void *arg, const char *word, const char *help)
{
	struct text *t = arg;

	assert_true(*help);
	text_put_string(t, word);
	text_put_byte(t, '|');
}

static void assert_offers(const struct config *c, const char *line, const char *expected)
{
	char buf[4096];
	struct text t;

	text_init(&t, buf, sizeof(buf));
	config_complete(c, slice_from_text(line), put_offer, &t);
	assert_string_equal(text_get_string(&t), expected);
}

static void offers_what_may_stand_next(void **state)
{
	struct config *c = create("");

	(void)state;
	assert_offers(c, "", "set|delete|");
	assert_offers(c, "se", "set|");
	assert_offers(c, "set tr", "trunk|");
	assert_offers(c, "set trunk ", "lync|itsp|<name>|");
	assert_offers(c, "set trunk l", "lync|");
	assert_offers(c, "set trunk lync ho", "hold|");
	assert_offers(c, "set trunk lync hold ", "pass|inactive|sendonly|");
	assert_offers(c, "set trunk lync hold in", "inactive|");
	assert_offers(c, "set trunk lync hold inactive l", "latching|limit|");
	assert_offers(c, "set trunk lync limit ", "<cr>|calls|rate|");
	assert_offers(c, "set trunk lync limit calls ", "<a number from 1 to 1000000>|");
	assert_offers(c, "set trunk lync profile g", "generic-itsp|");
	assert_offers(c, "set trunk lync target ", "ms1|<name>|");
	assert_offers(c, "set route ", "10|20|<number>|");
	assert_offers(c, "set route 10 to ", "lync|itsp|");
	assert_offers(c, "set nonsense ", "");
	assert_offers(c, "show ", "");
	config_destroy(c);
}

static void offers_for_deletion_only_what_is_set(void **state)
{
	struct config *c = create("");

	(void)state;
	assert_offers(c, "delete trunk ", "lync|itsp|");
	assert_offers(c, "delete trunk itsp ", "<cr>|realm|profile|target|limit|");
	assert_offers(c, "delete trunk itsp target gw1 p", "port|");
	config_destroy(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(example_has_no_findings),
		cmocka_unit_test(finds_required_items),
		cmocka_unit_test(finds_references_to_nothing),
		cmocka_unit_test(finds_files_that_do_not_exist),
		cmocka_unit_test(finds_an_sni_profile_that_does_not_exist),
		cmocka_unit_test(warns_of_a_listener_among_the_media_ports),
		cmocka_unit_test(finds_media_ports_that_overlap_on_one_address),
		cmocka_unit_test(finds_listeners_on_one_port),
		cmocka_unit_test(finds_tls_without_profile_or_trust),
		cmocka_unit_test(finds_realms_no_peer_can_reach),
		cmocka_unit_test(finds_targets_that_cannot_work),
		cmocka_unit_test(finds_wrong_words_in_lists),
		cmocka_unit_test(finds_routes_that_loop),
		cmocka_unit_test(warns_of_keys_in_the_clear_until_told),
		cmocka_unit_test(warns_of_a_trunk_nobody_uses),
		cmocka_unit_test(counts_findings_that_do_not_fit_the_report),
		cmocka_unit_test(trunk_wins_over_profile_and_profile_over_default),
		cmocka_unit_test(ports_and_addresses_follow),
		cmocka_unit_test(offers_what_may_stand_next),
		cmocka_unit_test(offers_for_deletion_only_what_is_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
