/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A cable between nodes for scripts, which is cut by ending it:
 *
 *	relay free COUNT FROM   print the first of COUNT ports in a row that
 *	                        nobody uses, at FROM or later
 *	relay PORT TARGET...    what comes in at 127.0.0.1:PORT goes to
 *	                        127.0.0.1:TARGET and back, at PORT+1 to the next
 *	                        one
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* From here on systems give out ports by themselves. */
#define PORT_LIMIT 32000
#define TARGETS_MAX 64
#define BACKLOG 64
#define BUFFER_SIZE 65536

struct cable {
	int from, to;
};

static struct sockaddr_in
loopback(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons((unsigned short)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	return address;
}

/* A socket that listens, or -1. */
static int
listen_at(int port)
{
	struct sockaddr_in address = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on,
	    sizeof on) == 0 && bind(fd, (struct sockaddr *)&address,
	    sizeof address) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	close(fd);
	return -1;
}

static int
is_free(int port)
{
	int fd = listen_at(port);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static int
print_free(int count, int port)
{
	int found = 0;

	for (; port < PORT_LIMIT && found < count; port++)
		found = is_free(port) ? found + 1 : 0;
	if (found < count)
		return 1;
	printf("%d\n", port - count);
	return 0;
}

/* One direction; at its end both ends hear of it. */
static void *
pump(void *argument)
{
	struct cable *cable = argument;
	char buffer[BUFFER_SIZE];
	ssize_t got, put = 0;

	while ((got = read(cable->from, buffer, sizeof buffer)) > 0)
		for (ssize_t at = 0; at < got; at += put) {
			put = write(cable->to, buffer + at,
			    (size_t)(got - at));
			if (put < 0)
				break;
		}
	shutdown(cable->from, SHUT_RDWR);
	shutdown(cable->to, SHUT_RDWR);
	free(cable);
	return NULL;
}

static void
start_pump(int from, int to)
{
	struct cable *cable = malloc(sizeof *cable);
	pthread_t thread;

	if (cable == NULL)
		exit(1);
	*cable = (struct cable){ from, to };
	if (pthread_create(&thread, NULL, pump, cable) != 0)
		exit(1);
	pthread_detach(thread);
}

/* The descriptors are left open: the process does not live long. */
static void
connect_through(int from, int target)
{
	struct sockaddr_in address = loopback(target);
	int to = socket(AF_INET, SOCK_STREAM, 0);

	if (connect(to, (struct sockaddr *)&address, sizeof address) != 0) {
		close(to);
		close(from);
		return;
	}
	start_pump(from, to);
	start_pump(to, from);
}

int
main(int argc, char **argv)
{
	struct pollfd listening[TARGETS_MAX];
	int target[TARGETS_MAX], count = argc - 2;

	if (argc == 4 && strcmp(argv[1], "free") == 0)
		return print_free(atoi(argv[2]), atoi(argv[3]));
	if (count < 1 || count > TARGETS_MAX)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	for (int i = 0; i < count; i++) {
		target[i] = atoi(argv[2 + i]);
		listening[i] = (struct pollfd){ .events = POLLIN,
			.fd = listen_at(atoi(argv[1]) + i) };
		if (listening[i].fd < 0)
			return 1;
	}
	while (poll(listening, (nfds_t)count, -1) > 0)
		for (int i = 0; i < count; i++) {
			int fd = (listening[i].revents & POLLIN) == 0 ? -1 :
			    accept(listening[i].fd, NULL, NULL);

			if (fd >= 0)
				connect_through(fd, target[i]);
		}
	return 1;
}
