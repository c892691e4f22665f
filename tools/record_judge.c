/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Judging a record: its form, its place in a block, and its signatures.
 *
 * Whether the owner of a link may still dispose of it is a question to the
 * chain; here only what the bytes at hand can prove is judged.
 */
#include "record_judge.h"

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

/* Read the record as this release does: it was read by those that read most. */
static bitmark_status
read_again(const struct verification *v, size_t index)
{
	const struct record_item *item = &v->input->items[index];
	enum bitmark_network network = BITMARK_NETWORK_LIVE;
	struct bitmark_record record;
	size_t used;

	/* A share record names no account, and is the same on each network. */
	(void)record_network(&item->record, &network);
	return bitmark_record_parse_half(v->rules, item->packed.data,
	    item->packed.size, network, &record, &used);
}

/* As far as the signer is known; else the countersignature alone. */
static bitmark_status
check_record(const struct verification *v, size_t index,
    enum bitmark_strictness strictness)
{
	const struct bitmark_record *record = &v->input->items[index].record;
	const struct bitmark_account *signer = signer_of_item(v, index);

	if (signer != NULL)
		return bitmark_record_check(v->rules, record, signer,
		    strictness);
	return check_countersignature(record, v->rules->signature_below_l ?
	    BITMARK_STRICT : strictness);
}

/* A record by itself is judged once more, as nodes take it outside of a block. */
enum verdict
record_judge(const struct verification *v, size_t index,
    bitmark_status *status)
{
	*status = read_again(v, index);
	if (*status == BITMARK_OK)
		*status = check_place(v->input, index);
	if (*status == BITMARK_OK)
		*status = check_record(v, index, BITMARK_CONSENSUS);
	if (*status != BITMARK_OK)
		return INVALID;
	if (v->input->shape != SHAPE_BLOCK)
		*status = check_record(v, index, BITMARK_STRICT);
	return signer_of_item(v, index) != NULL ? VALID : UNCHECKED;
}

/* Judge a record by the rules of each release. The verdict and the status that
 * are reported are those of the first release that does not refuse it, or of
 * the last one. */
enum verdict
record_judge_by_each(struct verification *v, size_t index,
    bitmark_status *status)
{
	enum verdict verdict = INVALID;

	*status = BITMARK_E_NOT_RECORD;
	v->accepted = 0;
	for (size_t i = 0; i < v->release_count; i++) {
		bitmark_status other;
		enum verdict is;

		v->rules = v->releases[i];
		is = record_judge(v, index, &other);
		if (v->accepted == 0) {
			verdict = is;
			*status = other;
		}
		if (is != INVALID)
			v->accepted |= 1u << i;
	}
	return verdict;
}
