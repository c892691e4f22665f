/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * rules - which chain, and which release's rules.
 *
 * A chain (name, network, genesis) and a set of rules are constant tables.
 * They are chosen once, when a store or node is opened, and passed down; no
 * other place asks for a version.
 */
#ifndef BITMARKPEER_RULES_H
#define BITMARKPEER_RULES_H

#include <bitmarkpeer/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The network bit of accounts and addresses. */
enum bitmark_network {
	BITMARK_NETWORK_LIVE = 0,
	BITMARK_NETWORK_TEST = 1,
};

/* Longest chain name, without NUL.  Bytes. */
#define BITMARK_CHAIN_NAME_MAX 7

/*
 * One public chain.  Source: bitmarkd v8.2 chain/chains.go,
 * genesis/block.go; tests/data/vectors.json genesis.
 */
struct bitmark_chain_params {
	const char *name;               /* as on the wire                   */
	enum bitmark_network network;
	const char *nodes_domain;       /* DNS name used by "nodes = chain" */
	const uint8_t *genesis;         /* packed block 1                   */
	size_t genesis_size;            /* bytes                            */
	uint8_t genesis_digest[32];     /* stored order                     */
	uint64_t genesis_crc;           /* with start value 1               */
	bool is_private;                /* of a network of one's own        */
};

/*
 * bitmark_chain_params_find(name):
 * The chain called ${name} ("bitmark", "testing", "local"; exact bytes), or
 * NULL.  Static.
 */
BITMARK_API const struct bitmark_chain_params *bitmark_chain_params_find(
    const char *name);

/* Whether the difficulty of a header is the right one. */
enum bitmark_difficulty_rule {
	BITMARK_DIFFICULTY_ANY,         /* it is not judged                    */
	BITMARK_DIFFICULTY_ONE,         /* the bits lie between two limits     */
	BITMARK_DIFFICULTY_ADJUSTED,    /* from one header version on, its
	                                   value is computed from the times of
	                                   the blocks before                   */
};

/* The order of checks: the first fault is the one that a block is refused
 * for. */
enum bitmark_header_order {
	BITMARK_HEADER_LINK_FIRST,      /* does it follow; its number; its
	                                   difficulty                          */
	BITMARK_HEADER_NUMBER_FIRST,    /* its number; its difficulty; does it
	                                   follow                              */
};

/* The number that a proof for free issues is made for: the pay nonce. */
enum bitmark_pay_nonce_rule {
	BITMARK_PAY_NONCE_CRC,          /* CRC of one of the newest blocks     */
	BITMARK_PAY_NONCE_DIGEST,       /* beginning of the digest of a block
	                                   whose number is rounded             */
};

/* How issues are paid for. */
enum bitmark_issue_rule {
	BITMARK_ISSUES_BY_EITHER,       /* by a proof or by a payment          */
	BITMARK_ISSUES_FREE_OR_PAID,    /* all nonces 0: by a proof, else by a
	                                   payment                             */
};

/* The way in which a node finds out which peer's chain to follow. */
enum bitmark_election_rule {
	BITMARK_ELECTION_HIGHEST,       /* that of the peer with the greatest
	                                   height                              */
	BITMARK_ELECTION_VOTES,         /* that on which most peers agree, by
	                                   their digests at our height         */
};

/* The peers that a node connects to, by their places in the ring of keys. */
enum bitmark_neighbour_rule {
	BITMARK_NEIGHBOURS_QUARTERS,    /* N1, N2, and each quarter            */
	BITMARK_NEIGHBOURS_EIGHTHS,     /* N1, N3, each eighth, P1, P3         */
};

/*
 * Everything in which the releases of bitmarkd differ, as far as it matters to
 * a record, a chain, a reservoir or a node.  Constant.  Each field is a rule or
 * a limit of the release ${name}.  A rule that is not a number is a named
 * choice (an enum), and the part of the library that it concerns has the code
 * for it.
 */
struct bitmark_rules {
	const char *name;               /* "8.2", "0.16"                       */

	/* records */
	uint64_t record_tag_max;        /* highest known tag: 7, or 10         */
	bool asset_name_optional;       /* a name may have no characters       */
	bool litecoin_test_58;          /* version byte 58 on test chains      */
	bool signature_below_l;         /* S of a signature is below L         */
	bool limits_when_parsing;       /* characters are counted then, too    */
	size_t block_countersignature_max;      /* of an owner transfer, bytes */

	/* headers */
	uint16_t header_version_max;    /* refused above; local bound [D-10]   */
	uint16_t header_version;        /* of new blocks                       */
	uint16_t header_count_min;      /* records in a block                  */
	uint16_t header_count_max;
	uint64_t header_future_s;       /* seconds ahead of now                */
	uint64_t header_back_v1_s;      /* seconds behind the parent, version 1*/
	uint64_t header_back_v2_s;      /* ... version 2                       */
	uint64_t header_back_later_s;   /* ... version 3 and up                */
	enum bitmark_difficulty_rule difficulty;
	enum bitmark_header_order header_order;
	uint64_t difficulty_bits_min;   /* accepted bits; both limits included */
	uint64_t difficulty_bits_max;
	uint16_t difficulty_version;    /* BITMARK_DIFFICULTY_ADJUSTED: headers
	                                   from this version on                */
	bool private_without_work;      /* a private chain checks neither work
	                                   nor the value of the difficulty     */

	/* blocks */
	bool issue_needs_asset;         /* stored, or earlier in the block     */
	bool base_records_move;         /* a block with base records, which came
	                                   before foundations, may be
	                                   transferred                         */
	bool link_twice_in_block;       /* two records of one block may spend
	                                   the same link                       */
	size_t block_issues_first;      /* BITMARK_ISSUES_FREE_OR_PAID: records
	                                   of a new block that each kind may
	                                   take before all others              */
	bool owner_transfer_moves;      /* with an owner transfer the one
	                                   before it carries its block no more */

	/* reservoir */
	enum bitmark_issue_rule issues;
	bool issue_twice_in_bundle;     /* taken, and counted for its price    */
	bool transfer_again_exists;     /* one that is repeated when it is
	                                   verified; else it is told to be a
	                                   double transfer                     */
	enum bitmark_pay_nonce_rule pay_nonce;
	size_t pay_nonce_count;         /* that a proof may be made for        */
	size_t free_issues_max;         /* that wait; 0: see the limits of the
	                                   reservoir                           */
	size_t paid_issues_max;
	size_t transactions_max;
	uint64_t pending_life_s;        /* of what is not verified             */
	uint64_t asset_life_s;          /* in the cache, since it was last
	                                   announced                           */
	uint64_t rebroadcast_s;         /* between two rebroadcasts            */
	bool rebroadcast_pending;       /* of what is not verified, too        */
	bool litecoin_script_twins;     /* a payment to either address of one
	                                   script                              */

	/* network */
	enum bitmark_election_rule election;
	enum bitmark_neighbour_rule neighbours;
	size_t minimum_clients;         /* peers that a Normal node needs      */
	size_t dynamic_clients;         /* that it looks for                   */
	uint64_t samples;               /* cycles that Sampling puts up with
	                                   its doubt                           */
	bool sampling_needs_clients;    /* with too few it is not Normal       */
	uint64_t announce_expiry_s;     /* age at which an entry is dropped    */
	bool announce_zero_is_now;      /* a time of 0; else it has expired    */
	bool announce_by_poll;          /* a reply to N renews the entry       */
	bool announce_time_exact;       /* a time of more than 8 bytes tells
	                                   nothing; else it is cut             */
	size_t publish_memory;          /* messages to subscribers, of which
	                                   none is told twice                  */
};

/*
 * bitmark_rules_find(name):
 * The rules of the release called ${name} ("8.2", "0.16"; exact bytes), or
 * NULL.  Static.
 */
BITMARK_API const struct bitmark_rules *bitmark_rules_find(const char *name);

/*
 * bitmark_rules_at(i):
 * The rules of each release in turn, the oldest first: ${i} counts from 0.
 * NULL behind the last one.  Static.
 */
BITMARK_API const struct bitmark_rules *bitmark_rules_at(size_t i);

/* The rules of bitmarkd v8.2, and of v0.16.  Static. */
BITMARK_API const struct bitmark_rules *bitmark_rules_8_2(void);
BITMARK_API const struct bitmark_rules *bitmark_rules_0_16(void);

/*
 * bitmark_rules_default(params):
 * The rules that a chain follows when nothing else is said: those of 0.16 for
 * the public chains, those of 8.2 for a private one.  Static.
 */
BITMARK_API const struct bitmark_rules *bitmark_rules_default(
    const struct bitmark_chain_params *params);

/*
 * The widest reading of v8.2 to 0.16, for decoders.  A chain never follows
 * them, so bitmark_rules_find does not give them.  Static.
 *
 * Source: bitmarkd v0.16.0 transactionrecord/unpack.go
 */
BITMARK_API const struct bitmark_rules *bitmark_rules_decode(void);

#ifdef __cplusplus
}
#endif

#endif
