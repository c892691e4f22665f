/*
 * The client's side of the control socket: one connection, one line, one reply.
 */
#include "ask.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "control.h"
#include "shared/complain.h"

/* Longest reply that is read; a full reservoir and a full table of peers are
 * less.  Bytes. */
#define REPLY_MAX ((size_t)256 * 1024 * 1024)

/* A descriptor whose calls wait no longer than the daemon would, but for the
 * reply of a command that waits for a transaction; -1: errno says why. */
static int
connect_to(const char *path, bool for_ever)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const struct timeval wait = { CONTROL_WAIT_S, 0 };
	int fd;

	if (strlen(path) >= sizeof address.sun_path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (!for_ever)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait,
		    sizeof wait);
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
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
receive_reply(int fd)
{
	size_t size = 0, capacity = 65536;
	char *text = malloc(capacity), *more;
	json_t *reply = NULL;
	ssize_t got = 1;

	while (text != NULL && (got = recv(fd, text + size, capacity - size,
	    0)) > 0) {
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
ask_daemon(const char *path, const json_t *request, bool for_ever,
    const char **why)
{
	const int fd = connect_to(path, for_ever);
	json_t *reply;

	*why = for_ever ? "the node has stopped" : "no reply";
	if (fd < 0) {
		*why = cause_text(BITMARK_E_IO);
		return NULL;
	}
	reply = send_line(fd, request) ? receive_reply(fd) : NULL;
	close(fd);
	return reply;
}
