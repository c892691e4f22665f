/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * node_maker - nodes on loopback, for benchmarks: keys, a free address, and
 * the configuration of one that nobody else knows.  Failures end the program
 * with a message.
 */
#ifndef BENCH_NODE_MAKER_H
#define BENCH_NODE_MAKER_H

#include <bitmarkpeer/node.h>

/* "127.0.0.1:65535" with NUL. */
#define NODE_MAKER_ADDRESS_SIZE 16

struct maker_node {
	char address[NODE_MAKER_ADDRESS_SIZE];
	const char *listen;
	struct bitmark_node_peer peer;          /* whom it follows */
	struct bitmark_node_config config;
	struct bitmark_node *node;              /* NULL: not started */
};

/* Prepare a node with the store in ${directory} (borrowed).  It is not started,
 * and its config may be changed. */
void maker_node_init(struct maker_node *n, const char *directory);

/* ${n} will be connected to ${other} when it is started. */
void maker_node_follow(struct maker_node *n, const struct maker_node *other);

void maker_node_start(struct maker_node *n);
void maker_node_stop(struct maker_node *n);

#endif
