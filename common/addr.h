/* addr.h -- one transport address, IPv4 or IPv6, with its port.
 * An IPv4-mapped IPv6 address is stored as IPv4, so equal means equal. */
#ifndef COMMON_ADDR_H
#define COMMON_ADDR_H
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "common/err.h"
#include "common/slice.h"

struct addr {
	union {
		struct sockaddr sa;
		struct sockaddr_in in4;
		struct sockaddr_in6 in6;
	};
};

enum { ADDR_TEXT_SIZE = 64, ADDR_BLOB_MAX = 18 };

/* "192.0.2.1", "2001:db8::1" or "[2001:db8::1]"; no name, no port.  ERR_ADDRESS. */
enum err addr_parse(struct slice text, uint16_t port, struct addr *out_addr);
enum err addr_from_sockaddr(const struct sockaddr *sa, socklen_t len, struct addr *out_addr);
bool addr_is_set(const struct addr *a);
bool addr_is_ipv6(const struct addr *a);
/* 0.0.0.0 or ::. */
bool addr_is_any(const struct addr *a);
bool addr_is_equal(const struct addr *a, const struct addr *b);
bool addr_is_same_host(const struct addr *a, const struct addr *b);
/* True when the first `bits` bits agree; false across families. */
bool addr_is_in_prefix(const struct addr *a, const struct addr *prefix, unsigned bits);
uint16_t addr_get_port(const struct addr *a);
void addr_set_port(struct addr *a, uint16_t port);
socklen_t addr_get_len(const struct addr *a);
/* "192.0.2.1:5060" or "[2001:db8::1]:5060"; buf is returned. */
const char *addr_print(const struct addr *a, char *buf, size_t size);
/* Without port and brackets, as SDP and URIs' inet forms need it. */
const char *addr_print_host(const struct addr *a, char *buf, size_t size);
/* Compact form for the bus: 4 or 16 address bytes, then the port, big endian. */
size_t addr_to_blob(const struct addr *a, uint8_t blob[ADDR_BLOB_MAX]);
enum err addr_from_blob(const void *blob, size_t len, struct addr *out_addr);

#endif
