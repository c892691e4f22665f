/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * peers - whom this node should be connected to, and what it announces: its
 * neighbours among the known peers, first peers from the DNS, the file of
 * known peers, and the announcements of this node and of the client RPC beside
 * it.
 *
 * The owner thread's.  Source: bitmarkd v8.2 announce/announcer.go,
 * announce/store.go
 */
#ifndef BM_NODE_PEERS_H
#define BM_NODE_PEERS_H

#include <bitmarkpeer/dispatch.h>

#include "node/bootstrap.h"
#include "node/upstreams.h"

struct bm_peers;

/* All of them must outlive it. */
struct bm_peers_needs {
	const struct bm_settings *settings;
	const struct bm_now *now;
	struct bm_table *table;
	struct bm_bootstrap *bootstrap;
	struct bm_upstreams *upstreams; /* asked for peers                 */
	struct bm_events *events;       /* announcements                   */
	struct bm_reports *reports;     /* neighbours                      */
};

/* BITMARK_OK, BITMARK_E_NOMEM or an error of bitmark_rpc_list_set_local. */
BITMARK_MUSTUSE bitmark_status bm_peers_new(struct bm_peers **peers,
    const struct bm_peers_needs *needs);
void bm_peers_free(struct bm_peers *peers);

/* Read the file of known peers, and report neighbours. */
void bm_peers_begin(struct bm_peers *peers);
/* Write the file of known peers. */
void bm_peers_save(struct bm_peers *peers);

/* Do what is due: announce, expire, look for neighbours. */
void bm_peers_run(struct bm_peers *peers);
uint64_t bm_peers_deadline(const struct bm_peers *peers);

/* The connector has too few clients: report neighbours and candidates when
 * bm_peers_run is called next, at once. */
void bm_peers_want(struct bm_peers *peers);

/*
 * bm_peers_hear(peers, kind, sender, announcement):
 * Take in the announcement of a peer or of a client RPC, and pass it on if it
 * tells something new.
 *
 *   kind  BITMARK_REQUEST_PEER or BITMARK_REQUEST_RPC
 *
 * Returns as bm_table_hear, or as bitmark_rpc_list_add.
 */
BITMARK_MUSTUSE bitmark_status bm_peers_hear(struct bm_peers *peers,
    enum bitmark_request_kind kind, uint64_t sender,
    struct bitmark_announcement announcement);

/* Enter a peer that the program names, and report it as a neighbour.  As
 * bm_table_add. */
BITMARK_MUSTUSE bitmark_status bm_peers_add(struct bm_peers *peers,
    const struct bitmark_peer *peer);

/* The client RPCs that were heard of, and this node's.  Inside. */
const struct bitmark_rpc_list *bm_peers_rpcs(const struct bm_peers *peers);

#endif
