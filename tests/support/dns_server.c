/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
#include "dns_server.h"

#include "await.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Bytes of a text in one string; 255 is the most. */
#define STRING_MAX 200
#define ARGUMENT_MAX 4096
#define RECORDS_MAX 600
/* dnsmasq's other arguments, and the NULL at the end. */
#define ARGUMENTS_FIXED 13

static pid_t server;

static struct sockaddr_in
loopback(const char *address)
{
	struct sockaddr_in a = { .sin_family = AF_INET };

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	a.sin_port = htons((uint16_t)atoi(strchr(address, ':') + 1));
	return a;
}

static bool
is_listening(const char *address)
{
	struct sockaddr_in to = loopback(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	bool good = connect(fd, (struct sockaddr *)&to, sizeof to) == 0;

	close(fd);
	return good;
}

/* "--txt-record=DOMAIN,string,string" */
static char *
record_argument(const char *text)
{
	char *argument = malloc(ARGUMENT_MAX);
	size_t at, size = strlen(text);

	ck_assert_uint_lt(size, ARGUMENT_MAX / 2);
	at = (size_t)snprintf(argument, ARGUMENT_MAX, "--txt-record="
	    DNS_DOMAIN);
	for (size_t i = 0; i < size; i += STRING_MAX)
		at += (size_t)snprintf(argument + at, ARGUMENT_MAX - at,
		    ",%.*s", STRING_MAX, text + i);
	return argument;
}

static void
become_dnsmasq(const char *address, const char *const *records, size_t count)
{
	char *arguments[ARGUMENTS_FIXED + RECORDS_MAX];
	char port[32], ttl[32];
	size_t n = 0;

	snprintf(port, sizeof port, "--port=%s", strchr(address, ':') + 1);
	snprintf(ttl, sizeof ttl, "--local-ttl=%d", DNS_TTL_S);
	arguments[n++] = (char *)(uintptr_t)"dnsmasq";
	arguments[n++] = (char *)(uintptr_t)"--keep-in-foreground";
	arguments[n++] = (char *)(uintptr_t)"--log-facility=/dev/null";
	arguments[n++] = (char *)(uintptr_t)"--conf-file=/dev/null";
	arguments[n++] = (char *)(uintptr_t)"--pid-file=";
	arguments[n++] = (char *)(uintptr_t)"--no-resolv";
	arguments[n++] = (char *)(uintptr_t)"--no-hosts";
	arguments[n++] = (char *)(uintptr_t)"--local=/localdomain/";
	arguments[n++] = (char *)(uintptr_t)"--listen-address=127.0.0.1";
	arguments[n++] = (char *)(uintptr_t)"--bind-interfaces";
	arguments[n++] = port;
	arguments[n++] = ttl;
	for (size_t i = 0; i < count; i++)
		arguments[n++] = record_argument(records[i]);
	arguments[n] = NULL;
	setenv("PATH", "/usr/sbin:/usr/local/sbin:/usr/bin:/bin", 1);
	execvp(arguments[0], arguments);
	perror("dnsmasq");
	_exit(127);
}

void
dns_server_start(const char *address, const char *const *records,
    size_t count)
{
	struct await wait = AWAIT;

	ck_assert_uint_le(count, RECORDS_MAX);
	ck_assert_int_eq(server, 0);
	server = fork();
	ck_assert_int_ge(server, 0);
	if (server == 0)
		become_dnsmasq(address, records, count);
	while (!is_listening(address)) {
		ck_assert_int_eq(waitpid(server, NULL, WNOHANG), 0);
		ck_assert(await_again(&wait));
	}
}

void
dns_server_stop(void)
{
	if (server == 0)
		return;
	kill(server, SIGTERM);
	waitpid(server, NULL, 0);
	server = 0;
}

/*
 * The false server: a thread, and a UDP and a TCP socket with the same port.
 */

#define MESSAGE_MAX 600

static struct {
	enum false_dns kind;
	int udp, tcp;
	int stop[2];
	pthread_t thread;
	atomic_uint asked;
	bool started;
} fake;

static void
reply(const uint8_t *message, size_t size, const struct sockaddr_in *to)
{
	(void)sendto(fake.udp, message, size, 0, (const struct sockaddr *)to,
	    sizeof *to);
}

/* Begin a reply: the header of the question with new flags, and the question
 * without its EDNS record. */
static void
reply_flags(const uint8_t *question, size_t size, uint8_t high, uint8_t low,
    const struct sockaddr_in *to)
{
	uint8_t message[MESSAGE_MAX];

	memcpy(message, question, size);
	message[2] = high;
	message[3] = low;
	message[11] = 0;
	reply(message, size - 11, to);
}

/* A reply with one TXT record, "true".  With ${bit} it is forged: it has another
 * record, and the byte at ${changed} differs from the question. */
static void
reply_txt(const uint8_t *question, size_t size, size_t changed, uint8_t bit,
    size_t cut, const struct sockaddr_in *to)
{
	static const uint8_t truth[] = { 0xc0, 12, 0, 16, 0, 1, 0, 0, 0,
	    DNS_TTL_S, 0, 5, 4, 't', 'r', 'u', 'e' };
	uint8_t message[MESSAGE_MAX];

	size -= 11;
	memcpy(message, question, size);
	message[2] = 0x81;
	message[3] = 0x80;
	message[7] = 1;
	message[11] = 0;
	memcpy(message + size, truth, sizeof truth);
	if (bit != 0)
		message[size + sizeof truth - 1] = 'y';
	message[changed] ^= bit;
	reply(message, size + sizeof truth - cut, to);
}

static void
reply_forged(const uint8_t *question, size_t size,
    const struct sockaddr_in *to)
{
	/* Offsets of a byte of the id, the flags, the count and the name. */
	static const size_t changed[] = { 0, 1, 5, 14 };

	reply(question, 1, to);
	reply(question, 0, to);
	for (size_t i = 0; i < sizeof changed / sizeof changed[0]; i++)
		reply_txt(question, size, changed[i], 2, 0, to);
	reply_txt(question, size, 0, 0, 0, to);
}

static void
answer_udp(void)
{
	struct sockaddr_in from;
	socklen_t length = sizeof from;
	uint8_t question[MESSAGE_MAX / 2];
	ssize_t size = recvfrom(fake.udp, question, sizeof question, 0,
	    (struct sockaddr *)&from, &length);

	if (size < 28)
		return;
	atomic_fetch_add(&fake.asked, 1);
	switch (fake.kind) {
	case FALSE_DNS_SILENT:
		break;
	case FALSE_DNS_CUT:
	case FALSE_DNS_CUT_SHORT:
		reply_flags(question, (size_t)size, 0x83, 0x80, &from);
		break;
	case FALSE_DNS_REFUSES:
		reply_flags(question, (size_t)size, 0x81, 0x85, &from);
		break;
	case FALSE_DNS_BROKEN:
		reply_txt(question, (size_t)size, 0, 0, 1, &from);
		break;
	case FALSE_DNS_FORGED:
		reply_forged(question, (size_t)size, &from);
		break;
	}
}

/* Over TCP a message begins with a length of two bytes: send one of them. */
static void
answer_tcp(void)
{
	int fd = accept(fake.tcp, NULL, NULL);

	if (fd >= 0)
		(void)!write(fd, "", 1);
	if (fd >= 0 && fake.kind == FALSE_DNS_CUT_SHORT)
		close(fd);
}

static void *
run_fake(void *unused)
{
	struct pollfd fds[] = {
		{ .fd = fake.stop[0], .events = POLLIN },
		{ .fd = fake.udp, .events = POLLIN },
		{ .fd = fake.tcp, .events = POLLIN },
	};

	while (poll(fds, 3, -1) > 0 && fds[0].revents == 0) {
		if (fds[1].revents != 0)
			answer_udp();
		if (fds[2].revents != 0)
			answer_tcp();
	}
	return unused;
}

void
false_dns_start(enum false_dns kind, char address[LOOPBACK_TEXT_SIZE])
{
	const int reuse = 1;
	struct sockaddr_in at;

	loopback_free_address(address);
	at = loopback(address);
	fake.kind = kind;
	atomic_store(&fake.asked, 0);
	fake.udp = socket(AF_INET, SOCK_DGRAM, 0);
	fake.tcp = socket(AF_INET, SOCK_STREAM, 0);
	/* The address is still in use by a socket of loopback.c; with this
	 * option it can be bound again. */
	ck_assert_int_eq(setsockopt(fake.tcp, SOL_SOCKET, SO_REUSEADDR, &reuse,
	    sizeof reuse), 0);
	ck_assert_int_eq(bind(fake.udp, (struct sockaddr *)&at, sizeof at), 0);
	ck_assert_int_eq(bind(fake.tcp, (struct sockaddr *)&at, sizeof at), 0);
	ck_assert_int_eq(listen(fake.tcp, 8), 0);
	ck_assert_int_eq(pipe(fake.stop), 0);
	ck_assert_int_eq(pthread_create(&fake.thread, NULL, run_fake, NULL),
	    0);
	fake.started = true;
}

unsigned
false_dns_asked(void)
{
	return atomic_load(&fake.asked);
}

void
false_dns_stop(void)
{
	if (!fake.started)
		return;
	fake.started = false;
	ck_assert_int_eq(write(fake.stop[1], "", 1), 1);
	pthread_join(fake.thread, NULL);
	close(fake.stop[0]);
	close(fake.stop[1]);
	close(fake.udp);
	close(fake.tcp);
}
