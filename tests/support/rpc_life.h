/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A node at the heights of recorded exchanges with bitmarkd
 * (tests/data/services) for tests of the client RPC.
 */
#ifndef TESTS_RPC_LIFE_H
#define TESTS_RPC_LIFE_H

#include "members.h"

/* Blocks that a node of a release had, and its rules.  The node is member 0. */
struct life {
	const struct bitmark_rules *rules;
	uint8_t *file;                  /* its blocks                       */
	size_t size;
	uint64_t height;                /* of the store; 0: none yet        */
	bool normal;
};

extern struct life life;

/* A checked fixture. */
void life_setup(void);
void life_teardown(void);

/* Blocks of tests/data/NAME; NULL: none, the store is filled by the test. */
void life_begin(const char *name, const struct bitmark_rules *rules);

/* The next block of the file, at *at. */
struct bitmark_span life_next_block(size_t *at);

/* The store of the node, which must not run, for writing. */
struct bitmark_chain *life_store(void);

/* Start the node.  With ${normal} it has no peers, so it is Normal at once, and
 * auto_verify is on.  Otherwise it waits for a peer that never answers. */
void life_start(uint64_t height, bool normal);

/* The node has the blocks up to this height. */
void life_at(uint64_t height, bool normal);

#endif
