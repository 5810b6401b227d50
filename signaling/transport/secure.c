/* secure.c -- a TLS profile as two OpenSSL contexts: one for peers that connect to
 * us, one for peers we connect to. */
#include "signaling/transport/secure.h"

#include <stdlib.h>
#include <string.h>

#include "common/hash.h"
#include "signaling/transport/secure_inside.h"

static void set_versions(SSL_CTX *ctx, const struct config_tls_profile *c)
{
	SSL_CTX_set_min_proto_version(ctx, c->min_version == CONFIG_TLS_1_3 ? TLS1_3_VERSION
									    : TLS1_2_VERSION);
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
					 SSL_OP_CIPHER_SERVER_PREFERENCE |
					 SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
				      SSL_MODE_RELEASE_BUFFERS);
	/* A record costs one system call instead of two. */
	SSL_CTX_set_read_ahead(ctx, 1);
}

static enum err set_ciphers(SSL_CTX *ctx, const struct config_tls_profile *c, struct text *why)
{
	if (!c->ciphers[0] || SSL_CTX_set_cipher_list(ctx, c->ciphers))
		return ERR_NONE;
	text_printf(why,
		    "tls-profile \"%s\": ciphers \"%s\" names no cipher that OpenSSL knows; "
		    "see ciphers(1)",
		    c->object.name, c->ciphers);
	return ERR_SYNTAX;
}

/* Chains are always checked against the peer's role, but the usage of the leaf is a
 * matter of policy: Microsoft's SIP certificates carry serverAuth only since 2026 and
 * come from peers that connect to us.  secure_check_peer looks at it for SERVER. */
static void set_policy(SSL_CTX *ctx, const struct config_tls_profile *c, enum secure_side side)
{
	bool is_asked = c->verify == CONFIG_VERIFY_MUTUAL ||
			(c->verify == CONFIG_VERIFY_SERVER && side == SECURE_CONNECT);
	int mode = is_asked ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT : SSL_VERIFY_NONE;

	SSL_CTX_set_verify(ctx, mode, secure_check_peer);
	if (side == SECURE_ACCEPT)
		SSL_CTX_set_tlsext_servername_callback(ctx, secure_choose_certificate);
	if (c->purpose == CONFIG_PURPOSE_ANY ||
	    (c->purpose == CONFIG_PURPOSE_SERVER && side == SECURE_ACCEPT))
		SSL_CTX_set_purpose(ctx, X509_PURPOSE_ANY);
	else
		SSL_CTX_set_purpose(ctx, side == SECURE_ACCEPT ? X509_PURPOSE_SSL_CLIENT
							       : X509_PURPOSE_SSL_SERVER);
}

static void set_sessions(SSL_CTX *ctx, const struct config_tls_profile *c, enum secure_side side)
{
	uint64_t id = hash_bytes(c->object.name, strlen(c->object.name));

	if (side == SECURE_CONNECT) {
		SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
		return;
	}
	SSL_CTX_set_session_id_context(ctx, (const unsigned char *)&id, sizeof(id));
	/* Tickets only: no table that strangers could fill. */
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_num_tickets(ctx, 1);
}

static enum err load_own(SSL_CTX *ctx, const struct config_tls_profile *c, enum secure_side side,
			 enum secure_dates dates, struct text *why)
{
	if (side == SECURE_CONNECT && c->client_certificate[0])
		return secure_file_load_own(ctx, c->object.name, c->client_certificate,
					    c->client_key[0] ? c->client_key : c->key, dates, why);
	return secure_file_load_own(ctx, c->object.name, c->certificate, c->key, dates, why);
}

static enum err context_create(const struct config_tls_profile *c, enum secure_side side,
			       enum secure_dates dates, struct text *why, SSL_CTX **out_ctx)
{
	SSL_CTX *ctx =
		SSL_CTX_new(side == SECURE_ACCEPT ? TLS_server_method() : TLS_client_method());
	enum err e;

	if (!ctx)
		return ERR_MEMORY;
	set_versions(ctx, c);
	set_policy(ctx, c, side);
	set_sessions(ctx, c, side);
	e = set_ciphers(ctx, c, why);
	if (!e)
		e = load_own(ctx, c, side, dates, why);
	if (!e && c->trust[0])
		e = secure_file_load_trust(ctx, c->object.name, c->trust, why);
	ERR_clear_error();
	if (e)
		SSL_CTX_free(ctx);
	else
		*out_ctx = ctx;
	return e;
}

static enum err check_settings(const struct config_tls_profile *c, struct text *why)
{
	if (c->trust[0] || c->verify == CONFIG_VERIFY_NONE)
		return ERR_NONE;
	text_printf(why,
		    "tls-profile \"%s\" verifies peers but trusts no authority; set its trust to "
		    "a PEM file, for public ones /etc/ssl/certs/ca-certificates.crt",
		    c->object.name);
	return ERR_STATE;
}

enum err secure_profile_create(const struct config_tls_profile *c, enum secure_dates dates,
			       struct text *why, struct secure_profile **out_profile)
{
	struct secure_profile *p;
	enum err e = check_settings(c, why);

	if (e)
		return e;
	p = calloc(1, sizeof(*p));
	if (!p)
		return ERR_MEMORY;
	p->refs = 1;
	p->config = *c;
	e = context_create(c, SECURE_ACCEPT, dates, why, &p->accepting);
	if (!e)
		e = context_create(c, SECURE_CONNECT, dates, why, &p->connecting);
	if (e)
		secure_profile_unref(p);
	else
		*out_profile = p;
	return e;
}

enum err secure_profile_create_again(const struct secure_profile *p, struct text *why,
				     struct secure_profile **out_profile)
{
	return secure_profile_create(&p->config, SECURE_DATES_REFUSE, why, out_profile);
}

struct secure_profile *secure_profile_ref(struct secure_profile *p)
{
	if (p)
		p->refs++;
	return p;
}

void secure_profile_unref(struct secure_profile *p)
{
	if (!p || --p->refs)
		return;
	SSL_CTX_free(p->accepting);
	SSL_CTX_free(p->connecting);
	free(p);
}

const char *secure_profile_get_name(const struct secure_profile *p)
{
	return p->config.object.name;
}

bool secure_profile_is_made_of(const struct secure_profile *p, const struct config_tls_profile *c)
{
	const struct config_tls_profile *mine = &p->config;

#define SAME_TEXT(field) (strcmp(mine->field, c->field) == 0)
	return SAME_TEXT(object.name) && SAME_TEXT(certificate) && SAME_TEXT(key) &&
	       SAME_TEXT(trust) && SAME_TEXT(client_certificate) && SAME_TEXT(client_key) &&
	       SAME_TEXT(names) && SAME_TEXT(ciphers) && mine->verify == c->verify &&
	       mine->purpose == c->purpose && mine->min_version == c->min_version;
#undef SAME_TEXT
}
