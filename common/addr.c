/* addr.c -- parsing, comparing and printing transport addresses. */
#include "common/addr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static void set_ipv4(struct addr *a, struct in_addr host, uint16_t port)
{
	memset(a, 0, sizeof(*a));
	a->in4.sin_family = AF_INET;
	a->in4.sin_addr = host;
	a->in4.sin_port = htons(port);
}

static void set_ipv6(struct addr *a, const struct in6_addr *host, uint16_t port)
{
	if (IN6_IS_ADDR_V4MAPPED(host)) {
		struct in_addr v4;

		memcpy(&v4, host->s6_addr + 12, sizeof(v4));
		set_ipv4(a, v4, port);
		return;
	}
	memset(a, 0, sizeof(*a));
	a->in6.sin6_family = AF_INET6;
	a->in6.sin6_addr = *host;
	a->in6.sin6_port = htons(port);
}

enum err addr_parse(struct slice text, uint16_t port, struct addr *out_addr)
{
	char host[INET6_ADDRSTRLEN];
	struct in_addr v4;
	struct in6_addr v6;

	if (text.len >= 2 && text.data[0] == '[' && text.data[text.len - 1] == ']') {
		text.data++;
		text.len -= 2;
	}
	if (slice_copy_text(text, host, sizeof(host)) || memchr(host, '\0', text.len))
		return ERR_ADDRESS;
	if (inet_pton(AF_INET, host, &v4) == 1)
		set_ipv4(out_addr, v4, port);
	else if (inet_pton(AF_INET6, host, &v6) == 1)
		set_ipv6(out_addr, &v6, port);
	else
		return ERR_ADDRESS;
	return ERR_NONE;
}

enum err addr_from_sockaddr(const struct sockaddr *sa, socklen_t len, struct addr *out_addr)
{
	struct sockaddr_in6 in6;
	struct sockaddr_in in4;

	if (sa->sa_family == AF_INET && len >= sizeof(in4)) {
		memcpy(&in4, sa, sizeof(in4));
		set_ipv4(out_addr, in4.sin_addr, ntohs(in4.sin_port));
		return ERR_NONE;
	}
	if (sa->sa_family == AF_INET6 && len >= sizeof(in6)) {
		memcpy(&in6, sa, sizeof(in6));
		set_ipv6(out_addr, &in6.sin6_addr, ntohs(in6.sin6_port));
		if (out_addr->sa.sa_family == AF_INET6)
			out_addr->in6.sin6_scope_id = in6.sin6_scope_id;
		return ERR_NONE;
	}
	return ERR_ADDRESS;
}

bool addr_is_set(const struct addr *a)
{
	return a->sa.sa_family == AF_INET || a->sa.sa_family == AF_INET6;
}

bool addr_is_ipv6(const struct addr *a)
{
	return a->sa.sa_family == AF_INET6;
}

bool addr_is_any(const struct addr *a)
{
	if (a->sa.sa_family == AF_INET)
		return a->in4.sin_addr.s_addr == htonl(INADDR_ANY);
	return addr_is_ipv6(a) && IN6_IS_ADDR_UNSPECIFIED(&a->in6.sin6_addr);
}

static const uint8_t *host_bytes(const struct addr *a, unsigned *out_len)
{
	if (addr_is_ipv6(a)) {
		*out_len = 16;
		return a->in6.sin6_addr.s6_addr;
	}
	*out_len = 4;
	return (const uint8_t *)&a->in4.sin_addr.s_addr;
}

bool addr_is_same_host(const struct addr *a, const struct addr *b)
{
	unsigned len;
	const uint8_t *bytes = host_bytes(a, &len);

	return addr_is_set(a) && a->sa.sa_family == b->sa.sa_family &&
	       memcmp(bytes, host_bytes(b, &len), len) == 0;
}

bool addr_is_equal(const struct addr *a, const struct addr *b)
{
	return addr_is_same_host(a, b) && addr_get_port(a) == addr_get_port(b);
}

bool addr_is_in_prefix(const struct addr *a, const struct addr *prefix, unsigned bits)
{
	unsigned len;
	const uint8_t *x = host_bytes(a, &len), *y = host_bytes(prefix, &len);
	unsigned whole = bits / 8, rest = bits % 8;

	if (!addr_is_set(a) || a->sa.sa_family != prefix->sa.sa_family || bits > len * 8)
		return false;
	if (memcmp(x, y, whole) != 0)
		return false;
	return rest == 0 || ((x[whole] ^ y[whole]) >> (8 - rest)) == 0;
}

uint16_t addr_get_port(const struct addr *a)
{
	return ntohs(addr_is_ipv6(a) ? a->in6.sin6_port : a->in4.sin_port);
}

void addr_set_port(struct addr *a, uint16_t port)
{
	if (addr_is_ipv6(a))
		a->in6.sin6_port = htons(port);
	else
		a->in4.sin_port = htons(port);
}

socklen_t addr_get_len(const struct addr *a)
{
	return addr_is_ipv6(a) ? sizeof(a->in6) : sizeof(a->in4);
}

const char *addr_print_host(const struct addr *a, char *buf, size_t size)
{
	const void *host = addr_is_ipv6(a) ? (const void *)&a->in6.sin6_addr :
					     (const void *)&a->in4.sin_addr;

	if (!addr_is_set(a) || !inet_ntop(a->sa.sa_family, host, buf, (socklen_t)size))
		snprintf(buf, size, "none");
	return buf;
}

const char *addr_print(const struct addr *a, char *buf, size_t size)
{
	char host[INET6_ADDRSTRLEN];

	addr_print_host(a, host, sizeof(host));
	snprintf(buf, size, addr_is_ipv6(a) ? "[%s]:%u" : "%s:%u", host,
		 addr_is_set(a) ? addr_get_port(a) : 0u);
	return buf;
}

size_t addr_to_blob(const struct addr *a, uint8_t blob[ADDR_BLOB_MAX])
{
	unsigned len = 0;
	const uint8_t *bytes;
	uint16_t port;

	if (!addr_is_set(a))
		return 0;
	bytes = host_bytes(a, &len);
	port = addr_get_port(a);
	memcpy(blob, bytes, len);
	blob[len] = (uint8_t)(port >> 8);
	blob[len + 1] = (uint8_t)port;
	return len + 2;
}

enum err addr_from_blob(const void *blob, size_t len, struct addr *out_addr)
{
	const uint8_t *bytes = blob;

	if (len == 6) {
		struct in_addr v4;

		memcpy(&v4, bytes, 4);
		set_ipv4(out_addr, v4, (uint16_t)(bytes[4] << 8 | bytes[5]));
		return ERR_NONE;
	}
	if (len == 18) {
		struct in6_addr v6;

		memcpy(&v6, bytes, 16);
		set_ipv6(out_addr, &v6, (uint16_t)(bytes[16] << 8 | bytes[17]));
		return ERR_NONE;
	}
	return ERR_ADDRESS;
}
