/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The account whose signature a record with a link must have: it is the owner
 * of the linked record, which the user names or gives.
 */
#include <string.h>

#include "record_tool.h"

/* Read --signer and --linked, both of which name the accounts whose signatures
 * are checked. The records of --linked are kept in ${signers}. */
int
record_signers_load(const struct record_options *options,
    struct record_signers *signers)
{
	bitmark_status status;

	*signers = (struct record_signers){ .given = options->signer != NULL };
	if (signers->given) {
		status = bitmark_account_from_text(options->signer,
		    strlen(options->signer), &signers->account);
		if (status != BITMARK_OK)
			return complain_status("--signer", status);
	}
	if (options->linked == NULL)
		return EXIT_DONE;
	signers->linked = true;
	return record_input_load(options, SHAPE_RECORDS, options->linked,
	    &signers->input);
}

void
record_signers_free(struct record_signers *signers)
{
	if (signers->linked)
		record_input_free(&signers->input);
	signers->linked = false;
}

/* A link to a base record names an id that follows from its whole block.  When
 * the base record is all that --linked has, it is taken for the linked one. */
static const struct record_item *
only_base_record(const struct record_input *input)
{
	enum bitmark_record_tag tag;

	if (input->count != 1)
		return NULL;
	tag = input->items[0].record.tag;
	return tag == BITMARK_RECORD_BASE_DATA ||
	    tag == BITMARK_RECORD_FOUNDATION ? &input->items[0] : NULL;
}

/* --signer wins: the user may know more than the files. */
const struct bitmark_account *
record_signer(const struct record_signers *signers,
    const struct bitmark_record *record)
{
	const uint8_t *link = bitmark_record_link(record);
	const struct record_item *item = NULL;

	if (link == NULL)
		return record_own_signer(record);
	if (signers->given)
		return &signers->account;
	if (signers->linked) {
		item = record_input_find(&signers->input,
		    signers->input.count, link);
		if (item == NULL)
			item = only_base_record(&signers->input);
	}
	return item != NULL ? bitmark_record_owner(&item->record) : NULL;
}
