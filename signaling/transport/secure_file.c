/* secure_file.c -- reading certificates, keys and authorities from files, with a
 * sentence for the operator for everything that can be wrong with them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "signaling/transport/secure_inside.h"

enum { RSA_BITS_MIN = 2048, EC_BITS_MIN = 256 };

static enum err check_readable(const char *profile, const char *path, struct text *why)
{
	FILE *f = fopen(path, "re");

	if (f) {
		fclose(f);
		return ERR_NONE;
	}
	text_printf(why, "tls-profile \"%s\": cannot read %s: %s; ", profile, path,
		    strerror(errno));
	text_put_string(why, errno == EACCES ? "let the user of the signaling process read it"
					     : "put the file there or correct the path");
	return ERR_NOT_FOUND;
}

static const char *openssl_reason(void)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	return reason ? reason : "unknown format";
}

static void print_time(const ASN1_TIME *time, char *out, size_t size)
{
	struct tm parts;

	if (!ASN1_TIME_to_tm(time, &parts) || !strftime(out, size, "%Y-%m-%d %H:%M:%S UTC", &parts))
		snprintf(out, size, "a malformed date");
}

static enum err check_dates(X509 *certificate, const char *profile, const char *path,
			    struct text *why)
{
	char when[64];

	if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0) {
		print_time(X509_get0_notAfter(certificate), when, sizeof(when));
		text_printf(why,
			    "tls-profile \"%s\": the certificate in %s expired on %s; "
			    "renew it and put the new one there",
			    profile, path, when);
		return ERR_CERTIFICATE;
	}
	if (X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0) {
		print_time(X509_get0_notBefore(certificate), when, sizeof(when));
		text_printf(why,
			    "tls-profile \"%s\": the certificate in %s is valid only from %s; "
			    "check the clock of this machine",
			    profile, path, when);
		return ERR_CERTIFICATE;
	}
	return ERR_NONE;
}

static enum err check_key_size(X509 *certificate, const char *profile, const char *path,
			       struct text *why)
{
	EVP_PKEY *key = X509_get0_pubkey(certificate);
	int bits = key ? EVP_PKEY_get_bits(key) : 0;
	int least = key && EVP_PKEY_get_base_id(key) == EVP_PKEY_EC ? EC_BITS_MIN : RSA_BITS_MIN;

	if (key && (EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 ||
		    EVP_PKEY_get_base_id(key) == EVP_PKEY_ED448))
		return ERR_NONE;
	if (bits >= least)
		return ERR_NONE;
	text_printf(why,
		    "tls-profile \"%s\": the key of the certificate in %s has %d bits, peers want "
		    "at least %d; have a new one made",
		    profile, path, bits, least);
	return ERR_CERTIFICATE;
}

/* Before OpenSSL's own loader, which says only "ee key too small" and the like. */
static enum err check_certificate(const char *profile, const char *path, enum secure_dates dates,
				  struct text *why)
{
	FILE *f = fopen(path, "re");
	X509 *certificate = f ? PEM_read_X509(f, NULL, NULL, NULL) : NULL;
	enum err e;

	if (f)
		fclose(f);
	if (!certificate) {
		text_printf(why,
			    "tls-profile \"%s\": %s holds no PEM certificate (%s); "
			    "put the certificate there, then its chain",
			    profile, path, openssl_reason());
		return ERR_CERTIFICATE;
	}
	e = check_dates(certificate, profile, path, why);
	if (e && dates == SECURE_DATES_WARN) {
		log_err("an own certificate is outside its dates; peers will refuse it",
			F_STR("why", text_get_string(why)));
		why->len = 0;
		e = ERR_NONE;
	}
	if (!e)
		e = check_key_size(certificate, profile, path, why);
	X509_free(certificate);
	return e;
}

static int refuse_password(char *buf, int size, int is_writing, void *arg)
{
	(void)buf;
	(void)size;
	(void)is_writing;
	(void)arg;
	return 0;
}

static enum err load_key(SSL_CTX *ctx, const char *profile, const char *certificate,
			 const char *key, struct text *why)
{
	SSL_CTX_set_default_passwd_cb(ctx, refuse_password);
	if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) &&
	    SSL_CTX_check_private_key(ctx))
		return ERR_NONE;
	switch (ERR_GET_REASON(ERR_peek_last_error())) {
	case X509_R_KEY_VALUES_MISMATCH:
	case X509_R_KEY_TYPE_MISMATCH:
		text_printf(
			why,
			"tls-profile \"%s\": the key in %s does not belong to the certificate in "
			"%s; set the pair that was made together",
			profile, key, certificate);
		return ERR_CERTIFICATE;
	default:
		text_printf(why,
			    "tls-profile \"%s\": %s holds no usable PEM key (%s); "
			    "put a private key without password there",
			    profile, key, openssl_reason());
		return ERR_CERTIFICATE;
	}
}

enum err secure_file_load_own(SSL_CTX *ctx, const char *profile, const char *certificate,
			      const char *key, enum secure_dates dates, struct text *why)
{
	enum err e = check_readable(profile, certificate, why);

	if (!e)
		e = check_readable(profile, key, why);
	ERR_clear_error();
	if (!e)
		e = check_certificate(profile, certificate, dates, why);
	if (e)
		return e;
	ERR_clear_error();
	if (!SSL_CTX_use_certificate_chain_file(ctx, certificate)) {
		text_printf(why,
			    "tls-profile \"%s\": the chain in %s cannot be used (%s); "
			    "it must hold the certificate, then its authorities, all in PEM",
			    profile, certificate, openssl_reason());
		return ERR_CERTIFICATE;
	}
	return load_key(ctx, profile, certificate, key, why);
}

enum err secure_file_load_trust(SSL_CTX *ctx, const char *profile, const char *trust,
				struct text *why)
{
	enum err e = check_readable(profile, trust, why);
	STACK_OF(X509_NAME) * names;

	if (e)
		return e;
	ERR_clear_error();
	names = SSL_load_client_CA_file(trust);
	if (!names || !SSL_CTX_load_verify_file(ctx, trust)) {
		sk_X509_NAME_pop_free(names, X509_NAME_free);
		text_printf(why,
			    "tls-profile \"%s\": %s holds no PEM certificates of authorities "
			    "(%s); put them there",
			    profile, trust, openssl_reason());
		return ERR_CERTIFICATE;
	}
	/* A server tells its clients whom it trusts, so that they choose the certificate. */
	SSL_CTX_set_client_CA_list(ctx, names);
	return ERR_NONE;
}
