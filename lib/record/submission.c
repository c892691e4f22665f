/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Recognising what packed bytes can be submitted as.
 *
 * Nothing but the bytes is known here, and nothing in them says what they are:
 * they are parsed as one thing after the other.  A proof has no structure, so
 * any bytes of its length that are nothing else are one.
 */
#include <bitmarkpeer/submission.h>

/* A header alone, of a block without records, is not taken: any 100 bytes would
 * be one. */
static bool
is_block(const struct bitmark_chain_params *chain, const uint8_t *data,
    size_t size)
{
	struct bitmark_block_walk walk;
	bitmark_status status = bitmark_block_walk_start(&walk,
	    bitmark_rules_decode(), data, size, chain->network);

	while (status == BITMARK_OK && walk.index < walk.header.count)
		status = bitmark_block_walk_next(&walk);
	return status == BITMARK_OK && walk.header.count > 0;
}

/* Tell as what such a record is submitted.  Returns false for a kind that exists
 * in blocks only. */
static bool
kind_of(const struct bitmark_record *record, enum bitmark_submission *what)
{
	const bool transfer = bitmark_record_link(record) != NULL ||
	    bitmark_record_is_countersigned(record->tag);
	const bool issue = record->tag == BITMARK_RECORD_ISSUE;

	*what = transfer ? BITMARK_SUBMIT_TRANSFER :
	    issue ? BITMARK_SUBMIT_ISSUES : BITMARK_SUBMIT_ASSETS;
	return transfer || issue || record->tag == BITMARK_RECORD_ASSET;
}

/*
 * Recognise a bundle of records that fills ${data} exactly; anything else is
 * BITMARK_E_NOT_RECORD.  One submission holds records of one kind, and one
 * transfer.  A wrong mixture is told only after all bytes have been parsed, so
 * that bytes which are no records at all are not called a mixture.
 */
static bitmark_status
recognise_records(const struct bitmark_chain_params *chain,
    const uint8_t *data, size_t size, enum bitmark_submission *what,
    size_t *records)
{
	bitmark_status status = BITMARK_OK;
	size_t used;

	*records = 0;
	for (size_t i = 0; i < size; i += used) {
		enum bitmark_submission kind = BITMARK_SUBMIT_BLOCK;
		struct bitmark_record record;

		if (bitmark_record_parse(bitmark_rules_decode(), data + i,
		    size - i, chain->network, &record, &used) != BITMARK_OK)
			return BITMARK_E_NOT_RECORD;
		if (!kind_of(&record, &kind) ||
		    (*records > 0 && (kind != *what ||
		    kind == BITMARK_SUBMIT_TRANSFER)))
			status = BITMARK_E_ITEM;
		*what = kind;
		++*records;
	}
	return *records == 0 ? BITMARK_E_NOT_RECORD : status;
}

bitmark_status
bitmark_submission_recognise(const struct bitmark_chain_params *chain,
    const uint8_t *data, size_t size, enum bitmark_submission *what,
    size_t *records)
{
	enum bitmark_submission kind = BITMARK_SUBMIT_BLOCK;
	bitmark_status status = BITMARK_OK;

	*records = 1;
	if (!is_block(chain, data, size))
		status = recognise_records(chain, data, size, &kind, records);
	if (status == BITMARK_E_NOT_RECORD &&
	    size >= BITMARK_PAY_ID_SIZE + BITMARK_CLIENT_NONCE_MIN &&
	    size <= BITMARK_PAY_ID_SIZE + BITMARK_CLIENT_NONCE_MAX) {
		kind = BITMARK_SUBMIT_PROOF;
		*records = 0;
		status = BITMARK_OK;
	}
	if (status == BITMARK_OK)
		*what = kind;
	return status;
}

const char *
bitmark_submission_name(enum bitmark_submission what)
{
	switch (what) {
	case BITMARK_SUBMIT_BLOCK: return "block";
	case BITMARK_SUBMIT_ASSETS: return "assets";
	case BITMARK_SUBMIT_ISSUES: return "issues";
	case BITMARK_SUBMIT_TRANSFER: return "transfer";
	case BITMARK_SUBMIT_PROOF: return "proof";
	}
	return "";
}
