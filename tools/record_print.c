/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Records as JSON, which the library makes, and as lines. */
#include "record_print.h"

#include <stdio.h>

#include "shared/output.h"

/* The network that the command line gives counts for a record that names no
 * account. */
json_t *
record_to_object(const struct record_item *item, int network,
    const uint8_t *pay_id)
{
	const enum bitmark_network given = (enum bitmark_network)network;
	const struct bitmark_record_context context = {
		.struct_size = sizeof context,
		.packed = item->packed, .pay_id = pay_id,
		.network = network == NETWORK_ANY ? NULL : &given,
	};
	char *text;

	return bitmark_record_describe(&item->record, &context, &text,
	    NULL) == BITMARK_OK ? json_from_text(text) : NULL;
}

/* The owner; both parties of a grant or swap; nothing of a share record, whose
 * owner is that of the linked record. */
static void
print_owners(const struct bitmark_record *record)
{
	const struct bitmark_account *owner = bitmark_record_owner(record);
	char account[BITMARK_ACCOUNT_TEXT_MAX] = "-";

	if (owner == NULL)
		owner = record_own_signer(record);
	if (owner != NULL)
		bitmark_account_to_text(owner, account);
	fputs(account, stdout);
	if (record->tag != BITMARK_RECORD_GRANT &&
	    record->tag != BITMARK_RECORD_SWAP)
		return;
	bitmark_account_to_text(record_countersigner(record), account);
	printf(" %s %s", record->tag == BITMARK_RECORD_GRANT ? "->" : "<->",
	    account);
}

/* Names of assets are texts of strangers: they are escaped. */
void
print_record(const struct record_item *item, int name_width)
{
	const struct bitmark_record *record = &item->record;
	char id[2 * BITMARK_TX_ID_SIZE + 1];

	bitmark_hex_encode(item->id, sizeof item->id, id);
	printf("%-*s  %s  ", name_width, bitmark_record_name(record->tag), id);
	print_owners(record);
	if (record->tag == BITMARK_RECORD_ASSET) {
		fputs("  \"", stdout);
		print_text(stdout, record->asset.name.data,
		    record->asset.name.size);
		putchar('"');
	}
	putchar('\n');
}
