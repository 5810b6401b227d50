/* test_media_diagnosis.c -- one fault, one sentence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "common/clock.h"
#include "media/session/diagnosis.h"

/* A call in which side 0 speaks well; the test spoils side 1. */
static void make_good(struct diagnosis_side sides[2])
{
	memset(sides, 0, 2 * sizeof(sides[0]));
	sides[0] =
		(struct diagnosis_side){ .realm = "core", .is_expected = true, .received = 1000 };
	sides[1] =
		(struct diagnosis_side){ .realm = "edge", .is_expected = true, .received = 1000 };
}

static void expect(const struct diagnosis_side sides[2], const char *sentence)
{
	char got[256];
	struct text t;

	text_init(&t, got, sizeof(got));
	diagnosis_print(sides, &t);
	assert_string_equal(text_get_string(&t), sentence);
	assert_false(t.overflow);
}

static void says_nothing_of_a_good_call(void **state)
{
	struct diagnosis_side sides[2];

	(void)state;
	make_good(sides);
	expect(sides, "");
	sides[1].lost = 40;
	sides[1].drops[DROP_WRONG_SOURCE] = 3;
	expect(sides, "");
}

static void says_nothing_of_a_call_without_media(void **state)
{
	struct diagnosis_side sides[2];

	(void)state;
	make_good(sides);
	sides[0].is_expected = sides[1].is_expected = false;
	sides[0].received = sides[1].received = 0;
	expect(sides, "");
}

static void a_call_in_which_nobody_spoke_names_both_sides(void **state)
{
	struct diagnosis_side sides[2];

	(void)state;
	make_good(sides);
	sides[0].received = sides[1].received = 0;
	expect(sides, "neither side 0 (core) nor side 1 (edge) ever sent anything; "
		      "check the firewalls and NAT of both");
	sides[1].drops[DROP_WRONG_SOURCE] = 9; /* it did send */
	expect(sides, "side 0 (core) never sent anything; check its firewall and NAT");
}

static void each_fault_has_its_sentence(void **state)
{
	static const struct {
		bool is_secure;
		uint64_t received;
		enum drop reason;
		uint64_t count;
		const char *sentence;
	} faults[] = {
		{ false, 0, DROP_SHORT, 0,
		  "side 1 (edge) never sent anything; check its firewall and NAT" },
		{ true, 0, DROP_BAD_AUTH, 12,
		  "side 1 (edge) sent 12 packets that failed SRTP authentication; the keys do not "
		  "agree" },
		{ true, 0, DROP_NO_KEY, 12, "side 1 (edge) sent SRTP, but its key was never told" },
		{ false, 0, DROP_WRONG_SOURCE, 12,
		  "side 1 (edge) sent only from an address other than its SDP said; "
		  "allow latching or check its NAT" },
		{ false, 0, DROP_UNPROVEN, 2,
		  "side 1 (edge) sent too little from an address other than its SDP said "
		  "to be believed" },
		{ false, 0, DROP_STUN, 9,
		  "side 1 (edge) sent only STUN or DTLS; it waits for ICE or DTLS-SRTP, "
		  "which was not agreed" },
		{ false, 0, DROP_DTLS, 9,
		  "side 1 (edge) sent only STUN or DTLS; it waits for ICE or DTLS-SRTP, "
		  "which was not agreed" },
		{ false, 0, DROP_NOT_RTP, 9, "side 1 (edge) sent nothing that is RTP" },
		{ false, 1000, DROP_NO_REMOTE, 900,
		  "packets of side 1 (edge) could not be sent on: the other side's address "
		  "was never told" },
		{ false, 1000, DROP_HELD, 900,
		  "packets of side 1 (edge) were not passed on: signaling kept that direction "
		  "closed" },
		{ false, 1000, DROP_SEND_FAILED, 900,
		  "packets of side 1 (edge) could not be sent on: the kernel refused; "
		  "check routes and firewall" },
		{ false, 1000, DROP_CRYPTO, 900,
		  "packets of side 1 (edge) could not be encrypted for the other side" },
		{ true, 1000, DROP_BAD_AUTH, 300,
		  "300 packets of side 1 (edge) failed SRTP authentication" },
		{ false, 1000, DROP_WRONG_SOURCE, 300,
		  "300 packets reached side 1 (edge) from strangers and were dropped" },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		struct diagnosis_side sides[2];

		make_good(sides);
		sides[1].is_secure = faults[i].is_secure;
		sides[1].received = faults[i].received;
		sides[1].drops[faults[i].reason] = faults[i].count;
		expect(sides, faults[i].sentence);
	}
}

static void names_loss_and_a_stream_that_stopped(void **state)
{
	struct diagnosis_side sides[2];

	(void)state;
	make_good(sides);
	sides[1].lost = 250;
	expect(sides, "20 % of the packets of side 1 (edge) were lost before us");
	make_good(sides);
	sides[1].quiet_us = CLOCK_SECONDS(12);
	expect(sides, "side 1 (edge) sent nothing in the last 12 s");
	sides[1].is_expected = false; /* on hold */
	expect(sides, "");
}

static void the_worst_fault_is_the_one_told(void **state)
{
	struct diagnosis_side sides[2];

	(void)state;
	make_good(sides);
	sides[0].lost = 500;
	sides[1].received = 0;
	expect(sides, "side 1 (edge) never sent anything; check its firewall and NAT");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_nothing_of_a_good_call),
		cmocka_unit_test(says_nothing_of_a_call_without_media),
		cmocka_unit_test(a_call_in_which_nobody_spoke_names_both_sides),
		cmocka_unit_test(each_fault_has_its_sentence),
		cmocka_unit_test(names_loss_and_a_stream_that_stopped),
		cmocka_unit_test(the_worst_fault_is_the_one_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
