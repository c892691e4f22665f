/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * settings - what a node was started with: its own copy of the configuration,
 * with the defaults filled in.
 *
 * It is filled before the threads of the node start and not changed after, so
 * that all of them may read it without a lock.
 */
#ifndef BM_NODE_SETTINGS_H
#define BM_NODE_SETTINGS_H

#include <bitmarkpeer/node.h>

/* A static peer. */
struct bm_static_peer {
	uint8_t key[BITMARK_PEER_KEY_SIZE];
	char *address;
};

struct bm_settings {
	struct bitmark_env env;
	const struct bitmark_chain_params *params;
	const struct bitmark_rules *rules;      /* those of the store     */
	struct bitmark_checkpoint checkpoint;   /* number 0: none         */
	char *version;
	uint8_t public_key[BITMARK_PEER_KEY_SIZE];
	uint8_t private_key[BITMARK_PEER_KEY_SIZE];
	struct bm_static_peer *peers;
	size_t peer_count;
	bool dynamic_connections, prefer_ipv6;
	bool auto_verify;
	size_t minimum_clients, dynamic_clients;
	size_t ahead_bytes;
	unsigned connections_max;
	char *peer_file;                        /* NULL: none             */
	uint64_t cycle_ms;
	uint64_t poll_ms;                       /* 0: the session's       */
	uint64_t announce_first_ms, announce_interval_ms;
	uint64_t rebroadcast_ms;
	struct bitmark_peer own;                /* what is told of this node;
	                                           connections_size 0: nothing */
	struct bitmark_rpc rpc;                 /* likewise of the client RPC
	                                           beside it              */
	bitmark_node_event_fn event;            /* NULL: none             */
	uint64_t events_from;                   /* 0: new blocks only     */
};

/*
 * bm_settings_copy(settings, config):
 * Copy the configuration, but for what depends on the rules of the store: that
 * is added by bm_settings_follow.
 *
 *   settings  all zero; to be ended by bm_settings_fini, also after an error
 *
 * Returns BITMARK_OK or an error of bitmark_node_start.
 */
BITMARK_MUSTUSE bitmark_status bm_settings_copy(struct bm_settings *settings,
    const struct bitmark_node_config *config);

/* Fill in what depends on the rules that the store follows. */
void bm_settings_follow(struct bm_settings *settings,
    const struct bitmark_node_config *config,
    const struct bitmark_rules *rules);

/* Frees what it holds, and wipes the private key. */
void bm_settings_fini(struct bm_settings *settings);

/*
 * bm_settings_resolve(settings, module, text, count, bind):
 * Find the addresses to be bound to; one that is not known is logged for
 * ${module}.
 *
 *   bind    new, ${count} of them; owned by the caller: free(); NULL after an
 *           error
 *
 * Returns BITMARK_OK, BITMARK_E_NOMEM or an error of bm_resolve.
 */
BITMARK_MUSTUSE bitmark_status bm_settings_resolve(
    const struct bm_settings *settings, const char *module,
    const char *const *text, size_t count, struct bitmark_connection **bind);

#endif
