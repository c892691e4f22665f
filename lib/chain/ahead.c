/*
 * Blocks that are checked before their turn.  A block is found again by all
 * of its bytes, so whatever is prepared can never change what is true of
 * another one.
 */
#include <stdlib.h>
#include <string.h>

#include "chain/store.h"

static struct bm_block_check *
take_out(struct bm_ahead *ahead, size_t i)
{
	struct bm_block_check *check = ahead->check[i];

	ahead->counts.bytes -= bm_check_bytes(&check->header,
	    check->block.size);
	ahead->counts.blocks--;
	ahead->check[i] = ahead->check[ahead->counts.blocks];
	ahead->check[ahead->counts.blocks] = NULL;
	return check;
}

static bool
is_same(const struct bm_block_check *check, struct bitmark_span block)
{
	return check->block.size == block.size &&
	    memcmp(check->block.data, block.data, block.size) == 0;
}

/* The last one to have its turn; there is one. */
static size_t
furthest(const struct bm_ahead *ahead)
{
	size_t found = 0;

	for (size_t i = 1; i < ahead->counts.blocks; i++)
		if (ahead->check[i]->header.number >
		    ahead->check[found]->header.number)
			found = i;
	return found;
}

static bool
has_room(const struct bm_ahead *ahead, size_t bytes)
{
	return ahead->counts.blocks < BITMARK_CHAIN_PREPARED_MAX &&
	    ahead->counts.bytes + bytes <= BITMARK_CHAIN_PREPARED_BYTES;
}

/* Of each number there is one block; the newest is the likeliest. */
static bool
make_room(struct bm_ahead *ahead, uint64_t number, size_t bytes)
{
	for (size_t i = 0; i < ahead->counts.blocks; i++)
		if (ahead->check[i]->header.number == number) {
			bm_check_free(take_out(ahead, i));
			break;
		}
	while (!has_room(ahead, bytes) && ahead->counts.blocks != 0) {
		size_t i = furthest(ahead);

		if (ahead->check[i]->header.number < number)
			return false;
		bm_check_free(take_out(ahead, i));
	}
	return has_room(ahead, bytes);
}

static bool
is_prepared(const struct bm_ahead *ahead, struct bitmark_span block)
{
	for (size_t i = 0; i < ahead->counts.blocks; i++)
		if (is_same(ahead->check[i], block))
			return true;
	return false;
}

void
bitmark_chain_prepare(struct bitmark_chain *chain, const uint8_t *block,
    size_t size)
{
	const struct bitmark_span span = { block, size };
	struct bm_ahead *ahead = &chain->ahead;
	struct bm_block_check *check;
	struct bitmark_header header;

	if (chain->access != BITMARK_CHAIN_WRITE || size > BITMARK_BLOCK_MAX ||
	    bitmark_header_parse(block, size, &header) != BITMARK_OK ||
	    !bm_check_possible(chain->rules, &header) ||
	    header.number <= chain->tip.number || is_prepared(ahead, span))
		return;
	if (!make_room(ahead, header.number, bm_check_bytes(&header, size))) {
		ahead->counts.refused++;
		return;
	}
	if (bm_check_new(&check, chain, span, BM_CHECK_COPY) != BITMARK_OK)
		return;
	ahead->check[ahead->counts.blocks++] = check;
	ahead->counts.bytes += bm_check_bytes(&header, size);
	bm_check_begin(check);
}

void
bitmark_chain_prepared(const struct bitmark_chain *chain,
    struct bitmark_prepared *prepared)
{
	*prepared = chain->ahead.counts;
}

struct bm_block_check *
bm_ahead_take(struct bitmark_chain *chain, struct bitmark_span block,
    const struct bitmark_header *header)
{
	struct bm_ahead *ahead = &chain->ahead;
	struct bm_block_check *found = NULL;

	for (size_t i = ahead->counts.blocks; i-- > 0; ) {
		struct bm_block_check *check = ahead->check[i];

		if (check->header.number > header->number)
			continue;
		(void)take_out(ahead, i);
		if (found == NULL && is_same(check, block))
			found = check;
		else
			bm_check_free(check);
	}
	if (found != NULL)
		ahead->counts.used++;
	return found;
}

void
bm_ahead_clear(struct bitmark_chain *chain)
{
	struct bm_ahead *ahead = &chain->ahead;

	while (ahead->counts.blocks != 0)
		bm_check_free(take_out(ahead, ahead->counts.blocks - 1));
}
