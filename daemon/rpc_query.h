/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * rpc_query - what the methods that read the chain are made of.
 *
 * A method opens a snapshot, makes its result out of it, and closes it: all of a
 * result is of one moment, and the store can grow soon after.
 */
#ifndef DAEMON_RPC_QUERY_H
#define DAEMON_RPC_QUERY_H

#include <bitmarkpeer/chain.h>

#include "rpc_call.h"
#include "rpc_json.h"

/* Items that one call gives, at most.
 * Source: bitmarkd v0.16.0 rpc/bitmark/bitmark.go maximumProvenanceCount */
#define RPC_ITEMS_MAX 100
/* As many are asked for at most where v8.2 clips instead of refusing.
 * Source: bitmarkd v8.2 rpc/bitmark.go maximumProvenanceCount */
#define RPC_ITEMS_MAX_8_2 200

/* The methods, one file for each kind. */
json_t *rpc_provenance(struct rpc_call *call);
json_t *rpc_full_provenance(struct rpc_call *call);
json_t *rpc_owned(struct rpc_call *call);
json_t *rpc_foundation(struct rpc_call *call);
json_t *rpc_balance(struct rpc_call *call);
json_t *rpc_block(struct rpc_call *call);
json_t *rpc_blocks(struct rpc_call *call);
json_t *rpc_decode(struct rpc_call *call);

/* A snapshot of now; NULL: the call has its error. */
struct bitmark_snapshot *rpc_snapshot(struct rpc_call *call);

/* "count": how many items are wanted; false: the call has its error. */
bool rpc_count(struct rpc_call *call, size_t *count);

/* How the release that is imitated writes records. */
enum bitmark_json_style rpc_style(const struct rpc_call *call);

/* The fields of a record, as rpc_json_raw; NULL: no memory. */
json_t *rpc_record(const struct rpc_call *call,
    const struct bitmark_record *record);

/* ... as a member of text that is written; false: no memory. */
bool rpc_raw_record(struct rpc_text *text, const char *key,
    const struct rpc_call *call, const struct bitmark_record *record);

/* Set a member; false, also of a value or object that is NULL: no memory. */
bool rpc_put(json_t *object, const char *key, json_t *value);   /* taken */

#endif
