/* secure_inside.h -- what the secure_*.c files share; the only header with OpenSSL. */
#ifndef SIGNALING_TRANSPORT_SECURE_INSIDE_H
#define SIGNALING_TRANSPORT_SECURE_INSIDE_H
/* OpenSSL has a type of the name of one of our error codes. */
#define ERR_STATE OPENSSL_ERR_STATE
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/sslerr.h>
#include <openssl/x509v3.h>
#undef ERR_STATE

#include "signaling/transport/secure.h"

struct secure_profile {
	unsigned refs; /* of one worker: no lock */
	struct config_tls_profile config;
	SSL_CTX *accepting, *connecting;
};

struct secure_names {
	unsigned count;
	const char *names[SECURE_NAMES_MAX];
};

struct secure_link {
	SSL *ssl;
	struct secure_profile *profile;
	enum secure_side side;
	const char *name; /* that the certificate must have; borrowed */
	int wanted;
	enum err failed;
	int first_byte;	     /* of an accepted connection; -1: none came */
	unsigned long error; /* the first of OpenSSL's queue */
	int system_error;
	X509 *refused;		    /* the peer's certificate, when it was not accepted */
	struct secure_names *names; /* of the verified peer */
	struct transport_identity identity;
	struct secure_profile *others[SECURE_OTHERS_MAX]; /* chosen by SNI */
	unsigned other_count;
};

/* Loads own certificate and key into a context and looks at them. */
enum err secure_file_load_own(SSL_CTX *ctx, const char *profile, const char *certificate,
			      const char *key, enum secure_dates dates, struct text *why);
enum err secure_file_load_trust(SSL_CTX *ctx, const char *profile, const char *trust,
				struct text *why);

/* Called by OpenSSL when the peer has said which name it wants, if any. */
int secure_choose_certificate(SSL *ssl, int *alert, void *arg);
/* Called by OpenSSL for each certificate of the chain. */
int secure_check_peer(int is_good, X509_STORE_CTX *store);

/* One-label wildcards in the certificate; CN only without any SAN. */
bool secure_name_is_in(X509 *certificate, const char *name);
struct secure_names *secure_names_create(X509 *certificate);
void secure_names_destroy(struct secure_names *n);
/* "CN=... " of a certificate, for people. */
void secure_name_print_subject(X509 *certificate, struct text *out);

#endif
