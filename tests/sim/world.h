/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A world of nodes in one process: connectors, upstream sessions, tables of
 * peers and dispatch over chains that are arrays, one clock, one seeded
 * random.  Messages are lost, late and out of order as the weather says.
 */
#ifndef TESTS_SIM_WORLD_H
#define TESTS_SIM_WORLD_H

#include <bitmarkpeer.h>
#include <bitmarkpeer/connector.h>
#include <bitmarkpeer/peer_file.h>

#define WORLD_NODES_MAX 256
#define WORLD_CLIENTS_MAX 40
#define WORLD_BLOCKS_MAX 4000
#define WORLD_HEIGHT_MAX 1000

/* How a node behaves as a server. */
enum temper {
	HONEST,
	SAYS_E,                         /* answers everything with E        */
	RUBBISH,                        /* answers with random frames       */
	SILENT,                         /* does not answer                  */
	SLOW,                           /* answers after 70 s               */
	BOASTS,                         /* claims a height it has not       */
	BAD_WORK,                       /* its blocks have no proof of work */
	BAD_CONTENT,                    /* right headers, wrong contents    */
	WRONG_KEY,                      /* refuses the handshake            */
	LIES,                           /* tells a smaller digest for each
	                                   block, and a greater height      */
};

struct session {
	struct bitmark_upstream *upstream;
	size_t to;                      /* node; SIZE_MAX: nobody           */
	unsigned generation;            /* of the connection                */
	bool connected;
	bool registered;                /* as the connector was told        */
	uint64_t tick;                  /* the one that is waited for       */
};

struct sim_node {
	bool up;
	const struct bitmark_rules *rules;
	enum temper temper;
	unsigned life;                  /* how often it was started         */
	int side;                       /* of a partition                   */
	size_t minimum;
	bool dynamic;
	size_t statics[WORLD_CLIENTS_MAX];
	size_t static_count;
	uint8_t key[BITMARK_PEER_KEY_SIZE];
	char *peer_file;                /* of the last run, or NULL         */
	size_t peer_file_size;
	size_t chain[WORLD_HEIGHT_MAX + 1];     /* number to block          */
	uint64_t height;
	bool normal;
	struct bitmark_connector *connector;
	uint64_t tick;                  /* the connector's                  */
	struct bitmark_announce *announce;
	struct session session[WORLD_CLIENTS_MAX];
	size_t session_count;
	uint64_t served;                /* requests answered                */
	uint64_t deepest;               /* blocks rolled back at once       */
	uint8_t left[WORLD_BLOCKS_MAX]; /* it was the newest, and given up  */
	size_t returns;                 /* to a block that was given up     */
};

struct world {
	uint64_t now_ms;
	unsigned loss;                  /* of 1000 messages                 */
	uint64_t delay_ms;              /* at most                          */
	const struct bitmark_rules *rules;      /* of nodes that are added  */
	struct sim_node node[WORLD_NODES_MAX];
	size_t count;
};

/* Seed and empty the world; there is one. */
void world_begin(uint64_t seed);
void world_end(void);
extern struct world world;

uint64_t world_random(uint64_t below);

/* A node that is not started yet; gives its index. */
size_t world_add(bool dynamic, size_t minimum);
/* ${node} has ${to} as a static peer. */
void world_connect(size_t node, size_t to);
/* ${node} has heard of ${of}, as from DNS; before or after its start. */
void world_tell(size_t node, size_t of);
void world_start(size_t node);
/* Orderly: the file of peers is written. */
void world_stop(size_t node);
/* Not orderly: the file of an earlier run stays, if there is one. */
void world_crash(size_t node);
/* Extend the chain of a node by one block and push it. */
void world_mine(size_t node);
/* The same without telling anybody. */
void world_mine_alone(size_t node);
/* ${node} has the chain of ${of}. */
void world_copy_chain(size_t node, size_t of);
void world_run(uint64_t ms);
/* Are all honest nodes that are up normal, with one tip? */
bool world_agrees(void);
/* Until they agree, or for ${ms}. */
bool world_run_until_agreed(uint64_t ms);

#endif
