/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Errors of arguments that have a wrong type, in Go's words. Clients may
 * compare these texts, and Go names types of bitmarkd's own source in them, so
 * the names are here as data. Source: Go encoding/json decode.go
 * UnmarshalTypeError
 */
#include <string.h>

#include "rpc_call.h"

/* The struct that the arguments of a method are read into. */
static const struct {
	const char *method;
	const char *type[2];            /* by enum rpc_form */
/* The struct into which bitmarkd reads the arguments of a method, for both
 * releases; NULL: the release does not have the method. */
} structs[] = {
	{ "Assets.Get", { "assets.GetArguments", "rpc.AssetGetArguments" } },
	{ "Bitmark.FullProvenance", { "bitmark.FullProvenanceArguments",
	    NULL } },
	{ "Bitmark.Provenance", { "bitmark.ProvenanceArguments",
	    "rpc.ProvenanceArguments" } },
	{ "Bitmark.Transfer", {
	    "transactionrecord.BitmarkTransferCountersigned",
	    "transactionrecord.BitmarkTransferCountersigned" } },
	{ "Bitmarks.Create", { "bitmarks.CreateArguments",
	    "rpc.CreateArguments" } },
	{ "Bitmarks.Proof", { "bitmarks.ProofArguments",
	    "rpc.ProofArguments" } },
	{ "BlockOwner.Transfer", { "transactionrecord.BlockOwnerTransfer",
	    "transactionrecord.BlockOwnerTransfer" } },
	{ "BlockOwner.TxIDForBlock", { "blockowner.TxIDForBlockArguments",
	    "rpc.TxIdForBlockArguments" } },
	{ "BlockOwner.TxIdForBlock", { "blockowner.TxIDForBlockArguments",
	    "rpc.TxIdForBlockArguments" } },
	{ "Node.BlockDecode", { "node.BlockDecodeArguments", NULL } },
	{ "Node.BlockDump", { "node.BlockDumpArguments", NULL } },
	{ "Node.BlockDumpRange", { "node.BlockDumpRangeArguments", NULL } },
	{ "Node.Info", { "node.InfoArguments", "rpc.InfoArguments" } },
	{ "Node.List", { "node.Arguments", "rpc.NodeArguments" } },
	{ "Owner.Bitmarks", { "owner.BitmarksArguments",
	    "rpc.OwnerBitmarksArguments" } },
	{ "Share.Balance", { "share.BalanceArguments", NULL } },
	{ "Share.Create", { "share.CreateArguments", NULL } },
	{ "Share.Grant", { "share.GrantArguments", NULL } },
	{ "Share.Swap", { "share.SwapArguments", NULL } },
	{ "Transaction.Status", { "transaction.Arguments",
	    "rpc.TransactionArguments" } },
};

/* The type of a member; it is the same wherever a name is used. */
static const struct {
	const char *key, *type;
	bool quoted;                    /* a number in quotes */
/* The Go type of a member, which is the same wherever the name is used. */
} members[] = {
	{ "assets", "[]*transactionrecord.AssetData", false },
	{ "binary", "bool", false },
	{ "bitmarkId", "merkle.Digest", false },
	{ "blockNumber", "uint64", false },
	{ "count", "int", false },
	{ "fingerprints", "[]string", false },
	{ "height", "uint64", true },
	{ "issues", "[]*transactionrecord.BitmarkIssue", false },
	{ "nonce", "string", false },
	{ "owner", "*account.Account", false },
	{ "packed", "[]uint8", false },
	{ "payId", "pay.PayId", false },
	{ "shareId", "merkle.Digest", false },
	{ "start", "uint64", true },
	{ "txId", "merkle.Digest", false },
	{ "txs", "bool", false },
};

/* The name of a struct always has a dot in it, on which rpc_wrong_value relies.
 */
static const char *
struct_of(const struct rpc_call *call)
{
	for (size_t i = 0; i < sizeof structs / sizeof structs[0]; i++)
		if (strcmp(structs[i].method, call->method) == 0 &&
		    structs[i].type[call->from->form] != NULL)
			return structs[i].type[call->from->form];
	return "rpc.Arguments";
}

static bool
is_number_type(const char *type)
{
	return strcmp(type, "int") == 0 || strcmp(type, "uint64") == 0;
}

bool
rpc_wrong_arguments(struct rpc_call *call, const json_t *value)
{
	return rpc_unreadable(call, "json: cannot unmarshal %s into Go value "
	    "of type %s", rpc_kind(value), struct_of(call));
}

bool
rpc_wrong_value(struct rpc_call *call, const char *key, const char *type,
    const json_t *value)
{
	const char *name = strchr(struct_of(call), '.') + 1;

	if (json_is_number(value) && is_number_type(type))
		return rpc_unreadable(call, "json: cannot unmarshal number "
		    "%.15g into Go struct field %s.%s of type %s",
		    json_number_value(value), name, key, type);
	return rpc_unreadable(call, "json: cannot unmarshal %s into Go struct "
	    "field %s.%s of type %s", rpc_kind(value), name, key, type);
}

/* The member is a number that JSON writes in quotes, and the value is something
 * else. */
static bool
wrong_quoted(struct rpc_call *call, const json_t *value)
{
	if (json_is_string(value))
		return rpc_unreadable(call, "json: invalid use of ,string "
		    "struct tag, trying to unmarshal \"%s\" into uint64",
		    json_string_value(value));
	return rpc_unreadable(call, "json: invalid use of ,string struct tag, "
	    "trying to unmarshal unquoted value into uint64");
}

/* Go reports a number that is out of range by its value, and any other value by
 * its kind. */
bool
rpc_wrong_type(struct rpc_call *call, const char *key, const json_t *value)
{
	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
		if (strcmp(members[i].key, key) != 0)
			continue;
		if (members[i].quoted && !json_is_number(value))
			return wrong_quoted(call, value);
		return rpc_wrong_value(call, key, members[i].type, value);
	}
	return rpc_unreadable(call, "json: cannot unmarshal %s into %s",
	    rpc_kind(value), key);
}
