/* rtpgen.c -- speech for many calls: 172-byte G.711 packets, 50 a second, both directions.
 *
 *      rtpgen -a ADDRESS:PORT -b ADDRESS:PORT -T TABLE -s SECONDS [-k]
 * One socket a side sends to and hears from all calls; TABLE has a line a call: where side A
 * sends, where side B sends, the key of what A hears (or -).  With -k side A speaks SRTP: its
 * packets are made before the run, and what the first few calls hear is authenticated. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <srtp2/srtp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	CALLS_MAX = 20000,
	PACKET_LEN = 172,
	TAG_LEN = 10,
	SLOT_SIZE = 192,
	TICK_US = 20000,
	BATCH = 64,
	CHECKED_CALLS = 8,
	KEY_LEN = 30,
};

/* As callgen offers it. */
#define CALLER_KEY "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj"

struct side {
	int fd;
	struct sockaddr_in *to;
	unsigned char *packets; /* ticks x calls, or one slot when all is plain */
	long sent, received, bad, checked;
};

static struct {
	struct side a, b;
	long calls, ticks;
	int is_secure;
	char (*keys)[64];
	srtp_t check[CHECKED_CALLS];
	long call_of_port[65536];
} gen;

static void die(const char *what)
{
	fprintf(stderr, "rtpgen: %s: %s\n", what, strerror(errno));
	exit(1);
}

static long long now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static void parse(const char *text, struct sockaddr_in *out)
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
	int size = 16 << 20;

	parse(text, &local);
	s->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	if (s->fd < 0 || bind(s->fd, (struct sockaddr *)&local, sizeof(local)))
		die(text);
	if (setsockopt(s->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	s->to = calloc(CALLS_MAX, sizeof(*s->to));
	if (!s->to)
		die("calloc");
}

static void table_read(const char *path)
{
	char a[64], b[64], key[64];
	FILE *f = fopen(path, "r");

	if (!f)
		die(path);
	gen.keys = calloc(CALLS_MAX, sizeof(*gen.keys));
	while (gen.keys && gen.calls < CALLS_MAX && fscanf(f, "%63s %63s %63s", a, b, key) == 3) {
		parse(a, &gen.a.to[gen.calls]);
		parse(b, &gen.b.to[gen.calls]);
		gen.call_of_port[ntohs(gen.a.to[gen.calls].sin_port)] = gen.calls;
		memcpy(gen.keys[gen.calls++], key, sizeof(key));
	}
	fclose(f);
	if (!gen.calls) {
		errno = ENODATA;
		die(path);
	}
}

static int key_decode(const char *text, unsigned char *out)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned bits = 0, count = 0, len = 0;

	for (; *text && *text != '=' && len < KEY_LEN; text++) {
		const char *digit = strchr(digits, *text);

		if (!digit)
			return -1;
		bits = bits << 6 | (unsigned)(digit - digits);
		count += 6;
		if (count >= 8) {
			count -= 8;
			out[len++] = (unsigned char)(bits >> count);
		}
	}
	return len == KEY_LEN ? 0 : -1;
}

static srtp_t session_create(const char *key_text, srtp_ssrc_type_t direction)
{
	unsigned char key[KEY_LEN];
	srtp_policy_t policy;
	srtp_t session;

	memset(&policy, 0, sizeof(policy));
	srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtp);
	srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);
	policy.ssrc.type = direction;
	policy.key = key;
	policy.window_size = 1024;
	errno = EINVAL;
	if (key_decode(key_text, key) || srtp_create(&session, &policy))
		die("srtp_create");
	return session;
}

static void packet_fill(unsigned char *packet, long call, long tick)
{
	unsigned long stamp = (unsigned long)tick * 160, ssrc = 0x10000UL + (unsigned long)call;

	memset(packet, 0xd5, PACKET_LEN);
	packet[0] = 0x80;
	packet[1] = 8;
	packet[2] = (unsigned char)(tick >> 8);
	packet[3] = (unsigned char)tick;
	for (int i = 0; i < 4; i++) {
		packet[4 + i] = (unsigned char)(stamp >> (24 - 8 * i));
		packet[8 + i] = (unsigned char)(ssrc >> (24 - 8 * i));
	}
}

static void packets_protect(void)
{
	gen.a.packets = malloc((size_t)gen.calls * (size_t)gen.ticks * SLOT_SIZE);
	if (!gen.a.packets)
		die("malloc");
	for (long call = 0; call < gen.calls; call++) {
		srtp_t session = session_create(CALLER_KEY, ssrc_any_outbound);

		for (long tick = 0; tick < gen.ticks; tick++) {
			unsigned char *packet =
				gen.a.packets + (tick * gen.calls + call) * SLOT_SIZE;
			int len = PACKET_LEN;

			packet_fill(packet, call, tick);
			if (srtp_protect(session, packet, &len))
				die("srtp_protect");
		}
		srtp_dealloc(session);
		if (call < CHECKED_CALLS)
			gen.check[call] = session_create(gen.keys[call], ssrc_any_inbound);
	}
}

/* Sends packets `from` up to `to` of the side's endless row: all calls of a tick, then the next. */
static void side_send(struct side *s, long from, long to)
{
	static unsigned char plain[BATCH][SLOT_SIZE];
	struct mmsghdr messages[BATCH];
	struct iovec parts[BATCH];

	while (from < to) {
		int n = to - from < BATCH ? (int)(to - from) : BATCH;

		memset(messages, 0, sizeof(messages));
		for (int i = 0; i < n; i++) {
			long at = from + i, call = at % gen.calls;

			parts[i].iov_base = s->packets ? s->packets + at * SLOT_SIZE : plain[i];
			parts[i].iov_len = s->packets ? PACKET_LEN + TAG_LEN : PACKET_LEN;
			if (!s->packets)
				packet_fill(plain[i], call, at / gen.calls);
			messages[i].msg_hdr.msg_iov = &parts[i];
			messages[i].msg_hdr.msg_iovlen = 1;
			messages[i].msg_hdr.msg_name = &s->to[call];
			messages[i].msg_hdr.msg_namelen = sizeof(s->to[call]);
		}
		n = sendmmsg(s->fd, messages, (unsigned)n, 0);
		if (n <= 0)
			return;
		s->sent += n;
		from += n;
	}
}

static void packet_check(struct side *s, int port, unsigned char *packet, int len)
{
	long call = gen.call_of_port[port];

	if (s != &gen.a || !gen.is_secure || call >= CHECKED_CALLS)
		return;
	s->checked++;
	if (srtp_unprotect(gen.check[call], packet, &len) || len != PACKET_LEN)
		s->bad++;
}

static void side_receive(struct side *s)
{
	static unsigned char packets[BATCH][2048];
	struct sockaddr_in from[BATCH];
	struct mmsghdr messages[BATCH];
	struct iovec parts[BATCH];
	int n;

	do {
		memset(messages, 0, sizeof(messages));
		for (int i = 0; i < BATCH; i++) {
			parts[i] = (struct iovec){ packets[i], sizeof(packets[i]) };
			messages[i].msg_hdr.msg_iov = &parts[i];
			messages[i].msg_hdr.msg_iovlen = 1;
			messages[i].msg_hdr.msg_name = &from[i];
			messages[i].msg_hdr.msg_namelen = sizeof(from[i]);
		}
		n = recvmmsg(s->fd, messages, BATCH, 0, NULL);
		for (int i = 0; i < n; i++)
			packet_check(s, ntohs(from[i].sin_port), packets[i],
				     (int)messages[i].msg_len);
		s->received += n > 0 ? n : 0;
	} while (n == BATCH);
}

static void speak(void)
{
	struct pollfd fds[2] = { { gen.a.fd, POLLIN, 0 }, { gen.b.fd, POLLIN, 0 } };
	long total = gen.calls * gen.ticks, done = 0;
	long long begin = now_us(), end = begin + gen.ticks * TICK_US + 300000;

	while (now_us() < end) {
		long due = (long)((now_us() - begin) * gen.calls / TICK_US);

		due = due > total ? total : due;
		side_send(&gen.a, done, due);
		side_send(&gen.b, done, due);
		done = due;
		usleep(500);
		if (poll(fds, 2, 0) > 0) {
			side_receive(&gen.a);
			side_receive(&gen.b);
		}
	}
}

int main(int argc, char **argv)
{
	const char *table = NULL;
	int option;

	while ((option = getopt(argc, argv, "a:b:T:s:k")) != -1) {
		switch (option) {
		case 'a':
			side_open(&gen.a, optarg);
			break;
		case 'b':
			side_open(&gen.b, optarg);
			break;
		case 'T':
			table = optarg;
			break;
		case 's':
			gen.ticks = (long)(atof(optarg) * 1e6 / TICK_US);
			break;
		case 'k':
			gen.is_secure = 1;
			break;
		default:
			return 2;
		}
	}
	if (!table || gen.ticks < 1 || !gen.a.to || !gen.b.to)
		return 2;
	srtp_init();
	memset(gen.call_of_port, 0x7f, sizeof(gen.call_of_port));
	table_read(table);
	if (gen.is_secure)
		packets_protect();
	speak();
	printf("{\"calls\": %ld, \"sent\": %ld, \"received\": %ld, \"received_a\": %ld, "
	       "\"received_b\": %ld, \"checked\": %ld, \"bad\": %ld}\n",
	       gen.calls, gen.a.sent + gen.b.sent, gen.a.received + gen.b.received, gen.a.received,
	       gen.b.received, gen.a.checked, gen.a.bad);
	return 0;
}
