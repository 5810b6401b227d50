/* secure_link.c -- one TLS connection on a non-blocking descriptor. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/loop.h"
#include "signaling/transport/counters.h"
#include "signaling/transport/secure_inside.h"

enum { RECORD_HANDSHAKE = 22 };

/* --- verification -------------------------------------------------------- */

static bool is_usage_enough(const struct secure_link *l, X509 *leaf)
{
	/* Without the extension every bit is set. */
	uint32_t usage = X509_get_extended_key_usage(leaf);

	if (l->side != SECURE_ACCEPT || l->profile->config.purpose != CONFIG_PURPOSE_SERVER)
		return true;
	return usage & (XKU_SSL_SERVER | XKU_SSL_CLIENT | XKU_ANYEKU);
}

static bool is_listed(const struct secure_link *l, X509 *leaf)
{
	const char *rest = l->profile->config.names;
	struct slice word;

	if (!rest[0])
		return true;
	while (config_list_next(&rest, &word)) {
		char name[CONFIG_TEXT_SIZE];

		if (slice_copy_text(word, name, sizeof(name)) == ERR_NONE &&
		    secure_name_is_in(leaf, name))
			return true;
	}
	return false;
}

static bool is_name_right(const struct secure_link *l, X509 *leaf)
{
	return l->side == SECURE_ACCEPT ? is_listed(l, leaf) : secure_name_is_in(leaf, l->name);
}

/* Kept for the log line: OpenSSL forgets a certificate that it refuses. */
static int refuse(struct secure_link *l, X509_STORE_CTX *store, int error)
{
	X509 *leaf = X509_STORE_CTX_get0_cert(store);

	X509_STORE_CTX_set_error(store, error);
	if (leaf && !l->refused && X509_up_ref(leaf))
		l->refused = leaf;
	return 0;
}

int secure_check_peer(int is_good, X509_STORE_CTX *store)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct secure_link *l = SSL_get_app_data(ssl);
	X509 *leaf = X509_STORE_CTX_get_current_cert(store);

	if (!(SSL_get_verify_mode(ssl) & SSL_VERIFY_PEER))
		return 1;
	if (!is_good)
		return refuse(l, store, X509_STORE_CTX_get_error(store));
	if (X509_STORE_CTX_get_error_depth(store) != 0)
		return 1;
	if (!is_usage_enough(l, leaf))
		return refuse(l, store, X509_V_ERR_INVALID_PURPOSE);
	if (!is_name_right(l, leaf))
		return refuse(l, store, X509_V_ERR_HOSTNAME_MISMATCH);
	return 1;
}

/* --- the certificate shown ----------------------------------------------- */

void secure_link_add_other(struct secure_link *l, struct secure_profile *p)
{
	if (l->other_count < SECURE_OTHERS_MAX)
		l->others[l->other_count++] = secure_profile_ref(p);
}

static bool has_name(const struct secure_profile *p, const char *name)
{
	X509 *own = SSL_CTX_get0_certificate(p->accepting);

	return own && secure_name_is_in(own, name);
}

int secure_choose_certificate(SSL *ssl, int *alert, void *arg)
{
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	struct secure_link *l = SSL_get_app_data(ssl);

	(void)alert;
	(void)arg;
	if (!name || has_name(l->profile, name))
		return SSL_TLSEXT_ERR_OK;
	for (unsigned i = 0; i < l->other_count; i++) {
		if (!has_name(l->others[i], name))
			continue;
		SSL_set_SSL_CTX(ssl, l->others[i]->accepting);
		break;
	}
	/* A name nobody has is no reason to refuse: the peer sees what we are. */
	return SSL_TLSEXT_ERR_OK;
}

/* --- life ---------------------------------------------------------------- */

/* RFC 6066 3: literal addresses are not permitted in "HostName". */
static bool set_server_name(struct secure_link *l)
{
	char host[SECURE_NAME_SIZE];
	size_t len = strlen(l->name);
	struct addr ip;

	if (addr_parse(slice_from_text(l->name), 0, &ip) == ERR_NONE || !len || len >= sizeof(host))
		return true;
	memcpy(host, l->name, len + 1);
	if (host[len - 1] == '.')
		host[len - 1] = '\0';
	return SSL_set_tlsext_host_name(l->ssl, host) == 1;
}

enum err secure_link_create(struct secure_profile *p, enum secure_side side, int fd,
			    const char *name, struct secure_link **out_link)
{
	struct secure_link *l = calloc(1, sizeof(*l));

	if (!l)
		return ERR_MEMORY;
	l->profile = secure_profile_ref(p);
	l->side = side;
	l->name = name ? name : "";
	l->first_byte = -1;
	l->ssl = SSL_new(side == SECURE_ACCEPT ? p->accepting : p->connecting);
	if (!l->ssl || !SSL_set_fd(l->ssl, fd) || !SSL_set_app_data(l->ssl, l) ||
	    (side == SECURE_CONNECT && !set_server_name(l))) {
		secure_link_destroy(l);
		return ERR_MEMORY;
	}
	if (side == SECURE_ACCEPT)
		SSL_set_accept_state(l->ssl);
	else
		SSL_set_connect_state(l->ssl);
	*out_link = l;
	return ERR_NONE;
}

void secure_link_destroy(struct secure_link *l)
{
	if (!l)
		return;
	if (l->ssl && !l->failed && SSL_is_init_finished(l->ssl)) {
		ERR_clear_error();
		SSL_shutdown(l->ssl); /* our close_notify; nobody waits for theirs */
	}
	SSL_free(l->ssl);
	X509_free(l->refused);
	ERR_clear_error();
	secure_names_destroy(l->names);
	for (unsigned i = 0; i < l->other_count; i++)
		secure_profile_unref(l->others[i]);
	secure_profile_unref(l->profile);
	free(l);
}

/* Turns OpenSSL's answer to a call into ours. */
static enum err judge(struct secure_link *l, int result)
{
	int saved_errno = errno;

	switch (SSL_get_error(l->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		l->wanted = LOOP_READABLE;
		return ERR_BUSY;
	case SSL_ERROR_WANT_WRITE:
		l->wanted = LOOP_WRITABLE;
		return ERR_BUSY;
	case SSL_ERROR_ZERO_RETURN:
		return ERR_CLOSED;
	case SSL_ERROR_SYSCALL:
		l->system_error = saved_errno;
		l->failed = ERR_CLOSED;
		break;
	default:
		l->failed = ERR_CRYPTO;
		break;
	}
	l->error = ERR_peek_error();
	ERR_clear_error();
	return l->failed;
}

/* Plain SIP on a TLS port is told apart before OpenSSL calls it a wrong version. */
static bool is_plain_text(struct secure_link *l)
{
	unsigned char byte;

	if (l->side != SECURE_ACCEPT || l->first_byte >= 0 ||
	    recv(SSL_get_fd(l->ssl), &byte, 1, MSG_PEEK | MSG_DONTWAIT) != 1)
		return false;
	l->first_byte = byte;
	return byte != RECORD_HANDSHAKE;
}

static void note_peer(struct secure_link *l)
{
	X509 *leaf = SSL_get0_peer_certificate(l->ssl);

	if (SSL_session_reused(l->ssl))
		counter_add(COUNT_tls_resumed, 1);
	if (!leaf || !(SSL_get_verify_mode(l->ssl) & SSL_VERIFY_PEER) ||
	    SSL_get_verify_result(l->ssl) != X509_V_OK)
		return;
	l->names = secure_names_create(leaf);
	if (l->names)
		l->identity = (struct transport_identity){ l->names->count, l->names->names };
}

enum err secure_link_handshake(struct secure_link *l)
{
	int result;

	l->wanted = 0;
	if (is_plain_text(l)) {
		l->failed = ERR_SYNTAX;
		return ERR_SYNTAX;
	}
	ERR_clear_error();
	errno = 0;
	result = SSL_do_handshake(l->ssl);
	if (result != 1) {
		enum err e = judge(l, result);

		if (e == ERR_CLOSED)
			l->failed = ERR_CLOSED;
		return e;
	}
	note_peer(l);
	return ERR_NONE;
}

enum err secure_link_read(struct secure_link *l, char *bytes, size_t size, size_t *out_len)
{
	int result;

	l->wanted = 0;
	ERR_clear_error();
	errno = 0;
	result = SSL_read_ex(l->ssl, bytes, size, out_len);
	return result == 1 ? ERR_NONE : judge(l, result);
}

enum err secure_link_write(struct secure_link *l, const char *bytes, size_t size, size_t *out_len)
{
	int result;

	l->wanted = 0;
	ERR_clear_error();
	errno = 0;
	result = SSL_write_ex(l->ssl, bytes, size, out_len);
	return result == 1 ? ERR_NONE : judge(l, result);
}

int secure_link_get_wanted(const struct secure_link *l)
{
	return l->wanted;
}

bool secure_link_has_pending(const struct secure_link *l)
{
	return SSL_has_pending(l->ssl);
}

const struct transport_identity *secure_link_get_identity(const struct secure_link *l)
{
	return &l->identity;
}
