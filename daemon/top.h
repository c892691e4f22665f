/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * top - the live view of a node: what it last told, and the last minute, as
 * lines of text.  Knows no terminal.
 *
 * Used by one thread.
 */
#ifndef DAEMON_TOP_H
#define DAEMON_TOP_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Samples that are kept: a bar for each. */
#define TOP_SAMPLES 60

/* The newest one is the last. */
struct top_series {
	double value[TOP_SAMPLES];
	size_t count;
};

/* All zero at first; to be ended by top_fini. */
struct top {
	json_t *status;                 /* last told; NULL: nothing yet    */
	json_t *connections;
	uint64_t at_ms;                 /* when                            */
	struct top_series blocks;       /* a second                        */
	struct top_series digests;      /* a second                        */
	struct top_series requests;     /* answered, a second              */
	struct top_series waiting;      /* transactions                    */
};

/* The terminal. */
struct top_style {
	size_t rows, columns;
	bool color;
	bool utf8;                      /* bars of eight heights           */
};

/* Take in what the node tells now, which is taken from the caller. */
void top_add(struct top *top, json_t *status, json_t *connections,
    uint64_t now_ms);
void top_fini(struct top *top);

/* The view: at most style->rows lines of at most style->columns characters.
 * NULL: no memory.  Owned by the caller: free. */
char *top_draw(const struct top *top, const struct top_style *style);

/* One line, for what is no terminal; as top_draw. */
char *top_line(const struct top *top);

#endif
