/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * quote - text of a stranger made fit for a reply or a log line.
 */
#ifndef BM_PROTOCOL_QUOTE_H
#define BM_PROTOCOL_QUOTE_H

#include "codec/codec.h"

/* Most bytes that one byte of text becomes: \xNN. */
#define BM_QUOTE_GROWTH 4

/*
 * bm_quote(w, text):
 * Write ${text} as Go quotes a string, without the quotes around it.
 * Source: Go strconv Quote
 */
void bm_quote(struct bm_writer *w, struct bitmark_span text);

#endif
