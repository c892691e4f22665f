/*
 * bitmark-record verify: signatures of records; of a block also the shape of
 * its header, the merkle root and the proof of work.
 *
 * Whether the owner of a link may still dispose of it is a question to the
 * chain; here only what the bytes at hand can prove is judged.
 */
#include <stdlib.h>
#include <string.h>

#include "record_commands.h"
#include "record_tool.h"

enum verdict { VALID, INVALID, UNCHECKED };

struct verification {
	const struct record_options *options;
	const struct record_input *input;
	struct record_signers signers;
	json_t *records;                /* NULL: text for people */
	size_t valid, invalid, unchecked;
};

/* The account that must have signed.  The linked record may stand earlier in
 * the same input; but in a block a link to a record of the same block is
 * invalid. */
static const struct bitmark_account *
signer_of_item(const struct verification *v, size_t index)
{
	const struct bitmark_record *record = &v->input->items[index].record;
	const struct bitmark_account *signer = record_signer(&v->signers,
	    record);
	const struct record_item *earlier;

	if (signer != NULL || v->input->shape == SHAPE_BLOCK)
		return signer;
	earlier = record_input_find(v->input, index,
	    bitmark_record_link(record));
	return earlier != NULL ? bitmark_record_owner(&earlier->record) : NULL;
}

/* Check the second signature alone: its account is in the record itself. */
static bitmark_status
check_countersignature(const struct bitmark_record *record,
    enum bitmark_strictness strictness)
{
	const struct bitmark_account *account = record_countersigner(record);
	uint8_t message[BITMARK_RECORD_PACKED_MAX];
	bitmark_status status;
	size_t size;

	if (account == NULL)
		return BITMARK_OK;
	status = bitmark_record_message(record, true, message, sizeof message,
	    &size);
	if (status != BITMARK_OK)
		return status;
	return bitmark_account_verify(account,
	    (struct bitmark_span){ message, size }, record->countersignature,
	    strictness);
}

/* Check that a record of this kind may stand at its place in a block.
 * Source: bitmarkd v8.2 block/store.go StoreIncoming */
static bitmark_status
check_place(const struct record_input *input, size_t index)
{
	enum bitmark_record_tag tag = input->items[index].record.tag;
	enum bitmark_record_tag first = input->items[0].record.tag;

	if (input->shape != SHAPE_BLOCK)
		return BITMARK_OK;
	if (index == 0)
		return tag == BITMARK_RECORD_BASE_DATA ||
		    tag == BITMARK_RECORD_FOUNDATION ? BITMARK_OK :
		    BITMARK_E_NO_BLOCK_OWNER;
	if (tag == BITMARK_RECORD_FOUNDATION)
		return BITMARK_E_OUT_OF_PLACE_FOUNDATION;
	if (tag == BITMARK_RECORD_BASE_DATA &&
	    (index != 1 || first != BITMARK_RECORD_BASE_DATA))
		return BITMARK_E_OUT_OF_PLACE_BASE;
	return BITMARK_OK;
}

/* As far as the signer is known; else the countersignature alone. */
static bitmark_status
check_record(const struct verification *v, size_t index,
    enum bitmark_strictness strictness)
{
	const struct bitmark_record *record = &v->input->items[index].record;
	const struct bitmark_account *signer = signer_of_item(v, index);

	return signer != NULL ? bitmark_record_check(v->options->rules, record,
	    signer, strictness) : check_countersignature(record, strictness);
}

/* Judge by the rules for blocks.  A valid record that nodes take in blocks only
 * has the status that says why. */
static enum verdict
judge_record(const struct verification *v, size_t index,
    bitmark_status *status)
{
	*status = check_place(v->input, index);
	if (*status == BITMARK_OK)
		*status = check_record(v, index, BITMARK_CONSENSUS);
	if (*status != BITMARK_OK)
		return INVALID;
	if (v->input->shape != SHAPE_BLOCK)
		*status = check_record(v, index, BITMARK_STRICT);
	return signer_of_item(v, index) != NULL ? VALID : UNCHECKED;
}

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

/* NULL: nothing to add. */
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

/* The records are collected: for a block they are a part of one object. */
static bitmark_status
tell_json(struct verification *v, const struct record_item *item,
    enum verdict verdict, const char *reason)
{
	json_t *object = json_pack("{s:s, s:o, s:s, s:s?}", "record",
	    bitmark_record_name(item->record.tag), "txId",
	    json_hex(item->id, sizeof item->id), "result",
	    verdict_name(verdict), "reason", reason);

	return object != NULL && json_array_append_new(v->records,
	    object) == 0 ? BITMARK_OK : BITMARK_E_NOMEM;
}

/* A block may have thousands of records: only the wrong ones get a line. */
static void
tell_text(const struct verification *v, const struct record_item *item,
    enum verdict verdict, const char *reason)
{
	char id[2 * BITMARK_TX_ID_SIZE + 1];

	if (v->input->shape == SHAPE_BLOCK && verdict != INVALID)
		return;
	bitmark_hex_encode(item->id, sizeof item->id, id);
	printf("%-9s  %s  %s%s%s\n", verdict_name(verdict), id,
	    bitmark_record_name(item->record.tag), reason != NULL ? ": " : "",
	    reason != NULL ? reason : "");
}

/* Judge one record, count it and tell of it. */
static bitmark_status
verify_record(struct verification *v, size_t index)
{
	const struct record_item *item = &v->input->items[index];
	const char *reason;
	bitmark_status status;
	enum verdict verdict = judge_record(v, index, &status);

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

/* Results for a block as a whole; BITMARK_E_STATE: it was not checked. */
struct block_facts {
	bitmark_status header;
	bitmark_status merkle;          /* needs more than a header */
	bitmark_status work;
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

/* Only with --work: a digest takes some tenths of a second. */
static bitmark_status
check_work(const struct record_options *o, const struct record_input *input)
{
	uint8_t digest[BITMARK_DIGEST_SIZE];
	bitmark_status status;

	if (!o->work)
		return BITMARK_E_STATE;
	status = bitmark_digest(input->data, digest);
	return status != BITMARK_OK ? status :
	    bitmark_header_check_work(o->rules, &input->header, digest);
}

static void
check_block(const struct verification *v, struct block_facts *facts)
{
	facts->header = bitmark_header_check(v->options->rules,
	    &v->input->header, bitmark_clock_wall_s());
	facts->merkle = check_merkle(v->input);
	facts->work = check_work(v->options, v->input);
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
}

static int
tell_block_json(const struct verification *v, const struct block_facts *facts)
{
	return print_json(json_pack("{s:o, s:s, s:s, s:s, s:O}", "number",
	    json_number(v->input->header.number),
	    "header", fact_text(facts->header), "merkleRoot",
	    fact_text(facts->merkle), "work", fact_text(facts->work),
	    "records", v->records));
}

/* Records of a block that depend on earlier blocks are no failure: every block
 * has some. */
static int
finish_block(const struct verification *v)
{
	struct block_facts facts;
	int code = EXIT_DONE;

	check_block(v, &facts);
	if (v->records != NULL)
		code = tell_block_json(v, &facts);
	else
		tell_block_text(v, &facts);
	if (v->invalid > 0 || fact_is_bad(facts.header) ||
	    fact_is_bad(facts.merkle) || fact_is_bad(facts.work))
		return EXIT_BAD_DATA;
	return code;
}

/* Something unchecked is a failure here: the user asked about these records. */
static int
finish_records(const struct verification *v)
{
	int code = EXIT_DONE;

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
	bitmark_status status;
	int code = record_signers_load(v->options, &v->signers);

	if (code == EXIT_DONE && v->options->json) {
		v->records = json_array();
		if (v->records == NULL)
			code = complain_status("verify", BITMARK_E_NOMEM);
	}
	if (code == EXIT_DONE) {
		status = verify_records(v);
		code = status != BITMARK_OK ? complain_status("verify", status) :
		    v->input->shape == SHAPE_RECORDS ? finish_records(v) :
		    finish_block(v);
	}
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
