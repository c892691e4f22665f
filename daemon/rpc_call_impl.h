/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * rpc_call_impl - the walk through the arguments of a call: rpc_type.c has the values,
 * rpc_walk.c the errors, and the numbers, which have the most of them.
 */
#ifndef DAEMON_RPC_CALL_IMPL_H
#define DAEMON_RPC_CALL_IMPL_H

#include "rpc_call.h"
#include "rpc_schema.h"

/* The walk through the arguments. */
struct rpc_walk {
	struct rpc_call *call;
	const char *type;               /* the struct around the value, without
	                                   its package                      */
	const char *outer;              /* the member around the struct; NULL */
	bool stopped;                   /* nothing more is read             */
	bool no_memory;
};

/* Remember the first error of a type: ${what} was found where ${type} is wanted,
 * of which ${star} stands in front. */
void rpc_walk_wrong(struct rpc_walk *w, const char *key, const char *what,
    const char *star, const char *type);

/* ... where the kind of the member is wanted. */
void rpc_walk_wrong_kind(struct rpc_walk *w, const struct rpc_member *m,
    const json_t *value);

/* ... a number that ${type} cannot be. */
void rpc_walk_wrong_digits(struct rpc_walk *w, const struct rpc_member *m,
    const char *digits, const char *type);

/* An error that Go tells at once. */
void rpc_walk_stop(struct rpc_walk *w, const char *error);

/* A number that was written without quotes, as an integer, or as text of digits
 * beyond 2^63; NULL: it is none of the kind. */
json_t *rpc_walk_bare(struct rpc_walk *w, enum rpc_kind kind,
    const json_t *value, char digits[RPC_LITERAL_SIZE]);

/* ... of the member, in quotes or not.  "null" in quotes is null; NULL: the walk
 * has an error. */
json_t *rpc_walk_number(struct rpc_walk *w, const struct rpc_member *m,
    const json_t *value);

#endif
