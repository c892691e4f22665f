/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The file of known peers: read at the start, kept current while the node runs.
 */
#include "node/peers_file.h"

#include <bitmarkpeer/os.h>
#include <bitmarkpeer/peer_file.h>

#include <stdlib.h>

#include "codec/log.h"

#define MODULE "announcer"
#define FILE_MODE 0600
/* The file is compared with the table every so many cycles, and written when a
 * peer was added, removed or has moved.  It is also written as often as this
 * node announces itself, so that the times in it stay current. */
#define SAVE_CYCLES 4
/* Source: FNV-1a, 64 bits */
#define FNV_OFFSET UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

/* A peer file that is not a regular file, such as /dev/null or a pipe, is
 * neither read nor replaced: reading a pipe would wait for its writer. */
static bool
has_file(const struct bm_settings *settings)
{
	return settings->peer_file != NULL &&
	    !bitmark_file_is_special(settings->peer_file);
}

/* The first start has no file, which is normal and not logged.  A file that
 * cannot be read is logged, but does not keep the node from starting: its peers
 * are only hints, and it is written anew at the end. */
static void
restore(struct bm_peers_file *f)
{
	const struct bm_settings *settings = f->settings;
	struct bitmark_peer_file_counts counts = {
		.struct_size = sizeof counts,
	};
	uint8_t *text;
	size_t size;
	bitmark_status status;

	if (!has_file(settings))
		return;
	status = bitmark_file_read(settings->peer_file,
	    BITMARK_PEER_FILE_MAX, &text, &size);
	if (status == BITMARK_E_NOT_FOUND)
		return;
	if (status == BITMARK_OK) {
		status = bitmark_peer_file_restore(
		    bm_table_lock(f->table), (const char *)text, size,
		    f->now->s, &counts);
		bm_table_unlock(f->table);
		free(text);
	}
	bm_log(&f->settings->env, status == BITMARK_OK ? BITMARK_LOG_INFO :
	    BITMARK_LOG_WARN, MODULE, "%s: %zu peers taken, %zu skipped: %s",
	    settings->peer_file, counts.taken, counts.skipped,
	    bm_log_outcome(status));
}

static uint64_t
add_bytes(uint64_t sum, const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		sum = (sum ^ bytes[i]) * FNV_PRIME;
	return sum;
}

/* A number that changes with the keys and addresses of the table, not with the
 * times: these change with each announcement, and a file that is a few minutes
 * old is as good as a new one. */
static uint64_t
sum_up(const struct bitmark_announce *table)
{
	const size_t count = bitmark_announce_count(table);
	uint64_t sum = FNV_OFFSET;

	for (size_t i = 0; i < count; i++) {
		const struct bitmark_peer *peer = bitmark_announce_at(table, i);

		sum = add_bytes(sum, peer->key, sizeof peer->key);
		sum = add_bytes(sum, peer->connections,
		    peer->connections_size);
	}
	return sum;
}

/* A failure to save, on a full disk for example, is logged once and not with
 * each attempt. */
static void
tell_saved(struct bm_peers_file *f, bitmark_status status)
{
	if (status != BITMARK_OK && !f->failed)
		bm_log(&f->settings->env, BITMARK_LOG_ERROR, MODULE, "%s: %s",
		    f->settings->peer_file, bitmark_strerror(status));
	f->failed = status != BITMARK_OK;
}

/* The text is made with the lock held and written without it: a disk may take
 * seconds, and the listener's thread needs the table to answer a registration.
 * A table without peers leaves the old file, which may still be of use. */
void
bm_peers_file_save(struct bm_peers_file *f)
{
	const struct bm_settings *settings = f->settings;
	const struct bitmark_announce *table;
	char *text = NULL;
	size_t size = 0;
	uint64_t sum;
	bitmark_status status;

	if (!has_file(settings))
		return;
	table = bm_table_lock(f->table);
	sum = sum_up(table);
	status = bitmark_peer_file_format(table, &text, &size);
	bm_table_unlock(f->table);
	if (status == BITMARK_E_NOT_FOUND)
		return;
	if (status == BITMARK_OK)
		status = bitmark_file_replace(settings->peer_file, FILE_MODE,
		    text, size);
	free(text);
	if (status == BITMARK_OK)
		f->saved = sum;
	tell_saved(f, status);
}

/* The file is also written while the node runs, because a process that is
 * killed or a machine that loses power never gets to the save at the end. */
void
bm_peers_file_run(struct bm_peers_file *f)
{
	uint64_t sum;

	if (f->now->ms < f->compare_at_ms)
		return;
	f->compare_at_ms = f->now->ms + SAVE_CYCLES *
	    f->settings->cycle_ms;
	if (!has_file(f->settings))
		return;
	sum = sum_up(bm_table_lock(f->table));
	bm_table_unlock(f->table);
	if (sum == f->saved && f->now->ms < f->save_at_ms)
		return;
	f->save_at_ms = f->now->ms + f->settings->announce_interval_ms;
	bm_peers_file_save(f);
}

void
bm_peers_file_begin(struct bm_peers_file *f)
{
	restore(f);
	f->compare_at_ms = f->now->ms + SAVE_CYCLES * f->settings->cycle_ms;
	f->save_at_ms = f->now->ms + f->settings->announce_interval_ms;
}
