/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * setup - the options of bitmarkd-c, and what its commands take out of the
 * configuration.  Each function complains of what is wrong.
 */
#ifndef DAEMON_SETUP_H
#define DAEMON_SETUP_H

#include "rpc_cert.h"

#include "shared/config.h"

struct daemon_options {
	const char *config;             /* NULL: not given                   */
	const struct bitmark_chain_params *chain;       /* likewise; of init */
	const char *from;               /* likewise                          */
	bool check_config;
	bool json;                      /* of the commands of control        */
	int wait_for;                   /* of wait: enum bitmark_tx_status   */
	uint64_t timeout_s;             /* likewise; UINT64_MAX: for ever    */
	const char *to;                 /* of generate; NULL: not given      */
};

/* Keys of a node.  Secret. */
struct daemon_keys {
	uint8_t public_key[BITMARK_PEER_KEY_SIZE];
	uint8_t private_key[BITMARK_PEER_KEY_SIZE];
	uint8_t publish_key[BITMARK_PEER_KEY_SIZE];     /* private */
	uint8_t proof_key[BITMARK_PEER_KEY_SIZE];       /* private */
};

/* Load the configuration that the options name.  Gives the exit code. */
int setup_load(const struct daemon_options *options, struct config **config);

/*
 * setup_keys(config, keys):
 * Read the keys, see that each pair belongs together, and that the data
 * directory is there: a store that is made somewhere else by mistake would
 * start a chain anew.
 *
 *   keys   to be wiped by the caller in every case: explicit_bzero
 *
 * Gives the exit code.
 */
int setup_keys(const struct config *config, struct daemon_keys *keys);

/* Certificates and keys of the servers of the client RPC.  Secret. */
struct daemon_rpc {
	struct rpc_pem client, https;   /* NULL texts: no such server */
};

/*
 * setup_rpc(config, rpc):
 * Read certificates and keys of the servers that there are, and see that they
 * belong together.  The fingerprint that the network is told is then that of
 * the client RPC's.
 *
 *   rpc    to be wiped by the caller in every case: setup_rpc_free
 *
 * Gives the exit code.
 */
int setup_rpc(struct config *config, struct daemon_rpc *rpc);
void setup_rpc_free(struct daemon_rpc *rpc);

/* The base records of our own blocks. */
struct daemon_mining {
	bool is_possible;
	struct bitmark_account account; /* that owns them               */
	struct bitmark_base base;
	struct bitmark_base empty;      /* of a block of nothing else */
	struct bitmark_miner miner;     /* without its key, for blocks of other
	                                   accounts; inside the configuration */
};

/*
 * setup_mining(config, mining):
 * Read the key that signs blocks, and make the base of our blocks: all that can
 * be wrong with them is told now.
 *
 *   mining   is_possible: false without a signing key
 *
 * Gives the exit code.
 */
int setup_mining(const struct config *config, struct daemon_mining *mining);

/* Are there sockets for miners elsewhere? */
bool setup_has_miners(const struct config *config);
/* The node's configuration of them; all is borrowed. */
struct bitmark_node_proofing setup_proofing(const struct config *config,
    const struct daemon_mining *mining, const struct daemon_keys *keys);

/* Bases of blocks that ${key} signs and owns, with our payment addresses; as
 * bitmark_base_make. */
bitmark_status setup_bases(const struct daemon_mining *mining,
    const struct bitmark_private_key *key, struct bitmark_base *base,
    struct bitmark_base *empty);

#endif
