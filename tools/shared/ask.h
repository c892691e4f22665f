/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * ask - a request to a daemon that runs, by its control socket.
 */
#ifndef SHARED_ASK_H
#define SHARED_ASK_H

#include <jansson.h>
#include <stdint.h>

/* As long as the daemon gives a client for its request and for its reply, and
 * without end.  Milliseconds. */
#define ASK_WAIT_MS (2 * 30 * 1000)
#define ASK_FOR_EVER UINT64_MAX

/*
 * ask_daemon(path, request, wait_ms, why):
 * Send ${request} to the socket at ${path}, and wait for the whole reply.
 *
 *   wait_ms for all of it, or ASK_FOR_EVER: for a command that waits for a
 *           transaction
 *   why     when there is no reply: what is wrong; static, or until the next call
 *
 * Returns the reply, owned by the caller, or NULL.
 */
json_t *ask_daemon(const char *path, const json_t *request, uint64_t wait_ms,
    const char **why);

#endif
