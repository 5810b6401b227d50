/* test_offer_hold.c -- hold in all forms, carried as each trunk wants it (RFC 3264 6.1, 8.4). */
#include "tests/unit/offer_fixture.h"

enum { BOTH, SENDONLY, RECVONLY, INACTIVE, ANY_ADDRESS, FORMS };

static const char *const attributes[] = { "sendrecv", "sendonly", "recvonly", "inactive" };

static const char *body_of(unsigned form, const char *host, char *out, size_t size)
{
	snprintf(out, size, "v=0\r\nc=IN IP4 %s\r\nm=audio 4000 RTP/AVP 8\r\na=%s\r\n",
		 form == ANY_ADDRESS ? "0.0.0.0" : host,
		 attributes[form == ANY_ADDRESS ? BOTH : form]);
	return out;
}

static unsigned form_of(const char *body)
{
	for (unsigned i = 0; i < ANY_ADDRESS; i++) {
		char line[32];

		snprintf(line, sizeof(line), "a=%s\r\n", attributes[i]);
		if (strstr(body, line))
			return i;
	}
	fail_msg("no direction in:\n%s", body);
	return BOTH;
}

/* offered by A -> told to B; what B then answers when it plays along. */
static const struct {
	uint8_t hold;
	unsigned offered, told;
} tellings[] = {
	{ CONFIG_HOLD_PASS, BOTH, BOTH },
	{ CONFIG_HOLD_PASS, SENDONLY, SENDONLY },
	{ CONFIG_HOLD_PASS, RECVONLY, RECVONLY },
	{ CONFIG_HOLD_PASS, INACTIVE, INACTIVE },
	{ CONFIG_HOLD_PASS, ANY_ADDRESS, SENDONLY },
	{ CONFIG_HOLD_INACTIVE, BOTH, BOTH },
	{ CONFIG_HOLD_INACTIVE, SENDONLY, INACTIVE },
	{ CONFIG_HOLD_INACTIVE, RECVONLY, INACTIVE },
	{ CONFIG_HOLD_INACTIVE, INACTIVE, INACTIVE },
	{ CONFIG_HOLD_INACTIVE, ANY_ADDRESS, INACTIVE },
	{ CONFIG_HOLD_SENDONLY, BOTH, BOTH },
	{ CONFIG_HOLD_SENDONLY, SENDONLY, SENDONLY },
	{ CONFIG_HOLD_SENDONLY, RECVONLY, RECVONLY },
	{ CONFIG_HOLD_SENDONLY, INACTIVE, SENDONLY },
	{ CONFIG_HOLD_SENDONLY, ANY_ADDRESS, SENDONLY },
};

static void tells_hold_as_the_trunk_wants_it(void **state)
{
	char body[256];

	(void)state;
	for (size_t i = 0; i < sizeof(tellings) / sizeof(tellings[0]); i++) {
		struct pair *p = pair_create();

		p->trunks[1].hold = tellings[i].hold;
		pair_start(p);
		assert_int_equal(
			pair_receive(p, 0,
				     body_of(tellings[i].offered, "192.0.2.7", body, sizeof(body))),
			ERR_NONE);
		assert_int_equal(pair_make(p, 1), ERR_NONE);
		assert_int_equal(form_of(p->body), tellings[i].told);
		assert_contains(p->body, "c=IN IP4 198.51.100.2\r\n");
		assert_lacks(p->body, "0.0.0.0");
		pair_destroy(p);
	}
}

static bool is_legal_answer(unsigned offered, unsigned answered)
{
	switch (offered) {
	case BOTH:
		return true;
	case SENDONLY:
	case ANY_ADDRESS:
		return answered == RECVONLY || answered == INACTIVE;
	case RECVONLY:
		return answered == SENDONLY || answered == INACTIVE;
	default:
		return answered == INACTIVE;
	}
}

/* Every offer against every answer, also answers that are not legal, under every policy. */
static void answers_are_always_legal(void **state)
{
	char offer[256], answer[256];

	(void)state;
	for (uint8_t policy = 0; policy < 9; policy++)
		for (unsigned o = 0; o < FORMS; o++)
			for (unsigned a = 0; a < FORMS; a++) {
				struct pair *p = pair_create();

				p->trunks[0].hold = policy % 3;
				p->trunks[1].hold = policy / 3;
				pair_start(p);
				assert_int_equal(
					pair_exchange(
						p, 0, body_of(o, "192.0.2.7", offer, sizeof(offer)),
						body_of(a, "203.0.113.9", answer, sizeof(answer))),
					ERR_NONE);
				if (!is_legal_answer(o, form_of(p->body)))
					fail_msg("offer %u, answer %u, policy %u: told %u", o, a,
						 policy, form_of(p->body));
				pair_destroy(p);
			}
}

static void assert_flow(struct pair *p, int leg, bool send, bool receive)
{
	struct offer_media m;

	offer_get_media(p->legs[leg], 0, &m);
	assert_int_equal(m.may_send, send);
	assert_int_equal(m.may_receive, receive);
}

/* A holds in one form, resumes in another after each form of B's answer to the hold. */
static void resumes_after_every_form_of_hold(void **state)
{
	char offer[256], answer[256];

	(void)state;
	for (uint8_t policy = 0; policy < 3; policy++)
		for (unsigned h = SENDONLY; h < FORMS; h++)
			for (unsigned a = 0; a < FORMS; a++) {
				struct pair *p = pair_create();
				const char *up = body_of(BOTH, "192.0.2.7", offer, sizeof(offer));

				p->trunks[1].hold = policy;
				pair_start(p);
				body_of(BOTH, "203.0.113.9", answer, sizeof(answer));
				assert_int_equal(pair_exchange(p, 0, up, answer), ERR_NONE);
				assert_flow(p, 0, true, true);
				assert_false(offer_is_held(p->legs[0]));

				body_of(h, "192.0.2.7", offer, sizeof(offer));
				body_of(a, "203.0.113.9", answer, sizeof(answer));
				assert_int_equal(pair_exchange(p, 0, offer, answer), ERR_NONE);
				assert_int_equal(offer_is_held(p->legs[0]), h != RECVONLY);
				if (policy == CONFIG_HOLD_INACTIVE)
					assert_flow(p, 1, false, false);

				body_of(BOTH, "192.0.2.7", offer, sizeof(offer));
				body_of(BOTH, "203.0.113.9", answer, sizeof(answer));
				assert_int_equal(pair_exchange(p, 0, offer, answer), ERR_NONE);
				assert_int_equal(form_of(p->body), BOTH);
				assert_flow(p, 0, true, true);
				assert_flow(p, 1, true, true);
				pair_destroy(p);
			}
}

static void music_on_hold_flows_one_way(void **state)
{
	char offer[256], answer[256];
	struct pair *p = pair_create();

	(void)state;
	pair_start(p);
	assert_int_equal(pair_exchange(p, 0, body_of(SENDONLY, "192.0.2.7", offer, sizeof(offer)),
				       body_of(RECVONLY, "203.0.113.9", answer, sizeof(answer))),
			 ERR_NONE);
	assert_int_equal(form_of(p->body), RECVONLY);
	assert_flow(p, 0, false, true);
	assert_flow(p, 1, true, false);
	pair_destroy(p);
}

static void sends_nothing_to_the_any_address(void **state)
{
	char offer[256], answer[256];
	struct pair *p = pair_create();
	struct offer_media m;

	(void)state;
	pair_start(p);
	assert_int_equal(pair_exchange(p, 0, body_of(ANY_ADDRESS, "", offer, sizeof(offer)),
				       body_of(RECVONLY, "203.0.113.9", answer, sizeof(answer))),
			 ERR_NONE);
	offer_get_media(p->legs[0], 0, &m);
	assert_false(addr_is_set(&m.remote_rtp));
	assert_false(m.may_send);
	pair_destroy(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_hold_as_the_trunk_wants_it),
		cmocka_unit_test(answers_are_always_legal),
		cmocka_unit_test(resumes_after_every_form_of_hold),
		cmocka_unit_test(music_on_hold_flows_one_way),
		cmocka_unit_test(sends_nothing_to_the_any_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
