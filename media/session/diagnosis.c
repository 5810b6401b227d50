/* diagnosis.c -- the faults that make a call one-way or bad, worst first. */
#include "media/session/diagnosis.h"

#include <inttypes.h>

#include "common/clock.h"

enum { QUIET_S = 5, LOSS_PERCENT = 5, FEW_PACKETS = 50 };

void diagnosis_read(const struct session *s, unsigned side, int64_t now_us,
		    struct diagnosis_side *out_side)
{
	const struct session_side *from = &s->sides[side];
	const struct relay_side *hot = &s->relay->sides[side];
	int64_t last_us = atomic_load_explicit(&hot->last_packet_us, memory_order_relaxed);

	*out_side = (struct diagnosis_side){
		.realm = from->realm->name,
		.is_expected = (from->flags & IPC_MEDIA_RECEIVE) && addr_is_set(&from->told),
		.is_secure = from->receive.suite || from->send.suite,
		.received = counter_get(&hot->received),
		.lost = atomic_load_explicit(&hot->quality.lost, memory_order_relaxed),
		.quiet_us = last_us ? now_us - last_us : 0,
	};
	for (unsigned i = 0; i < DROP_COUNT; i++)
		out_side->drops[i] = counter_get(&hot->drops[i]);
}

static bool is_silent(const struct diagnosis_side *d)
{
	if (d->received || !d->is_expected)
		return false;
	for (unsigned i = 0; i < DROP_COUNT; i++)
		if (d->drops[i])
			return false;
	return true;
}

/* Both at once: not the fault of one of them, which print_unheard would name. */
static bool print_silence(const struct diagnosis_side sides[RELAY_SIDES], struct text *out)
{
	if (!is_silent(&sides[0]) || !is_silent(&sides[1]))
		return false;
	text_printf(out,
		    "neither side 0 (%s) nor side 1 (%s) ever sent anything; "
		    "check the firewalls and NAT of both",
		    sides[0].realm, sides[1].realm);
	return true;
}

/* A side none of whose packets could be used.  False: nothing to say. */
static bool print_unheard(const struct diagnosis_side *d, unsigned side, struct text *out)
{
	const uint64_t *drops = d->drops;

	if (d->received || !d->is_expected)
		return false;
	text_printf(out, "side %u (%s) ", side, d->realm);
	if (drops[DROP_BAD_AUTH] || (d->is_secure && drops[DROP_NOT_RTP]))
		text_printf(out,
			    "sent %" PRIu64 " packets that failed SRTP authentication; "
			    "the keys do not agree",
			    drops[DROP_BAD_AUTH] + drops[DROP_NOT_RTP]);
	else if (drops[DROP_NO_KEY])
		text_put_literal(out, "sent SRTP, but its key was never told");
	else if (drops[DROP_UNPROVEN])
		text_put_literal(out, "sent too little from an address other than its SDP said "
				      "to be believed");
	else if (drops[DROP_WRONG_SOURCE])
		text_put_literal(out, "sent only from an address other than its SDP said; "
				      "allow latching or check its NAT");
	else if (drops[DROP_STUN] || drops[DROP_DTLS])
		text_put_literal(out, "sent only STUN or DTLS; it waits for ICE or DTLS-SRTP, "
				      "which was not agreed");
	else if (drops[DROP_NOT_RTP] || drops[DROP_SHORT] || drops[DROP_WRONG_PORT])
		text_put_literal(out, "sent nothing that is RTP");
	else
		text_put_literal(out, "never sent anything; check its firewall and NAT");
	return true;
}

/* Heard, but not passed on. */
static bool print_blocked(const struct diagnosis_side *d, unsigned side, struct text *out)
{
	uint64_t half = d->received / 2;
	const char *what;

	if (!d->received)
		return false;
	if (d->drops[DROP_NO_REMOTE] > half)
		what = "could not be sent on: the other side's address was never told";
	else if (d->drops[DROP_HELD] > half)
		what = "were not passed on: signaling kept that direction closed";
	else if (d->drops[DROP_SEND_FAILED] > half)
		what = "could not be sent on: the kernel refused; check routes and firewall";
	else if (d->drops[DROP_CRYPTO] > half || d->drops[DROP_NO_KEY] > half)
		what = "could not be encrypted for the other side";
	else
		return false;
	text_printf(out, "packets of side %u (%s) %s", side, d->realm, what);
	return true;
}

static bool print_poor(const struct diagnosis_side *d, unsigned side, struct text *out)
{
	uint64_t all = d->received + d->lost;

	if (!d->received)
		return false;
	if (d->is_expected && d->quiet_us >= CLOCK_SECONDS(QUIET_S))
		text_printf(out, "side %u (%s) sent nothing in the last %" PRId64 " s", side,
			    d->realm, d->quiet_us / 1000000);
	else if (d->drops[DROP_BAD_AUTH] > FEW_PACKETS)
		text_printf(out, "%" PRIu64 " packets of side %u (%s) failed SRTP authentication",
			    d->drops[DROP_BAD_AUTH], side, d->realm);
	else if (d->lost > FEW_PACKETS && d->lost * 100 > all * LOSS_PERCENT)
		text_printf(out,
			    "%" PRIu64 " %% of the packets of side %u (%s) were lost before us",
			    d->lost * 100 / all, side, d->realm);
	else if (d->drops[DROP_WRONG_SOURCE] > FEW_PACKETS)
		text_printf(out,
			    "%" PRIu64 " packets reached side %u (%s) from strangers "
			    "and were dropped",
			    d->drops[DROP_WRONG_SOURCE], side, d->realm);
	else
		return false;
	return true;
}

void diagnosis_print(const struct diagnosis_side sides[RELAY_SIDES], struct text *out)
{
	static bool (*const prints[])(const struct diagnosis_side *, unsigned,
				      struct text *) = { print_unheard, print_blocked, print_poor };

	if (print_silence(sides, out))
		return;
	for (unsigned i = 0; i < sizeof(prints) / sizeof(prints[0]); i++)
		for (unsigned side = 0; side < RELAY_SIDES; side++)
			if (prints[i](&sides[side], side, out))
				return;
}
