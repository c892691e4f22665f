/*
 * host - the address of a host by its name, found on a thread of its own: the
 * system's resolver may take a minute, and nothing ends it before.
 *
 * Each question has a thread.  Who asked need not wait for it: what both share
 * goes with the one that lets go of it last.  A question belongs to one thread
 * at a time.
 */
#ifndef BM_NET_HOST_H
#define BM_NET_HOST_H

#include "net/resolve.h"

struct bm_host;

/*
 * bm_host_ask(host, name, wanted):
 * Begin to look up a name.
 *
 *   host     new; owned by the caller: bm_host_drop
 *   name     copied; shorter than BITMARK_HOST_NAME_MAX
 *   wanted   as bm_resolve_name
 *
 * Returns BITMARK_OK, BITMARK_E_NET (no descriptors, no thread) or
 * BITMARK_E_NOMEM.
 */
BITMARK_MUSTUSE bitmark_status bm_host_ask(struct bm_host **host,
    const char *name, enum bm_family wanted);

/* Can be read from when there is an answer. */
int bm_host_fd(const struct bm_host *host);

/* What bm_resolve_name returned, or BITMARK_E_BUSY: it has not yet. */
BITMARK_MUSTUSE bitmark_status bm_host_answer(struct bm_host *host,
    uint8_t address[16]);

/* Forget the question; does not wait. */
void bm_host_drop(struct bm_host *host);

#endif
