/*
 * control - the socket by which a running daemon is asked and steered.
 *
 * A UNIX socket of mode 0600: whoever can open it may do all.  A connection
 * carries one request, a line of JSON {"command": name, ..}, and the reply, a
 * JSON value, or an object with "error": text and what was done before it.
 * Requests are answered one after another by one thread; one that is not
 * complete after some seconds is dropped.
 */
#ifndef DAEMON_CONTROL_H
#define DAEMON_CONTROL_H

#include <bitmarkpeer/node.h>

/* Longest request: the largest block in hex, and what is around it.  Bytes. */
#define CONTROL_REQUEST_MAX (2 * BITMARK_BLOCK_MAX + 1024)
/* How long a client, or the daemon, may keep the other waiting. */
#define CONTROL_WAIT_S 30

struct control;

/*
 * control_start(control, path, node, params):
 * Listen at ${path}, in place of the socket that a daemon that is gone has left
 * there; that of one that runs and another file stay, and are an error.
 *
 *   control  new; owned by the caller: control_stop, before the node is
 *            stopped
 *
 * Returns NULL, or what is wrong; static.
 */
const char *control_start(struct control **control, const char *path,
    struct bitmark_node *node, const struct bitmark_chain_params *params);

void control_stop(struct control *control);

#endif
