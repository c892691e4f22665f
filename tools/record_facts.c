/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The signer of a record follows from its kind.  A record with a link is signed
 * by the owner of the linked record, whom only the chain or the user knows.
 */
#include "record_facts.h"

/* Accounts know two networks only: every chain but the live one is a test. */
const char *
network_name(enum bitmark_network network)
{
	switch (network) {
	case BITMARK_NETWORK_LIVE:
		return "live";
	case BITMARK_NETWORK_TEST:
		return "test";
	}
	return "unknown";
}

/* The owner of an issue or asset signs it; a grant and a swap name theirs. */
const struct bitmark_account *
record_own_signer(const struct bitmark_record *record)
{
	if (record->tag == BITMARK_RECORD_GRANT)
		return &record->grant.owner;
	if (record->tag == BITMARK_RECORD_SWAP)
		return &record->swap.owner_one;
	return bitmark_record_link(record) == NULL ?
	    bitmark_record_owner(record) : NULL;
}

/* The account that receives agrees by the second signature. */
const struct bitmark_account *
record_countersigner(const struct bitmark_record *record)
{
	if (record->tag == BITMARK_RECORD_GRANT)
		return &record->grant.recipient;
	if (record->tag == BITMARK_RECORD_SWAP)
		return &record->swap.owner_two;
	return bitmark_record_is_countersigned(record->tag) ?
	    bitmark_record_owner(record) : NULL;
}

/* The accounts of one record are all of one network. */
bool
record_network(const struct bitmark_record *record,
    enum bitmark_network *network)
{
	const struct bitmark_account *account = record_own_signer(record);

	if (account == NULL)
		account = bitmark_record_owner(record);
	if (account == NULL)
		return false;
	*network = (enum bitmark_network)account->network;
	return true;
}

bool
record_is_half_signed(const struct bitmark_record *record)
{
	return bitmark_record_is_countersigned(record->tag) &&
	    record->signature.size != 0 && record->countersignature.size == 0;
}
