/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * serve - answers the requests of peers and wallets, on the listener's thread.
 *
 * A request is dispatched against the committed state of its moment and waits
 * for nothing.  What it asks of the node beyond the reply goes to the inbox,
 * where the owner thread finds it.
 */
#ifndef BM_NODE_SERVE_H
#define BM_NODE_SERVE_H

#include "net/listener.h"
#include "node/inbox.h"
#include "node/settings.h"
#include "node/table.h"

struct bm_serve;

/* All of them must outlive it. */
struct bm_serve_needs {
	const struct bm_settings *settings;
	struct bitmark_chain *chain;
	struct bm_table *table;
	struct bm_inbox *inbox;
};

/*
 * bm_serve_new(serve, needs):
 *   serve   new; owned by the caller: bm_serve_free, before the chain is closed
 *
 * Returns BITMARK_OK, BITMARK_E_STORE* or BITMARK_E_NOMEM.
 */
BITMARK_MUSTUSE bitmark_status bm_serve_new(struct bm_serve **serve,
    const struct bm_serve_needs *needs);
void bm_serve_free(struct bm_serve *serve);

/*
 * bm_serve_listen(serve, zmq, listen, count):
 * Begin to answer at ${count} addresses; nothing when there are none.
 *
 *   zmq     context; must outlive bm_serve_stop
 *
 * Returns BITMARK_OK, an error of bm_resolve or of bm_listener_start.
 */
BITMARK_MUSTUSE bitmark_status bm_serve_listen(struct bm_serve *serve,
    void *zmq, const char *const *listen, size_t count);
/* End the listener's thread and close its sockets.  NULL: nothing. */
void bm_serve_stop(struct bm_serve *serve);

/* Tell what mode replies are to name.  Any thread. */
void bm_serve_set_normal(struct bm_serve *serve, bool normal);

/* Any thread.  dropped counts requests that got no reply and those that the
 * inbox could not take. */
void bm_serve_stats(struct bm_serve *serve, struct bm_listener_stats *stats);
/* Requests that were refused because their command is longer than
 * BITMARK_COMMAND_MAX.  Any thread. */
uint64_t bm_serve_long_commands(struct bm_serve *serve);

#endif
