/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The miner works on one template at a time, whose number is the token of its
 * digest jobs.  When the template changes, jobs of the old one are not
 * cancelled: their digests come back with an old token and are thrown away.
 * The nonce of a digest is read from the header that was hashed.
 */
#include "node/miner.h"

#include <stdlib.h>
#include <string.h>

#include "codec/codec.h"
#include "codec/sized.h"
#include "node/hashing.h"
#include "node/templates.h"

/* When only transactions have changed, a template is made anew no sooner than
 * after this time: digests under way for the old template are lost each time.
 * Source: local choice. */
#define RENEW_MS 5000

/* Digests that a worker of the pool computes at a time. */
#define DIGESTS_AT_A_TIME BITMARK_DIGEST_ARENAS_MAX

/* An order of the program. */
struct order {
	uint64_t left;                  /* blocks; UINT64_MAX: for ever    */
	struct bitmark_base base, empty;
	bool has_empty;
	unsigned workers;               /* digests at a time               */
	unsigned failures;              /* in a row                        */
};

struct bm_miner {
	struct bm_miner_needs needs;
	struct bm_hashing *hashing;
	struct order standing;          /* that has no end                 */
	struct order order;             /* goes before it                  */
	struct bitmark_template *t;     /* NULL: none                      */
	const struct order *t_for;      /* whose that is                   */
	uint64_t token;                 /* of it                           */
	uint64_t changes;               /* that it knows of                */
	uint64_t made_ms;
	uint64_t nonce;                 /* the next one                    */
	unsigned in_flight;             /* digests                         */
	struct bitmark_mined counts;
	struct bitmark_mined_block block[BITMARK_MINE_MAX];
	size_t block_count;             /* of the order                    */
};

bitmark_status
bm_miner_new(struct bm_miner **miner, const struct bm_miner_needs *needs)
{
	struct bm_miner *m = calloc(1, sizeof *m);

	*miner = m;
	if (m == NULL)
		return BITMARK_E_NOMEM;
	m->needs = *needs;
	m->counts.struct_size = sizeof m->counts;
	return bm_hashing_new(&m->hashing, needs->digests);
}

void
bm_miner_free(struct bm_miner *miner)
{
	if (miner == NULL)
		return;
	bitmark_template_free(miner->t);
	bm_hashing_free(miner->hashing);
	free(miner);
}

/*
 * Orders.
 */

static struct order *
current(struct bm_miner *m)
{
	if (m->order.left > 0)
		return &m->order;
	return m->standing.left > 0 ? &m->standing : NULL;
}

static void
drop_template(struct bm_miner *m)
{
	bitmark_template_free(m->t);
	m->t = NULL;
}

/* Digests that keep the whole pool at work: those of all workers, and as many
 * as one worker takes next.  Without these, a worker that is done finds the
 * first of two new digests before the second is there, and computes it alone,
 * which takes nearly as long as both. */
static unsigned
pool_digests(const struct bm_miner *m)
{
	struct bitmark_digest_stats stats = { .struct_size = sizeof stats };

	(void)bitmark_digest_pool_stats(m->needs.digests, &stats);
	return DIGESTS_AT_A_TIME * (stats.workers > 0 ? stats.workers + 1 : 2);
}

/* An order with an end is refused while another one is under way: each caller
 * would count blocks of the other as its own. */
bitmark_status
bm_miner_order(struct bm_miner *miner, const struct bitmark_mine *mine)
{
	const bool endless = mine->count == UINT64_MAX || mine->count == 0;
	struct order *order = endless ? &miner->standing : &miner->order;

	if (!endless && order->left > 0)
		return BITMARK_E_BUSY;
	if (!endless && mine->count > BITMARK_MINE_MAX)
		return BITMARK_E_COUNT;
	if (!bm_sync_is_normal(miner->needs.sync) && !endless)
		return BITMARK_E_STATE;
	drop_template(miner);
	miner->t_for = NULL;
	*order = (struct order){ .left = mine->count, .base = *mine->base,
		.has_empty = mine->empty != NULL,
		.workers = mine->workers != 0 ? mine->workers :
		    pool_digests(miner) };
	if (mine->empty != NULL)
		order->empty = *mine->empty;
	if (!endless) {
		miner->block_count = 0;
		miner->counts.order = BITMARK_OK;
	}
	return BITMARK_OK;
}

void
bm_miner_tell(const struct bm_miner *miner, struct bitmark_mined *mined,
    struct bitmark_mined_block *blocks, size_t capacity)
{
	struct bitmark_mined told = miner->counts;
	const size_t count = capacity < miner->block_count ? capacity :
	    miner->block_count;

	told.left = miner->order.left;
	told.count = miner->block_count;
	(void)BM_OUT(bitmark_mined, mined, &told);
	for (size_t i = 0; i < count; i++)
		blocks[i] = miner->block[i];
}

/*
 * Work.
 */

/* Can work on the template go on?  It must be for this order and follow the
 * newest block.  New transactions replace it, but only after RENEW_MS. */
static bool
is_good(const struct bm_miner *m, const struct order *order)
{
	if (m->t == NULL || m->t_for != order ||
	    !bm_template_is_current(m->needs.state, m->t))
		return false;
	return m->changes == bm_events_changes(m->needs.events) ||
	    m->needs.state->now.ms < m->made_ms + RENEW_MS;
}

/* A caller waits for the end of an order, so an order whose blocks are refused
 * again and again has to end, too.  One refusal is no reason: a peer's block
 * may have been faster, or a wrong clock may have been set meanwhile. */
static void
note_failure(struct bm_miner *m, struct order *order, bitmark_status why)
{
	if (order != &m->order || why == BITMARK_E_NOT_FOUND ||
	    ++order->failures < BITMARK_MINE_FAILURES_MAX)
		return;
	order->left = 0;
	m->counts.order = why;
	bm_events_note_change(m->needs.events);
}

/* After an error there is no template; it is tried again when the chain or the
 * reservoir changes, or at the deadline. */
static void
make_template(struct bm_miner *m, struct order *order)
{
	drop_template(m);
	m->counts.status = bm_template_make(m->needs.state, &order->base,
	    order->has_empty ? &order->empty : NULL, &m->t);
	m->t_for = order;
	m->token++;
	if (m->t != NULL)
		m->nonce = bitmark_template_header(m->t)->nonce;
	m->changes = bm_events_changes(m->needs.events);
	m->made_ms = m->needs.state->now.ms;
	if (m->counts.status != BITMARK_OK)
		note_failure(m, order, m->counts.status);
}

/* When a job is refused, by a full queue or for want of memory, it is tried
 * again at the deadline.  On a chain without proof of work the first nonce is a
 * solution, so only one digest is computed. */
static void
hand_out(struct bm_miner *m, const struct order *order)
{
	const unsigned most = bitmark_template_is_free(m->t) ? 1 :
	    order->workers;
	uint8_t input[BITMARK_HEADER_SIZE];

	while (m->in_flight < most) {
		bitmark_template_input(m->t, m->nonce, input);
		if (bm_hashing_submit(m->hashing, m->token, input,
		    sizeof input) != BITMARK_OK)
			return;
		m->nonce++;
		m->in_flight++;
	}
}

static void
note_block(struct bm_miner *m, struct order *order, uint64_t number,
    const uint8_t digest[BITMARK_DIGEST_SIZE])
{
	struct bitmark_mined_block *noted = &m->block[m->block_count];

	m->counts.found++;
	order->failures = 0;
	if (order == &m->order && m->block_count < BITMARK_MINE_MAX) {
		noted->number = number;
		memcpy(noted->digest, digest, sizeof noted->digest);
		m->block_count++;
	}
	if (order->left != UINT64_MAX)
		order->left--;
}

/* Stores the block that was found; its digest is known, so it is not hashed
 * again.  After a refusal the same block is not made again before something has
 * changed. */
static void
store(struct bm_miner *m, const struct bm_hashed *hashed)
{
	struct order *order = current(m);
	struct bitmark_header header;
	uint8_t *block;
	size_t size;

	if (order == NULL || order != m->t_for ||
	    bitmark_header_parse(hashed->block, hashed->size, &header) !=
	    BITMARK_OK ||
	    bitmark_template_block(m->t, header.nonce, &block, &size) !=
	    BITMARK_OK)
		return;
	m->counts.status = bm_sync_add(m->needs.sync,
	    (struct bitmark_span){ block, size }, hashed->job.output);
	free(block);
	drop_template(m);
	if (m->counts.status == BITMARK_OK) {
		note_block(m, order, header.number, hashed->job.output);
		return;
	}
	m->counts.refused++;
	note_failure(m, order, m->counts.status);
}

static void
collect(struct bm_miner *m)
{
	struct bm_hashed *hashed;

	bm_hashing_wake(m->hashing);
	while ((hashed = bm_hashing_take(m->hashing)) != NULL) {
		m->in_flight--;
		m->counts.tried++;
		if (m->t != NULL && hashed->token == m->token &&
		    hashed->job.status == BITMARK_OK &&
		    bm_sync_is_normal(m->needs.sync) &&
		    bitmark_template_found(m->t, hashed->job.output))
			store(m, hashed);
		free(hashed);
	}
}

void
bm_miner_run(struct bm_miner *miner)
{
	struct order *order;

	collect(miner);
	order = current(miner);
	if (order == NULL || !bm_sync_is_normal(miner->needs.sync) ||
	    bm_sync_is_pushing(miner->needs.sync))
		return;
	if (!is_good(miner, order) && (miner->t != NULL ||
	    miner->t_for != order ||
	    miner->changes != bm_events_changes(miner->needs.events) ||
	    miner->needs.state->now.ms >= miner->made_ms + RENEW_MS))
		make_template(miner, order);
	if (miner->t != NULL)
		hand_out(miner, order);
}

int
bm_miner_fd(const struct bm_miner *miner)
{
	return bm_hashing_fd(miner->hashing);
}

/* Digests that are under way wake the owner, as does all that could bring a
 * template before its time. */
uint64_t
bm_miner_deadline(const struct bm_miner *miner)
{
	const uint64_t again_ms = miner->made_ms + RENEW_MS;

	if ((miner->order.left == 0 && miner->standing.left == 0) ||
	    miner->in_flight > 0 || !bm_sync_is_normal(miner->needs.sync))
		return UINT64_MAX;
	return again_ms > miner->needs.state->now.ms ? again_ms :
	    miner->needs.state->now.ms + RENEW_MS;
}
