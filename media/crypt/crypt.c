/* crypt.c -- SRTP over libsrtp2.
 *
 * The library makes a stream for every new SSRC under a wildcard policy, without a
 * bound; a side that may choose SSRCs must not choose our memory, so the SSRCs of a
 * context are counted here.  A stream is never given back while the key lives: its
 * roll-over counter and replay window are what keeps the key safe. */
#include "media/crypt/crypt.h"

#include <limits.h>
#include <srtp2/srtp.h>
#include <stdlib.h>
#include <string.h>

#include "common/suite.h"

struct crypt {
	srtp_t context, rtcp_context; /* mostly the same */
	enum crypt_direction direction;
	uint8_t has_mki, ssrc_count;
	uint32_t last_ssrc;
	uint32_t ssrcs[CRYPT_SSRC_MAX];
};

_Static_assert(CRYPT_TRAILER_MAX >= SRTP_MAX_TRAILER_LEN + 4, "room for the SRTCP index and MKI");

enum err crypt_open(void)
{
	return srtp_init() == srtp_err_status_ok ? ERR_NONE : ERR_CRYPTO;
}

void crypt_close(void)
{
	srtp_shutdown();
}

static enum err set_suite(srtp_policy_t *policy, unsigned suite)
{
	switch (suite) {
	case SUITE_AES_CM_128_80:
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy->rtp);
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy->rtcp);
		return ERR_NONE;
	case SUITE_AES_CM_128_32:
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&policy->rtp);
		/* RFC 4568 6.2.2: SRTCP keeps the long tag. */
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy->rtcp);
		return ERR_NONE;
	case SUITE_AES_GCM_128:
		srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy->rtp);
		srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy->rtcp);
		return ERR_NONE;
	case SUITE_AES_GCM_256:
		srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy->rtp);
		srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy->rtcp);
		return ERR_NONE;
	default:
		return ERR_UNSUPPORTED;
	}
}

static enum err check_lengths(unsigned suite, struct slice key, struct slice mki)
{
	const struct suite *s = suite_find(suite);

	if (!s || suite == SUITE_NONE)
		return ERR_UNSUPPORTED;
	if (key.len != (size_t)s->key_bytes + s->salt_bytes || mki.len > CRYPT_MKI_MAX)
		return ERR_RANGE;
	return ERR_NONE;
}

/* libsrtp2 2.5 looks for the MKI of SRTCP where RTP's shorter tag would put it: with
 * the _32 suite it never finds it.  There SRTCP gets a context of its own in which
 * both tags are long. */
static enum err create_contexts(struct crypt *c, srtp_policy_t *policy, unsigned suite)
{
	if (srtp_create(&c->context, policy) != srtp_err_status_ok)
		return ERR_CRYPTO;
	c->rtcp_context = c->context;
	if (suite != SUITE_AES_CM_128_32 || !c->has_mki)
		return ERR_NONE;
	policy->rtp = policy->rtcp;
	if (srtp_create(&c->rtcp_context, policy) == srtp_err_status_ok)
		return ERR_NONE;
	srtp_dealloc(c->context);
	return ERR_CRYPTO;
}

enum err crypt_create(enum crypt_direction direction, unsigned suite, struct slice key,
		      struct slice mki, struct crypt **out_crypt)
{
	unsigned char key_bytes[SUITE_KEY_MAX], mki_bytes[CRYPT_MKI_MAX];
	srtp_master_key_t master = { .key = key_bytes, .mki_id = mki_bytes };
	srtp_master_key_t *masters[] = { &master };
	srtp_policy_t policy = { .window_size = CRYPT_REPLAY_WINDOW };
	enum err e = check_lengths(suite, key, mki);
	struct crypt *c;

	if (!e)
		e = set_suite(&policy, suite);
	if (e)
		return e;
	c = calloc(1, sizeof(*c));
	if (!c)
		return ERR_MEMORY;
	memcpy(key_bytes, key.data, key.len);
	policy.ssrc.type = direction == CRYPT_PROTECT ? ssrc_any_outbound : ssrc_any_inbound;
	if (mki.len) {
		memcpy(mki_bytes, mki.data, mki.len);
		master.mki_size = (unsigned)mki.len;
		policy.keys = masters;
		policy.num_master_keys = 1;
	} else {
		policy.key = key_bytes;
	}
	c->direction = direction;
	c->has_mki = mki.len > 0;
	e = create_contexts(c, &policy, suite);
	explicit_bzero(key_bytes, sizeof(key_bytes));
	if (e) {
		free(c);
		return e;
	}
	*out_crypt = c;
	return ERR_NONE;
}

/* libsrtp2 wipes its key schedules when it frees them. */
void crypt_destroy(struct crypt *c)
{
	if (!c)
		return;
	if (c->rtcp_context != c->context)
		srtp_dealloc(c->rtcp_context);
	srtp_dealloc(c->context);
	free(c);
}

static uint32_t read_ssrc(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int knows_ssrc(const struct crypt *c, uint32_t ssrc)
{
	if (c->ssrc_count && c->last_ssrc == ssrc)
		return 1;
	for (unsigned i = 0; i < c->ssrc_count; i++)
		if (c->ssrcs[i] == ssrc)
			return 1;
	return 0;
}

/* Only after the packet was good: a forger must not use the places up. */
static void remember_ssrc(struct crypt *c, uint32_t ssrc)
{
	if (!knows_ssrc(c, ssrc))
		c->ssrcs[c->ssrc_count++] = ssrc;
	c->last_ssrc = ssrc;
}

static enum crypt_verdict translate(srtp_err_status_t status)
{
	switch (status) {
	case srtp_err_status_ok:
		return CRYPT_OK;
	case srtp_err_status_auth_fail:
	case srtp_err_status_bad_mki:
		return CRYPT_BAD_AUTH;
	case srtp_err_status_replay_fail:
	case srtp_err_status_replay_old:
	case srtp_err_status_pkt_idx_old:
		return CRYPT_REPLAY;
	case srtp_err_status_bad_param:
	case srtp_err_status_parse_err:
		return CRYPT_MALFORMED;
	default:
		return CRYPT_FAILED;
	}
}

static enum crypt_verdict finish(struct crypt *c, struct crypt_packet *p, uint32_t ssrc,
				 srtp_err_status_t status, int len)
{
	enum crypt_verdict v = translate(status);

	if (v)
		return v;
	remember_ssrc(c, ssrc);
	p->len = (size_t)len;
	return CRYPT_OK;
}

static enum crypt_verdict check_room(const struct crypt *c, const struct crypt_packet *p,
				     size_t header_len, uint32_t ssrc)
{
	if (p->len < header_len || p->len > INT_MAX - CRYPT_TRAILER_MAX)
		return CRYPT_MALFORMED;
	if (c->direction == CRYPT_PROTECT && p->size - p->len < CRYPT_TRAILER_MAX)
		return CRYPT_MALFORMED;
	if (c->ssrc_count == CRYPT_SSRC_MAX && !knows_ssrc(c, ssrc))
		return CRYPT_SSRC_LIMIT;
	return CRYPT_OK;
}

enum crypt_verdict crypt_rtp(struct crypt *c, struct crypt_packet *p)
{
	uint32_t ssrc = p->len >= 12 ? read_ssrc(p->data + 8) : 0;
	enum crypt_verdict v = check_room(c, p, 12, ssrc);
	int len = (int)p->len;
	srtp_err_status_t status;

	if (v)
		return v;
	if (c->direction == CRYPT_PROTECT)
		status = srtp_protect_mki(c->context, p->data, &len, c->has_mki, 0);
	else
		status = srtp_unprotect_mki(c->context, p->data, &len, c->has_mki);
	return finish(c, p, ssrc, status, len);
}

enum crypt_verdict crypt_rtcp(struct crypt *c, struct crypt_packet *p)
{
	uint32_t ssrc = p->len >= 8 ? read_ssrc(p->data + 4) : 0;
	enum crypt_verdict v = check_room(c, p, 8, ssrc);
	int len = (int)p->len;
	srtp_err_status_t status;

	if (v)
		return v;
	if (c->direction == CRYPT_PROTECT)
		status = srtp_protect_rtcp_mki(c->rtcp_context, p->data, &len, c->has_mki, 0);
	else
		status = srtp_unprotect_rtcp_mki(c->rtcp_context, p->data, &len, c->has_mki);
	return finish(c, p, ssrc, status, len);
}
