/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Facts of one record that follow from its bytes alone.
 */
#ifndef TOOLS_RECORD_FACTS_H
#define TOOLS_RECORD_FACTS_H

#include <bitmarkpeer.h>

/* In the place of an enum bitmark_network: none is given. */
#define NETWORK_ANY (-1)

/* A record as it was found; everything is inside the input. */
struct record_item {
	struct bitmark_record record;
	struct bitmark_span packed;
	uint8_t id[BITMARK_TX_ID_SIZE];
};

/* "live" or "test"; static. */
const char *network_name(enum bitmark_network network);

/* The network that the accounts of a record name; false: it has none. */
bool record_network(const struct bitmark_record *record,
    enum bitmark_network *network);

/* The account that must have signed, as far as the record itself says so; else
 * NULL. */
const struct bitmark_account *record_own_signer(
    const struct bitmark_record *record);

/* Does the second signature alone fail? */
bool record_is_half_signed(const struct bitmark_record *record);

/* The account that must countersign, or NULL. */
const struct bitmark_account *record_countersigner(
    const struct bitmark_record *record);

#endif
