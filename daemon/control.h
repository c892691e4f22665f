/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * control - the socket by which a running daemon is asked and steered.
 *
 * A UNIX socket of mode 0600, or 0660 for a group: whoever can open it may do
 * everything.  A
 * connection carries one request, a line of JSON, and its reply; see answer.h.
 *
 * The thread that calls control_serve serves all clients: none of them waits
 * for the bytes of another one, and a client that is slow is given up after
 * CONTROL_WAIT_S.  A request that waits for a transaction keeps its place; it is
 * looked at again when the node says that something has changed.
 *
 * Answers are made one after the other.  Another thread for them would win
 * nothing: what an answer can wait for is the one thread that changes the node's
 * state, and that does one thing after the other, too.
 */
#ifndef DAEMON_CONTROL_H
#define DAEMON_CONTROL_H

#include <poll.h>

#include "answer.h"

/* How long a client may take to send its request, and to take its reply.
 * Seconds. */
#define CONTROL_WAIT_S 30
/* Clients that wait for a transaction; and all that are served at once.  Others
 * wait to be let in. */
#define CONTROL_WAITS_MAX 64
#define CONTROL_CLIENTS_MAX (CONTROL_WAITS_MAX + 16)

struct control;

/*
 * control_open(control, path, group, from):
 * Listen at ${path}, in place of the socket that a daemon that is gone has left
 * there.  The socket of a daemon that runs and another file stay, and are an
 * error.
 *
 *   group    that may use it, too; NULL: the owner alone
 *   from     copied
 *   control  new; owned by the caller: control_close, before the node is
 *            stopped
 *
 * Returns NULL, or what is wrong; static.
 */
const char *control_open(struct control **control, const char *path,
    const char *group, const struct answer_from *from);

/* Descriptors of other services that are waited for together with the clients, at
 * most. */
#define CONTROL_EXTRA_MAX 16

/*
 * control_serve(control, wait_ms, extra, extra_count):
 * Serve clients until ${wait_ms} have passed, a signal comes, one of them has
 * been served, or one of the descriptors in ${extra} is ready, which is told as
 * by poll(2).  ${control} may be NULL: then there are no clients.
 */
void control_serve(struct control *control, uint64_t wait_ms,
    struct pollfd *extra, size_t extra_count);

/* Remove the socket and hang up.  NULL does nothing. */
void control_close(struct control *control);

#endif
