/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The client's side of the control socket: one connection, one line, one reply.
 */
#include "shared/ask.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <bitmarkpeer/os.h>

#include "shared/complain.h"

/* Longest reply that is read; a full reservoir and a full table of peers are
 * less.  Bytes. */
#define REPLY_MAX ((size_t)256 * 1024 * 1024)

/* The next call waits until ${end_ms} at most; false: that time has passed. The
 * rest of the time is computed anew for each call, because a socket's time-out
 * begins anew with each byte, and a daemon may send one byte now and then. */
static bool
set_wait(int fd, int option, uint64_t end_ms)
{
	const uint64_t now_ms = bitmark_clock_ms();
	const uint64_t left_ms = end_ms > now_ms ? end_ms - now_ms : 0;
	const struct timeval wait = { (time_t)(left_ms / 1000),
		(suseconds_t)(left_ms % 1000 * 1000) };

	if (end_ms == UINT64_MAX)
		return true;
	return left_ms > 0 && setsockopt(fd, SOL_SOCKET, option, &wait,
	    sizeof wait) == 0;
}

/* -1: errno says why. connect blocks when the daemon's queue of clients is
 * full, so that it gets a time limit even when the caller waits for ever for
 * the reply. */
static int
connect_to(const char *path, uint64_t end_ms)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof address.sun_path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	(void)set_wait(fd, SO_SNDTIMEO, end_ms == UINT64_MAX ?
	    bitmark_clock_ms() + ASK_WAIT_MS : end_ms);
	if (connect(fd, (const struct sockaddr *)&address, sizeof address) ==
	    0)
		return fd;
	close(fd);
	return -1;
}

/* The request as a line: its end tells the daemon that it is whole.  A daemon
 * that hangs up in the middle is an error here, and not a SIGPIPE. */
static bool
send_line(int fd, const json_t *request)
{
	char *text = json_dumps(request, JSON_COMPACT);
	size_t size = text != NULL ? strlen(text) : 0, at = 0;

	if (text == NULL)
		return false;
	text[size++] = '\n';            /* in place of the NUL */
	while (at < size) {
		ssize_t sent = send(fd, text + at, size - at, MSG_NOSIGNAL);

		if (sent < 0 && errno != EINTR)
			break;
		if (sent > 0)
			at += (size_t)sent;
	}
	free(text);
	return at == size;
}

/* The reply ends where the daemon hangs up; NULL: it is not whole, not JSON, or
 * too long.  There is no length in front of it: a reply that was cut off is no
 * JSON, and so cannot be taken for a whole one. */
static json_t *
receive_reply(int fd, uint64_t end_ms)
{
	size_t size = 0, capacity = 65536;
	char *text = malloc(capacity), *more;
	json_t *reply = NULL;
	ssize_t got = 1;

	while (text != NULL && set_wait(fd, SO_RCVTIMEO, end_ms) &&
	    (got = recv(fd, text + size, capacity - size, 0)) > 0) {
		size += (size_t)got;
		if (size < capacity)
			continue;
		capacity *= 2;
		more = capacity > REPLY_MAX ? NULL : realloc(text, capacity);
		if (more == NULL)
			break;
		text = more;
	}
	if (text != NULL && got == 0)
		reply = json_loadb(text, size, 0, NULL);
	free(text);
	return reply;
}

json_t *
ask_daemon(const char *path, const json_t *request, uint64_t wait_ms,
    const char **why)
{
	const uint64_t end_ms = wait_ms == ASK_FOR_EVER ? UINT64_MAX :
	    bitmark_clock_ms() + wait_ms;
	const int fd = connect_to(path, end_ms);
	json_t *reply;

	*why = wait_ms == ASK_FOR_EVER ? "the node has stopped" : "no reply";
	if (fd < 0) {
		*why = cause_text(BITMARK_E_IO);
		return NULL;
	}
	reply = send_line(fd, request) ? receive_reply(fd, end_ms) :
	    NULL;
	close(fd);
	return reply;
}
