/* test_notify.c -- the sd_notify protocol over a real datagram socket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/notify.h"

static int open_listener(struct sockaddr_un *un, socklen_t len)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)un, len), 0);
	return fd;
}

static void expect(int fd, const char *text)
{
	char got[64] = "";

	assert_int_equal(recv(fd, got, sizeof(got) - 1, 0), (ssize_t)strlen(text));
	assert_string_equal(got, text);
}

static void says_ready_and_stopping_to_a_path(void **state)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	char dir[] = "/tmp/enlace-notify-XXXXXX";
	int fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(un.sun_path, sizeof(un.sun_path), "%s/socket", dir);
	fd = open_listener(&un, sizeof(un));
	setenv("NOTIFY_SOCKET", un.sun_path, 1);
	notify_ready();
	notify_stopping();
	expect(fd, "READY=1");
	expect(fd, "STOPPING=1");
	close(fd);
	unlink(un.sun_path);
	rmdir(dir);
}

static void says_ready_to_an_abstract_name(void **state)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	char name[64];
	int len, fd;

	(void)state;
	len = snprintf(name, sizeof(name), "@enlace-notify-%d", (int)getpid());
	memcpy(un.sun_path + 1, name + 1, (size_t)len - 1);
	fd = open_listener(&un, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)len));
	setenv("NOTIFY_SOCKET", name, 1);
	notify_ready();
	expect(fd, "READY=1");
	close(fd);
}

static void does_nothing_without_a_manager(void **state)
{
	(void)state;
	unsetenv("NOTIFY_SOCKET");
	notify_ready();
	setenv("NOTIFY_SOCKET", "relative", 1);
	notify_ready();
	setenv("NOTIFY_SOCKET", "/nonexistent/socket", 1);
	notify_ready();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_ready_and_stopping_to_a_path),
		cmocka_unit_test(says_ready_to_an_abstract_name),
		cmocka_unit_test(does_nothing_without_a_manager),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
