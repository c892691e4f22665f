/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A ring of SHA3 hashes.  A shorter checksum would not do: a peer could make
 * two messages with the same checksum, and the second would be hidden from all
 * subscribers.
 */
#include "node/recent.h"

#include <string.h>

#include "codec/codec.h"

/* Parts that are hashed: the command, and each parameter after its length.
 * Without the lengths, ("ab", "c") and ("a", "bc") would have the same hash. */
#define PARTS_MAX (1 + 2 * 8)
#define LENGTH_SIZE 8

static void
sum_up(const char *command, const struct bitmark_span *parameters,
    size_t count, uint8_t hash[BITMARK_DIGEST_SIZE])
{
	struct bitmark_span part[PARTS_MAX] = { bm_span_of(command) };
	uint8_t length[(PARTS_MAX - 1) / 2][LENGTH_SIZE];

	for (size_t i = 0; i < count; i++) {
		bm_put_u64be(length[i], parameters[i].size);
		part[1 + 2 * i] = (struct bitmark_span){ length[i],
			LENGTH_SIZE };
		part[2 + 2 * i] = parameters[i];
	}
	bm_sha3_256_span(part, 1 + 2 * count, hash);
}

bool
bm_recent_has(struct bm_recent *r, const char *command,
    const struct bitmark_span *parameters, size_t count)
{
	uint8_t hash[BITMARK_DIGEST_SIZE];

	if (r->size == 0 || count > (PARTS_MAX - 1) / 2)
		return false;
	sum_up(command, parameters, count, hash);
	for (size_t i = 0; i < r->size; i++)
		if (memcmp(r->hash[i], hash, sizeof hash) == 0)
			return true;
	memcpy(r->hash[r->next], hash, sizeof hash);
	r->next = (r->next + 1) % r->size;
	return false;
}
