/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * record_judge - is one record of an input good, by whose rules?
 */
#ifndef TOOLS_RECORD_JUDGE_H
#define TOOLS_RECORD_JUDGE_H

#include "record_tool.h"

enum verdict { VALID, INVALID, UNCHECKED };

struct verification {
	const struct record_options *options;
	const struct bitmark_rules *releases[RECORD_RELEASES_MAX];
	size_t release_count;
	unsigned accepted;              /* by which: a bit each            */
	const struct bitmark_rules *rules;      /* those of the moment    */
	const struct record_input *input;
	struct record_signers signers;
	json_t *records;                /* NULL: text for people */
	size_t valid, invalid, unchecked;
};

/* By v->rules, as in a block.  A valid record that nodes take in blocks only has
 * the status that says why. */
enum verdict record_judge(const struct verification *v, size_t index,
    bitmark_status *status);

/* By each release in turn, and set v->accepted.  The first one that accepts the
 * record decides what is said of it; when none does, the last. */
enum verdict record_judge_by_each(struct verification *v, size_t index,
    bitmark_status *status);

#endif
