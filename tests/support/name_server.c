/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
#define _GNU_SOURCE                     /* RTLD_NEXT */
#include "name_server.h"

#include <ares.h>
#include <arpa/inet.h>
#include <check.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bitmarkpeer/base.h>

#define HEADER_SIZE 12
#define MESSAGE_MAX 512
#define NAME_SIZE 256
#define TYPE_A 1
#define TYPE_AAAA 28
#define NO_SUCH_NAME 3
/* Addresses that no socket can be connected to. */
#define DEAD_FOUR "255.255.255.255"
#define DEAD_SIX "fe80::1"

static const struct host {
	const char *name, *four, *six;
} hosts[] = {
	{ "four.test", "127.0.0.1", NULL },
	{ "six.test", NULL, "::1" },
	{ "both.test", "127.0.0.1", "::1" },
	{ "slow.test", "127.0.0.1", NULL },
	{ "moves.test", "127.0.0.1", NULL },
	{ "no-six.test", "127.0.0.1", DEAD_SIX },
	{ "no-four.test", DEAD_FOUR, "::1" },
	{ "nowhere.test", DEAD_FOUR, DEAD_SIX },
	{ "no-six-only.test", NULL, DEAD_SIX },
	{ "nobody.test", NULL, NULL },
};

static struct {
	atomic_bool started, released;
	atomic_uint asked, channels;
	int udp, stop[2];
	char address[32];
	pthread_t thread;
} server;

/* --- c-ares, told of this server ------------------------------------------ */

/* Replaces ares_init_options of c-ares, by its assembler name.  In C it has
 * another name, because newer headers of c-ares declare it with const options,
 * which this definition would contradict. */
BITMARK_API int init_options(ares_channel *channel,
    struct ares_options *options, int mask) __asm__("ares_init_options");

int
init_options(ares_channel *channel, struct ares_options *options, int mask)
{
	int (*real)(ares_channel *, struct ares_options *, int);
	void *found = dlsym(RTLD_NEXT, "ares_init_options");
	int error;

	memcpy(&real, &found, sizeof real);
	atomic_fetch_add(&server.channels, 1);
	error = real(channel, options, mask);
	if (error == ARES_SUCCESS && atomic_load(&server.started))
		error = ares_set_servers_ports_csv(*channel, server.address);
	return error;
}

/* --- its messages -------------------------------------------------------- */

/* Read the name of a question; gives the offset behind it, or 0. */
static size_t
read_name(const uint8_t *message, size_t size, char name[NAME_SIZE])
{
	size_t at = HEADER_SIZE, length = 0;

	while (at < size && message[at] != 0) {
		const uint8_t label = message[at++];

		if (at + label > size || length + label + 1u >= NAME_SIZE)
			return 0;
		memcpy(name + length, message + at, label);
		length += label;
		name[length++] = '.';
		at += label;
	}
	if (length == 0)
		return 0;
	name[length - 1] = '\0';
	return at + 1;
}

static const struct host *
find(const char *name)
{
	for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++)
		if (strcasecmp(hosts[i].name, name) == 0)
			return &hosts[i];
	return NULL;
}

/* The host's address for the answer; NULL: it has none of this family. */
static const char *
address_of(const struct host *host, unsigned type)
{
	if (type == TYPE_A && strcmp(host->name, "moves.test") == 0 &&
	    atomic_load(&server.asked) == 1)
		return "127.0.0.2";
	return type == TYPE_A ? host->four : type == TYPE_AAAA ? host->six :
	    NULL;
}

/* One record behind a question of ${size} bytes; gives the size of all. */
static size_t
add_record(uint8_t *message, size_t size, unsigned type, const char *text)
{
	const uint8_t head[] = { 0xc0, HEADER_SIZE, 0, (uint8_t)type, 0, 1,
	    0, 0, 0, 5, 0, type == TYPE_A ? 4 : 16 };
	uint8_t address[16];

	ck_assert_int_eq(inet_pton(type == TYPE_A ? AF_INET : AF_INET6, text,
	    address), 1);
	memcpy(message + size, head, sizeof head);
	memcpy(message + size + sizeof head, address, head[11]);
	return size + sizeof head + head[11];
}

/* Turn a question into its answer; gives the size, 0: say nothing. */
static size_t
answer(uint8_t *message, size_t size)
{
	char name[NAME_SIZE];
	const char *address = NULL;
	const struct host *host;
	size_t end = read_name(message, size, name);
	unsigned type;

	if (end == 0 || end + 4 > size)
		return 0;
	type = (unsigned)message[end] << 8 | message[end + 1];
	end += 4;                       /* what follows is not repeated */
	host = find(name);
	if (host != NULL && type == TYPE_A)
		atomic_fetch_add(&server.asked, 1);
	if (host != NULL && strcmp(host->name, "slow.test") == 0 &&
	    !atomic_load(&server.released))
		return 0;
	message[2] = 0x85;
	message[3] = host == NULL || (host->four == NULL &&
	    host->six == NULL) ? NO_SUCH_NAME : 0;
	memset(message + 6, 0, HEADER_SIZE - 6);
	if (host != NULL)
		address = address_of(host, type);
	if (address == NULL)
		return end;
	message[7] = 1;
	return add_record(message, end, type, address);
}

static void *
run(void *unused)
{
	struct pollfd fds[] = {
		{ .fd = server.stop[0], .events = POLLIN },
		{ .fd = server.udp, .events = POLLIN },
	};

	while (poll(fds, 2, -1) > 0 && fds[0].revents == 0) {
		uint8_t message[MESSAGE_MAX];
		struct sockaddr_in from;
		socklen_t length = sizeof from;
		ssize_t size = recvfrom(server.udp, message, MESSAGE_MAX / 2,
		    0, (struct sockaddr *)&from, &length);
		size_t reply = size < HEADER_SIZE ? 0 :
		    answer(message, (size_t)size);

		if (reply != 0)
			(void)sendto(server.udp, message, reply, 0,
			    (struct sockaddr *)&from, length);
	}
	return unused;
}

void
name_server_start(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t length = sizeof at;

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server.udp = socket(AF_INET, SOCK_DGRAM, 0);
	ck_assert_int_eq(bind(server.udp, (struct sockaddr *)&at, length), 0);
	ck_assert_int_eq(getsockname(server.udp, (struct sockaddr *)&at,
	    &length), 0);
	snprintf(server.address, sizeof server.address, "127.0.0.1:%u",
	    (unsigned)ntohs(at.sin_port));
	ck_assert_int_eq(pipe(server.stop), 0);
	atomic_store(&server.asked, 0);
	atomic_store(&server.channels, 0);
	atomic_store(&server.released, false);
	ck_assert_int_eq(pthread_create(&server.thread, NULL, run, NULL), 0);
	atomic_store(&server.started, true);
}

void
name_server_stop(void)
{
	if (!atomic_exchange(&server.started, false))
		return;
	ck_assert_int_eq(write(server.stop[1], "", 1), 1);
	pthread_join(server.thread, NULL);
	close(server.stop[0]);
	close(server.stop[1]);
	close(server.udp);
}

void
name_server_release(void)
{
	atomic_store(&server.released, true);
}

unsigned
name_server_asked(void)
{
	return atomic_load(&server.asked);
}

unsigned
name_server_channels(void)
{
	return atomic_load(&server.channels);
}
