/* self.c -- the lines that say who we are, and nothing about the other side. */
#include "signaling/peer/self.h"

void self_put_address(struct text *t, const struct addr *a)
{
	char host[ADDR_TEXT_SIZE];

	addr_print_host(a, host, sizeof(host));
	if (addr_is_ipv6(a))
		text_put_byte(t, '[');
	text_put_string(t, host);
	if (addr_is_ipv6(a))
		text_put_byte(t, ']');
}

void self_put_host(struct text *t, const struct config_trunk *trunk,
		   const struct transport_listener *l)
{
	if (trunk->domain[0])
		text_put_string(t, trunk->domain);
	else
		self_put_address(t, &l->advertised);
}

void self_put_contact(struct text *t, const struct config_trunk *trunk,
		      const struct transport_listener *l)
{
	text_put_literal(t, "Contact: <sip:");
	self_put_host(t, trunk, l);
	text_put_byte(t, ':');
	text_put_u64(t, addr_get_port(&l->advertised));
	if (l->kind == CONFIG_TCP)
		text_put_literal(t, ";transport=tcp");
	else if (l->kind == CONFIG_TLS)
		text_put_literal(t, ";transport=tls");
	text_put_literal(t, ">\r\n");
}

void self_put_capabilities(struct text *t)
{
	text_put_literal(t, SELF_ALLOW_LINE);
}

void self_put_product(struct text *t, const struct config_trunk *trunk, const char *header)
{
	if (!trunk->user_agent[0])
		return;
	text_put_string(t, header);
	text_put_literal(t, ": ");
	text_put_string(t, trunk->user_agent);
	text_put_literal(t, "\r\n");
}
