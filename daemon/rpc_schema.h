/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * rpc_schema - the arguments of each method: the members that bitmarkd reads, and
 * the types that its errors name.
 */
#ifndef DAEMON_RPC_SCHEMA_H
#define DAEMON_RPC_SCHEMA_H

#include "rpc_from.h"

enum rpc_kind {
	RPC_INT,                        /* of 64 bits, with a sign          */
	RPC_U64,
	RPC_QUOTED,                     /* the same in quotes               */
	RPC_QUOTED_0_16,                /* ... by 0.16, bare by v8.2        */
	RPC_BOOL,
	RPC_STRING,
	RPC_BYTES,                      /* in base64                        */
	RPC_DIGEST,
	RPC_ASSET_ID,
	RPC_PAY_ID,
	RPC_SIGNATURE,                  /* hex of any length                */
	RPC_ACCOUNT,
	RPC_CURRENCY,
	RPC_ADDRESSES,                  /* an object: currency to address   */
	RPC_STRINGS,                    /* an array                         */
	RPC_OBJECT,
	RPC_OBJECTS,                    /* an array                         */
};

struct rpc_type;

struct rpc_member {
	const char *key;                /* NULL ends a list                 */
	enum rpc_kind kind;
	const struct rpc_type *of;      /* of RPC_OBJECT, RPC_OBJECTS       */
};

/* A struct of bitmarkd. */
struct rpc_type {
	const char *name[2];            /* by enum rpc_form, with its package */
	const struct rpc_member *members;
};

/* The arguments of a method; never NULL. */
const struct rpc_type *rpc_arguments_of(const char *method,
    enum rpc_form form);

#endif
