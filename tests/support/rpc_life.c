/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
#include "rpc_life.h"

#include "state_0_16.h"

#include <stdlib.h>

struct life life;

struct bitmark_span
life_next_block(size_t *at)
{
	const uint8_t *p = life.file + *at;
	size_t size = 0;

	for (int i = 0; i < 8; i++)
		size = size << 8 | p[i];
	*at += 8 + size;
	ck_assert_uint_le(*at, life.size);
	return (struct bitmark_span){ p + 8, size };
}

/* Each header has the digest of the block before it, so only the digest of the
 * file's last block has to be computed. */
static void
add_blocks(struct bitmark_chain *chain, uint64_t last)
{
	struct bitmark_header header, after;

	for (size_t at = 0; at < life.size;) {
		const struct bitmark_span block = life_next_block(&at);
		size_t ahead = at;
		const uint8_t *digest = NULL;
		bitmark_status status;

		ck_assert_int_eq(bitmark_header_parse(block.data, block.size,
		    &header), BITMARK_OK);
		if (header.number > last)
			break;
		if (header.number <= store_height(chain))
			continue;
		if (ahead < life.size) {
			const struct bitmark_span next = life_next_block(&ahead);

			ck_assert_int_eq(bitmark_header_parse(next.data,
			    next.size, &after), BITMARK_OK);
			digest = after.previous;
		}
		status = bitmark_chain_add(chain, block.data, block.size,
		    digest, NOW_0_16);
		ck_assert_msg(status == BITMARK_OK, "block %d: %s",
		    (int)header.number, bitmark_strerror(status));
	}
	ck_assert_uint_eq(store_height(chain), last);
}

struct bitmark_chain *
life_store(void)
{
	return store_open_0_16(member[0].directory, "local", life.rules);
}

void
life_start(uint64_t height, bool normal)
{
	member[0].config.rules = life.rules;
	member[0].config.standalone = normal;
	member[0].config.auto_verify = normal;
	member_start(0);
	if (normal)
		ck_assert(member_becomes(0, member_in_step, height));
	life.height = height;
	life.normal = normal;
}

void
life_at(uint64_t height, bool normal)
{
	struct bitmark_chain *chain;

	if (life.height == height && life.normal == normal)
		return;
	member_stop(0);
	chain = life_store();
	ck_assert_int_eq(bitmark_chain_delete_down(chain, height + 1),
	    BITMARK_OK);
	add_blocks(chain, height);
	bitmark_chain_close(chain);
	life_start(height, normal);
}

void
life_begin(const char *name, const struct bitmark_rules *rules)
{
	life = (struct life){ .rules = rules };
	if (name != NULL)
		life.file = data_file(name, &life.size);
	member_follow(0, 1);
}

void
life_setup(void)
{
	members_setup();
}

void
life_teardown(void)
{
	free(life.file);
	life.file = NULL;
	members_teardown();
}
