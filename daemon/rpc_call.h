/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * rpc_call - what the methods of the client RPC are made of: their arguments, as
 * Go reads them, and their result.
 *
 * Keys are read in either case, the last of several counts, null is as if it
 * was not there, keys that are not known are passed over.  A number may be
 * written as digits in quotes wherever one is expected.
 *
 * A result is written as Go does: its integers are unsigned ones of 64 bits, as
 * (json_int_t)number makes them.
 */
#ifndef DAEMON_RPC_CALL_H
#define DAEMON_RPC_CALL_H

#include <jansson.h>

#include "rpc_from.h"

/* Longest error with NUL; more is cut.  Bytes.  Source: local bound. */
#define RPC_ERROR_MAX 4096

/* A call while it is worked on. */
struct rpc_call {
	const struct rpc_from *from;
	json_t *arguments;              /* see rpc_read_arguments           */
	const char *error;              /* why there is no result; static, or
	                                   in text; NULL: none              */
	size_t error_size;              /* ... there may be NUL in it       */
	bool unreadable;                /* ... and it is that the arguments
	                                   cannot be read                   */
	char text[RPC_ERROR_MAX];
	const char *method;             /* its name; static                 */
	bool would_wait;                /* there is no result, as it could not
	                                   be had at once                   */
	const char *request;            /* the text of it; NULL: none       */
};

/* Does the call, and returns the result, which is owned by the caller; NULL: see
 * call->error, or memory ran out. */
typedef json_t *(*rpc_method_fn)(struct rpc_call *call);

/* A method by its name, "Service.Method". */
struct rpc_method {
	const char *name;
	rpc_method_fn call;
	bool quick;                     /* it takes no longer than its items do,
	                                   and heeds from->at_once           */
};

/* The tables of methods; each ends with a name that is NULL. */
extern const struct rpc_method rpc_node_methods[];      /* Node.*           */
extern const struct rpc_method rpc_submit_methods[];    /* what brings records:
                                Bitmarks.*, Bitmark.Transfer, Assets.Get,
                                BlockOwner.Transfer, Share.Create, .Grant,
                                .Swap, Transaction.Status                   */
extern const struct rpc_method rpc_query_methods[];     /* what reads the chain:
                                Bitmark.Provenance, .FullProvenance,
                                Owner.Bitmarks, BlockOwner.TxIdForBlock,
                                Share.Balance, Node.BlockDump*, .BlockDecode */

/* End the call with an error; always NULL. */
json_t *rpc_fail(struct rpc_call *call, const char *error);
json_t *rpc_fail_status(struct rpc_call *call, bitmark_status status);

/* End the call because its arguments cannot be read; always false.  A byte RPC_RAW
 * stands for NUL.  The second is for text that is no hex. */
bool rpc_unreadable(struct rpc_call *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool rpc_bad_hex(struct rpc_call *call, const json_t *text);

/*
 * rpc_read_arguments(call, given):
 * Read ${given} into call->arguments, an empty object, as Go reads it into a
 * struct: members that the method knows, by their names in the tables, each once.
 * A repeated object is read into the one before, and so are the elements of a
 * repeated array.  Numbers become plain: integers, or text of digits beyond 2^63;
 * base64 becomes the bytes.  False: the call has its error, or there is no memory.
 * The methods call what is below after this, so that nothing there can fail.
 */
bool rpc_read_arguments(struct rpc_call *call, json_t *given);

/* The bytes of text in base64, as a string; NULL: *${bad} is where Go finds that
 * it is none, or there is no memory and it is SIZE_MAX. */
json_t *rpc_base64(const json_t *text, size_t *bad);

/* "object", "number" ..., as Go calls the kind of a value; static. */
const char *rpc_kind(const json_t *value);

/* The value of a key of ${object}, borrowed; NULL: there is none, or null. */
json_t *rpc_get(const json_t *object, const char *key);

/* A number that was read, as it is written, for errors; cut to the room. */
#define RPC_LITERAL_SIZE 1024
void rpc_literal(const struct rpc_call *call, const json_t *number,
    char text[RPC_LITERAL_SIZE]);

/* Arguments.  One that is not there leaves what was in *value. */
void rpc_u64(const struct rpc_call *call, const char *key, uint64_t *value);
void rpc_i64(const struct rpc_call *call, const char *key, int64_t *value);
void rpc_bool(const struct rpc_call *call, const char *key, bool *value);
/* Hex of exactly ${size} bytes. */
void rpc_hex(const struct rpc_call *call, const char *key, uint8_t *value,
    size_t size);
/* False: there is none. */
bool rpc_account(const struct rpc_call *call, const char *key,
    struct bitmark_account *value);

#endif
