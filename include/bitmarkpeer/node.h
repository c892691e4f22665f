/*
 * node - all the parts put together: a store, a listener and the connections
 * to other nodes, on threads of their own.
 *
 * A node may be started and stopped by any thread; status may be asked from
 * any thread.  More than one node can live in a process.
 */
#ifndef BITMARKPEER_NODE_H
#define BITMARKPEER_NODE_H

#include <bitmarkpeer/chain.h>
#include <bitmarkpeer/dispatch.h>

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
/* Addresses announced, at most: so many packed ones are accepted from a peer.
 */
#define BITMARK_NODE_ANNOUNCE_MAX \
	(BITMARK_CONNECTIONS_MAX / BITMARK_CONNECTION_V6_SIZE)
/* Bytes of blocks fetched ahead, at most.  Source: local bound. */
#define BITMARK_NODE_AHEAD_BYTES (64u * 1024 * 1024)

/* A node to follow. */
struct bitmark_node_peer {
	uint8_t key[BITMARK_PEER_KEY_SIZE];
	const char *address;            /* "host:port" */
};

struct bitmark_node_config {
	const char *database;           /* directory of the store           */
	const struct bitmark_chain_params *params;
	const struct bitmark_rules *rules;      /* NULL: bitmark_rules_8_2  */
	uint8_t public_key[BITMARK_PEER_KEY_SIZE];
	uint8_t private_key[BITMARK_PEER_KEY_SIZE];
	const char *version;            /* in I; NULL: the library's        */
	const char *const *listen;      /* "host:port"                      */
	size_t listen_count;
	const char *const *announce;    /* "host:port", literals            */
	size_t announce_count;
	const struct bitmark_node_peer *connect;        /* static peers     */
	size_t connect_count;
	unsigned digest_workers;        /* 0: one for each core             */
	bitmark_digest_fn digest;       /* NULL: Argon2d; others for tests  */
	unsigned connections_max;       /* 0: BITMARK_NODE_CONNECTIONS_MAX  */
	size_t ahead_bytes;             /* 0: BITMARK_NODE_AHEAD_BYTES      */
	bool dynamic_connections;       /* connect to nodes that are heard
	                                   of, too                          */
	bool prefer_ipv6;
	const char *peer_file;          /* known peers, kept from run to run;
	                                   NULL: none                       */
	/* The rest for tests and small networks, 0: as in connector.h,
	 * upstream.h and announce.h. */
	size_t minimum_clients;         /* 0: not more than static peers,
	                                   when there are any               */
	uint64_t cycle_ms;
	uint64_t poll_ms;
	uint64_t announce_first_ms;
	uint64_t announce_interval_ms;
	struct bitmark_env env;
};

struct bitmark_node;

/*
 * bitmark_node_start(node, config):
 * Open the store, bind the listener and start working.  What a peer does or
 * does not do is no reason to fail.
 *
 *   node     new; owned by the caller: bitmark_node_stop
 *   config   copied, with everything that it points to but env.user
 *
 * Returns BITMARK_OK, an error of bitmark_chain_open, BITMARK_E_PUBLIC_KEY
 * (does not belong to the private key, or is that of a static peer),
 * BITMARK_E_IP_ADDRESS, BITMARK_E_PORT, BITMARK_E_LENGTH (more than
 * BITMARK_NODE_ANNOUNCE_MAX addresses to announce), BITMARK_E_NET (cannot
 * bind), BITMARK_E_THREAD, BITMARK_E_NOMEM.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_node_start(
    struct bitmark_node **node, const struct bitmark_node_config *config);

/* Stop, wait for all threads, close the store and free the node. */
BITMARK_API void bitmark_node_stop(struct bitmark_node *node);

struct bitmark_node_status {
	enum bitmark_mode mode;
	struct bitmark_tip tip;
	uint64_t target;                /* best height that a peer claims   */
	unsigned peers;                 /* that we are registered with      */
	unsigned known;                 /* peers heard of, and this node
	                                   when it is announced             */
	size_t pending;                 /* transactions that wait: not paid */
	size_t verified;                /* ... and ready for a block        */
	unsigned connections;           /* incoming                         */
	uint64_t requests;              /* answered since the start         */
	uint64_t dropped;               /* requests whose content was refused
	                                   or not processed, since the start;
	                                   not those that told nothing new  */
	double blocks_per_s;            /* while synchronising              */
	uint64_t seconds_left;          /* UINT64_MAX: not known            */
};

BITMARK_API void bitmark_node_status(struct bitmark_node *node,
    struct bitmark_node_status *status);

#ifdef __cplusplus
}
#endif

#endif
