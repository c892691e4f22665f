/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * mine_show - what a miner tells: a line for each event, for people or as JSON.
 */
#ifndef TOOLS_MINE_SHOW_H
#define TOOLS_MINE_SHOW_H

#include <bitmarkpeer.h>

/* Counts since the start. */
struct mine_counts {
	uint64_t tried;                 /* digests                          */
	uint64_t accepted, refused;     /* nonces                           */
	uint64_t bad_jobs;              /* that could not be read           */
	uint64_t again;                 /* submissions sent again           */
};

/* "connected", "lost", "stale", "bad job", "bad reply" */
void mine_show_event(bool json, const char *event);
void mine_show_job(bool json, const struct bitmark_job *job);
/* A reply: was the nonce good? */
void mine_show_reply(bool json, bool ok, const char *job);
void mine_show_rate(bool json, double digests_per_s,
    const struct mine_counts *counts);

#endif
