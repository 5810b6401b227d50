/* secure_why.c -- why a TLS handshake failed, said so that an operator knows what to
 * do: the certificate's fault, ours, or no TLS at all. */
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "signaling/transport/counters.h"
#include "signaling/transport/secure_inside.h"

struct story {
	struct text why, fix;
	const char *peer; /* its address, printed */
	const char *profile;
};

static void tell(struct story *s, enum counter counter, const char *why, const char *fix)
{
	counter_add(counter, 1);
	text_put_string(&s->why, why);
	text_put_string(&s->fix, fix);
}

/* --- the peer's certificate ---------------------------------------------- */

static void put_date(struct story *s, X509 *leaf)
{
	struct tm parts;
	char when[64];

	if (leaf && ASN1_TIME_to_tm(X509_get0_notAfter(leaf), &parts) &&
	    strftime(when, sizeof(when), " on %Y-%m-%d %H:%M:%S UTC", &parts))
		text_put_string(&s->why, when);
}

static void put_names(struct story *s, X509 *leaf)
{
	struct secure_names *n = leaf ? secure_names_create(leaf) : NULL;

	for (unsigned i = 0; n && i < n->count && i < 4; i++)
		text_printf(&s->why, "%s%s", i ? ", " : "", n->names[i]);
	if (!n || !n->count)
		text_put_literal(&s->why, "nobody");
	secure_names_destroy(n);
}

static void tell_name(struct story *s, const struct secure_link *l, X509 *leaf)
{
	counter_add(COUNT_tls_failed_name, 1);
	text_printf(&s->why, "the certificate of %s is made out to ", s->peer);
	put_names(s, leaf);
	if (l->side == SECURE_CONNECT) {
		text_printf(&s->why, ", not to %s", l->name);
		text_put_literal(&s->fix, "set the target's address to a name in the certificate, "
					  "or have the peer's certificate made out to it");
		return;
	}
	text_printf(&s->why, ", none of which is in the names of tls-profile %s", s->profile);
	text_printf(&s->fix,
		    "add the name to \"set tls-profile %s names\" if this peer may connect",
		    s->profile);
}

static void tell_certificate(struct story *s, const struct secure_link *l, long result)
{
	X509 *leaf = l->refused;

	if (result == X509_V_ERR_HOSTNAME_MISMATCH || result == X509_V_ERR_IP_ADDRESS_MISMATCH) {
		tell_name(s, l, leaf);
		return;
	}
	text_printf(&s->why, "the certificate of %s ", s->peer);
	switch (result) {
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_CERT_UNTRUSTED:
		tell(s, COUNT_tls_failed_authority, "is signed by an unknown authority", "");
		text_printf(&s->fix,
			    "add its CA to the trust file of tls-profile %s; if it is "
			    "there, the peer must send its whole chain",
			    s->profile);
		break;
	case X509_V_ERR_CERT_HAS_EXPIRED:
		tell(s, COUNT_tls_failed_expired, "expired",
		     "the peer must renew it; if it did, check the clock of this machine");
		put_date(s, leaf);
		break;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		tell(s, COUNT_tls_failed_expired, "is not yet valid",
		     "check the clocks of this machine and of the peer's authority");
		break;
	case X509_V_ERR_INVALID_PURPOSE:
		tell(s, COUNT_tls_failed_purpose, "is not made for this use (extended key usage)",
		     "");
		text_printf(&s->fix, "if it carries serverAuth only: set tls-profile %s purpose %s",
			    s->profile, l->side == SECURE_ACCEPT ? "server" : "any");
		break;
	default:
		tell(s, COUNT_tls_failed_other, X509_verify_cert_error_string(result),
		     "have the peer's certificate corrected");
		break;
	}
}

/* --- everything else ----------------------------------------------------- */

static void tell_version(struct story *s, const struct secure_link *l)
{
	text_printf(&s->why, "%s offers no TLS version that tls-profile %s allows (%s or later)",
		    s->peer, s->profile,
		    l->profile->config.min_version == CONFIG_TLS_1_3 ? "1.3" : "1.2");
	tell(s, COUNT_tls_failed_version, "",
	     "switch TLS 1.2 on at the peer; older versions are not safe and not supported");
}

static void tell_alert(struct story *s, const struct secure_link *l, int alert)
{
	text_printf(&s->why, "%s refused us: %s", s->peer, SSL_alert_desc_string_long(alert));
	switch (alert) {
	case SSL_AD_PROTOCOL_VERSION:
		tell(s, COUNT_tls_failed_version, "", "the peer must allow TLS 1.2 or 1.3");
		break;
	case SSL_AD_HANDSHAKE_FAILURE:
		tell(s, COUNT_tls_failed_cipher, "",
		     "compare the ciphers of both sides and whether the peer wants a certificate");
		break;
	case SSL_AD_UNRECOGNIZED_NAME:
		tell(s, COUNT_tls_failed_name, "",
		     "the peer does not serve the name we asked for; "
		     "correct the target's address");
		break;
	default:
		counter_add(COUNT_tls_failed_refused_ours, 1);
		text_printf(&s->fix,
			    "the peer must trust the CA of the %scertificate of tls-profile %s and "
			    "accept its name and usage; it must not be expired",
			    l->side == SECURE_CONNECT && l->profile->config.client_certificate[0]
				    ? "client-"
				    : "",
			    s->profile);
		break;
	}
}

static void tell_error(struct story *s, const struct secure_link *l)
{
	int reason = ERR_GET_REASON(l->error);
	const char *text = ERR_reason_error_string(l->error);

	switch (reason) {
	case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
		text_printf(&s->why, "%s showed no certificate", s->peer);
		tell(s, COUNT_tls_failed_no_certificate, "", "");
		text_printf(&s->fix,
			    "the peer must send one; or, if you know it by other means: "
			    "set tls-profile %s verify server",
			    s->profile);
		break;
	case SSL_R_UNSUPPORTED_PROTOCOL:
	case SSL_R_VERSION_TOO_LOW:
	case SSL_R_UNKNOWN_PROTOCOL:
		tell_version(s, l);
		break;
	case SSL_R_WRONG_VERSION_NUMBER:
	case SSL_R_HTTP_REQUEST:
	case SSL_R_PACKET_LENGTH_TOO_LONG:
	case SSL_R_BAD_RECORD_TYPE:
		text_printf(&s->why, "what %s sends is no TLS", s->peer);
		tell(s, COUNT_tls_failed_plain_text, "", "see which port and transport it uses");
		break;
	case SSL_R_NO_SHARED_CIPHER:
	case SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS:
	case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
		text_printf(&s->why, "%s offers no cipher that tls-profile %s allows", s->peer,
			    s->profile);
		tell(s, COUNT_tls_failed_cipher, "", "compare the ciphers of both sides");
		break;
	default:
		text_printf(&s->why, "TLS with %s failed: %s", s->peer, text ? text : "unknown");
		tell(s, COUNT_tls_failed_other, "", "compare the TLS settings of both sides");
		break;
	}
}

static void tell_closed(struct story *s, const struct secure_link *l)
{
	text_printf(&s->why, "%s closed the connection during the TLS handshake", s->peer);
	if (l->system_error)
		text_printf(&s->why, " (%s)", strerror(l->system_error));
	tell(s, COUNT_tls_failed_other, "",
	     "look into the peer's log; often it does not accept our certificate");
}

void secure_link_explain(struct secure_link *l, const struct addr *remote, char *why, char *fix,
			 size_t size)
{
	long result = SSL_get_verify_result(l->ssl);
	int reason = ERR_GET_REASON(l->error);
	char peer[ADDR_TEXT_SIZE];
	struct story s = { .peer = addr_print(remote, peer, sizeof(peer)),
			   .profile = l->profile->config.object.name };

	text_init(&s.why, why, size);
	text_init(&s.fix, fix, size);
	if (l->failed == ERR_SYNTAX) {
		text_printf(&s.why, "%s speaks plain text on a TLS port", s.peer);
		tell(&s, COUNT_tls_failed_plain_text, "",
		     "set the peer's transport to TLS, or give it a tcp listener");
	} else if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED && result != X509_V_OK) {
		tell_certificate(&s, l, result);
	} else if (ERR_GET_LIB(l->error) == ERR_LIB_SSL && reason > SSL_AD_REASON_OFFSET &&
		   reason <= SSL_AD_REASON_OFFSET + 255) {
		tell_alert(&s, l, reason - SSL_AD_REASON_OFFSET);
	} else if (l->error) {
		tell_error(&s, l);
	} else {
		tell_closed(&s, l);
	}
	text_get_string(&s.why);
	text_get_string(&s.fix);
}
