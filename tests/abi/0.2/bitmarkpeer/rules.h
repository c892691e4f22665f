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
};

/*
 * bitmark_chain_params_find(name):
 * The chain called ${name} ("bitmark", "testing", "local"; exact bytes), or
 * NULL.  Static.
 */
BITMARK_API const struct bitmark_chain_params *bitmark_chain_params_find(
    const char *name);

/*
 * The limits of one release.  Constant; every field is a consensus rule or a
 * limit of the release named.
 */
struct bitmark_rules {
	const char *name;               /* "8.2"                               */

	/* records */
	uint64_t record_tag_max;        /* highest known tag: 7, or 10         */
	bool asset_name_optional;       /* a name may have no characters       */
	bool litecoin_test_58;          /* version byte 58 on test chains      */

	/* headers */
	uint16_t header_version_max;    /* refused above; local bound [D-10]   */
	uint16_t header_count_min;      /* records in a block                  */
	uint16_t header_count_max;
	uint64_t header_future_s;       /* seconds ahead of now                */
	uint64_t header_back_v1_s;      /* seconds behind the parent, version 1*/
	uint64_t header_back_v2_s;      /* ... version 2                       */
	uint64_t header_back_later_s;   /* ... version 3 and up                */
	uint64_t difficulty_bits_min;   /* accepted bits; both limits included */
	uint64_t difficulty_bits_max;
};

/*
 * bitmark_rules_find(name):
 * The rules of the release called ${name} ("8.2"; exact bytes), or NULL.
 * Static.
 */
BITMARK_API const struct bitmark_rules *bitmark_rules_find(const char *name);

/* The rules of bitmarkd v8.2: those of a chain that is opened without any.
 * Static. */
BITMARK_API const struct bitmark_rules *bitmark_rules_8_2(void);

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
