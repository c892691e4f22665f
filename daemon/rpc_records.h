/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * rpc_records - records in the arguments of a call, packed for the node, and
 * what the node says of them.
 */
#ifndef DAEMON_RPC_RECORDS_H
#define DAEMON_RPC_RECORDS_H

#include "rpc_call.h"

/* The checks that stand before all others: the node takes nothing in. */
bool rpc_may_write(struct rpc_call *call);
/* ... and the node is in step with its peers. */
bool rpc_is_normal(struct rpc_call *call);

/*
 * rpc_take_record(call, tag, fields):
 * The record that the fields are.  NULL: they cannot be read, and the call has
 * its error.  Owned by the caller: bitmark_record_owned_free.
 */
struct bitmark_record_owned *rpc_take_record(struct rpc_call *call,
    enum bitmark_record_tag tag, const json_t *fields);

/* Is the account there, and of the chain's network?  The call has its error. */
bool rpc_has_account(struct rpc_call *call,
    const struct bitmark_account *account);
bool rpc_check_network(struct rpc_call *call,
    const struct bitmark_account *account);

/*
 * rpc_pack(record, packed, size):
 * Append the record to the bytes, which are owned by the caller: free.
 * False: no memory.
 */
bool rpc_pack(const struct bitmark_record *record, uint8_t **packed,
    size_t *size);

/*
 * rpc_store(call, record, result):
 * Submit a transfer, share, grant or swap.  False: the call has its error.
 *
 *   result   as of bitmark_node_submit
 *   issue_id of the bitmark that it links to, for tags 4, 5, 7 and 8
 */
bool rpc_store(struct rpc_call *call, const struct bitmark_record *record,
    struct bitmark_unit_result *result, uint8_t issue_id[BITMARK_TX_ID_SIZE]);

/* The ways to pay, by currency; NULL: no memory. */
json_t *rpc_payments(const struct bitmark_alternatives *payments);

/* Add members that may be NULL: then memory ran out, and the result is freed and
 * NULL. */
json_t *rpc_add(json_t *result, const char *key, json_t *value);

extern const char rpc_error_read_only[], rpc_error_synchronise[];

json_t *rpc_bitmarks_create(struct rpc_call *call);
json_t *rpc_bitmarks_proof(struct rpc_call *call);
json_t *rpc_assets_get(struct rpc_call *call);
json_t *rpc_share_create(struct rpc_call *call);
json_t *rpc_share_grant(struct rpc_call *call);
json_t *rpc_share_swap(struct rpc_call *call);

#endif
