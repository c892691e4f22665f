/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * record - the transaction records: parse, check, sign, pack, JSON.
 *
 * A wallet fills struct bitmark_record, signs it and packs it:
 *
 *	struct bitmark_record r = { .tag = BITMARK_RECORD_ISSUE };
 *	... fill r.issue ...
 *	bitmark_private_key_account(&key, &signer);
 *	status = bitmark_record_sign(&r, &key, signature);
 *	if (status == BITMARK_OK)
 *		status = bitmark_record_pack(bitmark_rules_8_2(), &r, &signer,
 *		    out, sizeof out, &size);
 *
 * Pure functions; safe from any thread.  Spans in a record are borrowed from
 * wherever they were set or parsed from and must outlive it.
 */
#ifndef BITMARKPEER_RECORD_H
#define BITMARKPEER_RECORD_H

#include <bitmarkpeer/account.h>
#include <bitmarkpeer/codec.h>
#include <bitmarkpeer/currency.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BITMARK_DIGEST_SIZE 32          /* block digest                    */
#define BITMARK_TX_ID_SIZE 32           /* transaction id, link            */
#define BITMARK_ASSET_ID_SIZE 64
#define BITMARK_PAY_ID_SIZE 48

#define BITMARK_NAME_MAX 64             /* characters (code points)        */
#define BITMARK_FINGERPRINT_MAX 1024
#define BITMARK_METADATA_MAX 2048
#define BITMARK_SIGNATURE_MAX 1024      /* bytes                           */
/* Any counted field when parsing.  Bytes.
 * Source: bitmarkd v8.2 transactionrecord/unpack.go */
#define BITMARK_FIELD_MAX 8192
/* No record that passes bitmark_record_check packs longer.  Bytes.
 * (asset: 4 bytes for each character, key, signature, counts) */
#define BITMARK_RECORD_PACKED_MAX 16384

/* Source: bitmarkd v8.2 transactionrecord/transaction.go; 8 to 10 v0.16.0 */
enum bitmark_record_tag {
	BITMARK_RECORD_NULL = 0,                /* never valid              */
	BITMARK_RECORD_BASE_DATA = 1,           /* obsolete block owner     */
	BITMARK_RECORD_ASSET = 2,
	BITMARK_RECORD_ISSUE = 3,
	BITMARK_RECORD_TRANSFER = 4,            /* unratified               */
	BITMARK_RECORD_COUNTERSIGNED = 5,       /* transfer, both sign      */
	BITMARK_RECORD_FOUNDATION = 6,          /* block owner              */
	BITMARK_RECORD_OWNER_TRANSFER = 7,      /* of a block               */
	BITMARK_RECORD_SHARE = 8,               /* since 0.10, as 9 and 10  */
	BITMARK_RECORD_GRANT = 9,
	BITMARK_RECORD_SWAP = 10,
};

/* A payment demanded by a transfer from whoever transfers next. */
struct bitmark_escrow {
	bool present;
	enum bitmark_currency currency;
	struct bitmark_span address;
	uint64_t amount;
};

struct bitmark_base_data {
	enum bitmark_currency currency;
	struct bitmark_span address;
	struct bitmark_account owner;
	uint64_t nonce;
};

struct bitmark_asset {
	struct bitmark_span name;
	struct bitmark_span fingerprint;
	struct bitmark_span metadata;           /* key NUL value NUL key ... */
	struct bitmark_account registrant;
};

struct bitmark_issue {
	uint8_t asset_id[BITMARK_ASSET_ID_SIZE];
	struct bitmark_account owner;
	uint64_t nonce;
};

/* Tags 4 and 5. */
struct bitmark_transfer {
	uint8_t link[BITMARK_TX_ID_SIZE];
	struct bitmark_escrow escrow;
	struct bitmark_account owner;           /* the new one */
};

struct bitmark_foundation {
	uint64_t version;                       /* of the set of currencies */
	struct bitmark_payments payments;
	struct bitmark_account owner;
	uint64_t nonce;
};

struct bitmark_owner_transfer {
	uint8_t link[BITMARK_TX_ID_SIZE];
	struct bitmark_escrow escrow;
	uint64_t version;
	struct bitmark_payments payments;
	struct bitmark_account owner;
};

struct bitmark_share {
	uint8_t link[BITMARK_TX_ID_SIZE];
	uint64_t quantity;
};

struct bitmark_grant {
	uint8_t share_id[BITMARK_TX_ID_SIZE];
	uint64_t quantity;
	struct bitmark_account owner;
	struct bitmark_account recipient;
	uint64_t before_block;
};

struct bitmark_swap {
	uint8_t share_id_one[BITMARK_TX_ID_SIZE];
	uint64_t quantity_one;
	struct bitmark_account owner_one;
	uint8_t share_id_two[BITMARK_TX_ID_SIZE];
	uint64_t quantity_two;
	struct bitmark_account owner_two;
	uint64_t before_block;
};

/* Any record.  The member named by tag is valid. */
struct bitmark_record {
	enum bitmark_record_tag tag;
	struct bitmark_span signature;
	struct bitmark_span countersignature;   /* tags 5, 7, 9 and 10 */
	/* Room for the records of later releases, so that a program which was
	 * compiled before them has enough memory for all that it may meet. */
	BITMARK_EXTENSION union {
		uint64_t reserved[32];
		struct bitmark_base_data base_data;
		struct bitmark_asset asset;
		struct bitmark_issue issue;
		struct bitmark_transfer transfer;
		struct bitmark_foundation foundation;
		struct bitmark_owner_transfer owner_transfer;
		struct bitmark_share share;
		struct bitmark_grant grant;
		struct bitmark_swap swap;
	};
};

/* "BaseData", "AssetData", ... as in listings of bitmarkd; "*unknown*" for
 * what is no kind of record; static. */
BITMARK_API const char *bitmark_record_name(enum bitmark_record_tag tag);

/* Has this record a countersignature? */
BITMARK_API bool bitmark_record_is_countersigned(enum bitmark_record_tag tag);

/* The link of a transfer or share (tags 4, 5, 7, 8), or NULL.  Inside. */
BITMARK_API const uint8_t *bitmark_record_link(
    const struct bitmark_record *record);

/*
 * The account that owns what this record made: base data, issue, transfers,
 * foundation; for an asset its registrant; NULL for tags 8 to 10.  Inside.
 */
BITMARK_API const struct bitmark_account *bitmark_record_owner(
    const struct bitmark_record *record);

/* The escrow of tags 4, 5 and 7 when there is one, else NULL.  Inside. */
BITMARK_API const struct bitmark_escrow *bitmark_record_escrow(
    const struct bitmark_record *record);

/*
 * bitmark_record_parse(rules, data, size, network, record, used):
 * Read the record at the start of ${data}; what follows is not looked at.
 * No signature is checked.  Limits are when rules->limits_when_parsing says so:
 * those of bitmark_record_check that need no signer, in its order.
 *
 *   record   overwritten, also on failure; borrows from ${data}
 *   used     bytes of the record
 *
 * Returns BITMARK_OK, BITMARK_E_NOT_RECORD (also for every truncation), or
 * BITMARK_E_NOT_PUBLIC_KEY, BITMARK_E_KEY_TYPE, BITMARK_E_KEY_LENGTH,
 * BITMARK_E_WRONG_NETWORK_PUBLIC, BITMARK_E_NOT_ASSET_ID, BITMARK_E_NOT_LINK,
 * BITMARK_E_CURRENCY, BITMARK_E_CURRENCY_ADDRESS, or an error of
 * bitmark_payments_parse; with limits also BITMARK_E_SIGNATURE_LONG,
 * BITMARK_E_OWNER (the zero account), BITMARK_E_NAME_LONG,
 * BITMARK_E_FINGERPRINT_LONG, BITMARK_E_METADATA_LONG, BITMARK_E_METADATA_MAP,
 * BITMARK_E_SHARE_IDS or BITMARK_E_SHARE_QUANTITY.
 *
 * Source: bitmarkd v8.2 and v0.16.0 transactionrecord/unpack.go Unpack
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_record_parse(
    const struct bitmark_rules *rules, const uint8_t *data, size_t size,
    enum bitmark_network network, struct bitmark_record *record,
    size_t *used);

/*
 * bitmark_record_parse_half(rules, data, size, network, record, used):
 * As bitmark_record_parse, and also a record that ends behind its first
 * signature, as one party hands it to the other: its countersignature is then
 * empty.  When several records follow one another, only the last can be such a
 * half.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_record_parse_half(
    const struct bitmark_rules *rules, const uint8_t *data, size_t size,
    enum bitmark_network network, struct bitmark_record *record,
    size_t *used);

/*
 * bitmark_record_message(record, counter, out, capacity, size):
 * The bytes that are signed: everything before the signature, or with
 * ${counter} everything before the countersignature, which are also the bytes
 * that bitmark_record_parse_half reads.  Canonical encoding; nothing is
 * checked.
 *
 * Returns BITMARK_OK, BITMARK_E_SPACE, or BITMARK_E_ARGUMENT (no such tag).
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_record_message(
    const struct bitmark_record *record, bool counter, uint8_t *out,
    size_t capacity, size_t *size);

/*
 * bitmark_record_encode(record, out, capacity, size):
 * The canonical bytes of the whole record, nothing checked.
 * Returns as bitmark_record_message.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_record_encode(
    const struct bitmark_record *record, uint8_t *out, size_t capacity,
    size_t *size);

/*
 * bitmark_record_sign(record, key, signature),
 * bitmark_record_countersign(record, key, signature):
 * Sign the record; record->signature (or countersignature) is set to borrow
 * ${signature}.  The countersignature covers the signature: sign first.
 *
 * Returns BITMARK_OK, BITMARK_E_ARGUMENT, BITMARK_E_SPACE (the record is too
 * long to be valid), or BITMARK_E_STATE (countersign without a signature).
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_record_sign(
    struct bitmark_record *record, const struct bitmark_private_key *key,
    uint8_t signature[BITMARK_SIGNATURE_SIZE]);
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_record_countersign(
    struct bitmark_record *record, const struct bitmark_private_key *key,
    uint8_t signature[BITMARK_SIGNATURE_SIZE]);

/*
 * bitmark_record_check(rules, record, signer, strictness):
 * Everything that can be said of one record by itself: limits, addresses and
 * signatures, over its canonical encoding.
 *
 *   signer   who must have signed: the record's own owner (tags 1, 3, 6),
 *            the registrant (2), the owner of the linked record (4, 5, 7, 8),
 *            owner (9), owner one (10).  NULL: a missing owner.
 *
 * Only a chain can tell whether the signer of tags 4, 5, 7 and 8 is the owner
 * of the linked record.  BITMARK_STRICT has more checks, each right after
 * v8.2's check of the same field.  A record that passes them can be packed, and
 * bitmark_record_parse with the same rules and the signer's network gives the
 * same record again:
 *
 *   BITMARK_E_KEY_TYPE              an account's key type is unknown
 *   BITMARK_E_WRONG_NETWORK_PUBLIC  an account is not of the signer's network
 *   BITMARK_E_OWNER                 tags 1, 2, 3, 6: the signer is not the
 *                                   owner or registrant (9, 10: always asked)
 *   BITMARK_E_CURRENCY              base data or escrow of no currency
 *   BITMARK_E_SIGNATURE             S is not below L (always asked with
 *                                   rules->signature_below_l)
 *
 * Returns BITMARK_OK or the first error in the order of v8.2.
 *
 * Source: bitmarkd v8.2 transactionrecord/pack.go Pack
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_record_check(
    const struct bitmark_rules *rules, const struct bitmark_record *record,
    const struct bitmark_account *signer, enum bitmark_strictness strictness);

/*
 * bitmark_record_pack(rules, record, signer, out, capacity, size):
 * The packed form of a new record: bitmark_record_check with BITMARK_STRICT,
 * then bitmark_record_encode.
 *
 *   capacity  bytes; BITMARK_RECORD_PACKED_MAX always suffice
 *   size      bytes written
 *
 * Returns as these two.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_record_pack(
    const struct bitmark_rules *rules, const struct bitmark_record *record,
    const struct bitmark_account *signer, uint8_t *out, size_t capacity,
    size_t *size);

/* SHA3-256 of packed bytes: the transaction id. */
BITMARK_API void bitmark_tx_id(const uint8_t *packed, size_t size,
    uint8_t id[BITMARK_TX_ID_SIZE]);

/* SHA3-512 of the fingerprint: the asset id. */
BITMARK_API void bitmark_asset_id(struct bitmark_span fingerprint,
    uint8_t id[BITMARK_ASSET_ID_SIZE]);

/* Fingerprint of a file as text, with NUL.  Bytes. */
#define BITMARK_FINGERPRINT_TEXT_SIZE (2 + 2 * BITMARK_SHA3_512_SIZE + 1)

/*
 * bitmark_fingerprint_read(fd, text):
 * The fingerprint that an asset gets for a file: "01" and the hex of the
 * SHA3-512 of all that can be read from ${fd}, which stays open.
 *
 * Returns BITMARK_OK or BITMARK_E_IO, with errno.
 *
 * Source: bitmarkd v0.16.0 command/bitmark-cli/run-fingerprint.go
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_fingerprint_read(int fd,
    char text[BITMARK_FINGERPRINT_TEXT_SIZE]);

/*
 * bitmark_pay_id(packed, count, id):
 * SHA3-384 of the packed records of one payment unit, in their order.
 */
BITMARK_API void bitmark_pay_id(const struct bitmark_span *packed,
    size_t count, uint8_t id[BITMARK_PAY_ID_SIZE]);

/* How JSON is written. */
enum bitmark_json_style {
	BITMARK_JSON_SAFE,      /* every number that can pass 2^53 is a string */
	BITMARK_JSON_8_2,       /* byte for byte what Go prints for v8.2       */
	BITMARK_JSON_0_16,      /* ... for 0.16: versions and nonces of issues
	                           are strings                                 */
};

/*
 * bitmark_record_to_json(record, style, text, size):
 * Compact JSON of the record's fields with NUL; the tag is not part of it.
 *
 *   text     owned by the caller: bitmark_free
 *   size     bytes without NUL; may be NULL
 *
 * Returns BITMARK_OK, BITMARK_E_ARGUMENT (no such tag) or BITMARK_E_NOMEM.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_record_to_json(
    const struct bitmark_record *record, enum bitmark_json_style style,
    char **text, size_t *size);

/* Facts around a record that it does not hold itself. */
struct bitmark_record_context {
	size_t struct_size;             /* sizeof this struct */
	struct bitmark_span packed;     /* its bytes; empty: it is not complete
	                                   yet, and has no id                */
	const uint8_t *pay_id;          /* BITMARK_PAY_ID_SIZE; NULL: not
	                                   known                             */
	const enum bitmark_network *network;    /* of a record that names no
	                                   account; NULL: not known          */
	uint64_t number;                /* of its block; 0: in none          */
	size_t offset;                  /* in that, of the first byte        */
};

/*
 * bitmark_record_describe(record, context, text, size):
 * One object of JSON for a record, as all programs of this project print it,
 * with members in this order:
 *
 *   "record"        bitmark_record_name
 *   "tag"           a number
 *   "txId"          unless the record lacks a signature or ${context} has no
 *                   bytes; hex in stored order, as all ids
 *   "payId"         when it is given
 *   "assetId"       assets only: it follows from the fingerprint
 *   "network"       "live", "test" or null
 *   "inBlock"       when it stands in a block: text; and with it
 *   "offset"        number of bytes in front of it in the block
 *   "size"          number of its bytes
 *
 * and then the fields, as bitmark_record_to_json with BITMARK_JSON_SAFE.
 * bitmark_record_list_from_json reads it; tools/schema/record.schema.json
 * describes it.
 *
 *   context  may be NULL: nothing is known
 *   text     owned by the caller: bitmark_free
 *   size     bytes without NUL; may be NULL
 *
 * Returns BITMARK_OK, BITMARK_E_ARGUMENT (no such tag, struct_size) or
 * BITMARK_E_NOMEM.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_record_describe(
    const struct bitmark_record *record,
    const struct bitmark_record_context *context, char **text, size_t *size);

/*
 * A record that owns the bytes its spans point to, as JSON gives it.
 */
struct bitmark_record_owned;

/*
 * bitmark_record_from_json(text, size, owned):
 * Read any style, numbers as numbers or strings, currencies by any of their
 * names.  The kind of record is taken from a field "record" (a name as
 * bitmark_record_name gives; "BitmarkShare" is another one of tag 8) or "tag"
 * (a number) when there is one, else from the fields that are present.
 * "signature" and "countersignature" may be missing, null or "" (not signed
 * yet).  The two transfers have the same fields otherwise: without "record"
 * and "tag", tag 5 is what has a "countersignature", be it null, and tag 4
 * what has none.
 *
 *   owned    new; owned by the caller: bitmark_record_owned_free
 *
 * Returns BITMARK_OK, BITMARK_E_JSON (not an object of this shape; an unknown
 * field is an error too), an error of an account, id, hex or currency, or
 * BITMARK_E_NOMEM.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_record_from_json(
    const char *text, size_t size, struct bitmark_record_owned **owned);

/* Longest text that says what is wrong with a JSON text, with NUL.  Bytes. */
#define BITMARK_JSON_FAULT_MAX 256

/*
 * bitmark_record_from_fields(tag, text, size, owned, fault):
 * Read the fields of a record of a known kind as bitmarkd reads them in the
 * argument of a call.  Keys may be in either case, and the last of several
 * counts.  A field that is missing or null is empty or 0, an account is then
 * the zero one; an unknown field is ignored.
 *
 *   owned  new; owned by the caller: bitmark_record_owned_free
 *   fault  what is wrong and where; may be NULL.  Printable ASCII; "" when
 *          nothing is
 *
 * Returns as bitmark_record_from_json, or BITMARK_E_ARGUMENT (no such tag).
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_record_from_fields(
    enum bitmark_record_tag tag, const char *text, size_t size,
    struct bitmark_record_owned **owned,
    char fault[BITMARK_JSON_FAULT_MAX]);

/* The record.  Inside; its fields may be changed in place. */
BITMARK_API struct bitmark_record *bitmark_record_owned_get(
    struct bitmark_record_owned *owned);

BITMARK_API void bitmark_record_owned_free(struct bitmark_record_owned *owned);

/*
 * Records that own the bytes their spans point to, out of any JSON that the
 * programs of this project or bitmarkd print.
 */
struct bitmark_record_list;

/*
 * bitmark_record_list_from_json(text, size, list, fault):
 * Read all records of ${text}, in their order.  It holds one or several of:
 *
 *   - a record as of bitmark_record_from_json, also with the members that
 *     bitmark_record_describe and 'bitmark-chain transaction' add
 *   - an object with the name of a record and its fields, as in the provenance
 *     and the blocks of bitmarkd ({"record" or "type": name, "data": fields})
 *     and in our blocks in their styles ({"name": name, "record": fields})
 *   - the hex of packed records, also half signed ones, as bitmark-cli hands
 *     them over ({"transfer": hex}; also blockTransfer, grant and swap)
 *   - an array, or any other object, with such things in it, as
 *     {"assets": [...], "issues": [...]}, or a block with its header
 *
 *   list    new; owned by the caller: bitmark_record_list_free
 *   fault   what is wrong and where, as "nonce: missing"; may be NULL.
 *           Printable ASCII; "" when nothing is
 *
 * Returns as bitmark_record_from_json; BITMARK_E_JSON also for a text without
 * any record, and BITMARK_E_NOT_RECORD for hex that is none.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_record_list_from_json(
    const char *text, size_t size, struct bitmark_record_list **list,
    char fault[BITMARK_JSON_FAULT_MAX]);

/* How many records there are; 0 for the header of a block alone. */
BITMARK_API size_t bitmark_record_list_count(
    const struct bitmark_record_list *list);

/* Record ${i}, or NULL.  Inside; its fields may be changed in place. */
BITMARK_API struct bitmark_record *bitmark_record_list_get(
    struct bitmark_record_list *list, size_t i);

/* The header of a block that the records are in, or NULL.  Inside. */
struct bitmark_header;
BITMARK_API const struct bitmark_header *bitmark_record_list_header(
    const struct bitmark_record_list *list);

BITMARK_API void bitmark_record_list_free(struct bitmark_record_list *list);

#ifdef __cplusplus
}
#endif

#endif
