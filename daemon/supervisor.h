/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * supervisor - the program that has started the daemon, as systemd, is told
 * that it is ready, how far it is, and that it still works.
 *
 * The protocol is that of sd_notify(3): lines of KEY=VALUE in a datagram, to the
 * socket that NOTIFY_SOCKET names.  Without that variable nothing is told.
 *
 * Used by one thread.
 */
#ifndef DAEMON_SUPERVISOR_H
#define DAEMON_SUPERVISOR_H

#include <sys/socket.h>
#include <sys/un.h>

#include <bitmarkpeer/node.h>

/* Longest line about the node, with NUL.  Bytes. */
#define SUPERVISOR_STATUS_MAX (BITMARK_NODE_BLOCKED_MAX + 64)

struct supervisor {
	int fd;                         /* -1: there is none               */
	struct sockaddr_un address;
	socklen_t address_size;
	uint64_t watchdog_ms;           /* between two signs of life; 0: none
	                                   are asked for                   */
	uint64_t sign_ms;               /* when the next one is due        */
	char status[SUPERVISOR_STATUS_MAX];     /* told last               */
};

/* Look for one in the environment.  ${supervisor} is overwritten; to be ended by
 * supervisor_close. */
void supervisor_open(struct supervisor *supervisor);
void supervisor_close(struct supervisor *supervisor);

/* The node serves its peers: after the start, and after reloading. */
void supervisor_ready(struct supervisor *supervisor);
/* The daemon begins to reload, or to stop. */
void supervisor_reloading(struct supervisor *supervisor);
void supervisor_stopping(struct supervisor *supervisor);

/* Tell how far the node is when that has changed, and give the sign of life that
 * is due. */
void supervisor_tick(struct supervisor *supervisor,
    const struct bitmark_node_status *status, uint64_t now_ms);

#endif
