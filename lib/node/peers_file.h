/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * peers_file - the known peers, kept in a file from run to run.
 *
 * The owner thread's.  Used by peers alone.  Source: bitmarkd v8.2
 * announce/store.go
 */
#ifndef BM_NODE_PEERS_FILE_H
#define BM_NODE_PEERS_FILE_H

#include "node/state.h"
#include "node/table.h"

/* The first three are set by its owner, and must outlive it; the rest is all
 * zero at first. */
struct bm_peers_file {
	const struct bm_settings *settings;
	const struct bm_now *now;
	struct bm_table *table;
	uint64_t compare_at_ms;         /* the file with the table         */
	uint64_t save_at_ms;            /* whether it differs or not       */
	uint64_t saved;                 /* sum of what was saved           */
	bool failed;                    /* the last save did               */
};

/* Read the file into the table. */
void bm_peers_file_begin(struct bm_peers_file *file);
/* Write the file when that is due, at compare_at_ms, and the table has changed. */
void bm_peers_file_run(struct bm_peers_file *file);
/* Write the file. */
void bm_peers_file_save(struct bm_peers_file *file);

#endif
