/* party.c -- From, To, Request-URI and identity towards the callee's side: users and
 * display names pass, hosts never do. */
#include <ctype.h>
#include <string.h>

#include "signaling/call/internal.h"
#include "signaling/peer/self.h"
#include "signaling/sip/print.h"

/* Lines we write ourselves or that tell of the other side; never passed, whatever
 * pass-headers says. */
static bool is_ours(struct slice name)
{
	static const char *const ours[] = {
		"Via",
		"v",
		"From",
		"f",
		"To",
		"t",
		"Call-ID",
		"i",
		"CSeq",
		"Contact",
		"m",
		"Max-Forwards",
		"Route",
		"Record-Route",
		"Content-Type",
		"c",
		"Content-Length",
		"l",
		"Allow",
		"Supported",
		"k",
		"Require",
		"Proxy-Require",
		"User-Agent",
		"Server",
		"Authorization",
		"Proxy-Authorization",
		"Content-Encoding",
		"e",
		"Content-Disposition",
	};

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (slice_is_text_nocase(name, ours[i]))
			return true;
	return false;
}

struct slice party_number(struct slice user)
{
	return slice_take_until(&user, ';');
}

/* "%0d%0a": nothing that needs it is a user, and a careless peer would decode it. */
bool party_has_control(struct slice user)
{
	for (size_t i = 0; i + 2 < user.len; i++)
		if (user.data[i] == '%' && (user.data[i + 1] == '0' || user.data[i + 1] == '1' ||
					    strncasecmp(user.data + i + 1, "7f", 2) == 0))
			return true;
	return false;
}

static bool is_telephone_number(struct slice user)
{
	size_t i = user.len && user.data[0] == '+' ? 1 : 0;

	if (i == user.len)
		return false;
	for (; i < user.len; i++)
		if (!isdigit((unsigned char)user.data[i]) && !strchr("*#-.()", user.data[i]))
			return false;
	return true;
}

static void put_user(struct text *t, const struct config_trunk *trunk, struct slice user)
{
	struct slice number = party_number(user);

	if (!is_telephone_number(number)) {
		text_put_slice(t, number);
		return;
	}
	if (trunk->number_form == CONFIG_NUMBER_E164 && number.data[0] != '+' &&
	    number.data[0] != '*' && number.data[0] != '#')
		text_put_byte(t, '+');
	if (trunk->number_form == CONFIG_NUMBER_PLAIN && number.data[0] == '+')
		number = (struct slice){ number.data + 1, number.len - 1 };
	text_put_slice(t, number);
}

static void put_uri(struct text *t, const struct config_trunk *trunk, struct slice user,
		    struct slice host, unsigned port)
{
	text_put_literal(t, "sip:");
	if (user.len) {
		put_user(t, trunk, user);
		text_put_byte(t, '@');
	}
	text_put_slice(t, host);
	if (port) {
		text_put_byte(t, ':');
		text_put_u64(t, port);
	}
	if (is_telephone_number(party_number(user)))
		text_put_literal(t, ";user=phone");
}

static void put_display(struct text *t, struct slice display)
{
	if (!display.len)
		return;
	text_put_byte(t, '"');
	text_put_slice(t, display);
	text_put_literal(t, "\" ");
}

/* RFC 3325 9.1: who asked for privacy is not told to a peer we do not trust. */
static bool must_hide_caller(const struct config_trunk *callee, const struct message *invite)
{
	return callee->identity == CONFIG_IDENTITY_DROP &&
	       message_has_token(invite, HEADER_PRIVACY, "id");
}

static bool is_anonymous(const struct name_addr *from)
{
	return slice_is_text_nocase(from->uri.host, "anonymous.invalid");
}

void party_make(const struct leg *callee, const struct message *invite,
		const struct transport_listener *l, struct party_texts *out)
{
	struct text *from = &out->from, *to = &out->to;
	const struct name_addr *f = message_get_from(invite);
	struct slice called = message_get_request_uri(invite)->user;
	char host_bytes[ADDR_TEXT_SIZE + CONFIG_NAME_SIZE],
		place_bytes[ADDR_TEXT_SIZE + CONFIG_NAME_SIZE];
	struct text host, place;

	text_init(&host, host_bytes, sizeof(host_bytes));
	text_init(&place, place_bytes, sizeof(place_bytes));
	self_put_host(&host, callee->trunk, l);
	if (strchr(callee->target->address, ':') || !callee->target->address[0])
		self_put_address(&place, &callee->to.remote);
	else
		text_put_string(&place, callee->target->address);
	if (is_anonymous(f) || must_hide_caller(callee->trunk, invite)) {
		text_put_literal(from, "\"Anonymous\" <sip:anonymous@anonymous.invalid>");
	} else {
		put_display(from, f->display);
		text_put_byte(from, '<');
		put_uri(from, callee->trunk, f->uri.user, text_get(&host), 0);
		text_put_byte(from, '>');
	}
	text_put_byte(to, '<');
	put_uri(to, callee->trunk, called, text_get(&place), 0);
	text_put_byte(to, '>');
	put_uri(&out->uri, callee->trunk, called, text_get(&place), callee->target->port);
}

static void put_identity(struct text *t, const struct config_trunk *to_trunk,
			 const struct message *m, struct slice host)
{
	struct name_addr identity;
	struct slice value, element;

	for (unsigned i = 0; (value = message_find_header(m, HEADER_ASSERTED_IDENTITY, i)).data;
	     i++) {
		while (header_take_element(&value, &element)) {
			if (name_addr_parse(element, &identity))
				continue;
			text_put_literal(t, "P-Asserted-Identity: ");
			put_display(t, identity.display);
			text_put_byte(t, '<');
			if (slice_is_text_nocase(identity.uri.scheme, "tel"))
				text_put_slice(t, identity.uri.whole);
			else
				put_uri(t, to_trunk, identity.uri.user, host, 0);
			text_put_literal(t, ">\r\n");
		}
	}
	value = message_find_header(m, HEADER_PRIVACY, 0);
	if (value.data)
		print_header(t, "Privacy", value);
}

void party_put_passed(struct text *t, const struct config_trunk *from_trunk,
		      const struct config_trunk *to_trunk, const struct message *m,
		      struct slice host)
{
	const char *rest = to_trunk->pass_headers;
	struct slice word;

	if (from_trunk->identity == CONFIG_IDENTITY_PASS &&
	    to_trunk->identity == CONFIG_IDENTITY_PASS)
		put_identity(t, to_trunk, m, host);
	while (config_list_next(&rest, &word)) {
		char name[CONFIG_NAME_SIZE];
		struct slice value;

		if (is_ours(word) || slice_copy_text(word, name, sizeof(name)))
			continue;
		for (unsigned i = 0; (value = message_find_named(m, name, i)).data; i++)
			print_header(t, name, value);
	}
}
