/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * One connection for each request: a line of JSON goes there, one value of JSON
 * comes back, and the daemon hangs up.  See bitmarkd-c-control(7).
 */
#include "node.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A connected descriptor, or -1 with errno. */
static int
connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof address.sun_path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&address,
	    sizeof address) != 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* A daemon that hangs up is an error here, and not the signal SIGPIPE. */
static int
send_text(int fd, const char *text, size_t size)
{
	while (size > 0) {
		const ssize_t sent = send(fd, text, size, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return -1;
		text += sent;
		size -= (size_t)sent;
	}
	return 0;
}

static json_t *
exchange(int fd, const char *request)
{
	json_error_t error;
	json_t *reply;

	if (send_text(fd, request, strlen(request)) != 0 ||
	    send_text(fd, "\n", 1) != 0) {
		fprintf(stderr, "wallet: the node: %s\n", strerror(errno));
		return NULL;
	}
	/* A reply that was cut off is no JSON, and so not taken for a whole
	 * one. */
	reply = json_loadfd(fd, 0, &error);
	if (reply == NULL)
		fprintf(stderr, "wallet: reply of the node: %s\n", error.text);
	return reply;
}

/* Errors of the daemon are objects with the key "error". */
static json_t *
without_error(json_t *reply)
{
	const char *text = json_string_value(json_object_get(reply, "error"));

	if (text == NULL)
		return reply;
	fprintf(stderr, "wallet: the node says: %s\n", text);
	json_decref(reply);
	return NULL;
}

json_t *
node_ask(const char *socket_path, json_t *request)
{
	char *text = json_dumps(request, JSON_COMPACT);
	json_t *reply = NULL;
	int fd;

	json_decref(request);
	if (text == NULL) {
		fprintf(stderr, "wallet: out of memory\n");
		return NULL;
	}
	fd = connect_to(socket_path);
	if (fd < 0)
		fprintf(stderr, "wallet: %s: %s\n", socket_path,
		    strerror(errno));
	else {
		reply = exchange(fd, text);
		close(fd);
	}
	free(text);
	return without_error(reply);
}
