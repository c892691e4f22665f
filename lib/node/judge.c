/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Checks that need no chain.  They come first, because a header costs half a
 * second to hash, and a stranger could send any number of them.
 */
#include "node/judge.h"

#include "codec/log.h"

#define MODULE "sync"

static const struct bm_settings *
settings(const struct bm_judge *j)
{
	return j->state->settings;
}

/* Errors from BITMARK_E_STORE down are this machine's, the others are the
 * block's.  The same block is refused anew whenever a peer has it: that is no
 * news. */
void
bm_judge_refused(struct bm_judge *j, struct bitmark_span block,
    uint64_t number, bitmark_status status)
{
	const bool bad = status > BITMARK_E_STORE;
	struct bm_blocked_facts facts = { .params = settings(j)->params,
		.rules = settings(j)->rules, .now_s = j->state->now.s };
	enum bitmark_log_level level = BITMARK_LOG_ERROR;

	bitmark_chain_tip(j->state->chain, &facts.tip);
	if (bad)
		level = bm_blocked_note(&j->blocked, &facts, block, status) ?
		    BITMARK_LOG_WARN : BITMARK_LOG_DEBUG;
	bm_log(&settings(j)->env, level, MODULE, "block %llu %s: %s",
	    (unsigned long long)number, bad ? "refused" : "not stored",
	    bitmark_strerror(status));
}

/* A private chain may ask for no work: then any digest, and any difficulty,
 * will do. */
bitmark_status
bm_judge_work(const struct bm_judge *j, const struct bitmark_header *header,
    const uint8_t digest[BITMARK_DIGEST_SIZE])
{
	const struct bm_settings *set = settings(j);

	return set->rules->private_without_work && set->params->is_private ?
	    BITMARK_OK : bitmark_header_check_work(set->rules, header,
	    digest);
}

bitmark_status
bm_judge_header(struct bm_judge *j, struct bitmark_span block,
    struct bitmark_header *header)
{
	/* No digest is larger than any target, so this one passes for every
	 * difficulty: only the bits themselves are judged. */
	static const uint8_t lowest[BITMARK_DIGEST_SIZE];
	bitmark_status status = bitmark_header_parse(block.data, block.size,
	    header);

	if (status != BITMARK_OK)
		return status;
	status = bitmark_header_check(settings(j)->rules, header,
	    j->state->now.s);
	if (status == BITMARK_OK)
		status = bm_judge_work(j, header, lowest);
	if (status != BITMARK_OK)
		bm_judge_refused(j, block, header->number, status);
	return status;
}

bitmark_status
bm_judge_digest(struct bm_judge *j, const struct bm_hashed *hashed)
{
	struct bitmark_header header;
	bitmark_status status = hashed->job.status;

	if (status == BITMARK_OK)
		status = bitmark_header_parse(hashed->block, hashed->size,
		    &header);
	if (status != BITMARK_OK)
		return status;
	status = bm_judge_work(j, &header, hashed->job.output);
	if (status != BITMARK_OK)
		bm_judge_refused(j, (struct bitmark_span){ hashed->block,
		    hashed->size }, header.number, status);
	return status;
}
