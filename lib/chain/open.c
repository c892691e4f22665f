/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Opening a chain for a program: no writer goes on from blocks that nothing
 * proves. */
#include <errno.h>

#include "chain/chain.h"
#include "chain/trust.h"

bitmark_status
bitmark_chain_open(struct bitmark_chain **chain,
    const struct bitmark_chain_config *config)
{
	bitmark_status status = bm_chain_open(chain, config);

	if (status == BITMARK_OK &&
	    (*chain)->store.access == BITMARK_CHAIN_WRITE)
		status = bm_chain_trust_opened(*chain);
	if (status != BITMARK_OK) {
		int cause = errno;

		bitmark_chain_close(*chain);
		*chain = NULL;
		errno = cause;
	}
	return status;
}
