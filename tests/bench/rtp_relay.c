/* rtp_relay.c -- the floor for media: recvfrom, sendto, a socket per port, nothing else.
 *
 *      rtp_relay NEAR FAR CALLS A B    NEAR, FAR: our addresses; A, B: where the callers are
 * Prints one line a call for rtpgen, then relays until it is ended. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

enum { BATCH = 64, PACKET_SIZE = 2048 };

struct leg {
	int fd, peer_fd;
	struct sockaddr_in to; /* where the other leg's packets go */
};

static int parse(const char *text, struct sockaddr_in *out)
{
	char address[48];
	unsigned port = 0;

	memset(out, 0, sizeof(*out));
	out->sin_family = AF_INET;
	if (sscanf(text, "%47[0-9.]:%u", address, &port) < 1)
		return -1;
	out->sin_port = htons((unsigned short)port);
	return inet_pton(AF_INET, address, &out->sin_addr) == 1 ? 0 : -1;
}

static int leg_open(struct leg *leg, const struct sockaddr_in *local, int epoll)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = leg };

	leg->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	if (leg->fd < 0 || bind(leg->fd, (const struct sockaddr *)local, sizeof(*local)))
		return -1;
	return epoll_ctl(epoll, EPOLL_CTL_ADD, leg->fd, &event);
}

static void leg_name(const struct leg *leg, char *out, size_t size)
{
	struct sockaddr_in local;
	socklen_t len = sizeof(local);

	getsockname(leg->fd, (struct sockaddr *)&local, &len);
	snprintf(out, size, "%s:%d", inet_ntoa(local.sin_addr), ntohs(local.sin_port));
}

static void leg_relay(struct leg *leg)
{
	char packet[PACKET_SIZE];
	ssize_t n;

	while ((n = recvfrom(leg->fd, packet, sizeof(packet), 0, NULL, NULL)) > 0)
		(void)!sendto(leg->peer_fd, packet, (size_t)n, 0, (const struct sockaddr *)&leg->to,
			      sizeof(leg->to));
}

static struct leg *legs_open(char **argv, long calls, int epoll)
{
	struct leg *legs = calloc((size_t)calls * 2, sizeof(*legs));
	struct sockaddr_in near, far, a, b;

	if (!legs || parse(argv[1], &near) || parse(argv[2], &far) || parse(argv[4], &a) ||
	    parse(argv[5], &b))
		return NULL;
	for (long i = 0; i < calls; i++) {
		struct leg *x = &legs[2 * i], *y = &legs[2 * i + 1];
		char x_name[64], y_name[64];

		if (leg_open(x, &near, epoll) || leg_open(y, &far, epoll))
			return NULL;
		x->peer_fd = y->fd;
		y->peer_fd = x->fd;
		x->to = b;
		y->to = a;
		leg_name(x, x_name, sizeof(x_name));
		leg_name(y, y_name, sizeof(y_name));
		printf("%s %s -\n", x_name, y_name);
	}
	printf("end\n");
	fflush(stdout);
	return legs;
}

int main(int argc, char **argv)
{
	struct rlimit limit = { 65536, 65536 };
	struct epoll_event events[BATCH];
	int epoll = epoll_create1(0), n;

	setrlimit(RLIMIT_NOFILE, &limit);
	if (argc != 6 || atol(argv[3]) < 1 || !legs_open(argv, atol(argv[3]), epoll)) {
		fprintf(stderr, "usage: rtp_relay NEAR FAR CALLS A B\n");
		return 2;
	}
	while ((n = epoll_wait(epoll, events, BATCH, -1)) >= 0)
		for (int i = 0; i < n; i++)
			leg_relay(events[i].data.ptr);
	return 0;
}
