/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * blocked - a node whose peers follow a chain that it refuses.
 *
 * Peers that serve a bad block are set aside one after the other.  When they
 * are the most of all, it is this node that is alone: most likely its rules
 * are not those of the network.  Then the program and the log are told which
 * block it is, why, and whose rules would accept it.
 *
 * The owner thread's; no I/O.
 */
#ifndef BM_NODE_BLOCKED_H
#define BM_NODE_BLOCKED_H

#include <bitmarkpeer/chain.h>
#include <bitmarkpeer/node.h>

struct bm_blocked {
	/* The last refusal of a block that peers have. */
	bitmark_status why;             /* BITMARK_OK: none                */
	uint64_t number;
	struct bitmark_tip tip;         /* ours at that time               */
	const struct bitmark_rules *accepted;   /* by these; NULL: by none */
	/* Filled in by bm_blocked_look. */
	bool is;                        /* the peers cannot be followed    */
	uint64_t claimed;               /* their height                    */
	size_t aside;                   /* so many of them were left alone */
};

/* The things that a refusal is judged by. */
struct bm_blocked_facts {
	const struct bitmark_chain_params *params;
	const struct bitmark_rules *rules;      /* that refused it         */
	struct bitmark_tip tip;
	uint64_t now_s;
};

/*
 * bm_rules_accept(rules, facts, block):
 * Do these rules accept the block as far as its bytes tell: header, work left
 * out, records by themselves, signatures whose owner they name, merkle root,
 * and the time after our newest block when it would be the next?  The header
 * alone will do: then only that is judged.
 *
 * Returns BITMARK_OK, BITMARK_E_NOMEM or what is wrong.
 */
BITMARK_MUSTUSE bitmark_status bm_rules_accept(
    const struct bitmark_rules *rules, const struct bm_blocked_facts *facts,
    struct bitmark_span block);

/*
 * bm_blocked_note(blocked, facts, block, why):
 * A block of peers was refused for ${why}.  Gives whether that is news: not
 * the same block, for the same reason, as the last time.
 */
bool bm_blocked_note(struct bm_blocked *blocked,
    const struct bm_blocked_facts *facts, struct bitmark_span block,
    bitmark_status why);

/* Peers, as they are now. */
struct bm_blocked_peers {
	size_t registered;
	size_t ahead;                   /* that claim more than we have    */
	size_t aside;                   /* that are left alone             */
	uint64_t claimed;               /* greatest height of all          */
	uint64_t target;                /* ... of those that are not aside */
	bool decide;                    /* the connector says that those with
	                                   the block decide whom to follow */
};

/*
 * bm_blocked_look(blocked, tip, peers):
 * Is the node blocked now?  It becomes so when the connector says so, or when
 * most peers are ahead of it and all of these are left alone; it stays so, also
 * while they are tried again, until our newest block changes or most peers are
 * not ahead any more.
 */
void bm_blocked_look(struct bm_blocked *blocked,
    const struct bitmark_tip *tip, const struct bm_blocked_peers *peers);

#endif
