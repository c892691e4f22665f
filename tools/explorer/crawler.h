/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * crawler - the thread that keeps a finder in step with a store.
 */
#ifndef EXPLORER_CRAWLER_H
#define EXPLORER_CRAWLER_H

#include "explorer/finder.h"
#include "explorer/store.h"

struct crawler;

/* Start; both are borrowed.  NULL: no memory, or no thread. */
struct crawler *crawler_open(struct store *store, struct finder *finder);
void crawler_close(struct crawler *crawler);

/* Look whether there are new blocks; now and then. */
void crawler_tick(struct crawler *crawler);

#endif
