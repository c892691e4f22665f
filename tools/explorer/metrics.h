/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * metrics - what the explorer counts, as Prometheus reads it.
 */
#ifndef EXPLORER_METRICS_H
#define EXPLORER_METRICS_H

#include "explorer/from.h"
#include "explorer/out.h"

/* The whole text. */
void metrics_put(struct out *out, const struct answer_from *from);

#endif
