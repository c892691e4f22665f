/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * upstream - for lib/node: reading the reply to an R that was sent beside the
 * session.
 */
#ifndef BM_PROTOCOL_UPSTREAM_H
#define BM_PROTOCOL_UPSTREAM_H

#include <bitmarkpeer/upstream.h>

/*
 * bm_upstream_check_register(upstream, reply, update):
 * Read the reply to an R that ${upstream} sent, or that was sent in its place.
 *
 *   reply    event of type BITMARK_UPSTREAM_EV_REPLY; only its frames are read
 *   update   only has_peer and peer are set: the third node that was named
 *
 * Returns BITMARK_OK, BITMARK_E_REMOTE or BITMARK_E_PEER_RESPONSE.
 */
BITMARK_MUSTUSE bitmark_status bm_upstream_check_register(
    const struct bitmark_upstream *upstream,
    const struct bitmark_upstream_event *reply,
    struct bitmark_upstream_update *update);

#endif
