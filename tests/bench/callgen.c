/* callgen.c -- a caller and an answerer in one program, at a given rate, over UDP.
 *
 * Call model, 7 messages a side: INVITE, 100, 180, 200, ACK, BYE, 200, with SDP.  The caller
 * retransmits nothing: whatever is lost or late is a failed call.  A call is known on both
 * sides by its called number.  With -T it stops after the last ACK, writes where each call's
 * media goes (for rtpgen), and hangs up on SIGTERM.
 *
 *      callgen -a CALLER -b ANSWERER -t SYSTEM -r CALLS_PER_S -n CALLS [-h HOLD_MS]
 *              [-m PORT_A,PORT_B] [-k] [-T TABLE]
 */
#include "tests/bench/sip_text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	NUMBER_BASE = 1000000,
	CALLS_MAX = 1000000,
	MESSAGE_SIZE = 8192,
	DRAIN_US = 2000000,
	SOCKET_BUFFER = 8 << 20,
};

/* The caller's key is the same for all calls: rtpgen knows it too. */
#define CALLER_KEY "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj"

struct call {
	long long invited_us, answered_us;
	unsigned ring_us;
	unsigned char is_ringing, is_done, is_failed;
	char to_tag[64], contact[256], route[768];
	char media_a[64], media_b[64], key_a[64];
};

struct side {
	int fd;
	char name[64]; /* address:port */
	char address[48];
	int media_port;
};

static struct {
	struct side a, b;
	struct sockaddr_in system;
	char system_name[64];
	double rate;
	long count, started, released, finished, failed;
	long long hold_us;
	int is_secure;
	const char *table;
	struct call *calls;
} gen;

static volatile sig_atomic_t is_ending;

static void on_signal(int number)
{
	(void)number;
	is_ending = 1;
}

static long long now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static void die(const char *what)
{
	fprintf(stderr, "callgen: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void parse_address(const char *text, struct sockaddr_in *out)
{
	char address[48];
	unsigned port = 0;

	memset(out, 0, sizeof(*out));
	out->sin_family = AF_INET;
	if (sscanf(text, "%47[0-9.]:%u", address, &port) != 2 ||
	    inet_pton(AF_INET, address, &out->sin_addr) != 1) {
		errno = EINVAL;
		die(text);
	}
	out->sin_port = htons((unsigned short)port);
}

static void side_open(struct side *s, const char *text)
{
	struct sockaddr_in local;
	int size = SOCKET_BUFFER;

	parse_address(text, &local);
	snprintf(s->name, sizeof(s->name), "%s", text);
	inet_ntop(AF_INET, &local.sin_addr, s->address, sizeof(s->address));
	s->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	if (s->fd < 0 || bind(s->fd, (struct sockaddr *)&local, sizeof(local)))
		die(text);
	if (setsockopt(s->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

static void side_send(const struct side *s, const struct sockaddr_in *to, const char *text, int len)
{
	if (len > 0 && len < MESSAGE_SIZE)
		(void)!sendto(s->fd, text, (size_t)len, 0, (const struct sockaddr *)to,
			      sizeof(*to));
}

static int sdp_print(const struct side *s, int is_secure, char *out, size_t size)
{
	return snprintf(out, size,
			"v=0\r\no=- 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\n"
			"m=audio %d RTP/%s 8 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 "
			"telephone-event/8000\r\n"
			"%sa=ptime:20\r\na=sendrecv\r\n",
			s->address, s->address, s->media_port, is_secure ? "SAVP" : "AVP",
			is_secure ? "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" CALLER_KEY "\r\n"
				  : "");
}

/* --- the caller ---------------------------------------------------------- */

static void caller_request(long i, const char *method, int cseq, const char *body)
{
	struct call *c = &gen.calls[i];
	char text[MESSAGE_SIZE], uri[256];
	int len;

	if (c->contact[0])
		snprintf(uri, sizeof(uri), "%s", c->contact);
	else
		snprintf(uri, sizeof(uri), "sip:%ld@%s", NUMBER_BASE + i, gen.system_name);
	len = snprintf(
		text, sizeof(text),
		"%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;rport;branch=z9hG4bK-%d-%ld-%s\r\n%s"
		"Max-Forwards: 70\r\nFrom: <sip:caller@%s>;tag=a%ld\r\nTo: <sip:%ld@%s>%s%s\r\n"
		"Call-ID: %ld-%d@%s\r\nCSeq: %d %s\r\nContact: "
		"<sip:caller@%s>\r\n%sContent-Length: %zu\r\n\r\n%s",
		method, uri, gen.a.name, (int)getpid(), i, method, c->route, gen.a.name, i,
		NUMBER_BASE + i, gen.system_name, c->to_tag[0] ? ";tag=" : "", c->to_tag, i,
		(int)getpid(), gen.a.address, cseq, method, gen.a.name,
		*body ? "Content-Type: application/sdp\r\n" : "", strlen(body), body);
	side_send(&gen.a, &gen.system, text, len);
}

static void caller_start(long i)
{
	char body[1024];

	sdp_print(&gen.a, gen.is_secure, body, sizeof(body));
	gen.calls[i].invited_us = now_us();
	caller_request(i, "INVITE", 1, body);
}

static void copy_span(struct span s, char *out, size_t size)
{
	snprintf(out, size, "%.*s", s.at ? (int)s.len : 0, s.at ? s.at : "");
}

static void media_read(const char *message, char *media, char *key)
{
	const char *body = strstr(message, "\r\n\r\n");
	struct span whole = { body, body ? strlen(body) : 0 }, address, port;

	if (!body)
		return;
	address = text_cut(whole, "c=IN IP4 ", "\r\n");
	port = text_cut(whole, "m=audio ", " ");
	if (address.at && port.at)
		snprintf(media, 64, "%.*s:%.*s", (int)address.len, address.at, (int)port.len,
			 port.at);
	if (key)
		copy_span(text_cut(whole, "inline:", "|\r\n"), key, 64);
}

static void caller_answered(long i, const char *message)
{
	struct call *c = &gen.calls[i];
	struct span contact = text_find_header(message, "Contact");

	if (c->answered_us)
		return;
	copy_span(text_cut(text_find_header(message, "To"), ";tag=", ";"), c->to_tag,
		  sizeof(c->to_tag));
	copy_span(text_cut(contact, "<", ">"), c->contact, sizeof(c->contact));
	text_copy_headers(message, "Record-Route", "Route", true, c->route, sizeof(c->route));
	media_read(message, c->media_a, c->key_a);
	c->answered_us = now_us();
	caller_request(i, "ACK", 1, "");
}

static void caller_ended(long i, int is_failed)
{
	struct call *c = &gen.calls[i];

	if (c->is_done)
		return;
	c->is_done = 1;
	c->is_failed = (unsigned char)is_failed;
	gen.finished++;
	gen.failed += is_failed;
}

static void caller_reply(const char *message)
{
	struct span id = text_find_header(message, "Call-ID");
	long i = id.at ? strtol(id.at, NULL, 10) : -1;
	int status = text_get_status(message);
	enum text_method method = text_get_method(message);
	struct call *c;

	if (i < 0 || i >= gen.started)
		return;
	c = &gen.calls[i];
	if (method == TEXT_BYE)
		caller_ended(i, status >= 300);
	else if (status == 180 && !c->is_ringing) {
		c->is_ringing = 1;
		c->ring_us = (unsigned)(now_us() - c->invited_us);
	} else if (status >= 300)
		caller_ended(i, 1);
	else if (status >= 200)
		caller_answered(i, message);
}

/* --- the answerer -------------------------------------------------------- */

static void answerer_reply(const struct side *s, const struct sockaddr_in *to, const char *request,
			   const char *status, const char *body)
{
	char text[MESSAGE_SIZE], via[2048], route[2048];
	struct span from = text_find_header(request, "From"),
		    dest = text_find_header(request, "To");
	struct span id = text_find_header(request, "Call-ID"),
		    cseq = text_find_header(request, "CSeq");
	int has_tag = dest.at && text_cut(dest, ";tag=", ";").at;
	int len;

	text_copy_headers(request, "Via", "Via", false, via, sizeof(via));
	text_copy_headers(request, "Record-Route", "Record-Route", false, route, sizeof(route));
	len = snprintf(
		text, sizeof(text),
		"SIP/2.0 %s\r\n%s%sFrom: %.*s\r\nTo: %.*s%s\r\nCall-ID: %.*s\r\nCSeq: %.*s\r\n"
		"Contact: <sip:answerer@%s>\r\n%sContent-Length: %zu\r\n\r\n%s",
		status, via, route, (int)from.len, from.at, (int)dest.len, dest.at,
		has_tag || *status == '1' ? "" : ";tag=b", (int)id.len, id.at, (int)cseq.len,
		cseq.at, s->name, *body ? "Content-Type: application/sdp\r\n" : "", strlen(body),
		body);
	side_send(s, to, text, len);
}

static void answerer_invite(const struct sockaddr_in *from, const char *message)
{
	long i = text_find_number(message, "INVITE sip:") - NUMBER_BASE;
	char body[1024];

	if (i >= 0 && i < gen.started)
		media_read(message, gen.calls[i].media_b, NULL);
	sdp_print(&gen.b, 0, body, sizeof(body));
	answerer_reply(&gen.b, from, message, "100 Trying", "");
	answerer_reply(&gen.b, from, message, "180 Ringing", "");
	answerer_reply(&gen.b, from, message, "200 OK", body);
}

static void side_receive(const struct side *s)
{
	char text[MESSAGE_SIZE];
	struct sockaddr_in from;
	socklen_t from_len;
	ssize_t len;

	for (int i = 0; i < 64; i++) {
		from_len = sizeof(from);
		len = recvfrom(s->fd, text, sizeof(text) - 1, 0, (struct sockaddr *)&from,
			       &from_len);
		if (len <= 0)
			return;
		text[len] = '\0';
		if (text_get_status(text))
			caller_reply(text);
		else if (text_get_method(text) == TEXT_INVITE)
			answerer_invite(&from, text);
		else if (text_get_method(text) != TEXT_ACK)
			answerer_reply(s, &from, text, "200 OK", "");
	}
}

/* --- the run ------------------------------------------------------------- */

static void calls_release(long long now)
{
	while (gen.released < gen.started) {
		struct call *c = &gen.calls[gen.released];

		if (!c->is_done && !c->answered_us && now - c->invited_us < DRAIN_US)
			return;
		if (c->answered_us && now - c->answered_us < gen.hold_us)
			return;
		if (!c->is_done && c->answered_us)
			caller_request(gen.released, "BYE", 2, "");
		gen.released++;
	}
}

static void wait_ms(int timeout_ms)
{
	struct pollfd fds[2] = { { gen.a.fd, POLLIN, 0 }, { gen.b.fd, POLLIN, 0 } };

	if (poll(fds, 2, timeout_ms) <= 0)
		return;
	if (fds[0].revents)
		side_receive(&gen.a);
	if (fds[1].revents)
		side_receive(&gen.b);
}

static long answered_count(void)
{
	long count = 0;

	for (long i = 0; i < gen.started; i++)
		count += gen.calls[i].answered_us != 0;
	return count;
}

static void table_write(void)
{
	FILE *f = fopen(gen.table, "w");

	if (!f)
		die(gen.table);
	for (long i = 0; i < gen.started; i++) {
		struct call *c = &gen.calls[i];

		if (c->media_a[0] && c->media_b[0])
			fprintf(f, "%s %s %s\n", c->media_a, c->media_b,
				c->key_a[0] ? c->key_a : "-");
	}
	fclose(f);
}

static void calls_hold(void)
{
	long long end = now_us() + DRAIN_US;

	while (answered_count() < gen.count && now_us() < end)
		wait_ms(10);
	table_write();
	printf("standing %ld\n", answered_count());
	fflush(stdout);
	while (!is_ending)
		wait_ms(100);
	gen.hold_us = 0;
}

static void calls_run(void)
{
	long long begin = now_us(), drain = 0, now;

	while (!drain || (gen.finished < gen.count && now_us() < drain)) {
		now = now_us();
		while (gen.started < gen.count &&
		       (double)(now - begin) * gen.rate >= (double)gen.started * 1e6) {
			caller_start(gen.started++);
			if (gen.started == gen.count && gen.table)
				calls_hold();
		}
		calls_release(now);
		if (gen.started == gen.count && !drain)
			drain = now_us() + (gen.table ? 0 : gen.hold_us) + 2 * DRAIN_US;
		wait_ms(1);
	}
}

static int by_value(const void *a, const void *b)
{
	unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;

	return (x > y) - (x < y);
}

static void report(double seconds)
{
	unsigned *ring = calloc((size_t)gen.count, sizeof(*ring));
	size_t n = 0;

	if (!ring)
		die("calloc");
	for (long i = 0; i < gen.count; i++)
		if (gen.calls[i].is_ringing)
			ring[n++] = gen.calls[i].ring_us;
	qsort(ring, n, sizeof(*ring), by_value);
	printf("{\"calls\": %ld, \"failed\": %ld, \"seconds\": %.3f, \"ring_p50_us\": %u, "
	       "\"ring_p99_us\": %u}\n",
	       gen.count, gen.failed + gen.count - gen.finished, seconds, n ? ring[n / 2] : 0,
	       n ? ring[n * 99 / 100] : 0);
	free(ring);
}

static void options_read(int argc, char **argv)
{
	int option;

	gen.rate = 100;
	gen.count = 100;
	gen.hold_us = 100000;
	gen.a.media_port = 4000;
	gen.b.media_port = 4002;
	while ((option = getopt(argc, argv, "a:b:t:r:n:h:m:kT:")) != -1) {
		switch (option) {
		case 'a':
			side_open(&gen.a, optarg);
			break;
		case 'b':
			side_open(&gen.b, optarg);
			break;
		case 't':
			parse_address(optarg, &gen.system);
			snprintf(gen.system_name, sizeof(gen.system_name), "%s", optarg);
			break;
		case 'r':
			gen.rate = atof(optarg);
			break;
		case 'n':
			gen.count = atol(optarg);
			break;
		case 'h':
			gen.hold_us = atol(optarg) * 1000;
			break;
		case 'm':
			sscanf(optarg, "%d,%d", &gen.a.media_port, &gen.b.media_port);
			break;
		case 'k':
			gen.is_secure = 1;
			break;
		case 'T':
			gen.table = optarg;
			break;
		default:
			exit(2);
		}
	}
	if (gen.table)
		gen.hold_us = INT64_MAX / 2;
	if (!gen.a.name[0] || !gen.b.name[0] || !gen.system_name[0] || gen.rate <= 0 ||
	    gen.count < 1 || gen.count > CALLS_MAX) {
		fprintf(stderr,
			"callgen: -a, -b and -t are needed, and a rate and count above 0\n");
		exit(2);
	}
}

int main(int argc, char **argv)
{
	long long begin;

	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	options_read(argc, argv);
	gen.calls = calloc((size_t)gen.count, sizeof(*gen.calls));
	if (!gen.calls)
		die("calloc");
	begin = now_us();
	calls_run();
	report((double)(now_us() - begin) / 1e6);
	return 0;
}
