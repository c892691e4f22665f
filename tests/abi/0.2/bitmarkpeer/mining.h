/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * mining - making blocks: what the next block holds, its header, and the block
 * itself once a nonce is found.
 *
 * A template is the next block without its nonce.  It is made of what waits
 * verified in a reservoir, over the newest block of a chain:
 *
 *	status = bitmark_base_make(&miner, BITMARK_BASE_FOUNDATION, &base);
 *	...
 *	status = bitmark_template_new(&t, &config, reservoir, snapshot);
 *	bitmark_template_input(t, nonce, input);
 *	status = bitmark_digest(input, digest);
 *	if (bitmark_template_found(t, digest))
 *		status = bitmark_template_block(t, nonce, &block, &size);
 *
 * Each node takes the block: records that the chain would refuse are left out
 * when the template is made.
 *
 * Pure: no socket, no clock, no thread.  Thread rule: bitmark_template_new is
 * called by the thread that owns the reservoir; a template that is made never
 * changes, and may be read by any number of threads.
 *
 * Source: bitmarkd v8.2 and v0.16.0 proof, reservoir/fetch.go
 */
#ifndef BITMARKPEER_MINING_H
#define BITMARKPEER_MINING_H

#include <bitmarkpeer/block.h>
#include <bitmarkpeer/reservoir.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Nonce of the foundation of every block.
 * Source: bitmarkd v8.2 proof/publisher.go */
#define BITMARK_FOUNDATION_NONCE 1234

/* Newest header version whose meaning is known.  The version of blocks never
 * decreases, so after a block with a higher one no template can be made.
 * Source: bitmarkd v0.16.0 blockrecord/header.go */
#define BITMARK_TEMPLATE_VERSION_MAX 5

/* Bytes of base records, at most.  Source: local bound: with the longest
 * addresses they have 290. */
#define BITMARK_BASE_PACKED_MAX 512

/*
 * The base of a block: the record or records at its start, which name the
 * account that made the block and the addresses that it wants to be paid at.
 */

enum bitmark_base_kind {
	BITMARK_BASE_FOUNDATION,        /* as bitmarkd makes it; the rules want
	                                   another record behind it          */
	BITMARK_BASE_PAIR,              /* two records of the older kind, one
	                                   for each currency: they make a
	                                   block without anything else       */
};

/* The account that signs blocks.  Everything is borrowed during the call. */
struct bitmark_miner {
	size_t struct_size;             /* sizeof this struct                */
	const struct bitmark_chain_params *params;
	const struct bitmark_rules *rules;
	const struct bitmark_private_key *key;
	struct bitmark_payments payments;       /* of both currencies        */
};

/* Packed base records.  A plain value. */
struct bitmark_base {
	size_t struct_size;             /* sizeof this struct                */
	size_t count;                   /* records                           */
	size_t size;                    /* bytes of them                     */
	uint8_t packed[BITMARK_BASE_PACKED_MAX];
};

/*
 * bitmark_base_make(miner, kind, base):
 * Build, sign and check the base.  It is the same for all blocks of one miner,
 * so a program makes it once, at its start, and learns then of any mistake in
 * the key or the addresses.
 *
 * Returns BITMARK_OK, BITMARK_E_ARGUMENT (struct_size), the error of an
 * address, BITMARK_E_CURRENCY_ADDRESS (one is missing), or
 * BITMARK_E_WRONG_NETWORK_PRIVATE.
 *
 * Source: bitmarkd v8.2 proof/publisher.go
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_base_make(
    const struct bitmark_miner *miner, enum bitmark_base_kind kind,
    struct bitmark_base *base);

/*
 * Templates.
 */

struct bitmark_template;

struct bitmark_template_config {
	size_t struct_size;             /* sizeof this struct                */
	const struct bitmark_chain_params *params;      /* of the chain      */
	const struct bitmark_rules *rules;              /* that it follows   */
	const struct bitmark_base *base;        /* copied                    */
	const struct bitmark_base *empty;       /* used instead when nothing
	                                   waits; NULL: then there is no
	                                   block.  Copied                    */
	uint64_t now_s;                 /* Unix time                         */
	uint64_t nonce;                 /* where a miner starts: random      */
	size_t records_max;             /* behind the base; 0, and above the
	                                   rules: as they allow              */
	size_t bytes_max;               /* of the block; 0: BITMARK_BLOCK_MAX */
};

/* The fate of all that waits verified, in records. */
struct bitmark_template_counts {
	size_t struct_size;             /* sizeof this struct                */
	size_t taken;                   /* without assets                    */
	size_t assets;                  /* put before their first issue      */
	size_t no_asset;                /* issues whose asset is not known   */
	size_t refused;                 /* that the chain would not take, or
	                                   not beside another one that was
	                                   taken                             */
	size_t no_room;                 /* left for the blocks to come       */
};

/*
 * bitmark_template_new(t, config, reservoir, snapshot):
 * The next block, of what waits verified.
 *
 * Order: as it came.  Where the rules tell free issues from paid ones
 * (BITMARK_ISSUES_FREE_OR_PAID): free bundles, paid bundles, up to
 * rules->block_issues_first records of each kind; then all others; then more
 * bundles of both kinds in turn while there is room for twice their size.  A
 * bundle is taken as a whole, and an asset that is not stored stands before its
 * first issue.
 *
 * Left out, and counted: an issue without a known asset or in a block already;
 * a second record that spends the same link; a record whose link is spent, or
 * is in no block before this one; a grant or swap of more shares than the
 * account had before this block, less what this block takes from it, or whose
 * before block has come.
 *
 * Header: the version of the rules, or of the newest block when that is higher;
 * now, or as early as the newest block allows when the clock is behind; the
 * difficulty that the rules ask for at this number.
 *
 *   t          new; owned by the caller: bitmark_template_free
 *   reservoir  borrowed during the call
 *   snapshot   of the newest block, which the reservoir was told of; borrowed
 *              during the call
 *
 * Returns BITMARK_OK, BITMARK_E_ARGUMENT (struct_size; no params, rules or
 * base; a base without records), BITMARK_E_NOT_FOUND (nothing to confirm, and
 * no empty base), BITMARK_E_HEADER_VERSION (that of the newest block is above
 * BITMARK_TEMPLATE_VERSION_MAX), BITMARK_E_HEADER_TIMESTAMP (the newest block
 * is too far in the future of ${now_s}), BITMARK_E_BLOCK_END (the rules allow
 * no block at this number: bitmark_difficulty_next), BITMARK_E_STORE* or
 * BITMARK_E_NOMEM.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_template_new(
    struct bitmark_template **t,
    const struct bitmark_template_config *config,
    struct bitmark_reservoir *reservoir, struct bitmark_snapshot *snapshot);

BITMARK_API void bitmark_template_free(struct bitmark_template *t);

/* Its header, with the nonce of the configuration.  Inside. */
BITMARK_API const struct bitmark_header *bitmark_template_header(
    const struct bitmark_template *t);

/* The ids of all its records in their order: header->count times
 * BITMARK_TX_ID_SIZE bytes.  Inside. */
BITMARK_API const uint8_t *bitmark_template_ids(
    const struct bitmark_template *t);

/* The packed base.  Inside. */
BITMARK_API struct bitmark_span bitmark_template_base(
    const struct bitmark_template *t);

/* Returns BITMARK_OK, or BITMARK_E_ARGUMENT (struct_size). */
BITMARK_API bitmark_status bitmark_template_get_counts(
    const struct bitmark_template *t,
    struct bitmark_template_counts *counts);

/* Does the chain accept a block without proof of work?  It does on a private
 * chain under rules with private_without_work: then any nonce is a solution. */
BITMARK_API bool bitmark_template_is_free(
    const struct bitmark_template *t);

/* The bytes whose digest is the block's: its header with ${nonce}. */
BITMARK_API void bitmark_template_input(
    const struct bitmark_template *t, uint64_t nonce,
    uint8_t input[BITMARK_HEADER_SIZE]);

/* Is this digest at most the target, or is none asked for? */
BITMARK_API bool bitmark_template_found(
    const struct bitmark_template *t,
    const uint8_t digest[BITMARK_DIGEST_SIZE]);

/*
 * bitmark_template_block(t, nonce, block, size):
 * The whole block, packed, as bitmark_chain_add takes it.  The nonce is not
 * judged.
 *
 *   block   owned by the caller: bitmark_free
 *
 * Returns BITMARK_OK or BITMARK_E_NOMEM.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_template_block(
    const struct bitmark_template *t, uint64_t nonce,
    uint8_t **block, size_t *size);

/*
 * Jobs: templates for miners elsewhere, by the protocol of recorderd.
 *
 * The node publishes a job, one JSON text; a miner tries nonces and submits
 * those that it thinks good, each as one JSON text, and gets one as a reply.
 * The table below keeps the jobs that may still be submitted for, and decides
 * on each submission:
 *
 *	bitmark_jobs_submit(jobs, data, size, &attempt);
 *	if (attempt.state == BITMARK_ATTEMPT_UNTRIED) {
 *		... later, when it is its turn:
 *		bitmark_jobs_look(jobs, &attempt);
 *		if (attempt.state == BITMARK_ATTEMPT_UNTRIED) {
 *			status = bitmark_digest(attempt.input, digest);
 *			bitmark_jobs_judge(jobs, &attempt, digest);
 *		}
 *	}
 *	if (attempt.state == BITMARK_ATTEMPT_FOUND)
 *		... bitmark_jobs_block, and store it
 *	bitmark_job_reply(&attempt, &text, &size);
 *
 * A digest takes half a second and 128 MiB, and strangers ask for it: bound how
 * many attempts wait, and compute one at a time.
 *
 * Pure, as all above; a table is used by one thread at a time.
 *
 * Source: bitmarkd v0.16.0 proof/queue.go, submission.go
 */

/* Jobs that are kept: the newest.  Source: bitmarkd v0.16.0 proof/queue.go */
#define BITMARK_JOBS_MAX 32

/* Tried nonces that are remembered for each job: the newest ones.  A digest
 * takes half a second, so these are the nonces of more than half an hour.
 * Source: local choice */
#define BITMARK_JOB_TRIED_MAX 4096

/* Longest text that names a job in a submission.  Ours have four characters,
 * those of bitmarkd, too; a longer text names none, and is answered as an empty
 * one.  Bytes.  Source: local bound */
#define BITMARK_JOB_TEXT_MAX 255

/* Longest submission that is read.  Bytes.  Source: local bound: that of
 * recorderd has 61. */
#define BITMARK_JOB_SUBMISSION_MAX 4096

struct bitmark_jobs;

/* Returns BITMARK_OK or BITMARK_E_NOMEM.  Owned by the caller:
 * bitmark_jobs_free. */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_jobs_new(
    struct bitmark_jobs **jobs);
BITMARK_API void bitmark_jobs_free(struct bitmark_jobs *jobs);

/* Make a job of the template, which is taken: the newest one.  The oldest goes
 * when there are too many.  Numbers of jobs go on when jobs go. */
BITMARK_API void bitmark_jobs_add(struct bitmark_jobs *jobs,
    struct bitmark_template *t);

/* Forget all jobs, as when the node is not Normal any more. */
BITMARK_API void bitmark_jobs_clear(struct bitmark_jobs *jobs);

/* The digest of the newest block: jobs that follow another one are stale, and
 * whatever is submitted for them is refused without a digest. */
BITMARK_API void bitmark_jobs_set_top(struct bitmark_jobs *jobs,
    const uint8_t digest[BITMARK_DIGEST_SIZE]);

/* The newest job, or NULL: there is none that is not stale.  Inside. */
BITMARK_API const struct bitmark_template *bitmark_jobs_newest(
    const struct bitmark_jobs *jobs);

/*
 * bitmark_jobs_message(jobs, nonce, text, size):
 * The newest job as it is published; it may be published again, with another
 * nonce for miners to start from.
 *
 *   text   one line of JSON with NUL; owned by the caller: bitmark_free
 *   size   bytes without NUL
 *
 * Returns BITMARK_OK, BITMARK_E_NOT_FOUND (as bitmark_jobs_newest) or
 * BITMARK_E_NOMEM.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_jobs_message(
    const struct bitmark_jobs *jobs, uint64_t nonce, char **text,
    size_t *size);

enum bitmark_attempt_state {
	BITMARK_ATTEMPT_REFUSED,        /* answer: no                        */
	BITMARK_ATTEMPT_UNTRIED,        /* the digest of its input is needed */
	BITMARK_ATTEMPT_FOUND,          /* answer: yes; make the block, unless
	                                   it is known                       */
};

/* One submission, from its request to its reply.  A plain value. */
struct bitmark_attempt {
	size_t struct_size;             /* sizeof this struct                */
	enum bitmark_attempt_state state;
	bool known;                     /* it was tried before: the answer is
	                                   from memory                       */
	char job[BITMARK_JOB_TEXT_MAX + 1];     /* as it was sent, with NUL  */
	size_t job_size;                /* bytes of that, without NUL        */
	uint64_t nonce;
	uint8_t input[BITMARK_HEADER_SIZE];     /* UNTRIED: of the digest    */
};

/*
 * bitmark_jobs_submit(jobs, data, size, attempt):
 * Read a submission, keys in either case, and look at the table.  Whatever is
 * sent, the table does not change.
 *
 *   attempt   overwritten; also after an error a reply can be made of it
 *
 * Returns BITMARK_OK, BITMARK_E_ARGUMENT (struct_size), or why the request
 * cannot be read, which does not matter to the miner: BITMARK_E_LENGTH,
 * BITMARK_E_JSON.
 */
BITMARK_API bitmark_status bitmark_jobs_submit(struct bitmark_jobs *jobs,
    const void *data, size_t size, struct bitmark_attempt *attempt);

/* Look at the table again: the nonce may have been tried meanwhile, or the job
 * have become stale.  Only an attempt that is UNTRIED changes. */
BITMARK_API void bitmark_jobs_look(struct bitmark_jobs *jobs,
    struct bitmark_attempt *attempt);

/* The digest of an attempt's input is known: it is FOUND or REFUSED, and that
 * is remembered.  When the job has gone meanwhile it is REFUSED. */
BITMARK_API void bitmark_jobs_judge(struct bitmark_jobs *jobs,
    struct bitmark_attempt *attempt,
    const uint8_t digest[BITMARK_DIGEST_SIZE]);

/* The block of an attempt that is FOUND and not known; as
 * bitmark_template_block.  BITMARK_E_NOT_FOUND: its job has gone. */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_jobs_block(
    const struct bitmark_jobs *jobs, const struct bitmark_attempt *attempt,
    uint8_t **block, size_t *size);

/* The chain has refused the block of an attempt, and would refuse any other
 * block of its job, so the job is forgotten.  The attempt becomes REFUSED. */
BITMARK_API void bitmark_jobs_refuse(struct bitmark_jobs *jobs,
    struct bitmark_attempt *attempt);

/*
 * bitmark_job_reply(attempt, text, size):
 * The reply to a submission; as bitmark_jobs_message.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_job_reply(
    const struct bitmark_attempt *attempt, char **text, size_t *size);

/*
 * The other side: what a miner reads and writes.
 */

/* A job as a miner needs it. */
struct bitmark_job {
	size_t struct_size;             /* sizeof this struct                */
	char id[BITMARK_JOB_TEXT_MAX + 1];      /* with NUL                  */
	struct bitmark_header header;
};

/*
 * bitmark_job_parse(data, size, job):
 * Read a job of any node, keys in either case.
 * Returns BITMARK_OK, BITMARK_E_ARGUMENT (struct_size), BITMARK_E_JSON (it
 * lacks the name of the job or a part of the header), BITMARK_E_HEX or
 * BITMARK_E_NOMEM.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_job_parse(
    const void *data, size_t size, struct bitmark_job *job);

/* The submission of a nonce for a job, as recorderd writes it; as
 * bitmark_jobs_message. */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_job_submission(
    const struct bitmark_job *job, uint64_t nonce, char **text, size_t *size);

/* Read a reply.  Returns BITMARK_OK or BITMARK_E_JSON. */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_job_reply_parse(
    const void *data, size_t size, char id[BITMARK_JOB_TEXT_MAX + 1],
    bool *ok);

#ifdef __cplusplus
}
#endif

#endif
