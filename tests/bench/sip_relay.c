/* sip_relay.c -- the floor for signaling: passes datagrams between two sockets, reads nothing.
 *
 *      sip_relay NEAR FAR ANSWERER     NEAR: where the caller sends; FAR: where we send from
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static int parse(const char *text, struct sockaddr_in *out)
{
	char address[48];
	unsigned port;

	memset(out, 0, sizeof(*out));
	out->sin_family = AF_INET;
	if (sscanf(text, "%47[0-9.]:%u", address, &port) != 2)
		return -1;
	out->sin_port = htons((unsigned short)port);
	return inet_pton(AF_INET, address, &out->sin_addr) == 1 ? 0 : -1;
}

static int open_socket(const char *text)
{
	struct sockaddr_in local;
	int size = 8 << 20, fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	if (fd < 0 || parse(text, &local) || bind(fd, (struct sockaddr *)&local, sizeof(local)))
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return fd;
}

static void pass(int in, int out, const struct sockaddr_in *to, struct sockaddr_in *out_from)
{
	char buffer[8192];
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	ssize_t n;

	while ((n = recvfrom(in, buffer, sizeof(buffer), 0, (struct sockaddr *)&from, &len)) > 0) {
		if (out_from)
			*out_from = from;
		(void)!sendto(out, buffer, (size_t)n, 0, (const struct sockaddr *)to, sizeof(*to));
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_in answerer, caller = { 0 };
	struct pollfd fds[2] = { { -1, POLLIN, 0 }, { -1, POLLIN, 0 } };

	if (argc != 4 || parse(argv[3], &answerer))
		return 2;
	fds[0].fd = open_socket(argv[1]);
	fds[1].fd = open_socket(argv[2]);
	if (fds[0].fd < 0 || fds[1].fd < 0)
		return 1;
	while (poll(fds, 2, -1) > 0) {
		if (fds[0].revents)
			pass(fds[0].fd, fds[1].fd, &answerer, &caller);
		if (fds[1].revents)
			pass(fds[1].fd, fds[0].fd, &caller, NULL);
	}
	return 0;
}
