/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * node - all the parts put together: a store, a listener and the connections
 * to other nodes, on threads of their own.
 *
 * Words that the headers use:
 *
 *   peer        another node, known by its key and its addresses
 *   upstream    a connection that this node has opened to a peer, with its
 *               session
 *   client      the side of a connection that opened it: at the listener a
 *               peer or a wallet; those of a connector are the upstreams
 *   sender      the host that clients of the listener connect from: bounds are
 *               kept for each sender
 *   subscriber  a program that has connected to the publisher
 *   program     the one that runs the node, by the calls below
 *   owner       the thread of a node that alone changes its state
 *
 * Any thread may start and stop a node, and ask for its status.  Each of the
 * other calls states which thread may make it.  More than one node can live in
 * a process.
 */
#ifndef BITMARKPEER_NODE_H
#define BITMARKPEER_NODE_H

#include <bitmarkpeer/client.h>
#include <bitmarkpeer/dispatch.h>
#include <bitmarkpeer/node_mine.h>
#include <bitmarkpeer/reservoir.h>
#include <bitmarkpeer/rpc_list.h>
#include <bitmarkpeer/upstream.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Source: bitmarkd v8.2 mode/mode.go */
enum bitmark_mode {
	BITMARK_MODE_STOPPED,
	BITMARK_MODE_RESYNCHRONISE,
	BITMARK_MODE_NORMAL,
};

/* Incoming connections, at most.  Source: local bound. */
#define BITMARK_NODE_CONNECTIONS_MAX 1000
/* Miners connected to each of their sockets, and submissions that wait for a
 * digest, at most, when a program does not say otherwise.  Source: local
 * bounds. */
#define BITMARK_NODE_MINERS_MAX 256
#define BITMARK_NODE_SUBMISSIONS_MAX 8
/* Addresses announced, at most: so many packed ones are accepted from a peer.
 */
#define BITMARK_NODE_ANNOUNCE_MAX \
	(BITMARK_CONNECTIONS_MAX / BITMARK_CONNECTION_V6_SIZE)
/* Bytes of blocks fetched ahead, at most.  Source: local bound. */
#define BITMARK_NODE_AHEAD_BYTES (64u * 1024 * 1024)

/* How often the domain is looked up: as long as its records are good, between
 * these; and after a failure, first and at most, doubled in between.
 * Milliseconds.  Source: bitmarkd v0.11 announce (one hour); local bounds */
#define BITMARK_NODE_DNS_REFRESH_MIN_MS (5 * 60 * 1000)
#define BITMARK_NODE_DNS_REFRESH_MAX_MS (60 * 60 * 1000)
#define BITMARK_NODE_DNS_RETRY_FIRST_MS 1000
#define BITMARK_NODE_DNS_RETRY_MAX_MS (5 * 60 * 1000)

/* A node to follow.  In an array all have the same struct_size. */
struct bitmark_node_peer {
	size_t struct_size;             /* sizeof this struct */
	uint8_t key[BITMARK_PEER_KEY_SIZE];
	const char *address;            /* "host:port" */
};

/*
 * Sockets for miners elsewhere, as recorderd of bitmarkd: the node publishes
 * jobs, miners submit nonces, and what is found is stored and relayed as any
 * other block.  See mining.h, Jobs.
 */
struct bitmark_node_proofing {
	size_t struct_size;             /* sizeof this struct               */
	const struct bitmark_base *base;        /* of the blocks            */
	const char *const *publish;     /* "host:port": jobs                */
	size_t publish_count;
	const char *const *submit;      /* "host:port": submissions         */
	size_t submit_count;
	const uint8_t *private_key;     /* of both; not the node's          */
	const uint8_t *miners;          /* public keys that are let in, one
	                                   behind another                   */
	size_t miner_count;             /* 0: all are let in                */
	unsigned clients_max;           /* 0: BITMARK_NODE_MINERS_MAX       */
	unsigned submissions_max;       /* 0: BITMARK_NODE_SUBMISSIONS_MAX  */
	uint64_t interval_ms;           /* a job that does not change is
	                                   published so often; 0: 15 s, on the
	                                   live chain 60 s                  */
};

/*
 * Events come in the order in which they happened, and none is left out, except
 * those that have not been reported when the node is stopped.
 * bitmark_node_get_status may already show what an event will tell.
 *
 * A block is told when it is stored durably.  BLOCK_REMOVED and BLOCK_ADDED
 * always name the newest block: after the removal of number n the newest is
 * n-1.  The changes of transactions that a block causes follow the block.
 */
enum bitmark_node_event_type {
	BITMARK_NODE_BLOCK_ADDED = 1,   /* number, block, digest            */
	BITMARK_NODE_BLOCK_REMOVED,     /* number, block, digest            */
	BITMARK_NODE_TRANSACTION,       /* change, tx_id, pay_id            */
	BITMARK_NODE_PEER_UP,           /* key, address: registered with it */
	BITMARK_NODE_PEER_DOWN,         /* key, address                     */
	BITMARK_NODE_MODE_CHANGED,      /* mode; at first Resynchronise     */
};

/* Everything is borrowed during the call. */
struct bitmark_node_event {
	enum bitmark_node_event_type type;
	uint64_t number;
	struct bitmark_span block;      /* packed                           */
	uint8_t digest[BITMARK_DIGEST_SIZE];
	enum bitmark_tx_change change;
	uint8_t tx_id[BITMARK_TX_ID_SIZE];
	uint8_t pay_id[BITMARK_PAY_ID_SIZE];
	uint8_t key[BITMARK_PEER_KEY_SIZE];
	const char *address;
	enum bitmark_mode mode;
};

/* Called on the node's own thread, which does nothing else meanwhile: be quick.
 * It may ask for the status and the peers; calls that wait for the node return
 * BITMARK_E_STATE, and the node must not be stopped from here. */
typedef void (*bitmark_node_event_fn)(void *user,
    const struct bitmark_node_event *event);

struct bitmark_node_config {
	size_t struct_size;             /* sizeof this struct */
	const char *database;           /* directory of the store           */
	const struct bitmark_chain_params *params;
	const struct bitmark_rules *rules;      /* NULL: those of the store, or
	                                   bitmark_rules_default(params)    */
	const struct bitmark_checkpoint *checkpoint;    /* NULL: none.  Blocks up
	                                   to it are taken without their digests
	                                   and proven by it; until then the node
	                                   is not Normal, and tells peers only
	                                   of those that are proven         */
	uint8_t public_key[BITMARK_PEER_KEY_SIZE];
	uint8_t private_key[BITMARK_PEER_KEY_SIZE];
	const char *version;            /* in I; NULL: the library's        */
	const char *const *listen;      /* "host:port"                      */
	size_t listen_count;
	const char *const *announce;    /* "host:port", literals            */
	size_t announce_count;
	const struct bitmark_node_peer *connect;        /* static peers; the
	                                   node itself is passed over       */
	size_t connect_count;
	unsigned digest_workers;        /* 0: one for each core             */
	int digest_nice;                /* as nice of a digest pool         */
	bitmark_digest_fn digest;       /* NULL: Argon2d; others for tests  */
	unsigned connections_max;       /* 0: BITMARK_NODE_CONNECTIONS_MAX  */
	size_t ahead_bytes;             /* 0: BITMARK_NODE_AHEAD_BYTES      */
	bool dynamic_connections;       /* connect to nodes that are heard
	                                   of, too                          */
	bool prefer_ipv6;
	bool standalone;                /* follow nobody: connect,
	                                   dynamic_connections and dns_domain
	                                   count for nothing, and the node is
	                                   Normal at once                   */
	bool auto_verify;               /* as in struct
	                                   bitmark_reservoir_config         */
	const char *peer_file;          /* known peers, kept from run to run;
	                                   NULL: none                       */
	const char *const *publish;     /* "host:port" for local subscribers;
	                                   see subscriber.h                 */
	size_t publish_count;           /* 0: none                          */
	const uint8_t *publish_private_key;     /* NULL: private_key        */
	/* A client RPC beside the node, to be announced with it: addresses as
	 * announce, and the SHA3-256 of its certificate (32 bytes). */
	const char *const *rpc_announce;
	size_t rpc_announce_count;      /* 0: none                          */
	const uint8_t *rpc_fingerprint;
	bitmark_node_event_fn event;    /* with env.user; NULL: none        */
	/*
	 * Number of the first block that the program does not have; 0: only
	 * new blocks are reported.  Stored blocks from this number on are
	 * reported first, before the node does anything else; it can be
	 * stopped meanwhile, and started again from the first block that was
	 * not reported.
	 *
	 * The node may have left a branch since the program saw its blocks.
	 * Compare the previous digest in the header of the first reported
	 * block with the block below it that the program has.  If they
	 * differ, stop the node, and start it from the number where they
	 * agree, at most BITMARK_CONNECTOR_FORK_PROTECTION below.
	 *
	 * A number above the newest stored block, as after a store was cut or
	 * made anew, counts as 0: the number and the previous digest of the
	 * next block show that blocks are missing.
	 */
	uint64_t events_from;
	const char *dns_domain;         /* whose TXT records name first peers
	                                   (bitmark_dns_txt_parse); looked up
	                                   in the background; NULL: none    */
	const char *dns_server;         /* "address:port", literals; NULL:
	                                   those that the system uses       */
	/* The rest for tests and small networks, 0: as in connector.h,
	 * upstream.h and announce.h. */
	size_t minimum_clients;         /* 0: as the rules say, but 1 when
	                                   there are fewer static peers than
	                                   that, and some                   */
	uint64_t cycle_ms;
	uint64_t poll_ms;
	uint64_t announce_first_ms;
	uint64_t announce_interval_ms;
	uint64_t rebroadcast_ms;        /* 0: as the rules say              */
	uint64_t dns_refresh_ms;        /* 0: see above; also the longest
	                                   wait after a failure             */
	struct bitmark_env env;
	const struct bitmark_node_proofing *proofing;   /* NULL: no miners
	                                   elsewhere                        */
};

struct bitmark_node;

/*
 * bitmark_node_start(node, config):
 * Open the store, bind the listener and start working.  It does not fail
 * because of a peer: one that cannot be reached, or whose name is not known
 * now, is tried again later.  Any thread.
 *
 *   node     new; owned by the caller: bitmark_node_stop
 *   config   copied, with everything that it points to but env.user
 *
 * Returns BITMARK_OK, an error of bitmark_chain_open, BITMARK_E_PUBLIC_KEY
 * (does not belong to the private key), BITMARK_E_IP_ADDRESS (also for NULL in
 * a list of addresses), BITMARK_E_NO_PORT, BITMARK_E_PORT,
 * BITMARK_E_HOST_NOT_FOUND (a name to listen or to publish at, or for miners),
 * BITMARK_E_LENGTH (more than BITMARK_NODE_ANNOUNCE_MAX addresses to announce,
 * or BITMARK_RPC_CONNECTIONS_MAX bytes of those of the client RPC),
 * BITMARK_E_FINGERPRINT (none), BITMARK_E_ARGUMENT (dns_domain cannot be one;
 * auto_verify on another chain than local; struct_size; sockets for miners
 * without a base or a key),
 * BITMARK_E_NET (cannot bind), BITMARK_E_THREAD, BITMARK_E_IO,
 * BITMARK_E_NOMEM.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_node_start(
    struct bitmark_node **node, const struct bitmark_node_config *config);

/* Stop, wait for all threads, close the store and free the node.  Any thread
 * but the one that events are told on. */
BITMARK_API void bitmark_node_stop(struct bitmark_node *node);

struct bitmark_node_status {
	size_t struct_size;             /* sizeof this struct */
	enum bitmark_mode mode;
	struct bitmark_tip tip;
	uint64_t target;                /* best height that a peer claims   */
	unsigned peers;                 /* that we are registered with      */
	bool few_clients;               /* fewer of them are of use than
	                                   minimum_clients, as far as there can
	                                   be so many; a Normal node stays so,
	                                   and looks for more               */
	unsigned known;                 /* peers heard of, and this node
	                                   when it is announced             */
	size_t pending;                 /* transactions that wait: not paid */
	size_t verified;                /* ... and ready for a block        */
	size_t dns_records;             /* nodes in the last answer of the
	                                   DNS                              */
	size_t dns_bad;                 /* ... and records that were skipped */
	unsigned connections;           /* incoming                         */
	unsigned subscribers;           /* local ones                       */
	uint64_t published;             /* messages to them, heartbeats too */
	uint64_t unpublished;           /* messages that were lost to all   */
	uint64_t requests;              /* answered since the start         */
	uint64_t dropped;               /* requests whose content was refused
	                                   or not processed, or whose reply
	                                   could not be sent, since the start;
	                                   not those that told nothing new  */
	double blocks_per_s;            /* while synchronising; this and the
	                                   next averaged over the last few
	                                   seconds                          */
	double digests_per_s;           /* of block headers                 */
	size_t digests_waiting;         /* ... that no worker has begun     */
	size_t queued_blocks;           /* that peers pushed, not begun     */
	size_t queued_others;           /* other messages, likewise         */
	size_t map_bytes;               /* as bitmark_chain_room            */
	size_t used_bytes;
	uint64_t seconds_left;          /* UINT64_MAX: not known            */
	/* Clients that the listener cut off or did not let in, since the
	 * start: */
	uint64_t cut_room;              /* there were too many              */
	uint64_t cut_handshake;         /* the handshake took too long      */
	uint64_t cut_held;              /* 15 MB of messages not complete   */
	uint64_t no_descriptor;         /* times that none was left for
	                                   another client                   */
	bitmark_status store;           /* BITMARK_OK, or why no block can be
	                                   stored: the disk is full, or fails */
	uint64_t store_retry_ms;        /* then: until it is tried again    */
	/* When most peers follow a chain that this node refuses: the mode is
	 * not Normal then, and few_clients not set. */
	const struct bitmark_rules *rules;      /* that it follows; static  */
	uint64_t blocked_number;        /* the block; 0: it is not blocked  */
	bitmark_status blocked;         /* why it is refused; BITMARK_OK    */
	unsigned blocked_aside;         /* peers that were set aside for it,
	                                   which are at height target       */
	const struct bitmark_rules *blocked_accepted;   /* whose rules would
	                                   accept it, as far as its bytes
	                                   tell; NULL: nobody's; static     */
	uint64_t shares;                /* bitmarks that became shares      */
	uint64_t long_commands;         /* requests refused because of more
	                                   than BITMARK_COMMAND_MAX bytes   */
	/* Miners elsewhere; all 0 without sockets for them.  Since the
	 * start: */
	uint64_t jobs;                  /* that were made                   */
	uint64_t jobs_published;        /* messages: a job may go out again */
	uint64_t submissions_accepted;
	uint64_t submissions_refused;   /* all others that were answered    */
	uint64_t submissions_dropped;   /* ... of these: too many waited    */
	uint64_t submissions_unanswered;        /* messages that are no
	                                   request, and replies that could
	                                   not be sent                      */
	uint64_t miners_cut;            /* clients that were cut off        */
	uint64_t miners_unlisted;       /* ... or not let in by their key   */
	/* At this moment: */
	unsigned job_subscribers;
	unsigned miners;                /* connected for submissions        */
	size_t submissions_waiting;     /* for a digest                     */
	/* As in struct bitmark_mined: */
	uint64_t blocks_found;
	uint64_t blocks_refused;
};

/* The status of this moment.  Waits for nothing; any thread.  Returns
 * BITMARK_OK, or BITMARK_E_ARGUMENT (struct_size). */
BITMARK_API bitmark_status bitmark_node_get_status(struct bitmark_node *node,
    struct bitmark_node_status *status);

/* Longest text of the next, with NUL.  Bytes. */
#define BITMARK_NODE_BLOCKED_MAX 512

/* Why the node cannot follow its peers, as a sentence without a full stop; ""
 * when it can.  Gives ${text}.  Any thread. */
BITMARK_API const char *bitmark_node_blocked_text(
    const struct bitmark_node_status *status,
    char text[BITMARK_NODE_BLOCKED_MAX]);

/*
 * The calls below are for any thread but the one that events are told on
 * (BITMARK_E_STATE).  They wait until the node's thread has done them, which
 * may be busy storing a block for a while.  The calls that only read waiting
 * transactions (tx_status, transaction, wait, cached, spend, rpcs) do not wait
 * for the end of storing a block.  All also return BITMARK_E_STOPPED and
 * BITMARK_E_NOMEM.
 */

/*
 * bitmark_node_submit(node, what, data, size, result):
 * Take in the records of a wallet as if a peer had sent them, and relay them.
 * They are durable when this returns BITMARK_OK.  After an error of the store
 * they are not durable and were not relayed; but the node may keep them in
 * memory and write them with its next change.
 *
 * Records that are known already are no error, so that a wallet may ask again
 * when an answer was lost: result->duplicate tells.  Issues and a transfer that
 * wait for a payment are answered as the first time; of those that are paid for
 * or in a block, the ids are told, verified is set, and there are no payments.
 *
 * Assets that are new are relayed, and stay, although a later one is refused.
 *
 *   result   of issues and a transfer; of assets only duplicate, count and
 *            known, also after an error of an asset: count is then the number
 *            of those before it; of a proof only duplicate; its relay is empty;
 *            may be NULL
 *
 * Returns BITMARK_OK, BITMARK_E_STATE (the mode is not Normal),
 * BITMARK_E_TX_EXISTS (issues that are known, but not as this bundle),
 * BITMARK_E_NOT_FOUND (a proof of nothing that waits), BITMARK_E_NONCE (it
 * proves nothing), the errors of bitmark_reservoir_asset, _issues, _transfer
 * and _proof.  A block is only queued: BITMARK_OK, BITMARK_E_BUSY or
 * BITMARK_E_MISSING_PARAMETERS.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_node_submit(
    struct bitmark_node *node, enum bitmark_submission what,
    const uint8_t *data, size_t size, struct bitmark_unit_result *result);

/* As bitmark_reservoir_import; BITMARK_E_STATE when the mode is not Normal.
 * The records are not relayed at once, but with the next rebroadcast. */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_node_import(
    struct bitmark_node *node, const uint8_t *data, size_t size,
    struct bitmark_import *counts);

/* Called with the canonical bytes, borrowed, of asset ${i}. */
typedef void (*bitmark_cached_fn)(void *user, size_t i,
    struct bitmark_span packed);

/*
 * bitmark_node_cached(node, asset_ids, count, each, user):
 * Tell those assets that are in the cache, as of bitmark_reservoir_cached.
 *
 *   asset_ids  ${count} ids, one behind the other
 *   each       called on this thread, while the node waits for it: be quick; it
 *              may not ask the node anything
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_node_cached(
    struct bitmark_node *node, const uint8_t *asset_ids, size_t count,
    bitmark_cached_fn each, void *user);

/* As bitmark_reservoir_payment. */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_node_payment(
    struct bitmark_node *node, const uint8_t pay_id[BITMARK_PAY_ID_SIZE],
    const struct bitmark_paid *paid, bool *verified);

/* As bitmark_reservoir_status. */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_node_tx_status(
    struct bitmark_node *node, const uint8_t tx_id[BITMARK_TX_ID_SIZE],
    enum bitmark_tx_status *status);

/* The same without waiting, for a thread that has other work to do:
 * BITMARK_E_TIMEOUT if the node is busy just now. */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_node_try_tx_status(
    struct bitmark_node *node, const uint8_t tx_id[BITMARK_TX_ID_SIZE],
    enum bitmark_tx_status *status);

/* Where a transaction is. */
struct bitmark_tx_place {
	size_t struct_size;             /* sizeof this struct               */
	enum bitmark_tx_status status;
	uint64_t number;                /* of the block that confirmed it;
	                                   0: none                          */
	uint8_t digest[BITMARK_DIGEST_SIZE];    /* of that block            */
};

/* The status of a transaction and the block that confirmed it.  Returns
 * BITMARK_OK, also when it is not known; BITMARK_E_ARGUMENT (struct_size) or
 * BITMARK_E_STORE*. */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_node_transaction(
    struct bitmark_node *node, const uint8_t tx_id[BITMARK_TX_ID_SIZE],
    struct bitmark_tx_place *place);

/*
 * bitmark_node_wait(node, tx_id, wanted, timeout_ms, place):
 * Wait until the transaction is as far as ${wanted}, or further.  It need not
 * be known yet.  A block can be rolled back: what is confirmed now may be
 * pending again later.
 *
 *   wanted      BITMARK_TX_STATUS_PENDING, _VERIFIED or _CONFIRMED
 *   timeout_ms  0: only look; UINT64_MAX: for ever
 *   place       where it was at last, also after an error
 *
 * Returns BITMARK_OK, BITMARK_E_TIMEOUT, BITMARK_E_NOT_FOUND (it was known
 * when the wait began or became known in it, and is not any more: it has
 * expired, or another transaction took its place), BITMARK_E_ARGUMENT
 * (struct_size) or BITMARK_E_STORE*.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_node_wait(
    struct bitmark_node *node, const uint8_t tx_id[BITMARK_TX_ID_SIZE],
    enum bitmark_tx_status wanted, uint64_t timeout_ms,
    struct bitmark_tx_place *place);

/*
 * bitmark_node_fd(node), bitmark_node_clear(node):
 * For a program that waits for other things, too: a descriptor that is readable
 * after blocks or transactions have changed, until it is cleared.  Clear it
 * first and then ask: a change that comes after the question makes it readable
 * again.  The descriptor belongs to the node: do not read or close it.  Any
 * thread, without waiting.
 */
BITMARK_API int bitmark_node_fd(const struct bitmark_node *node);
BITMARK_API void bitmark_node_clear(struct bitmark_node *node);

/*
 * bitmark_node_chain(node):
 * The node's store: any thread may open snapshots of it, and ask for its rules;
 * nothing else may be done with it.  Inside: close all snapshots before the
 * node is stopped, and do not keep one longer than an answer takes, because the
 * store cannot grow meanwhile.
 */
BITMARK_API struct bitmark_chain *bitmark_node_chain(
    const struct bitmark_node *node);

/*
 * bitmark_node_spend(node, account, share_ids, count, spend):
 * As bitmark_reservoir_spend, for several shares at one moment.
 *
 *   share_ids  ${count} ids, one behind the other
 *   spend      ${count} quantities
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_node_spend(
    struct bitmark_node *node, const struct bitmark_account *account,
    const uint8_t *share_ids, size_t count, uint64_t *spend);

/* As bitmark_reservoir_each; ${each} is called on the node's thread. */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_node_each_waiting(
    struct bitmark_node *node, bitmark_waiting_fn each, void *user);

/* As bitmark_reservoir_get_counts. */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_node_counts(
    struct bitmark_node *node, struct bitmark_reservoir_counts *counts);

/* One outgoing connection, or one that is tried.  What it points to is borrowed
 * during the call. */
struct bitmark_node_connection {
	uint8_t key[BITMARK_PEER_KEY_SIZE];
	const char *address;
	bool is_static;
	bool connected;
	bool registered;
	uint64_t height;                /* 0: not known                     */
	const struct bitmark_upstream_counters *counters;
	uint64_t tries;                 /* to connect, each address counted */
	uint64_t failures;              /* of them                          */
	const char *reason;             /* why the last one failed, or the
	                                   node refused us; NULL: none did  */
	uint64_t failed_s;              /* when: Unix time; 0: never        */
	const char *at;                 /* the address that it is connected
	                                   to, or that failed last; NULL    */
	uint64_t round_trip_us;         /* from a request to its reply, the
	                                   last one; 0: none yet            */
};

/* Nonzero stops. */
typedef int (*bitmark_node_connection_fn)(void *user,
    const struct bitmark_node_connection *connection);

/* ${each} is called on the node's thread. */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_node_each_connection(
    struct bitmark_node *node, bitmark_node_connection_fn each, void *user);

/*
 * bitmark_node_add_peer(node, key, address):
 * Add a peer to those that the node knows.  The node connects to it when it has
 * a free place, and forgets it when it is not announced within
 * announce_expiry_s of the rules.
 *
 *   address  "a.b.c.d:port" or "[v6]:port"
 *
 * Returns BITMARK_OK, BITMARK_E_PUBLIC_KEY, BITMARK_E_IP_ADDRESS,
 * BITMARK_E_NO_PORT, BITMARK_E_PORT or BITMARK_E_NOMEM.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_node_add_peer(
    struct bitmark_node *node, const uint8_t key[BITMARK_PEER_KEY_SIZE],
    const char *address);

/* As bitmark_rpc_list_fetch, of the client RPCs that the node has heard of,
 * with its own. */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_node_rpcs(
    struct bitmark_node *node, uint64_t start, size_t count, char **text,
    size_t *size, uint64_t *next);

/*
 * bitmark_node_peers(node, peers, count):
 * All peers that the node has heard of, in the order of their keys.  Waits for
 * nothing; any thread.
 *
 *   peers    owned by the caller: bitmark_free
 *
 * Returns BITMARK_OK or BITMARK_E_NOMEM.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_node_peers(
    struct bitmark_node *node, struct bitmark_peer **peers, size_t *count);

#ifdef __cplusplus
}
#endif

#endif
