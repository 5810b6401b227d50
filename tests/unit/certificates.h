/* certificates.h -- authorities and certificates for tests, written as PEM files into
 * a directory of their own. */
#ifndef TESTS_UNIT_CERTIFICATES_H
#define TESTS_UNIT_CERTIFICATES_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#define ERR_STATE OPENSSL_ERR_STATE
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#undef ERR_STATE
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct authority {
	EVP_PKEY *key;
	X509 *certificate;
};

struct certificate_wish {
	const char *file; /* FILE.pem and FILE.key in the directory */
	const char *common_name;
	const char *san; /* "DNS:a,IP:1.2.3.4"; NULL: none */
	const char *usage; /* "serverAuth,clientAuth"; NULL: none */
	long from_s, until_s; /* seconds from now; 0, 0: a day around now */
	unsigned rsa_bits; /* 0: an elliptic curve */
	const struct authority *via; /* written behind the certificate */
};

static char certificates_dir[] = "/tmp/enlace-tls-XXXXXX";

static inline const char *certificates_path(const char *file, const char *suffix)
{
	static char paths[8][128];
	static unsigned next;
	char *path = paths[next++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s%s", certificates_dir, file, suffix);
	return path;
}

static inline void certificates_write(const char *path, X509 *certificate, X509 *more,
				      EVP_PKEY *key)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	if (certificate)
		assert_int_equal(PEM_write_X509(f, certificate), 1);
	if (more)
		assert_int_equal(PEM_write_X509(f, more), 1);
	if (key)
		assert_int_equal(PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL), 1);
	fclose(f);
}

static inline void certificates_extend(X509 *certificate, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *extension;

	X509V3_set_ctx(&ctx, issuer, certificate, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	assert_non_null(extension);
	X509_add_ext(certificate, extension, -1);
	X509_EXTENSION_free(extension);
}

static inline X509 *certificates_issue(const struct authority *issuer, EVP_PKEY *key,
				       const struct certificate_wish *w, bool is_authority)
{
	static long serial = 1000;
	X509 *x = X509_new();
	X509_NAME *name = X509_get_subject_name(x);

	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), serial++);
	X509_gmtime_adj(X509_getm_notBefore(x), w->from_s ? w->from_s : -86400);
	X509_gmtime_adj(X509_getm_notAfter(x), w->until_s ? w->until_s : 86400);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
				   (const unsigned char *)w->common_name, -1, -1, 0);
	X509_set_issuer_name(x, issuer->certificate ? X509_get_subject_name(issuer->certificate)
						    : name);
	X509_set_pubkey(x, key);
	certificates_extend(x, x, NID_basic_constraints,
			    is_authority ? "critical,CA:TRUE" : "CA:FALSE");
	if (w->san)
		certificates_extend(x, x, NID_subject_alt_name, w->san);
	if (w->usage)
		certificates_extend(x, x, NID_ext_key_usage, w->usage);
	assert_true(X509_sign(x, issuer->key ? issuer->key : key, EVP_sha256()) > 0);
	return x;
}

/* issuer NULL: signed by itself.  FILE.pem is its certificate. */
static inline struct authority certificates_authority(const char *file,
						      const struct authority *issuer)
{
	struct certificate_wish w = { .common_name = file };
	struct authority none = { NULL, NULL }, a = { .key = EVP_EC_gen("P-256") };

	a.certificate = certificates_issue(issuer ? issuer : &none, a.key, &w, true);
	certificates_write(certificates_path(file, ".pem"), a.certificate, NULL, NULL);
	return a;
}

static inline void certificates_make(const struct authority *issuer,
				     const struct certificate_wish *w)
{
	EVP_PKEY *key = w->rsa_bits ? EVP_RSA_gen(w->rsa_bits) : EVP_EC_gen("P-256");
	X509 *x = certificates_issue(issuer, key, w, false);

	certificates_write(certificates_path(w->file, ".pem"), x,
			   w->via ? w->via->certificate : NULL, NULL);
	certificates_write(certificates_path(w->file, ".key"), NULL, NULL, key);
	X509_free(x);
	EVP_PKEY_free(key);
}

static inline void certificates_free(struct authority *a)
{
	X509_free(a->certificate);
	EVP_PKEY_free(a->key);
}

static inline void certificates_remove_all(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", certificates_dir);
	assert_int_equal(system(command), 0);
}

#endif
