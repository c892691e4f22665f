/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Counting the bytes of a connection, as TCP carries them.
 *
 * libzmq reads from a connection for as long as its peer sends, and hands over
 * only whole messages: frames of a message that never ends stay in its memory,
 * and no option bounds them.  How much that is can be told from outside: the
 * bytes that it has read, less those of the messages that it has handed over.
 */
#include "net/wire.h"

#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#ifdef __linux__
#include <linux/sockios.h>
#include <linux/tcp.h>
#endif

/* Bytes around a frame on the wire: those of CURVE, and ZMTP's flags and
 * length.  Source: CurveZMQ RFC 26, MESSAGE; ZMTP RFC 23 */
#define CURVE_SIZE 33
#define SHORT_MAX 255
#define SHORT_HEAD_SIZE 2
#define LONG_HEAD_SIZE 9

size_t
bm_wire_frame(size_t size)
{
	return size + CURVE_SIZE + (size + CURVE_SIZE <= SHORT_MAX ?
	    SHORT_HEAD_SIZE : LONG_HEAD_SIZE);
}

#ifdef __linux__
/* TCP_INFO counts from the beginning of the connection and costs one call; it
 * fails when the descriptor is no TCP connection any more. */
bool
bm_wire_count(int fd, struct bm_wire_counts *counts)
{
	struct tcp_info info = { .tcpi_bytes_received = 0 };
	socklen_t size = sizeof info;
	int unread = 0;

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 ||
	    ioctl(fd, FIONREAD, &unread) != 0 || unread < 0)
		return false;
	*counts = (struct bm_wire_counts){
		(uint64_t)info.tcpi_bytes_received, (uint64_t)unread,
		(uint64_t)info.tcpi_bytes_acked };
	return true;
}

/* SIOCOUTQNSD, and not SIOCOUTQ, which counts also what is on its way and not
 * acknowledged yet: a client that is far away would look like one that does not
 * read. */
int
bm_wire_unsent(int fd)
{
	int unsent = 0;

	return ioctl(fd, SIOCOUTQNSD, &unsent) != 0 ? -1 : unsent;
}
#else
/* Other systems do not tell: all clients seem to read, and to hold nothing. */
int
bm_wire_unsent(int fd)
{
	(void)fd;
	return 0;
}

bool
bm_wire_count(int fd, struct bm_wire_counts *counts)
{
	(void)fd;
	(void)counts;
	return false;
}
#endif

/* Bytes that libzmq has read from a connection: those that the system received,
 * less those that still lie in its buffer.  The two are asked one after the
 * other while data comes in, so the difference may be a little wrong for a
 * moment; it is compared with bounds of megabytes. */
static uint64_t
read_from(int fd)
{
	struct bm_wire_counts counts;

	return !bm_wire_count(fd, &counts) ||
	    counts.received < counts.unread ? 0 :
	    counts.received - counts.unread;
}

/* Messages may be handed over that were read after the question: then nothing
 * is held, and the count is put right, or the difference would be off for ever.
 */
size_t
bm_wire_held(int fd, uint64_t *delivered)
{
	const uint64_t read = read_from(fd);

	if (*delivered > read)
		*delivered = read;
	return (size_t)(read - *delivered);
}
