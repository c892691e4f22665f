/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * base - what every other header of libbitmarkpeer stands on: status codes
 * and their texts, the version, the environment handed to objects.
 *
 * Conventions of the whole library
 *
 *  - Every call that can fail returns a bitmark_status; results come back
 *    through pointers.  Unless a header says otherwise, a failed call leaves
 *    its outputs as they were, but for sizes, which may have become 0; and an
 *    output named "new" is set to NULL.  One that the caller would own may
 *    become NULL, too: there is nothing to free then.
 *  - Ownership is one of five words.  borrowed: used until the call returns.
 *    copied: the callee keeps its own.  taken: gone from the caller in every
 *    case.  owned by the caller: must be given to the function named.
 *    inside: points into another object and dies with it.
 *  - An object is used by one thread at a time, different objects are
 *    independent, and there are no globals that change.
 *  - Every *_free(NULL) and *_close(NULL), and bitmark_node_stop(NULL), does
 *    nothing.
 *  - What is open belongs to the process that opened it: a child that it forks
 *    must neither use nor close it.
 *  - Memory that a call allocates and the caller owns is given back with
 *    bitmark_free, objects with the function that their header names.  Memory
 *    that a call takes is such memory, or made by malloc.
 *  - Digests and ids are in stored order (the order of the wire) unless a name
 *    says "display"; bitmarkd displays block digests and transaction ids
 *    reversed.
 *  - A mark like [D-29] is a row of bitmark-protocol(7), DIFFERENCES FROM
 *    BITMARKD 8.2.
 *
 * Structs that grow
 *
 * A program goes on working when the library is replaced by a later one that
 * knows more fields.  For this a struct is of one of four kinds:
 *
 *  - Sized: its first member is "size_t struct_size", which the caller sets to
 *    the sizeof of the struct as it was compiled, before each call:
 *
 *	struct bitmark_client_config config = { .struct_size = sizeof config };
 *
 *    (before C++20: "= {}", then "config.struct_size = sizeof config").  New
 *    fields come at the end.  The library reads and writes no byte beyond
 *    struct_size.  It takes fields that lie beyond as 0, which always means the
 *    default, and sets to 0 what the caller has room for and it does not know.
 *    A struct_size that is smaller than the struct was in the first release that
 *    had it, 0 above all, is BITMARK_E_ARGUMENT.  In an array all have the same
 *    struct_size; when the library fills it, only that of the first one need be
 *    set.
 *  - Lent: handed out by the library through a const pointer, to a callback or
 *    inside an object.  New fields come at the end: never copy such a struct
 *    as a whole, and make neither one of your own nor an array.  struct
 *    bitmark_chain_params, _rules, _waiting, _node_event, _node_connection,
 *    _connector_update, _connector_action, _upstream_update,
 *    _upstream_request.
 *  - Plain values, whose shape is that of the wire or of a thing that does not
 *    change: they keep their size for ever.  struct bitmark_span, _env, _tip,
 *    _checkpoint, _mined_block, _account, _private_key, _connection, _endpoint,
 *    _dns_txt, _peer, _rpc, _neighbour, _announcement, _header, _fetch, _payments, _payment,
 *    _alternative, _alternatives, and what a record can be: _base_data, _asset,
 *    _issue, _transfer, _escrow, _foundation, _owner_transfer, _share, _grant,
 *    _swap.
 *  - With reserved room, where the caller lends memory that the library works
 *    in: struct bitmark_record, _block_walk, _request and _reply.  They keep
 *    their size; new fields take their place in the reserved ones.
 *
 * Constants that give the size of an array in the caller's memory keep their
 * value for ever; other bounds and defaults may change.
 */
#ifndef BITMARKPEER_BASE_H
#define BITMARKPEER_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Version of the library, as text and as 0xMMmmpp for comparing: major, minor
 * and patch.  The soname has the major number, and while that is 0 the minor
 * one, too: programs for 0.2 and for 0.3 may be installed beside each other. */
#define BITMARK_VERSION "0.2.0"
#define BITMARK_VERSION_NUMBER 0x000200

#if defined(__GNUC__)
#define BITMARK_API __attribute__((visibility("default")))
#define BITMARK_MUSTUSE __attribute__((warn_unused_result))
/* Unions without a name are an extension before C11. */
#define BITMARK_EXTENSION __extension__
#else
#define BITMARK_API
#define BITMARK_MUSTUSE
#define BITMARK_EXTENSION
#endif

/*
 * The one table of errors: name, number, text.
 *
 * -1..-99 the caller's mistake; -101..-199 the bytes or the peer are wrong
 * (answer, drop, go on); -201..-299 the machine or the network failed (may
 * pass); -301.. only freeing the object is left.
 *
 * Source of the texts -101..-199, where bitmarkd has them: bitmarkd v8.2
 * fault/fault.go, word for word; they travel to peers and into JSON.  Those of
 * -190..-197 are of bitmarkd v0.16.0.  The texts marked "ours" occur in
 * neither.
 */
#define BITMARK_STATUS_TABLE(X) \
	X(BITMARK_OK, 0, "success") \
	/* the caller */ \
	X(BITMARK_E_ARGUMENT, -1, "invalid argument") \
	X(BITMARK_E_STATE, -2, "not allowed in this state") \
	X(BITMARK_E_SPACE, -3, "buffer too small") \
	X(BITMARK_E_READONLY, -4, "opened for reading only") \
	/* bytes: encodings, accounts, addresses */ \
	X(BITMARK_E_NOT_PUBLIC_KEY, -101, "not public key") \
	X(BITMARK_E_NOT_PRIVATE_KEY, -102, "not private key") \
	X(BITMARK_E_KEY_TYPE, -103, "invalid key type") \
	X(BITMARK_E_KEY_LENGTH, -104, "invalid key length") \
	X(BITMARK_E_CHECKSUM, -105, "checksum mismatch") \
	X(BITMARK_E_DECODE_ACCOUNT, -106, "cannot decode account") \
	X(BITMARK_E_DECODE_PRIVATE_KEY, -107, "cannot decode private key") \
	X(BITMARK_E_DECODE_SEED, -108, "cannot decode seed") \
	X(BITMARK_E_SEED_HEADER, -109, "invalid seed header") \
	X(BITMARK_E_SEED_LENGTH, -110, "invalid seed length") \
	X(BITMARK_E_PUBLIC_KEY, -111, "invalid public key") \
	X(BITMARK_E_PRIVATE_KEY, -112, "invalid private key") \
	X(BITMARK_E_PUBLIC_KEY_FILE, -113, "invalid public key file") \
	X(BITMARK_E_PRIVATE_KEY_FILE, -114, "invalid private key file") \
	X(BITMARK_E_KEY_FILE_NOT_FOUND, -115, "key file not found") \
	X(BITMARK_E_KEY_FILE_EXISTS, -116, "key file already exists") \
	X(BITMARK_E_WRONG_NETWORK_PUBLIC, -117, \
	    "wrong network for public key") \
	X(BITMARK_E_WRONG_NETWORK_PRIVATE, -118, \
	    "wrong network for private key") \
	X(BITMARK_E_CURRENCY, -119, "invalid currency") \
	X(BITMARK_E_CURRENCY_ADDRESS, -120, "invalid currency address") \
	X(BITMARK_E_BITCOIN_ADDRESS, -121, "invalid bitcoin address") \
	X(BITMARK_E_LITECOIN_ADDRESS, -122, "invalid litecoin address") \
	X(BITMARK_E_BITCOIN_NETWORK, -123, \
	    "bitcoin address for wrong network") \
	X(BITMARK_E_LITECOIN_NETWORK, -124, \
	    "litecoin address for wrong network") \
	X(BITMARK_E_ADDRESS_LONG, -125, "payment address too long") \
	X(BITMARK_E_BUFFER, -126, "invalid buffer") \
	X(BITMARK_E_COUNT, -127, "invalid count") \
	X(BITMARK_E_IP_ADDRESS, -128, "invalid IP Address") \
	X(BITMARK_E_PORT, -129, "invalid port number") \
	X(BITMARK_E_DNS_TXT, -130, "invalid dns txt record") \
	X(BITMARK_E_FINGERPRINT, -131, "invalid fingerprint") \
	X(BITMARK_E_TIMESTAMP, -132, "invalid timestamp") \
	X(BITMARK_E_LENGTH, -133, "invalid length") \
	X(BITMARK_E_HEX, -134, "invalid hexadecimal text")       /* ours */ \
	X(BITMARK_E_JSON, -135, "invalid JSON")                  /* ours */ \
	X(BITMARK_E_PHRASE_LENGTH, -136, \
	    "a recovery phrase has 12, 13 or 24 words")          /* ours */ \
	X(BITMARK_E_PHRASE_WORD, -137, \
	    "not a word of recovery phrases")                    /* ours */ \
	X(BITMARK_E_PHRASE_CHECK, -138, "the words of the recovery " \
	    "phrase do not belong together: one is wrong")       /* ours */ \
	X(BITMARK_E_NO_PORT, -139, "missing port in address")    /* ours */ \
	/* bytes: records */ \
	X(BITMARK_E_NOT_RECORD, -140, "not transaction pack") \
	X(BITMARK_E_NOT_ASSET_ID, -141, "not asset id") \
	X(BITMARK_E_NOT_LINK, -142, "not link") \
	X(BITMARK_E_SIGNATURE, -143, "invalid signature") \
	X(BITMARK_E_SIGNATURE_LONG, -144, "signature too long") \
	X(BITMARK_E_OWNER, -145, "invalid owner or registrant") \
	X(BITMARK_E_NAME_SHORT, -146, "name too short") \
	X(BITMARK_E_NAME_LONG, -147, "name too long") \
	X(BITMARK_E_FINGERPRINT_SHORT, -148, "fingerprint too short") \
	X(BITMARK_E_FINGERPRINT_LONG, -149, "fingerprint too long") \
	X(BITMARK_E_METADATA_LONG, -150, "metadata too long") \
	X(BITMARK_E_METADATA_MAP, -151, "metadata is not map") \
	X(BITMARK_E_PAYMENT_VERSION, -152, "invalid Payment version") \
	X(BITMARK_E_NONCE, -153, "invalid nonce") \
	X(BITMARK_E_ITEM, -154, "invalid item") \
	X(BITMARK_E_SHARE_QUANTITY, -155, \
	    "share quantity too small") \
	X(BITMARK_E_SHARE_IDS, -156, "share ids cannot be identical") \
	X(BITMARK_E_NOT_ASSET, -157, "transaction is not an asset") \
	X(BITMARK_E_NOT_ISSUE, -158, "transaction is not an issue") \
	X(BITMARK_E_NOT_TRANSFER, -159, "transaction is not a transfer") \
	/* bytes: blocks */ \
	X(BITMARK_E_HEADER_SIZE, -160, "invalid block header size") \
	X(BITMARK_E_HEADER_VERSION, -161, "invalid block header version") \
	X(BITMARK_E_HEADER_TIMESTAMP, -162, \
	    "invalid block header timestamp") \
	X(BITMARK_E_HEADER_DIFFICULTY, -163, \
	    "invalid block header difficulty") \
	X(BITMARK_E_TX_COUNT, -164, "transaction count out of range") \
	X(BITMARK_E_PREVIOUS, -165, "previous block digest does not match") \
	X(BITMARK_E_VERSION_DECREASE, -166, \
	    "block version must not decrease") \
	X(BITMARK_E_MERKLE, -167, "Merkle Root Does Not Match") \
	X(BITMARK_E_NO_BLOCK_OWNER, -168, "missing block owner") \
	X(BITMARK_E_OUT_OF_PLACE_BASE, -169, "out of place base data") \
	X(BITMARK_E_OUT_OF_PLACE_FOUNDATION, -170, \
	    "out of place block owner issue") \
	X(BITMARK_E_TX_EXISTS, -171, "transaction already exists") \
	X(BITMARK_E_DOUBLE_TRANSFER, -172, "double transfer attempt") \
	X(BITMARK_E_LINK_UNCONFIRMED, -173, \
	    "link to invalid or unconfirmed transaction") \
	X(BITMARK_E_NUMBER, -174, "block number out of sequence") /* ours */ \
	X(BITMARK_E_LINK_SELF, -175, "transaction links to self") \
	X(BITMARK_E_ASSET_NOT_FOUND, -176, "asset not found") \
	X(BITMARK_E_ASSET_EXISTS, -177, "assets already registered") \
	X(BITMARK_E_TOO_MANY, -178, "too many items to process") \
	/* bytes: what came with 0.16 */ \
	X(BITMARK_E_HEIGHT, -190, "height out of sequence") \
	X(BITMARK_E_DIFFICULTY, -191, \
	    "difficulty does not match calculated") \
	X(BITMARK_E_BLOCK_END, -192, "block end earlier than begin") \
	X(BITMARK_E_SHARES, -193, "insufficient shares") \
	X(BITMARK_E_NOT_CONVERTIBLE, -194, \
	    "can only convert assets to shares") \
	X(BITMARK_E_EXPIRED, -195, "record has expired") \
	X(BITMARK_E_CAPACITY, -196, "buffer capacity limit") \
	X(BITMARK_E_PAY_ID_USED, -197, "pay id already used") \
	X(BITMARK_E_CHECKPOINT, -198, \
	    "not the chain of the checkpoint")                   /* ours */ \
	X(BITMARK_E_CHECKPOINT_TEXT, -179, "not a checkpoint: "  \
	    "NUMBER:DIGEST:HASH, as 'bitmark-chain checkpoint' " \
	    "prints it")                                         /* ours */ \
	/* the peer and the protocol */ \
	X(BITMARK_E_PACKET_SHORT, -180, "packet too short") \
	X(BITMARK_E_MISSING_PARAMETERS, -181, "missing parameters") \
	X(BITMARK_E_BLOCK_NOT_FOUND, -182, "block not found") \
	X(BITMARK_E_INCORRECT_CHAIN, -183, "incorrect chain") \
	X(BITMARK_E_INVALID_CHAIN, -184, "invalid chain") \
	X(BITMARK_E_PEER_RESPONSE, -185, "invalid peer response") \
	X(BITMARK_E_NOT_FOUND, -186, "not found")                /* ours */ \
	X(BITMARK_E_REMOTE, -187, "the node answered with an error") \
	X(BITMARK_E_WRONG_SERVER_KEY, -188, \
	    "the node does not have this public key") \
	X(BITMARK_E_WRONG_PORT, -189, "the node has another service at " \
	    "this port: one port is for requests, another for subscribers") \
	/* the machine and the network */ \
	X(BITMARK_E_STORE, -201, "storage failed") \
	X(BITMARK_E_STORE_FULL, -202, "no space left for the store") \
	X(BITMARK_E_STORE_LOCKED, -203, \
	    "the store is in use by another writer") \
	X(BITMARK_E_STORE_FORMAT, -204, \
	    "the store has another format: rebuild it with " \
	    "'bitmark-chain reindex'") \
	X(BITMARK_E_STORE_CHAIN, -205, "the store belongs to another chain") \
	X(BITMARK_E_STORE_CORRUPT, -206, \
	    "the store is damaged: rebuild it with 'bitmark-chain reindex'") \
	X(BITMARK_E_IO, -207, "input or output failed") \
	X(BITMARK_E_TIMEOUT, -208, "resource temporarily unavailable") \
	X(BITMARK_E_NO_CONNECTION, -209, "not connected") \
	X(BITMARK_E_BUSY, -210, "queue is full") \
	X(BITMARK_E_NET, -211, "network operation failed") \
	X(BITMARK_E_THREAD, -212, "thread could not be started") \
	X(BITMARK_E_PENDING, -213, "not finished yet") \
	X(BITMARK_E_CANCELLED, -214, "cancelled") \
	X(BITMARK_E_HOST_NOT_FOUND, -215, \
	    "the name of the host cannot be found") \
	X(BITMARK_E_STORE_RULES, -216, \
	    "the store follows the rules of another release: name those, " \
	    "or rebuild it with 'bitmark-chain reindex' under these") \
	X(BITMARK_E_UNPROVEN, -217, "the checkpoint is not reached yet") \
	/* fatal for the object */ \
	X(BITMARK_E_NOMEM, -301, "out of memory") \
	X(BITMARK_E_STOPPED, -302, "stopped")

enum bitmark_status_code {
#define BITMARK_STATUS_ENUM(name, number, text) name = number,
	BITMARK_STATUS_TABLE(BITMARK_STATUS_ENUM)
#undef BITMARK_STATUS_ENUM
};

/* A value of enum bitmark_status_code; an int, so that it is safe to store. */
typedef int bitmark_status;

/*
 * bitmark_strerror(status):
 * The text of ${status}; static; "unknown status" for numbers not in the
 * table.  bitmark_status_name gives the identifier ("BITMARK_E_HEX"), or NULL.
 */
BITMARK_API const char *bitmark_strerror(bitmark_status status);
BITMARK_API const char *bitmark_status_name(bitmark_status status);

/* The version of the library that is linked, as BITMARK_VERSION (static) and
 * as BITMARK_VERSION_NUMBER. */
BITMARK_API const char *bitmark_version(void);
BITMARK_API uint32_t bitmark_version_number(void);

/* Give back memory that the library has allocated for the caller, by the free
 * that belongs to the malloc that the library uses; NULL does nothing.  Any
 * thread. */
BITMARK_API void bitmark_free(void *memory);

/* Takes bytes that are written; nonzero stops the work with BITMARK_E_IO. */
typedef int (*bitmark_write_fn)(void *user, const void *data, size_t size);

/* Bytes somewhere else.  data may be NULL when size is 0. */
struct bitmark_span {
	const uint8_t *data;
	size_t size;
};

/* Log levels, most severe first. */
enum bitmark_log_level {
	BITMARK_LOG_ERROR,
	BITMARK_LOG_WARN,
	BITMARK_LOG_INFO,
	BITMARK_LOG_DEBUG,
};

/* Fills ${out}; cannot fail. */
typedef void (*bitmark_random_fn)(void *user, uint8_t *out, size_t size);

/*
 * One finished line without '\n', valid during the call.  May be called by
 * any thread of the object it was given to.  module is a static word.
 */
typedef void (*bitmark_log_fn)(void *user, enum bitmark_log_level level,
    const char *module, const char *line, size_t line_size);

/* The services of its program that an object uses.  Copied; user must outlive
 * the object.
 */
struct bitmark_env {
	void *user;
	bitmark_random_fn random;       /* NULL: libsodium */
	bitmark_log_fn log;             /* NULL: silence   */
};

#ifdef __cplusplus
}
#endif

#endif
