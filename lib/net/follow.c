/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* The machine of a follower: rounds of questions, and what they tell. */
#include "net/follow.h"

#include <stdlib.h>
#include <string.h>

#include <bitmarkpeer/block.h>

/* --- blocks that were told ------------------------------------------------ */

/* The digest of a block as it was told, or as the program has it. */
static bool
find_known(const struct bm_follow *f, uint64_t number,
    uint8_t digest[BITMARK_DIGEST_SIZE])
{
	const size_t slot = (size_t)(number % BITMARK_FOLLOWER_KNOWN);

	if (number == BITMARK_GENESIS_NUMBER)
		memcpy(digest, f->params->genesis_digest, BITMARK_DIGEST_SIZE);
	else if (number <= f->tip && f->known[slot].number == number)
		memcpy(digest, f->known[slot].digest, BITMARK_DIGEST_SIZE);
	else
		return f->digest != NULL &&
		    f->digest(f->user, number, digest) == BITMARK_OK;
	return true;
}

/* The slot of a number is fixed, and the number in it says whether it still
 * holds that block: an older one is forgotten for a newer one. */
static void
set_tip(struct bm_follow *f, uint64_t number,
    const uint8_t digest[BITMARK_DIGEST_SIZE])
{
	const size_t slot = (size_t)(number % BITMARK_FOLLOWER_KNOWN);

	f->tip = number;
	f->known[slot].number = number;
	memcpy(f->known[slot].digest, digest, BITMARK_DIGEST_SIZE);
}

/* Blocks up to this one are never removed: the program does not follow them. */
static uint64_t
bottom(const struct bm_follow *f)
{
	return f->digest != NULL || f->from <= BITMARK_GENESIS_NUMBER + 1 ?
	    BITMARK_GENESIS_NUMBER : f->from - 1;
}

static void
set_from(struct bm_follow *f, uint64_t from)
{
	f->from = from;
	f->genesis = from == BITMARK_GENESIS_NUMBER;
	f->tip = f->genesis ? BITMARK_GENESIS_NUMBER : from - 1;
	f->cut = f->tip;
}

/* --- rounds --------------------------------------------------------------- */

static void
drop_batch(struct bm_follow *f)
{
	for (size_t i = 0; i < f->count; i++)
		free(f->batch[i].data);
	f->count = f->told = f->bytes = 0;
}

static void
begin_round(struct bm_follow *f)
{
	drop_batch(f);
	f->again = false;
	f->phase = BM_FOLLOW_HEIGHT;
}

/* The same failure is told once, until a round was good. */
static void
fail(struct bm_follow *f, bitmark_status status, uint64_t now_ms)
{
	drop_batch(f);
	f->failure_due = f->failure_due || status != f->failure;
	f->failure = status;
	f->current = f->current_due = false;
	f->restarts = 0;
	f->phase = BM_FOLLOW_IDLE;
	f->due_ms = now_ms + f->pause_ms;
	f->pause_ms = 2 * f->pause_ms < BM_FOLLOW_PAUSE_MAX_MS ?
	    2 * f->pause_ms : BM_FOLLOW_PAUSE_MAX_MS;
}

/* The node has changed its chain between two answers. If it goes on
 * contradicting itself, it has failed. */
static void
restart(struct bm_follow *f, uint64_t now_ms)
{
	if (++f->restarts > BM_FOLLOW_RESTARTS)
		fail(f, BITMARK_E_PEER_RESPONSE, now_ms);
	else
		begin_round(f);
}

static void
be_well(struct bm_follow *f)
{
	f->failure = BITMARK_OK;
	f->failure_due = false;
	f->pause_ms = BM_FOLLOW_PAUSE_MS;
	f->restarts = 0;
}

/* Nothing is to be told.  A node that has less than its publisher told of gets
 * it soon; one with less than was told before may be made anew, and is waited
 * for: the same blocks are no other branch. */
static void
end_round(struct bm_follow *f, uint64_t now_ms)
{
	const bool is_behind = f->height < f->published &&
	    now_ms < f->published_end_ms;

	be_well(f);
	f->phase = BM_FOLLOW_IDLE;
	f->due_ms = f->again ? now_ms : now_ms + (is_behind &&
	    f->poll_ms > BM_FOLLOW_BEHIND_MS ? BM_FOLLOW_BEHIND_MS :
	    f->poll_ms);
	if (!f->current && (f->height == f->tip || f->tip < f->from))
		f->current = f->current_due = true;
}

/* --- where branches part -------------------------------------------------- */

/* Is there a digest to compare the one of the node with? */
static bool
can_probe(struct bm_follow *f)
{
	uint8_t digest[BITMARK_DIGEST_SIZE];

	if (find_known(f, f->probe, digest))
		return true;
	/* It was told, but is forgotten. */
	if (f->probe > bottom(f) && f->probe >= f->from)
		f->broken = true;
	return false;
}

/* A step down is twice as long as the one before; between the last two the place
 * is halved.  So a deep change costs few questions, and one block of another
 * branch, which is the rule, costs one. */
static uint64_t
choose_probe(const struct bm_follow *f)
{
	if (f->good != 0)
		return f->good + (f->bad - f->good) / 2;
	return f->bad > bottom(f) + f->step ? f->bad - f->step : bottom(f);
}

static void
end_search(struct bm_follow *f, uint64_t now_ms)
{
	/* The newest block is the same after all: the node has changed, or
	 * what it sent does not belong to it. */
	if (f->good >= f->tip) {
		restart(f, now_ms);
		return;
	}
	drop_batch(f);
	f->cut = f->good;
	f->phase = BM_FOLLOW_TELL;
}

/* A block that nothing is known of ends the search: it is not followed. */
static void
search(struct bm_follow *f, uint64_t now_ms)
{
	while (f->good == 0 || f->bad - f->good > 1) {
		f->probe = choose_probe(f);
		if (can_probe(f)) {
			f->phase = BM_FOLLOW_SEARCH;
			return;
		}
		if (f->broken) {
			f->phase = BM_FOLLOW_TELL;
			return;
		}
		f->good = f->probe;
	}
	end_search(f, now_ms);
}

/* The node has not block ${bad} of what was told. */
static void
begin_search(struct bm_follow *f, uint64_t bad, uint64_t now_ms)
{
	f->bad = bad;
	f->good = 0;
	f->step = 1;
	search(f, now_ms);
}

static void
take_probe(struct bm_follow *f, const uint8_t digest[BITMARK_DIGEST_SIZE],
    uint64_t now_ms)
{
	uint8_t known[BITMARK_DIGEST_SIZE];

	if (find_known(f, f->probe, known) &&
	    memcmp(known, digest, sizeof known) == 0) {
		f->good = f->probe;
	} else if (f->probe == BITMARK_GENESIS_NUMBER) {
		fail(f, BITMARK_E_INCORRECT_CHAIN, now_ms);
		return;
	} else {
		f->bad = f->probe;
		f->step *= 2;
	}
	search(f, now_ms);
}

/* --- replies -------------------------------------------------------------- */

void
bm_follow_height(struct bm_follow *f, uint64_t height, uint64_t now_ms)
{
	uint8_t digest[BITMARK_DIGEST_SIZE];

	if (height < BITMARK_GENESIS_NUMBER || height == UINT64_MAX) {
		fail(f, BITMARK_E_PEER_RESPONSE, now_ms);
		return;
	}
	f->height = height;
	/* Blocks that were published since the beginning are new, too. */
	if (f->from == 0)
		set_from(f, f->first_published > BITMARK_GENESIS_NUMBER &&
		    f->first_published <= height ? f->first_published :
		    height + 1);
	f->check = height <= f->tip || height - f->tip <= BM_FOLLOW_BATCH ?
	    height : f->tip + BM_FOLLOW_BATCH;
	if (f->check <= f->tip && !find_known(f, f->check, digest))
		end_round(f, now_ms);
	else
		f->phase = BM_FOLLOW_OPEN;
}

static void
take_open(struct bm_follow *f, const uint8_t digest[BITMARK_DIGEST_SIZE],
    uint64_t now_ms)
{
	uint8_t known[BITMARK_DIGEST_SIZE];

	memcpy(f->check_digest, digest, BITMARK_DIGEST_SIZE);
	if (f->check > f->tip)
		f->phase = BM_FOLLOW_FETCH;
	else if (find_known(f, f->check, known) &&
	    memcmp(known, digest, sizeof known) == 0)
		end_round(f, now_ms);
	else if (f->check == BITMARK_GENESIS_NUMBER)
		fail(f, BITMARK_E_INCORRECT_CHAIN, now_ms);
	else
		begin_search(f, f->check, now_ms);
}

static void
take_close(struct bm_follow *f, const uint8_t digest[BITMARK_DIGEST_SIZE],
    uint64_t now_ms)
{
	if (memcmp(f->check_digest, digest, BITMARK_DIGEST_SIZE) != 0) {
		restart(f, now_ms);
		return;
	}
	if (f->tip + f->count == f->check)
		memcpy(f->batch[f->count - 1].digest, digest,
		    BITMARK_DIGEST_SIZE);
	f->phase = BM_FOLLOW_TELL;
}

void
bm_follow_digest(struct bm_follow *f,
    const uint8_t digest[BITMARK_DIGEST_SIZE], uint64_t now_ms)
{
	switch (f->phase) {
	case BM_FOLLOW_OPEN:
		take_open(f, digest, now_ms);
		break;
	case BM_FOLLOW_SEARCH:
		take_probe(f, digest, now_ms);
		break;
	case BM_FOLLOW_LAST:
		memcpy(f->batch[f->count - 1].digest, digest,
		    BITMARK_DIGEST_SIZE);
		f->phase = BM_FOLLOW_CLOSE;
		break;
	case BM_FOLLOW_CLOSE:
		take_close(f, digest, now_ms);
		break;
	case BM_FOLLOW_IDLE:
	case BM_FOLLOW_HEIGHT:
	case BM_FOLLOW_FETCH:
	case BM_FOLLOW_TELL:
		break;
	}
}

/* The block is appended to the batch; it names the digest of the block before.
 */
static bitmark_status
append(struct bm_follow *f, struct bitmark_span block,
    const struct bitmark_header *header)
{
	struct bm_follow_block *last = &f->batch[f->count];

	last->data = malloc(block.size);
	if (last->data == NULL)
		return BITMARK_E_NOMEM;
	memcpy(last->data, block.data, block.size);
	last->size = block.size;
	if (f->count > 0)
		memcpy(last[-1].digest, header->previous,
		    BITMARK_DIGEST_SIZE);
	f->count++;
	f->bytes += block.size;
	return BITMARK_OK;
}

void
bm_follow_block(struct bm_follow *f, struct bitmark_span block,
    uint64_t now_ms)
{
	const uint64_t number = f->tip + f->count + 1;
	uint8_t known[BITMARK_DIGEST_SIZE];
	struct bitmark_header header;
	bitmark_status status = bitmark_header_parse(block.data, block.size,
	    &header);

	if (status == BITMARK_OK && header.number != number)
		status = BITMARK_E_NUMBER;
	/* Whether the newest told block or this one is not of the node's
	 * branch is found out by asking for the former. */
	if (status == BITMARK_OK && f->count == 0 &&
	    find_known(f, f->tip, known) &&
	    memcmp(known, header.previous, sizeof known) != 0) {
		begin_search(f, number, now_ms);
		return;
	}
	if (status == BITMARK_OK)
		status = append(f, block, &header);
	if (status != BITMARK_OK)
		fail(f, status, now_ms);
	else if (number == f->check)
		f->phase = BM_FOLLOW_CLOSE;
	else if (f->bytes > BM_FOLLOW_BATCH_BYTES)
		f->phase = BM_FOLLOW_LAST;
}

/* A block that has vanished between two answers means that the node has changed
 * its chain. */
void
bm_follow_failed(struct bm_follow *f, bitmark_status status, uint64_t now_ms)
{
	if (status == BITMARK_E_BLOCK_NOT_FOUND)
		restart(f, now_ms);
	else
		fail(f, status, now_ms);
}

/* --- asking and telling --------------------------------------------------- */

enum bm_follow_phase
bm_follow_request(struct bm_follow *f, uint64_t now_ms, uint64_t *number)
{
	if (f->phase == BM_FOLLOW_IDLE && now_ms >= f->due_ms)
		begin_round(f);
	*number = f->phase == BM_FOLLOW_SEARCH ? f->probe :
	    f->phase == BM_FOLLOW_FETCH ? f->tip + f->count + 1 :
	    f->phase == BM_FOLLOW_LAST ? f->tip + f->count : f->check;
	return f->phase;
}

/* A pause after a failure is not cut short, as hints may come often. */
void
bm_follow_hint(struct bm_follow *f, uint64_t number, uint64_t now_ms)
{
	if (number > f->published) {
		f->published = number;
		f->published_end_ms = now_ms + BM_FOLLOW_BEHIND_MAX_MS;
	}
	if (number != 0 && (f->first_published == 0 ||
	    number < f->first_published))
		f->first_published = number;
	if (f->phase != BM_FOLLOW_IDLE)
		f->again = true;
	else if (f->failure == BITMARK_OK)
		f->due_ms = now_ms;
}

static void
tell_removed(struct bm_follow *f, struct bitmark_follower_event *event)
{
	event->type = BITMARK_FOLLOWER_REMOVED;
	event->number = f->tip;
	(void)find_known(f, f->tip, event->digest);
	f->tip--;
}

static void
tell_added(struct bm_follow *f, struct bitmark_follower_event *event)
{
	const struct bm_follow_block *block = &f->batch[f->told++];

	event->type = BITMARK_FOLLOWER_ADDED;
	event->number = f->tip + 1;
	memcpy(event->digest, block->digest, sizeof event->digest);
	event->block = (struct bitmark_span){ block->data, block->size };
	set_tip(f, event->number, block->digest);
	f->cut = f->tip;
}

static void
tell_genesis(struct bm_follow *f, struct bitmark_follower_event *event)
{
	event->type = BITMARK_FOLLOWER_ADDED;
	event->number = BITMARK_GENESIS_NUMBER;
	memcpy(event->digest, f->params->genesis_digest,
	    sizeof event->digest);
	event->block = (struct bitmark_span){ f->params->genesis,
		f->params->genesis_size };
	f->genesis = false;
}

static bool
tell_blocks(struct bm_follow *f, struct bitmark_follower_event *event)
{
	if (f->genesis)
		tell_genesis(f, event);
	else if (f->tip > f->cut)
		tell_removed(f, event);
	else if (f->told < f->count)
		tell_added(f, event);
	else
		return false;
	return true;
}

bitmark_status
bm_follow_next(struct bm_follow *f, struct bitmark_follower_event *event)
{
	*event = (struct bitmark_follower_event){
		.struct_size = sizeof *event };
	if (f->failure_due) {
		event->type = BITMARK_FOLLOWER_NODE_FAILED;
		event->status = f->failure;
		f->failure_due = false;
		return BITMARK_OK;
	}
	if (f->phase == BM_FOLLOW_TELL) {
		if (f->broken)
			return BITMARK_E_PREVIOUS;
		if (tell_blocks(f, event))
			return BITMARK_OK;
		be_well(f);
		begin_round(f);
	}
	if (f->current_due) {
		event->type = BITMARK_FOLLOWER_CURRENT;
		event->number = f->height;
		f->current_due = false;
		return BITMARK_OK;
	}
	return BITMARK_E_PENDING;
}

uint64_t
bm_follow_deadline(const struct bm_follow *f)
{
	return f->phase == BM_FOLLOW_IDLE ? f->due_ms : UINT64_MAX;
}

void
bm_follow_init(struct bm_follow *f,
    const struct bitmark_chain_params *params,
    const struct bitmark_follower_config *config, uint64_t now_ms)
{
	f->params = params;
	f->digest = config->digest;
	f->user = config->user;
	f->poll_ms = config->poll_ms != 0 ? config->poll_ms :
	    config->publisher != NULL ? BITMARK_FOLLOWER_POLL_MS :
	    BITMARK_FOLLOWER_ALONE_MS;
	f->pause_ms = BM_FOLLOW_PAUSE_MS;
	f->due_ms = now_ms;
	if (config->from != 0)
		set_from(f, config->from);
	/* Block 1 is in every program: it is told before any question. */
	if (f->genesis)
		f->phase = BM_FOLLOW_TELL;
}

void
bm_follow_fini(struct bm_follow *f)
{
	drop_batch(f);
}
