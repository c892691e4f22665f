/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * fill - the walk over the memory, which is the same for all kernels.  It is a
 * file that is included, and not a function that is called, because all of it
 * must be compiled for the kernel's processor and inlined into one loop.  Each
 * kernel includes it once, after it has defined
 *
 *   KERNEL          attributes of its functions: what they are compiled for
 *   INLINE          the same, for functions that become part of others
 *   COLUMN_GROUPS   into how many groups it divides the columns of a block
 *   struct state    a block between its rows and its columns
 *   mix_rows(state, previous, reference, block, pass)
 *                   permute the rows of previous ^ reference into the state;
 *                   leave previous ^ reference (from the second pass on, also
 *                   ^ block) in the block
 *   mix_columns(state, group, block)
 *                   permute the columns of the group, ^ them into the block;
 *                   group 0 has the first word
 *
 * and gets fill(), with the type of bm_kernel.fill.
 *
 * Argon2d is bound by memory: each block is mixed from the one before it and a
 * reference far away, and the first word of the block before says where that
 * is.  So the columns with the first word are made first, the reference of the
 * next block is prefetched, and the other columns, and then the block of a
 * second arena, are worked on until it is there.
 */
#include "digest/kernel.h"

#define LINE_WORDS 8                    /* of a cache line */
#define SLICES 4
/* How many blocks ahead of the walk the old contents are prefetched: from the
 * second pass on they are read before they are overwritten. */
#define AHEAD 2

/* Where a block may take its reference from: ${area} blocks from ${start}
 * on, around the end of the memory. */
struct window {
	uint32_t start;
	uint32_t area;
};

/*
 * The window of the block at ${at}.  In the first pass: all that is made,
 * without the block before.  Later: the other three slices and what is made
 * of this one, without the block before.
 */
INLINE struct window
window_of(uint32_t at, enum bm_pass pass, uint32_t length)
{
	const uint32_t slice_length = length / SLICES;
	const uint32_t slice = at / slice_length;

	if (pass == BM_PASS_FIRST)
		return (struct window){ 0, at - 1 };
	return (struct window){
		.start = (slice + 1) % SLICES * slice_length,
		.area = length - slice_length + at % slice_length - 1,
	};
}

/* Blocks just made are chosen more often than old ones. */
INLINE const struct bm_block *
choose(const struct bm_block *blocks, struct window window, uint32_t length,
    uint64_t first_word)
{
	const uint64_t j = first_word & UINT32_MAX;
	const uint64_t x = j * j >> 32;
	const uint64_t y = window.area * x >> 32;
	const uint32_t at = window.start + window.area - 1 - (uint32_t)y;

	return &blocks[at < length ? at : at - length];
}

INLINE void
ask_for(const struct bm_block *block)
{
	for (unsigned i = 0; i < BM_BLOCK_WORDS; i += LINE_WORDS)
		__builtin_prefetch(&block->word[i], 0, 3);
}

INLINE void
ask_for_writing(struct bm_block *block)
{
	for (unsigned i = 0; i < BM_BLOCK_WORDS; i += LINE_WORDS)
		__builtin_prefetch(&block->word[i], 1, 3);
}

/* One arena on its way. */
struct walker {
	struct bm_block *blocks;
	const struct bm_block *previous;
	const struct bm_block *reference;
};

/* Makes the block at ${at}; ${next} is the window of the one after it. */
INLINE void
make_block(struct walker *w, uint32_t at, enum bm_pass pass,
    struct window next, uint32_t length)
{
	struct bm_block *block = &w->blocks[at];
	struct state state;

	mix_rows(&state, w->previous, w->reference, block, pass);
	mix_columns(&state, 0, block);
	w->reference = choose(w->blocks, next, length, block->word[0]);
	ask_for(w->reference);
	ask_for_writing(&w->blocks[at + AHEAD < length ? at + AHEAD : 0]);
	for (unsigned group = 1; group < COLUMN_GROUPS; group++)
		mix_columns(&state, group, block);
	w->previous = block;
}

/* One pass from the block ${first} on. */
INLINE void
walk(struct walker *walkers, unsigned count, uint32_t first, enum bm_pass pass,
    uint32_t length)
{
	for (uint32_t at = first; at < length; at++) {
		const struct window next = at + 1 < length ?
		    window_of(at + 1, pass, length) :
		    window_of(0, BM_PASS_LATER, length);

		for (unsigned i = 0; i < count; i++)
			make_block(&walkers[i], at, pass, next, length);
	}
}

INLINE void
fill_in_turn(struct bm_block *const *arenas, unsigned count, uint32_t length)
{
	struct walker walkers[2];

	for (unsigned i = 0; i < count; i++)
		walkers[i] = (struct walker){
			.blocks = arenas[i],
			.previous = &arenas[i][1],
			.reference = choose(arenas[i], window_of(2,
			    BM_PASS_FIRST, length), length, arenas[i][1].word[0]),
		};
	walk(walkers, count, 2, BM_PASS_FIRST, length);
	for (unsigned pass = 1; pass < BITMARK_DIGEST_PASSES; pass++)
		walk(walkers, count, 0, BM_PASS_LATER, length);
}

/* Two compiled loops: the count is then a constant in each. */
KERNEL static void
fill(struct bm_block *const *arenas, unsigned count, uint32_t length)
{
	if (count == 2)
		fill_in_turn(arenas, 2, length);
	else
		fill_in_turn(arenas, 1, length);
}
