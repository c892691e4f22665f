/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * bitmark-record verify: signatures of records; of a block also the shape of
 * its header, the merkle root and the proof of work.
 */
#include <stdlib.h>
#include <string.h>

#include "record_commands.h"
#include "record_judge.h"

/* --- telling -------------------------------------------------------------- */

/* A signature whose signer is not known is neither valid nor invalid. */
static const char *
verdict_name(enum verdict verdict)
{
	switch (verdict) {
	case VALID:
		return "valid";
	case INVALID:
		return "invalid";
	case UNCHECKED:
		return "unchecked";
	}
	return "";
}

/* The reason behind a verdict; NULL: there is nothing to add. */
static const char *
verdict_reason(enum verdict verdict, bitmark_status status)
{
	switch (verdict) {
	case VALID:
		return status == BITMARK_OK ? NULL :
		    "in a block only; nodes do not take it by itself";
	case INVALID:
		return bitmark_strerror(status);
	case UNCHECKED:
		return "the owner of its link is not known";
	}
	return NULL;
}

/* Results are collected, because those of a block are members of one object. */
static bitmark_status
tell_json(struct verification *v, const struct record_item *item,
    enum verdict verdict, const char *reason)
{
	json_t *object = json_pack("{s:s, s:o, s:s, s:s?, s:o}", "record",
	    bitmark_record_name(item->record.tag), "txId",
	    json_hex(item->id, sizeof item->id), "result",
	    verdict_name(verdict), "reason", reason, "rules",
	    record_releases_json(v->releases, v->release_count, v->accepted));

	return object != NULL && json_array_append_new(v->records,
	    object) == 0 ? BITMARK_OK : BITMARK_E_NOMEM;
}

static unsigned
all_releases(const struct verification *v)
{
	return (1u << v->release_count) - 1;
}

/* A block may have thousands of records, so only its invalid ones get a line.
 */
static void
tell_text(const struct verification *v, const struct record_item *item,
    enum verdict verdict, const char *reason)
{
	char id[2 * BITMARK_TX_ID_SIZE + 1];
	char names[RECORD_RELEASES_TEXT_MAX];

	if (v->input->shape == SHAPE_BLOCK && verdict != INVALID)
		return;
	bitmark_hex_encode(item->id, sizeof item->id, id);
	printf("%-9s  %s  %s%s%s", verdict_name(verdict), id,
	    bitmark_record_name(item->record.tag), reason != NULL ? ": " : "",
	    reason != NULL ? reason : "");
	if (verdict != INVALID && v->accepted != all_releases(v)) {
		record_releases_text(v->releases, v->release_count,
		    v->accepted, names);
		printf("%s by the rules of %s only",
		    reason != NULL ? ";" : ":", names);
	}
	putchar('\n');
}

/* Judge one record, count the verdict and print it. */
static bitmark_status
verify_record(struct verification *v, size_t index)
{
	const struct record_item *item = &v->input->items[index];
	const char *reason;
	bitmark_status status;
	enum verdict verdict = record_judge_by_each(v, index, &status);

	if (status == BITMARK_E_NOMEM)
		return status;
	switch (verdict) {
	case VALID:
		v->valid++;
		break;
	case INVALID:
		v->invalid++;
		break;
	case UNCHECKED:
		v->unchecked++;
		break;
	}
	reason = verdict_reason(verdict, status);
	if (v->records != NULL)
		return tell_json(v, item, verdict, reason);
	tell_text(v, item, verdict, reason);
	return BITMARK_OK;
}

static bitmark_status
verify_records(struct verification *v)
{
	bitmark_status status = BITMARK_OK;

	for (size_t i = 0; status == BITMARK_OK && i < v->input->count; i++)
		status = verify_record(v, i);
	return status;
}

/* --- blocks --------------------------------------------------------------- */

/* Results for a block as a whole. BITMARK_E_STATE stands for a check that was
 * not made. */
struct block_facts {
	bitmark_status header;
	bitmark_status merkle;          /* needs more than a header */
	bitmark_status work;
	bool has_digest;                /* it is the same for all rules */
	uint8_t digest[BITMARK_DIGEST_SIZE];
	unsigned accepted;              /* by which releases            */
	char names[RECORD_RELEASES_TEXT_MAX];   /* ... these            */
	json_t *rules;
};

/* The merkle root is over the ids of all records. */
static bitmark_status
check_merkle(const struct record_input *input)
{
	uint8_t *ids, root[BITMARK_DIGEST_SIZE];
	bool equal;

	if (input->shape != SHAPE_BLOCK)
		return BITMARK_E_STATE;
	ids = malloc(input->count * BITMARK_TX_ID_SIZE);
	if (ids == NULL)
		return BITMARK_E_NOMEM;
	for (size_t i = 0; i < input->count; i++)
		memcpy(ids + i * BITMARK_TX_ID_SIZE, input->items[i].id,
		    BITMARK_TX_ID_SIZE);
	bitmark_merkle_root(ids, input->count, root);
	equal = memcmp(root, input->header.merkle, sizeof root) == 0;
	free(ids);
	return equal ? BITMARK_OK : BITMARK_E_MERKLE;
}

/* Only --work computes the digest, as it takes some tenths of a second; the
 * digest is kept in ${facts}, because it is the same for all rules. */
static bitmark_status
check_work(const struct verification *v, struct block_facts *facts)
{
	const struct bitmark_chain_params *chain = v->options->chain;
	bitmark_status status = BITMARK_OK;

	if (!v->options->work)
		return BITMARK_E_STATE;
	/* A private chain has no proof of work by some rules. */
	if (chain != NULL && chain->is_private &&
	    v->rules->private_without_work)
		return BITMARK_OK;
	if (!facts->has_digest)
		status = bitmark_digest(v->input->data, facts->digest);
	facts->has_digest = status == BITMARK_OK;
	return status != BITMARK_OK ? status : bitmark_header_check_work(
	    v->rules, &v->input->header, facts->digest);
}

/* A check that was not made is neither good nor bad. */
static const char *
fact_text(bitmark_status status)
{
	return status == BITMARK_OK ? "valid" : status == BITMARK_E_STATE ?
	    "unchecked" : bitmark_strerror(status);
}

/* BITMARK_E_STATE stands for a fact that was not checked. */
static bool
fact_is_bad(bitmark_status status)
{
	return status != BITMARK_OK && status != BITMARK_E_STATE;
}

/* Check the block by the rules of one release, and tell whether that release
 * accepts it. */
static bool
check_block(struct verification *v, const struct bitmark_rules *rules,
    struct block_facts *facts)
{
	bool bad;

	v->rules = rules;
	facts->header = bitmark_header_check(rules, &v->input->header,
	    bitmark_clock_wall_s());
	facts->merkle = check_merkle(v->input);
	facts->work = check_work(v, facts);
	bad = fact_is_bad(facts->header) || fact_is_bad(facts->merkle) ||
	    fact_is_bad(facts->work);
	for (size_t i = 0; !bad && i < v->input->count; i++) {
		bitmark_status status;

		bad = record_judge(v, i, &status) == INVALID;
	}
	return !bad;
}

/* A block follows the rules of one release from its header to its last record.
 * Results are told by the first release that accepts it, or by the last release
 * when none does. The chosen one is checked again at the end, as ${v} and
 * ${facts} keep the results of the last check only. */
static void
choose_release(struct verification *v, struct block_facts *facts)
{
	size_t chosen = v->release_count - 1;

	for (size_t i = v->release_count; i-- > 0;)
		if (check_block(v, v->releases[i], facts)) {
			facts->accepted |= 1u << i;
			chosen = i;
		}
	(void)check_block(v, v->releases[chosen], facts);
	record_releases_text(v->releases, v->release_count, facts->accepted,
	    facts->names);
	facts->rules = record_releases_json(v->releases, v->release_count,
	    facts->accepted);
	v->releases[0] = v->releases[chosen];
	v->release_count = 1;
}

static void
tell_block_text(const struct verification *v, const struct block_facts *facts)
{
	printf("header       %s\n", fact_text(facts->header));
	if (v->input->shape == SHAPE_BLOCK)
		printf("merkle root  %s\n", fact_text(facts->merkle));
	printf("work         %s\n", facts->work == BITMARK_E_STATE ?
	    "unchecked: give --work" : fact_text(facts->work));
	if (v->input->shape == SHAPE_BLOCK)
		printf("records      %zu valid, %zu invalid, %zu unchecked "
		    "(they depend on earlier blocks)\n", v->valid, v->invalid,
		    v->unchecked);
	if (v->options->rules == bitmark_rules_decode())
		printf("rules        %s\n", facts->accepted == 0 ?
		    "no release accepts it" : facts->names);
}

static int
tell_block_json(const struct verification *v, const struct block_facts *facts)
{
	return print_json(json_pack("{s:o, s:s, s:s, s:s, s:O, s:O}", "number",
	    json_number(v->input->header.number),
	    "header", fact_text(facts->header), "merkleRoot",
	    fact_text(facts->merkle), "work", fact_text(facts->work),
	    "records", v->records, "rules", facts->rules));
}

/* Records that depend on earlier blocks are no failure, as every block has
 * some. */
static int
verify_block(struct verification *v)
{
	struct block_facts facts = { .has_digest = false };
	bitmark_status status;
	int code = EXIT_DONE;

	choose_release(v, &facts);
	status = verify_records(v);
	if (status != BITMARK_OK)
		code = complain_status("verify", status);
	else if (v->records != NULL)
		code = tell_block_json(v, &facts);
	else
		tell_block_text(v, &facts);
	json_decref(facts.rules);
	return code == EXIT_DONE && facts.accepted == 0 ? EXIT_BAD_DATA : code;
}

/* An unchecked record is a failure here, because the user asked about these
 * very records. */
static int
verify_list(struct verification *v)
{
	bitmark_status status = verify_records(v);
	int code = EXIT_DONE;

	if (status != BITMARK_OK)
		return complain_status("verify", status);
	for (size_t i = 0; code == EXIT_DONE &&
	    i < json_array_size(v->records); i++)
		code = print_json(json_incref(json_array_get(v->records, i)));
	if (v->invalid > 0)
		return EXIT_BAD_DATA;
	if (v->unchecked > 0) {
		complain("%zu not checked: give --signer or --linked",
		    v->unchecked);
		return EXIT_FAILED;
	}
	return code;
}

/* Gives an exit code, having complained. */
static int
verify_input(struct verification *v)
{
	int code = record_signers_load(v->options, &v->signers);

	v->release_count = record_releases(v->options, v->releases);
	if (code == EXIT_DONE && v->options->json) {
		v->records = json_array();
		if (v->records == NULL)
			code = complain_status("verify", BITMARK_E_NOMEM);
	}
	if (code == EXIT_DONE)
		code = v->input->shape == SHAPE_RECORDS ? verify_list(v) :
		    verify_block(v);
	json_decref(v->records);
	record_signers_free(&v->signers);
	return code;
}

int
record_verify(void *options, int argc, char **argv)
{
	const struct record_options *o = options;
	struct record_input input;
	struct verification v = { .options = o, .input = &input };
	const char *argument = argc > 1 ? argv[1] : "-";
	int code = record_check_stdin(argument, o->linked, NULL);

	if (code != EXIT_DONE)
		return code;
	code = record_input_load(o, (enum record_shape)o->as, argument, &input);
	if (code == EXIT_DONE)
		code = verify_input(&v);
	record_input_free(&input);
	return code;
}
