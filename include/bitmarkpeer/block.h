/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * block - block headers, difficulty, merkle roots, foundation ids, proofs,
 * and walking through the records of a packed block.
 *
 * Pure functions; safe from any thread.
 */
#ifndef BITMARKPEER_BLOCK_H
#define BITMARKPEER_BLOCK_H

#include <bitmarkpeer/record.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BITMARK_HEADER_SIZE 100
#define BITMARK_GENESIS_NUMBER 1
/* Largest packed block.  Bytes.  Source: bitmarkd v8.2 MAXMSGSIZE 5 000 000
 * less the 33 bytes that CURVE adds: no larger one can travel. */
#define BITMARK_BLOCK_MAX 4999967

struct bitmark_header {
	uint16_t version;
	uint16_t count;                         /* records             */
	uint64_t number;
	uint8_t previous[BITMARK_DIGEST_SIZE];  /* stored order        */
	uint8_t merkle[BITMARK_DIGEST_SIZE];
	uint64_t timestamp;                     /* Unix seconds        */
	uint64_t bits;                          /* difficulty          */
	uint64_t nonce;
};

/*
 * bitmark_header_parse(data, size, header):
 * Read the first 100 bytes; no value is judged.
 * Returns BITMARK_OK or BITMARK_E_HEADER_SIZE.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_header_parse(
    const uint8_t *data, size_t size, struct bitmark_header *header);

BITMARK_API void bitmark_header_pack(const struct bitmark_header *header,
    uint8_t out[BITMARK_HEADER_SIZE]);

/*
 * bitmark_header_check(rules, header, now_s):
 * The checks that need nothing but the header, without its digest: rows 2 to
 * 5 of the list in bitmark-protocol(7), Block checks, in their order.
 * Versions above rules->header_version_max are refused, which v8.2 does not
 * [D-10].  The genesis shape (number 1, one record, version 1) passes.
 *
 * Returns BITMARK_OK, BITMARK_E_HEADER_VERSION, BITMARK_E_TX_COUNT,
 * BITMARK_E_HEADER_TIMESTAMP or BITMARK_E_HEADER_DIFFICULTY.
 *
 * Source: bitmarkd v8.2 blockrecord/header.go ExtractHeader
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_header_check(
    const struct bitmark_rules *rules, const struct bitmark_header *header,
    uint64_t now_s);

/*
 * bitmark_header_check_work(rules, header, digest):
 * Are the bits in the accepted range, and the digest at most the target?
 * Whether the value of the bits is the one that BITMARK_DIFFICULTY_ADJUSTED
 * demands depends on earlier blocks: see bitmark_difficulty_next.
 * Returns BITMARK_OK or BITMARK_E_HEADER_DIFFICULTY.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_header_check_work(
    const struct bitmark_rules *rules, const struct bitmark_header *header,
    const uint8_t digest[BITMARK_DIGEST_SIZE]);

/* JSON as Go prints the header; as bitmark_record_to_json. */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_header_to_json(
    const struct bitmark_header *header, char **text, size_t *size);

/* Returns BITMARK_OK, BITMARK_E_JSON, BITMARK_E_HEX or BITMARK_E_NOMEM. */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_header_from_json(
    const char *text, size_t size, struct bitmark_header *header);

/*
 * Difficulty.  A target is a 256 bit number, kept as 32 bytes big endian.
 */
#define BITMARK_TARGET_SIZE 32
/* Difficulty 1.  Source: bitmarkd v8.2 difficulty/difficulty.go */
#define BITMARK_BITS_ONE UINT64_C(0x00ffffffffffffff)

/*
 * bitmark_target_from_bits(bits, target):
 * Returns BITMARK_OK or BITMARK_E_HEADER_DIFFICULTY (exponent of 0xc0 and
 * above).
 * Source: bitmarkd v8.2 difficulty/difficulty.go SetBits
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_target_from_bits(
    uint64_t bits, uint8_t target[BITMARK_TARGET_SIZE]);

/*
 * bitmark_target_from_reciprocal(reciprocal, target, bits):
 * The full-precision target of a difficulty value (1.0 is the easiest; less,
 * and what is not a number, counts as 1.0), and the bits that bitmarkd shows
 * for it; bits may be NULL.
 * Source: bitmarkd v8.2 difficulty/difficulty.go SetReciprocal
 */
BITMARK_API void bitmark_target_from_reciprocal(double reciprocal,
    uint8_t target[BITMARK_TARGET_SIZE], uint64_t *bits);

/*
 * bitmark_bits_reciprocal(bits):
 * Difficulty as a value: target of 1 / target of bits, rounded to nearest.
 * 0 for bits that have no target.
 * Source: bitmarkd v8.2 difficulty/difficulty.go Reciprocal
 */
BITMARK_API double bitmark_bits_reciprocal(uint64_t bits);

/* Blocks between two adjustments of the difficulty.
 * Source: bitmarkd v0.16.0 difficulty/difficulty.go AdjustTimespanInBlocks */
#define BITMARK_DIFFICULTY_WINDOW 200

/*
 * bitmark_difficulty_window(number, begin, end):
 * The first and the last of the blocks whose times decide on the difficulty of
 * block ${number}: the window before the last adjustment.  Until the second
 * adjustment this is 2 to 199.
 * Source: bitmarkd v0.16.0 difficulty/difficulty.go
 * PrevTimespanBlockBeginAndEnd
 */
BITMARK_API void bitmark_difficulty_window(uint64_t number, uint64_t *begin,
    uint64_t *end);

/*
 * bitmark_difficulty_base(number):
 * The block whose difficulty was valid before the last adjustment at or below
 * ${number}: it is multiplied by the ratio.
 * Source: bitmarkd v0.16.0 blockrecord/header.go
 * prevDifficultyBaseAtBlock
 */
BITMARK_API uint64_t bitmark_difficulty_base(uint64_t number);

/*
 * bitmark_difficulty_next(previous, begin_s, end_s, next):
 * The difficulty after a window: ${previous} times the ratio of the 24000
 * seconds that it should have taken to those that it took.  The ratio is from
 * 1/4 to 4, and the result at least 1.  The same double on every machine.
 *
 *   previous  value of bitmark_difficulty_base; less than 1 counts as 1
 *   begin_s   time stamp of the first block of the window, Unix seconds
 *   end_s     that of the last one
 *   next      written on success
 *
 * Returns BITMARK_OK or BITMARK_E_BLOCK_END (end_s is not after begin_s).
 *
 * Source: bitmarkd v0.16.0 difficulty/difficulty.go
 * NextDifficultyByPreviousTimespan
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_difficulty_next(
    double previous, uint64_t begin_s, uint64_t end_s, double *next);

/*
 * bitmark_issue_difficulty(network, count):
 * Difficulty value of the proof for a bundle of ${count} issues.
 * Source: bitmarkd v8.2 reservoir/difficulty.go ScaledDifficulty
 */
BITMARK_API double bitmark_issue_difficulty(enum bitmark_network network,
    size_t count);

/* Client nonce of a proof.  Bytes. */
#define BITMARK_CLIENT_NONCE_MIN 8
#define BITMARK_CLIENT_NONCE_MAX 64

/*
 * bitmark_proof_check(pay_id, pay_nonce, nonce, nonce_size, target):
 * Is SHA3-256(pay id, pay nonce big endian, client nonce), read big endian,
 * at most the target?
 * Source: bitmarkd v8.2 reservoir/issues.go TryProof
 */
BITMARK_API bool bitmark_proof_check(const uint8_t pay_id[BITMARK_PAY_ID_SIZE],
    uint64_t pay_nonce, const uint8_t *nonce, size_t nonce_size,
    const uint8_t target[BITMARK_TARGET_SIZE]);

/* BITMARK_PAY_NONCE_DIGEST: each block whose number is a multiple of this gives
 * a pay nonce, and so does genesis.
 * Source: bitmarkd v0.16.0 reservoir/paynonce.go */
#define BITMARK_PAY_NONCE_EVERY 128

/*
 * bitmark_pay_nonce_block(rules, height):
 * The block of which a node at ${height} gives the pay nonce.
 *
 * bitmark_block_has_pay_nonce(rules, number):
 * Can a pay nonce be that of this block?
 *
 * bitmark_pay_nonce_of_digest(digest):
 * BITMARK_PAY_NONCE_DIGEST: the first 8 bytes in stored order, big endian.
 * BITMARK_PAY_NONCE_CRC: see bitmark_crc.
 *
 * Source: bitmarkd v8.2 blockring/ringreader.go, v0.16.0 reservoir/paynonce.go
 */
BITMARK_API uint64_t bitmark_pay_nonce_block(const struct bitmark_rules *rules,
    uint64_t height);
BITMARK_API bool bitmark_block_has_pay_nonce(const struct bitmark_rules *rules,
    uint64_t number);
BITMARK_API uint64_t bitmark_pay_nonce_of_digest(
    const uint8_t digest[BITMARK_DIGEST_SIZE]);

/*
 * bitmark_merkle_root(ids, count, root):
 * Root of the full tree over transaction ids; an odd last one is paired with
 * itself.  ${ids} (count * 32 bytes) is overwritten.  count 0: all zero.
 * Source: bitmarkd v8.2 merkle/merkle.go FullMerkleTree
 */
BITMARK_API void bitmark_merkle_root(uint8_t *ids, size_t count,
    uint8_t root[BITMARK_DIGEST_SIZE]);

/*
 * bitmark_foundation_id(digest, number, id):
 * The id under which a block's base record is filed.
 * Source: bitmarkd v8.2 blockrecord/header.go FoundationTxId
 */
BITMARK_API void bitmark_foundation_id(
    const uint8_t digest[BITMARK_DIGEST_SIZE], uint64_t number,
    uint8_t id[BITMARK_TX_ID_SIZE]);

/*
 * Walking through a packed block:
 *
 *	struct bitmark_block_walk w;
 *	status = bitmark_block_walk_start(&w, rules, data, size, network);
 *	while (status == BITMARK_OK && w.index < w.header.count)
 *		status = bitmark_block_walk_next(&w);   ... w.record ...
 *
 * Nothing is verified but what parsing needs.  A header of count 0, which no
 * valid block has, is walked without a step, whatever follows it.  A plain
 * value; borrows the block.
 */
struct bitmark_block_walk {
	struct bitmark_header header;
	const struct bitmark_rules *rules;
	enum bitmark_network network;
	struct bitmark_span block;
	size_t index;                   /* records read so far           */
	size_t offset;                  /* of the next record, bytes     */
	struct bitmark_record record;   /* the last one read             */
	struct bitmark_span packed;     /* its bytes                     */
	uint64_t reserved[8];           /* for later releases            */
};

/* Returns BITMARK_OK or BITMARK_E_HEADER_SIZE. */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_block_walk_start(
    struct bitmark_block_walk *walk, const struct bitmark_rules *rules,
    const uint8_t *data, size_t size, enum bitmark_network network);

/*
 * Read the next record.  After the last one no bytes may remain
 * (BITMARK_E_TX_COUNT; the record was read).  Returns BITMARK_OK,
 * BITMARK_E_STATE (all were read) or an error of bitmark_record_parse.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_block_walk_next(
    struct bitmark_block_walk *walk);

/*
 * bitmark_block_to_json(walk, digest, style, text, size):
 * Walk through a block and write one object, with members in this order:
 *
 *   "header"        as bitmark_header_to_json
 *   "digest"        ${digest}, hex in stored order; when it is not NULL
 *   "digestDisplay" the same from its last byte to its first; with it, in
 *                   BITMARK_JSON_SAFE
 *   "number"        of the block, as text; when ${digest} is not NULL
 *   "transactions"  each record as bitmark_record_describe.  In another style
 *                   an object with "name" (as bitmark_record_name), "txId" (hex
 *                   in stored order), "assetId" (assets only), "record" (as
 *                   bitmark_record_to_json in ${style})
 *
 *   walk     as bitmark_block_walk_start left it; used up
 *   digest   BITMARK_DIGEST_SIZE bytes, or NULL
 *   text     owned by the caller: bitmark_free
 *   size     bytes without NUL; may be NULL
 *
 * Returns BITMARK_OK, an error of bitmark_block_walk_next, or
 * BITMARK_E_NOMEM.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_block_to_json(
    struct bitmark_block_walk *walk, const uint8_t *digest,
    enum bitmark_json_style style, char **text, size_t *size);

#ifdef __cplusplus
}
#endif

#endif
