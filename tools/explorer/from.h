/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * from - everything that answers are made from.
 */
#ifndef EXPLORER_FROM_H
#define EXPLORER_FROM_H

#include <bitmarkpeer/chain.h>

#include "explorer/finder.h"
#include "explorer/news.h"

/* Counts of the server and of the store. */
struct answer_counts {
	uint64_t clients, crowded, requests, too_long, wrong, cut, refused;
	uint64_t bytes;
	uint64_t opened, failed;
};

/* Borrowed. */
struct answer_from {
	struct bitmark_snapshot *snapshot;      /* NULL: the store cannot be
	                                   read just now                    */
	const struct bitmark_chain_params *params;
	const struct bitmark_rules *rules;
	const struct news *news;        /* of the daemon; NULL: none        */
	uint64_t news_changes;          /* how often that has changed       */
	struct finder *finder;          /* NULL: nothing is found by name   */
	const struct answer_counts *counts;     /* NULL: nothing counts     */
	const char *const *hosts;       /* names by which clients may ask,
	                                   NULL at the end; NULL: by any    */
};

#endif
