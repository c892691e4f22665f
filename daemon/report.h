/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * report - what a running node can tell, as JSON.
 */
#ifndef DAEMON_REPORT_H
#define DAEMON_REPORT_H

#include <bitmarkpeer/node.h>

#include <jansson.h>

#include "services_counts.h"

/* The words of bitmarkd for its modes; static. */
const char *report_mode(enum bitmark_mode mode);

/* Objects and arrays for bitmarkd-c(8), owned by the caller; NULL: no memory,
 * or the node is stopping. */
json_t *report_status(struct bitmark_node *node, const char *chain,
    const struct services_counts *services);
json_t *report_peers(struct bitmark_node *node);
json_t *report_connections(struct bitmark_node *node);
/* Without the ${start} oldest transactions.  ${packed} above 0: with the bytes of
 * the records, and no more of them than that. */
json_t *report_reservoir(struct bitmark_node *node, size_t start,
    size_t packed);

/* Where a peer listens, as texts; owned by the caller. */
json_t *report_addresses(const struct bitmark_peer *peer);

/* Where a transaction is. */
json_t *report_place(const uint8_t tx_id[BITMARK_TX_ID_SIZE],
    const struct bitmark_tx_place *place);

/* The result of issues or a transfer: ids, and what is to be paid. */
json_t *report_unit(enum bitmark_submission what,
    const struct bitmark_unit_result *result);

#endif
