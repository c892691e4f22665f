/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Records as all tools print them.
 */
#ifndef TOOLS_RECORD_PRINT_H
#define TOOLS_RECORD_PRINT_H

#include "record_facts.h"
#include "shared/json.h"

/* Columns of the longest name of a record, BitmarkTransferCountersigned. */
#define RECORD_NAME_WIDTH 28

/*
 * record_to_object(item, network, pay_id):
 * The record with its ids, as 'bitmark-record decode' prints it.
 *
 *   network  what a record is on that names none; or NETWORK_ANY
 *   pay_id   may be NULL
 *
 * NULL: no memory.
 */
json_t *record_to_object(const struct record_item *item, int network,
    const uint8_t *pay_id);

/* The rest of a line: name in so many columns, id, owner, name of an asset. */
void print_record(const struct record_item *item, int name_width);

#endif
