/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Messages to the supervisor that started the daemon, as sd_notify(3) sends
 * them: datagrams to the socket in $NOTIFY_SOCKET. A datagram that cannot be
 * sent is lost, because a supervisor that does not listen must not hold up the
 * node.
 */
#include "supervisor.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bitmarkpeer/os.h>

#include "report.h"

/* The value of a variable of the environment that is a number; 0: there is
 * none. */
static uint64_t
number_in(const char *variable)
{
	const char *text = getenv(variable);
	char *end;
	unsigned long long number;

	if (text == NULL || text[0] < '0' || text[0] > '9')
		return 0;
	errno = 0;
	number = strtoull(text, &end, 10);
	return errno == 0 && *end == '\0' ? number : 0;
}

/* Signs of life are sent twice as often as the supervisor demands, so that a
 * short delay does not end the node. The variables are inherited, so they may
 * be meant for another process. */
static uint64_t
watchdog_interval(void)
{
	const uint64_t pid = number_in("WATCHDOG_PID");

	if (pid != 0 && pid != (uint64_t)getpid())
		return 0;
	return number_in("WATCHDOG_USEC") / 2 / 1000;
}

/* A name that begins with '@' is in the abstract namespace: there the first
 * byte is 0, and the size alone ends the name. */
void
supervisor_open(struct supervisor *s)
{
	const char *name = getenv("NOTIFY_SOCKET");
	size_t size = name != NULL ? strlen(name) : 0;

	memset(s, 0, sizeof *s);
	s->fd = -1;
	if (size < 2 || size >= sizeof s->address.sun_path ||
	    (name[0] != '/' && name[0] != '@'))
		return;
	s->address.sun_family = AF_UNIX;
	memcpy(s->address.sun_path, name, size);
	if (name[0] == '@')
		s->address.sun_path[0] = '\0';
	s->address_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
	    size);
	s->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	s->watchdog_ms = watchdog_interval();
}

void
supervisor_close(struct supervisor *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

static void
tell(const struct supervisor *s, const char *text)
{
	if (s->fd >= 0)
		(void)sendto(s->fd, text, strlen(text), MSG_NOSIGNAL,
		    (const struct sockaddr *)&s->address, s->address_size);
}

void
supervisor_ready(struct supervisor *s)
{
	tell(s, "READY=1\n");
}

/* The time must not be earlier than that of the request which this answers, so
 * the current millisecond is rounded up. */
void
supervisor_reloading(struct supervisor *s)
{
	char text[80];

	snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64 "\n",
	    1000 * (bitmark_clock_ms() + 1));
	tell(s, text);
}

void
supervisor_stopping(struct supervisor *s)
{
	tell(s, "STOPPING=1\n");
}

/* One line for people, which systemctl status shows. */
static void
describe(const struct bitmark_node_status *status,
    char text[SUPERVISOR_STATUS_MAX])
{
	char blocked[BITMARK_NODE_BLOCKED_MAX];

	if (status->blocked != BITMARK_OK)
		snprintf(text, SUPERVISOR_STATUS_MAX, "The node %s",
		    bitmark_node_blocked_text(status, blocked));
	else if (status->target > status->tip.number)
		snprintf(text, SUPERVISOR_STATUS_MAX, "Block %" PRIu64
		    " of %" PRIu64 ", %u peers", status->tip.number,
		    status->target, status->peers);
	else
		snprintf(text, SUPERVISOR_STATUS_MAX, "Block %" PRIu64
		    ", %u peers, %s", status->tip.number, status->peers,
		    report_mode(status->mode));
}

/* The line is sent only when it has changed. */
void
supervisor_tick(struct supervisor *s,
    const struct bitmark_node_status *status, uint64_t now_ms)
{
	char line[SUPERVISOR_STATUS_MAX], text[sizeof line + 16];

	if (s->fd < 0)
		return;
	describe(status, line);
	if (strcmp(line, s->status) != 0) {
		memcpy(s->status, line, sizeof s->status);
		snprintf(text, sizeof text, "STATUS=%s\n", line);
		tell(s, text);
	}
	if (s->watchdog_ms != 0 && now_ms >= s->sign_ms) {
		tell(s, "WATCHDOG=1\n");
		s->sign_ms = now_ms + s->watchdog_ms;
	}
}
