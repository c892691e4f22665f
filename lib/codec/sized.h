/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Structs that begin with struct_size and may grow from release to release:
 * the one place that copies them in and out (base.h, Structs that grow).
 */
#ifndef BM_SIZED_H
#define BM_SIZED_H

#include <bitmarkpeer/base.h>

/*
 * Bytes of a struct up to and including one member: the last one that the
 * struct had in the first release that knew it, so that this size stays when
 * members are added behind it.
 */
#define BM_SIZE_TO(type, member) \
	(offsetof(type, member) + sizeof ((type *)0)->member)

/*
 * Copy the caller's struct into ${ours}, which is then as large as this
 * release knows it; members that the caller's does not have are 0.
 *
 *   first    smallest size that is accepted: BM_SIZE_TO
 *
 * Returns BITMARK_OK, or BITMARK_E_ARGUMENT (no struct, or too small).
 */
bitmark_status bm_sized_in(void *ours, size_t size, const void *theirs,
    size_t first);

/*
 * Copy ${ours} into the caller's struct as far as that reaches; its
 * struct_size stays, and bytes beyond ${size} become 0.
 *
 * Returns as bm_sized_in.
 */
bitmark_status bm_sized_out(void *theirs, const void *ours, size_t size,
    size_t first);

/* A member of a configuration, where 0 means that it is not given. */
uint64_t bm_or_default(uint64_t value, uint64_t standard);

/* Is the struct large enough?  For calls that must know before they act. */
bool bm_sized_fits(const void *theirs, size_t first);

/* Element ${index} of the caller's array, by the distance that the first one
 * names.  It may be written when the array may. */
void *bm_sized_at(const void *array, size_t index);

/*
 * The last member of each struct in the release that had it first.  A line
 * never changes again: it is the promise to programs that were compiled then.
 * The list is only of names; this room sees none of these structs.
 *
 * A struct that ends with a small member has padding behind it, which counts
 * in struct_size and holds anything.  A member that is added must begin behind
 * that padding, as one with the size of a pointer does: tests/abi looks.
 */
#define BM_LAST_bitmark_client_config env
#define BM_LAST_bitmark_info height
#define BM_LAST_bitmark_subscriber_config env
#define BM_LAST_bitmark_job_client_config env
#define BM_LAST_bitmark_job_notice data
#define BM_LAST_bitmark_job_client_stats passed_over
#define BM_LAST_bitmark_notice parameter
#define BM_LAST_bitmark_follower_config env
#define BM_LAST_bitmark_follower_event notice
#define BM_LAST_bitmark_record_context offset
#define BM_LAST_bitmark_digest_config arena_idle_ms
#define BM_LAST_bitmark_digest_stats arenas
#define BM_LAST_bitmark_digest_job user
#define BM_LAST_bitmark_connector_config env
#define BM_LAST_bitmark_connector_event digest
#define BM_LAST_bitmark_connector_status late
#define BM_LAST_bitmark_upstream_config pause_ms
#define BM_LAST_bitmark_upstream_event fetch
#define BM_LAST_bitmark_upstream_counters late
#define BM_LAST_bitmark_view digest
#define BM_LAST_bitmark_peer_file_counts skipped
#define BM_LAST_bitmark_dispatch_node user
#define BM_LAST_bitmark_chain_config map_bytes
#define BM_LAST_bitmark_prepared refused
#define BM_LAST_bitmark_confirmed record
#define BM_LAST_bitmark_owned owned_block
#define BM_LAST_bitmark_copy offset
#define BM_LAST_bitmark_share_total offset
#define BM_LAST_bitmark_share_balance since
#define BM_LAST_bitmark_journal each
#define BM_LAST_bitmark_counts used_bytes
#define BM_LAST_bitmark_node_config env
#define BM_LAST_bitmark_node_peer address
#define BM_LAST_bitmark_node_proofing interval_ms
#define BM_LAST_bitmark_node_status seconds_left
#define BM_LAST_bitmark_tx_place digest
#define BM_LAST_bitmark_reservoir_config user
#define BM_LAST_bitmark_reservoir_limits orphans
#define BM_LAST_bitmark_asset_result relay
#define BM_LAST_bitmark_unit_result relay
#define BM_LAST_bitmark_paid count
#define BM_LAST_bitmark_reservoir_counts expired
#define BM_LAST_bitmark_import refused
#define BM_LAST_bitmark_grind_config user
#define BM_LAST_bitmark_miner payments
#define BM_LAST_bitmark_base packed
#define BM_LAST_bitmark_template_config bytes_max
#define BM_LAST_bitmark_template_counts no_room
#define BM_LAST_bitmark_attempt input
#define BM_LAST_bitmark_job header
#define BM_LAST_bitmark_mine workers
#define BM_LAST_bitmark_mined order

#define BM_FIRST_SIZE(name) BM_SIZE_OF(name, BM_LAST_##name)
#define BM_SIZE_OF(name, last) BM_SIZE_TO(struct name, last)

/* The calls above for struct ${name} of a public header. */
#define BM_IN(name, ours, theirs) \
	bm_sized_in(ours, sizeof(struct name), theirs, BM_FIRST_SIZE(name))
#define BM_OUT(name, theirs, ours) \
	bm_sized_out(theirs, ours, sizeof(struct name), BM_FIRST_SIZE(name))
#define BM_FITS(name, theirs) bm_sized_fits(theirs, BM_FIRST_SIZE(name))

#endif
