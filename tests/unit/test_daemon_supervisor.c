/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The messages of the daemon to the program that started it, such as systemd
 * (sd_notify): this test is that program, and receives the datagrams.
 */
#include <check.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <bitmarkpeer/os.h>

#include "supervisor.h"
#include "../support/vectors.h"

static struct supervisor supervisor;
static char directory[] = "/tmp/supervisor-XXXXXX";
static int fd;

/* Bind where ${name} says, as sd_notify(3) has it, and set the variable. */
static void
listen_at(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t size = strlen(name);

	memcpy(address.sun_path, name, size);
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size)), 0);
	setenv("NOTIFY_SOCKET", name, 1);
}

static void
setup(void)
{
	char name[64];

	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(name, sizeof name, "%s/notify", directory);
	listen_at(name);
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

static void
teardown(void)
{
	char name[64];

	supervisor_close(&supervisor);
	close(fd);
	snprintf(name, sizeof name, "%s/notify", directory);
	unlink(name);
	rmdir(directory);
}

/* The next datagram is this, or there is none ("").  They are local: what was
 * sent is there. */
static void
expect(const char *text)
{
	char got[SUPERVISOR_STATUS_MAX + 64] = "";
	ssize_t size = recv(fd, got, sizeof got - 1, 0);

	ck_assert_str_eq(size < 0 ? "" : got, text);
}

START_TEST(ready_and_stopping_are_told)
{
	supervisor_open(&supervisor);
	supervisor_ready(&supervisor);
	expect("READY=1\n");
	supervisor_stopping(&supervisor);
	expect("STOPPING=1\n");
	expect("");
}
END_TEST

START_TEST(reloading_is_told_with_a_time_that_is_not_past)
{
	unsigned long long us, before_us = 1000 * bitmark_clock_ms();
	char got[128] = "";

	supervisor_open(&supervisor);
	supervisor_reloading(&supervisor);
	ck_assert_int_gt(recv(fd, got, sizeof got - 1, 0), 0);
	ck_assert_int_eq(sscanf(got, "RELOADING=1\nMONOTONIC_USEC=%llu\n",
	    &us), 1);
	ck_assert_uint_gt(us, before_us);
}
END_TEST

START_TEST(how_far_the_node_is_is_told_when_it_changes)
{
	struct bitmark_node_status status = { .mode =
	    BITMARK_MODE_RESYNCHRONISE, .target = 9, .peers = 3 };

	status.tip.number = 5;
	supervisor_open(&supervisor);
	supervisor_tick(&supervisor, &status, 1);
	expect("STATUS=Block 5 of 9, 3 peers\n");
	supervisor_tick(&supervisor, &status, 2);
	expect("");
	status.tip.number = 9;
	status.mode = BITMARK_MODE_NORMAL;
	supervisor_tick(&supervisor, &status, 3);
	expect("STATUS=Block 9, 3 peers, Normal\n");
}
END_TEST

START_TEST(signs_of_life_are_given_twice_as_often_as_asked_for)
{
	struct bitmark_node_status status = { .peers = 0 };
	char pid[32];

	snprintf(pid, sizeof pid, "%ld", (long)getpid());
	setenv("WATCHDOG_USEC", "20000", 1);
	setenv("WATCHDOG_PID", pid, 1);
	supervisor_open(&supervisor);
	supervisor_tick(&supervisor, &status, 100);
	expect("STATUS=Block 0, 0 peers, Stopped\n");
	expect("WATCHDOG=1\n");
	supervisor_tick(&supervisor, &status, 109);
	expect("");
	supervisor_tick(&supervisor, &status, 110);
	expect("WATCHDOG=1\n");
	supervisor_close(&supervisor);

	/* The variables of another process. */
	setenv("WATCHDOG_PID", "1", 1);
	supervisor_open(&supervisor);
	supervisor_tick(&supervisor, &status, 1000);
	expect("STATUS=Block 0, 0 peers, Stopped\n");
	expect("");
}
END_TEST

/* Linux alone has names that are in no file system. */
START_TEST(a_name_may_be_abstract)
{
	char name[64];

	snprintf(name, sizeof name, "@bitmarkd-c-test-%ld", (long)getpid());
	close(fd);
	listen_at(name);
	supervisor_open(&supervisor);
	supervisor_ready(&supervisor);
	expect("READY=1\n");
}
END_TEST

START_TEST(without_a_supervisor_nothing_is_told)
{
	static const char *const bad[] = { "", "/", "relative", "vsock:1:2" };
	char longer[200];

	memset(longer, '/', sizeof longer - 1);
	longer[sizeof longer - 1] = '\0';
	unsetenv("NOTIFY_SOCKET");
	supervisor_open(&supervisor);
	supervisor_ready(&supervisor);
	ck_assert_int_eq(supervisor.fd, -1);
	for (size_t i = 0; i <= sizeof bad / sizeof bad[0]; i++) {
		setenv("NOTIFY_SOCKET", i < sizeof bad / sizeof bad[0] ?
		    bad[i] : longer, 1);
		supervisor_open(&supervisor);
		supervisor_ready(&supervisor);
		ck_assert_int_eq(supervisor.fd, -1);
	}
	expect("");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("supervisor");
	TCase *tc = tcase_create("told");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, ready_and_stopping_are_told);
	tcase_add_test(tc, reloading_is_told_with_a_time_that_is_not_past);
	tcase_add_test(tc, how_far_the_node_is_is_told_when_it_changes);
	tcase_add_test(tc, signs_of_life_are_given_twice_as_often_as_asked_for);
	tcase_add_test(tc, a_name_may_be_abstract);
	tcase_add_test(tc, without_a_supervisor_nothing_is_told);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
