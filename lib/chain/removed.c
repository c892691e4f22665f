/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * LMDB may move what it holds when it is written, and what is removed is gone:
 * so blocks are copied before anything of them is taken back.
 */
#include "chain/removed.h"

#include <stdlib.h>
#include <string.h>

#include "chain/rows.h"
#include "chain/runs.h"

/* The digest comes from the row of the height: to compute it would take a tenth
 * of a second. */
static bitmark_status
copy_block(struct bm_removed *copy, const struct bm_txn *t, uint64_t number)
{
	struct bitmark_span packed;
	struct bm_height height;
	bitmark_status status = bm_get_height(t, number, &height);

	if (status == BITMARK_OK)
		status = bm_get_block(t, number, &packed);
	if (status != BITMARK_OK)
		return status;
	copy->number = number;
	memcpy(copy->digest, height.digest, sizeof copy->digest);
	copy->data = malloc(packed.size);
	if (copy->data == NULL)
		return BITMARK_E_NOMEM;
	memcpy(copy->data, packed.data, packed.size);
	copy->size = packed.size;
	return BITMARK_OK;
}

/* After an error the list has all of its places, some of them without a copy:
 * freeing it is the same. */
bitmark_status
bm_removed_copy(struct bm_removed_list *list, const struct bm_txn *t,
    uint64_t first, uint64_t last)
{
	const size_t count = (size_t)(last - first + 1);
	bitmark_status status = BITMARK_OK;

	*list = (struct bm_removed_list){
		.count = count,
		.block = calloc(count, sizeof *list->block),
	};
	if (list->block == NULL) {
		list->count = 0;
		return BITMARK_E_NOMEM;
	}
	for (size_t i = 0; status == BITMARK_OK && i < count; i++)
		status = copy_block(&list->block[i], t, last - i);
	return status;
}

void
bm_removed_free(struct bm_removed_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->block[i].data);
	free(list->block);
	*list = (struct bm_removed_list){ 0 };
}
