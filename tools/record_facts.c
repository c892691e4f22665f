#include "record_facts.h"

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
