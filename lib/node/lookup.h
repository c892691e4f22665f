/*
 * lookup - a thread that looks up the nodes of a domain, again and again.
 *
 * It waits for a server, within the bounds of net/dns.h, and for the time of
 * the next look-up; a stop ends either at once.  What it found is handed over
 * as one list; a newer one takes the place of a list that nobody has taken.
 */
#ifndef BM_NODE_LOOKUP_H
#define BM_NODE_LOOKUP_H

#include <bitmarkpeer/announce.h>

struct bm_lookup_config {
	const char *domain;
	const char *server;             /* "address:port"; NULL: those of the
	                                   system                          */
	uint64_t refresh_ms;            /* 0: while the records are good   */
	struct bitmark_env env;
};

/* The records of one answer. */
struct bm_found {
	size_t bad;                     /* that were passed over           */
	size_t count;                   /* of the others                   */
	struct bitmark_peer peer[];     /* no timestamps                   */
};

struct bm_lookup;

/*
 * bm_lookup_start(lookup, config):
 *   lookup   new; owned by the caller: bm_lookup_stop
 *   config   copied, with everything that it points to but env.user
 *
 * Returns BITMARK_OK, BITMARK_E_ARGUMENT (no domain), BITMARK_E_IP_ADDRESS or
 * BITMARK_E_PORT (the server), BITMARK_E_IO, BITMARK_E_THREAD or
 * BITMARK_E_NOMEM.
 */
BITMARK_MUSTUSE bitmark_status bm_lookup_start(struct bm_lookup **lookup,
    const struct bm_lookup_config *config);
void bm_lookup_stop(struct bm_lookup *lookup);

/* The newest list, owned by the caller: free(); NULL: it was taken already. */
struct bm_found *bm_lookup_take(struct bm_lookup *lookup);

/* Readable when there is a list, until bm_lookup_take. */
int bm_lookup_fd(const struct bm_lookup *lookup);

/* How long to wait after so many failures in a row, 1 and more; and after an
 * answer whose records are good for ${ttl_s}.  Milliseconds; at most INT_MAX,
 * which is what poll() can wait. */
uint64_t bm_lookup_retry_ms(unsigned failures, uint64_t refresh_ms);
uint64_t bm_lookup_refresh_ms(uint32_t ttl_s, uint64_t refresh_ms);

#endif
