/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The arguments of the methods.  "Digest" is read by no bitmarkd: with it a block
 * that is not stored is hashed, too.
 * Source: bitmarkd v8.2 rpc/, v0.16.0 rpc/ and transactionrecord/transaction.go
 */
#include "rpc_schema.h"

#include <string.h>

#define END { NULL, RPC_BOOL, NULL }
#define BOTH(name) { name, name }

static const struct rpc_member payment_members[] = {
	{ "currency", RPC_CURRENCY, NULL },
	{ "address", RPC_STRING, NULL },
	{ "amount", RPC_QUOTED, NULL },
	END
};
static const struct rpc_type payment = {
	BOTH("transactionrecord.Payment"), payment_members
};

static const struct rpc_member asset_members[] = {
	{ "name", RPC_STRING, NULL },
	{ "fingerprint", RPC_STRING, NULL },
	{ "metadata", RPC_STRING, NULL },
	{ "registrant", RPC_ACCOUNT, NULL },
	{ "signature", RPC_SIGNATURE, NULL },
	END
};
static const struct rpc_type asset = {
	BOTH("transactionrecord.AssetData"), asset_members
};

static const struct rpc_member issue_members[] = {
	{ "assetId", RPC_ASSET_ID, NULL },
	{ "owner", RPC_ACCOUNT, NULL },
	{ "nonce", RPC_QUOTED_0_16, NULL },
	{ "signature", RPC_SIGNATURE, NULL },
	END
};
static const struct rpc_type issue = {
	BOTH("transactionrecord.BitmarkIssue"), issue_members
};

/* The methods, each with the members of its arguments. */

static const struct rpc_member fingerprints[] = {
	{ "fingerprints", RPC_STRINGS, NULL },
	END
};
static const struct rpc_member records[] = {
	{ "assets", RPC_OBJECTS, &asset },
	{ "issues", RPC_OBJECTS, &issue },
	END
};
static const struct rpc_member proof[] = {
	{ "payId", RPC_PAY_ID, NULL },
	{ "nonce", RPC_STRING, NULL },
	END
};
static const struct rpc_member transfer[] = {
	{ "link", RPC_DIGEST, NULL },
	{ "escrow", RPC_OBJECT, &payment },
	{ "owner", RPC_ACCOUNT, NULL },
	{ "signature", RPC_SIGNATURE, NULL },
	{ "countersignature", RPC_SIGNATURE, NULL },
	END
};
static const struct rpc_member block_transfer[] = {
	{ "link", RPC_DIGEST, NULL },
	{ "escrow", RPC_OBJECT, &payment },
	{ "version", RPC_QUOTED_0_16, NULL },
	{ "payments", RPC_ADDRESSES, NULL },
	{ "owner", RPC_ACCOUNT, NULL },
	{ "signature", RPC_SIGNATURE, NULL },
	{ "countersignature", RPC_SIGNATURE, NULL },
	END
};
static const struct rpc_member provenance[] = {
	{ "txId", RPC_DIGEST, NULL },
	{ "count", RPC_INT, NULL },
	END
};
static const struct rpc_member bitmark[] = {
	{ "bitmarkId", RPC_DIGEST, NULL },
	END
};
static const struct rpc_member transaction[] = {
	{ "txId", RPC_DIGEST, NULL },
	END
};
static const struct rpc_member block_number[] = {
	{ "blockNumber", RPC_U64, NULL },
	END
};
static const struct rpc_member packed[] = {
	{ "packed", RPC_BYTES, NULL },
	{ "digest", RPC_BOOL, NULL },
	END
};
static const struct rpc_member dump[] = {
	{ "height", RPC_QUOTED, NULL },
	{ "binary", RPC_BOOL, NULL },
	END
};
static const struct rpc_member dump_range[] = {
	{ "height", RPC_QUOTED, NULL },
	{ "count", RPC_INT, NULL },
	{ "txs", RPC_BOOL, NULL },
	END
};
static const struct rpc_member page[] = {
	{ "start", RPC_QUOTED, NULL },
	{ "count", RPC_INT, NULL },
	END
};
static const struct rpc_member owned[] = {
	{ "owner", RPC_ACCOUNT, NULL },
	{ "start", RPC_QUOTED, NULL },
	{ "count", RPC_INT, NULL },
	END
};
/* Errors name the member as 0.16 writes it. */
static const struct rpc_member owned_0_16[] = {
	{ "owner", RPC_ACCOUNT, NULL },
	{ "Start", RPC_QUOTED, NULL },
	{ "count", RPC_INT, NULL },
	END
};
static const struct rpc_member share[] = {
	{ "link", RPC_DIGEST, NULL },
	{ "quantity", RPC_QUOTED, NULL },
	{ "signature", RPC_SIGNATURE, NULL },
	END
};
static const struct rpc_member balance[] = {
	{ "owner", RPC_ACCOUNT, NULL },
	{ "shareId", RPC_DIGEST, NULL },
	{ "count", RPC_INT, NULL },
	END
};
static const struct rpc_member grant[] = {
	{ "shareId", RPC_DIGEST, NULL },
	{ "quantity", RPC_QUOTED, NULL },
	{ "owner", RPC_ACCOUNT, NULL },
	{ "recipient", RPC_ACCOUNT, NULL },
	{ "beforeBlock", RPC_QUOTED, NULL },
	{ "signature", RPC_SIGNATURE, NULL },
	{ "countersignature", RPC_SIGNATURE, NULL },
	END
};
static const struct rpc_member swap[] = {
	{ "shareIdOne", RPC_DIGEST, NULL },
	{ "quantityOne", RPC_QUOTED, NULL },
	{ "ownerOne", RPC_ACCOUNT, NULL },
	{ "shareIdTwo", RPC_DIGEST, NULL },
	{ "quantityTwo", RPC_QUOTED, NULL },
	{ "ownerTwo", RPC_ACCOUNT, NULL },
	{ "beforeBlock", RPC_QUOTED, NULL },
	{ "signature", RPC_SIGNATURE, NULL },
	{ "countersignature", RPC_SIGNATURE, NULL },
	END
};
static const struct rpc_member nothing[] = { END };

/* The names of 0.16 come first, as in enum rpc_form. */
static const struct {
	const char *method;
	struct rpc_type type;
} rows[] = {
	{ "Assets.Get", { { "assets.GetArguments", "rpc.AssetGetArguments" },
	    fingerprints } },
	{ "Bitmark.FullProvenance", { BOTH("bitmark.FullProvenanceArguments"),
	    bitmark } },
	{ "Bitmark.Provenance", { { "bitmark.ProvenanceArguments",
	    "rpc.ProvenanceArguments" }, provenance } },
	{ "Bitmark.Transfer", {
	    BOTH("transactionrecord.BitmarkTransferCountersigned"),
	    transfer } },
	{ "Bitmarks.Create", { { "bitmarks.CreateArguments",
	    "rpc.CreateArguments" }, records } },
	{ "Bitmarks.Proof", { { "bitmarks.ProofArguments",
	    "rpc.ProofArguments" }, proof } },
	{ "BlockOwner.Transfer", {
	    BOTH("transactionrecord.BlockOwnerTransfer"), block_transfer } },
	{ "BlockOwner.TxIDForBlock", { { "blockowner.TxIDForBlockArguments",
	    "rpc.TxIdForBlockArguments" }, block_number } },
	{ "BlockOwner.TxIdForBlock", { { "blockowner.TxIDForBlockArguments",
	    "rpc.TxIdForBlockArguments" }, block_number } },
	{ "Node.BlockDecode", { BOTH("node.BlockDecodeArguments"),
	    packed } },
	{ "Node.BlockDump", { BOTH("node.BlockDumpArguments"), dump } },
	{ "Node.BlockDumpRange", { BOTH("node.BlockDumpRangeArguments"),
	    dump_range } },
	{ "Node.Info", { { "node.InfoArguments", "rpc.InfoArguments" },
	    nothing } },
	{ "Node.List", { { "node.Arguments", "rpc.NodeArguments" }, page } },
	{ "Share.Balance", { BOTH("share.BalanceArguments"), balance } },
	{ "Share.Create", { BOTH("transactionrecord.BitmarkShare"),
	    share } },
	{ "Share.Grant", { BOTH("transactionrecord.ShareGrant"), grant } },
	{ "Share.Swap", { BOTH("transactionrecord.ShareSwap"), swap } },
	{ "Transaction.Status", { { "transaction.Arguments",
	    "rpc.TransactionArguments" }, transaction } },
};

const struct rpc_type *
rpc_arguments_of(const char *method, enum rpc_form form)
{
	static const struct rpc_type owner[2] = {
		[RPC_FORM_0_16] = { BOTH("owner.BitmarksArguments"),
		    owned_0_16 },
		[RPC_FORM_8_2] = { BOTH("rpc.OwnerBitmarksArguments"),
		    owned },
	};
	static const struct rpc_type none = { BOTH("rpc.Arguments"),
	    nothing };

	if (strcmp(method, "Owner.Bitmarks") == 0)
		return &owner[form];
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (strcmp(rows[i].method, method) == 0)
			return &rows[i].type;
	return &none;
}
