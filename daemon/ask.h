/*
 * ask - a request to a daemon that runs, by its control socket.
 */
#ifndef DAEMON_ASK_H
#define DAEMON_ASK_H

#include <jansson.h>
#include <stdbool.h>

/*
 * ask_daemon(path, request, for_ever, why):
 * Send ${request} to the socket at ${path}, and wait for the reply: no longer
 * than the daemon would, unless ${for_ever}.
 *
 *   why   when there is no reply: what is wrong; static, or until the next call
 *
 * Returns the reply, owned by the caller, or NULL.
 */
json_t *ask_daemon(const char *path, const json_t *request, bool for_ever,
    const char **why);

#endif
