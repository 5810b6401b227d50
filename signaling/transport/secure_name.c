/* secure_name.c -- names in certificates: comparing and listing them. */
#include <stdlib.h>
#include <string.h>

#include "signaling/transport/secure_inside.h"

static bool has_any_san(X509 *certificate)
{
	return X509_get_ext_by_NID(certificate, NID_subject_alt_name, -1) >= 0;
}

bool secure_name_is_in(X509 *certificate, const char *name)
{
	size_t len = strlen(name);
	unsigned flags = X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;
	struct addr ip;

	if (addr_parse(slice_from_text(name), 0, &ip) == ERR_NONE) {
		char host[ADDR_TEXT_SIZE];

		return X509_check_ip_asc(certificate, addr_print_host(&ip, host, sizeof(host)),
					 0) == 1;
	}
	if (len && name[len - 1] == '.')
		len--;
	/* A name that begins with a dot would match every name below it. */
	if (!len || name[0] == '.')
		return false;
	/* RFC 6125 6.4.4: the common name counts only without any subjectAltName. */
	if (has_any_san(certificate))
		flags |= X509_CHECK_FLAG_NEVER_CHECK_SUBJECT;
	return X509_check_host(certificate, name, len, flags, NULL) == 1;
}

/* Copies a name without a NUL inside; such a one is an attack (CVE-2009-2408). */
static void add_name(struct secure_names *n, const unsigned char *data, int len)
{
	char *copy;

	if (len <= 0 || len >= SECURE_NAME_SIZE || n->count == SECURE_NAMES_MAX ||
	    memchr(data, '\0', (size_t)len))
		return;
	copy = malloc((size_t)len + 1);
	if (!copy)
		return;
	memcpy(copy, data, (size_t)len);
	copy[len] = '\0';
	n->names[n->count++] = copy;
}

static void add_ip(struct secure_names *n, const ASN1_OCTET_STRING *ip)
{
	uint8_t blob[ADDR_BLOB_MAX] = { 0 };
	char text[ADDR_TEXT_SIZE];
	struct addr a;
	int len = ASN1_STRING_length(ip);

	if (len != 4 && len != 16)
		return;
	memcpy(blob, ASN1_STRING_get0_data(ip), (size_t)len);
	if (addr_from_blob(blob, (size_t)len + 2, &a))
		return;
	addr_print_host(&a, text, sizeof(text));
	add_name(n, (const unsigned char *)text, (int)strlen(text));
}

static void add_common_name(struct secure_names *n, X509 *certificate)
{
	const X509_NAME *subject = X509_get_subject_name(certificate);
	int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
	unsigned char *utf8 = NULL;
	int len;

	if (at < 0)
		return;
	len = ASN1_STRING_to_UTF8(&utf8,
				  X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
	if (len > 0)
		add_name(n, utf8, len);
	OPENSSL_free(utf8);
}

struct secure_names *secure_names_create(X509 *certificate)
{
	struct secure_names *n = calloc(1, sizeof(*n));
	GENERAL_NAMES *sans;

	if (!n)
		return NULL;
	if (!has_any_san(certificate)) {
		add_common_name(n, certificate);
		return n;
	}
	sans = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	for (int i = 0; i < sk_GENERAL_NAME_num(sans); i++) {
		const GENERAL_NAME *san = sk_GENERAL_NAME_value(sans, i);

		if (san->type == GEN_DNS)
			add_name(n, ASN1_STRING_get0_data(san->d.dNSName),
				 ASN1_STRING_length(san->d.dNSName));
		else if (san->type == GEN_IPADD)
			add_ip(n, san->d.iPAddress);
	}
	GENERAL_NAMES_free(sans);
	return n;
}

void secure_names_destroy(struct secure_names *n)
{
	if (!n)
		return;
	for (unsigned i = 0; i < n->count; i++) {
		union {
			const char *borrowed;
			char *owned;
		} name = { .borrowed = n->names[i] };

		free(name.owned);
	}
	free(n);
}

void secure_name_print_subject(X509 *certificate, struct text *out)
{
	char line[SECURE_NAME_SIZE];

	X509_NAME_oneline(X509_get_subject_name(certificate), line, sizeof(line));
	text_put_string(out, line);
}
