/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Judging a refused block by other rules, and deciding who is wrong: a few
 * peers, or this node.
 *
 * A single peer that lies must not stop a node from being Normal, so the
 * majority of the peers that it is registered with decides.
 */
#include "node/blocked.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chain/check.h"
#include "codec/sized.h"

/* --- whose rules ------------------------------------------------------------ */

static uint64_t
may_be_back_s(const struct bitmark_rules *rules, uint16_t version)
{
	return version == 1 ? rules->header_back_v1_s :
	    version == 2 ? rules->header_back_v2_s :
	    rules->header_back_later_s;
}

/* Our newest block is its parent only when the numbers say so; of the other
 * blocks no parent is known here. */
static bitmark_status
judge_time(const struct bitmark_rules *rules,
    const struct bm_blocked_facts *facts, const struct bitmark_header *header)
{
	const uint64_t parent_s = facts->tip.timestamp;

	return header->number == facts->tip.number + 1 &&
	    header->timestamp < parent_s && parent_s - header->timestamp >
	    may_be_back_s(rules, header->version) ?
	    BITMARK_E_HEADER_TIMESTAMP : BITMARK_OK;
}

/* No digest is larger than any target, so that with this one only the bits
 * are judged: computing the true one would take half a second. */
static bitmark_status
judge_header(const struct bitmark_rules *rules,
    const struct bm_blocked_facts *facts, const struct bitmark_header *header)
{
	static const uint8_t lowest[BITMARK_DIGEST_SIZE];
	bitmark_status status = bitmark_header_check(rules, header,
	    facts->now_s);

	if (status == BITMARK_OK && !(rules->private_without_work &&
	    facts->params->is_private))
		status = bitmark_header_check_work(rules, header, lowest);
	return status == BITMARK_OK ? judge_time(rules, facts, header) :
	    status;
}

/* The signer of a record that links to another one stands in that one, which
 * is not looked up. */
static bitmark_status
judge_record(const struct bitmark_rules *rules,
    const struct bitmark_record *record)
{
	return bitmark_record_link(record) != NULL ? BITMARK_OK :
	    bitmark_record_check(rules, record, bm_check_signer(record),
	    BITMARK_CONSENSUS);
}

static bitmark_status
judge_records(const struct bitmark_rules *rules, struct bitmark_block_walk *w,
    uint8_t *ids)
{
	uint8_t root[BITMARK_DIGEST_SIZE];
	bitmark_status status = BITMARK_OK;

	while (status == BITMARK_OK && w->index < w->header.count) {
		status = bitmark_block_walk_next(w);
		if (status != BITMARK_OK)
			break;
		bitmark_tx_id(w->packed.data, w->packed.size,
		    ids + (w->index - 1) * BITMARK_TX_ID_SIZE);
		status = judge_record(rules, &w->record);
	}
	if (status != BITMARK_OK)
		return status;
	bitmark_merkle_root(ids, w->header.count, root);
	return memcmp(root, w->header.merkle, sizeof root) == 0 ? BITMARK_OK :
	    BITMARK_E_MERKLE;
}

bitmark_status
bm_rules_accept(const struct bitmark_rules *rules,
    const struct bm_blocked_facts *facts, struct bitmark_span block)
{
	struct bitmark_block_walk walk;
	uint8_t *ids;
	bitmark_status status = bitmark_block_walk_start(&walk, rules,
	    block.data, block.size, facts->params->network);

	if (status == BITMARK_OK)
		status = judge_header(rules, facts, &walk.header);
	if (status != BITMARK_OK || block.size == BITMARK_HEADER_SIZE)
		return status;
	ids = malloc((size_t)walk.header.count * BITMARK_TX_ID_SIZE);
	if (ids == NULL)
		return BITMARK_E_NOMEM;
	status = judge_records(rules, &walk, ids);
	free(ids);
	return status;
}

/* Objections of the state of the chain are the same by most rules.  Two
 * refusals are no matter of the bytes, and still one of the rules: an asset
 * that is missing, and a digest that shows too little work. */
static bool
would_accept(const struct bitmark_rules *rules,
    const struct bm_blocked_facts *facts, struct bitmark_span block,
    bitmark_status why)
{
	if (bm_rules_accept(rules, facts, block) != BITMARK_OK)
		return false;
	if (why == BITMARK_E_ASSET_NOT_FOUND && !rules->issue_needs_asset)
		return true;
	if (why == BITMARK_E_HEADER_DIFFICULTY && facts->params->is_private &&
	    rules->private_without_work)
		return true;
	return bm_rules_accept(facts->rules, facts, block) != BITMARK_OK;
}

static const struct bitmark_rules *
who_accepts(const struct bm_blocked_facts *facts, struct bitmark_span block,
    bitmark_status why)
{
	const struct bitmark_rules *rules;

	for (size_t i = 0; (rules = bitmark_rules_at(i)) != NULL; i++)
		if (rules != facts->rules &&
		    would_accept(rules, facts, block, why))
			return rules;
	return NULL;
}

/* --- who is wrong ----------------------------------------------------------- */

bool
bm_blocked_note(struct bm_blocked *b, const struct bm_blocked_facts *facts,
    struct bitmark_span block, bitmark_status why)
{
	struct bitmark_header header;
	bool news;

	if (bitmark_header_parse(block.data, block.size, &header) !=
	    BITMARK_OK)
		return true;
	news = b->why != why || b->number != header.number;
	b->why = why;
	b->number = header.number;
	b->tip = facts->tip;
	if (news)
		b->accepted = who_accepts(facts, block, why);
	return news;
}

/* A refused block above our newest one still stands in the way when blocks
 * below it were stored; that of a branch only as long as nothing changes. */
static bool
is_over(const struct bm_blocked *b, const struct bitmark_tip *tip)
{
	return b->number <= b->tip.number ? tip->number != b->tip.number ||
	    memcmp(tip->digest, b->tip.digest, sizeof tip->digest) != 0 :
	    b->number <= tip->number;
}

/* Without any peer nothing has changed: they may all be about to come back. */
void
bm_blocked_look(struct bm_blocked *b, const struct bitmark_tip *tip,
    const struct bm_blocked_peers *peers)
{
	const bool most = peers->decide ||
	    2 * peers->ahead > peers->registered;

	if (b->why != BITMARK_OK && is_over(b, tip))
		*b = (struct bm_blocked){ .is = false };
	if (b->why == BITMARK_OK)
		return;
	if (b->is)
		b->is = most || peers->registered == 0;
	else
		b->is = peers->decide ||
		    (most && peers->target <= tip->number);
	if (most && peers->claimed > tip->number)
		b->claimed = peers->claimed;
	if (peers->aside != 0)
		b->aside = peers->aside;
}

/* --- in words --------------------------------------------------------------- */

const char *
bitmark_node_blocked_text(const struct bitmark_node_status *status,
    char text[BITMARK_NODE_BLOCKED_MAX])
{
	struct bitmark_node_status s = { .struct_size = sizeof s };
	const struct bitmark_rules *by;

	text[0] = '\0';
	if (BM_IN(bitmark_node_status, &s, status) != BITMARK_OK ||
	    s.blocked == BITMARK_OK)
		return text;
	by = s.blocked_accepted;
	(void)snprintf(text, BITMARK_NODE_BLOCKED_MAX, "cannot follow its "
	    "peers: they are at height %" PRIu64 ", this node is at %" PRIu64
	    "; it refuses block %" PRIu64 " (%s), and %u %s set aside for "
	    "that; %s%s%s; it follows those of %s", s.target, s.tip.number,
	    s.blocked_number, bitmark_strerror(s.blocked), s.blocked_aside,
	    s.blocked_aside == 1 ? "peer was" : "peers were", by != NULL ?
	    "the rules of " : "no other rules are known to accept it",
	    by != NULL ? by->name : "", by != NULL ? " accept it" : "",
	    s.rules->name);
	return text;
}
