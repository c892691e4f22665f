/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Filters of subscribe: by kind of event, by account and by asset.
 */
#ifndef TOOLS_PEER_FILTER_H
#define TOOLS_PEER_FILTER_H

#include "peer.h"

struct peer_filter;

/* Made of the options; NULL: a wrong option was complained of.  Owned by the
 * caller: peer_filter_free. */
struct peer_filter *peer_filter_new(const struct peer_options *options);
void peer_filter_free(struct peer_filter *filter);

/* Are events of this name shown? */
bool peer_filter_event(const struct peer_filter *filter, const char *name);

/* Are records chosen, by account or asset? */
bool peer_filter_chooses(const struct peer_filter *filter);

/* Does the record concern the account and the asset?  Records have to come in
 * their order, each of them: what a transfer is of follows from the one before
 * it. */
bool peer_filter_record(struct peer_filter *filter,
    const struct bitmark_record *record,
    const uint8_t tx_id[BITMARK_TX_ID_SIZE]);

#endif
