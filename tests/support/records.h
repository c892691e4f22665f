/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Records for the tests: fields of record vectors, and a key for every name.
 */
#ifndef TESTS_RECORDS_H
#define TESTS_RECORDS_H

#include "vectors.h"

#include <bitmarkpeer/record.h>

/* The field "network": "bitmark" is live, all others are test chains. */
enum bitmark_network record_network(const json_t *vector);

/* The account whose base58 text is in a field. */
struct bitmark_account record_account(const json_t *vector, const char *key);

/* The private key whose seed is 32 times ${byte}, and its account. */
struct bitmark_private_key test_key(uint8_t byte,
    enum bitmark_network network);
struct bitmark_account test_account(uint8_t byte,
    enum bitmark_network network);

/* The field "packed" and the record parsed from it, which must succeed and use
 * all bytes when ${network} is right.  free(packed.data) when done. */
struct packed_record {
	uint8_t *data;
	size_t size;
	struct bitmark_record record;
};
struct packed_record record_packed(const json_t *vector,
    const struct bitmark_rules *rules, enum bitmark_network network);

/* ${record} encodes to exactly these bytes. */
void assert_encodes(const struct bitmark_record *record, const uint8_t *packed,
    size_t size, const char *what);

/*
 * One record of each kind, with every optional field there and unsigned.
 * Parties are test_account(1) (signer) and test_account(2) (the other);
 * spans point to static text.
 */
struct bitmark_record sample_record(enum bitmark_record_tag tag,
    enum bitmark_network network);

/* Sign with test_key(1), countersign with test_key(2) where there is one.
 * ${signatures} holds both and must outlive the record. */
void sign_sample(struct bitmark_record *record, enum bitmark_network network,
    uint8_t signatures[2 * BITMARK_SIGNATURE_SIZE]);

#endif
