/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * fold - text of which upper and lower case are the same, for searching.
 */
#ifndef EXPLORER_FOLD_H
#define EXPLORER_FOLD_H

#include <bitmarkpeer/codec.h>

/* Bytes that so many may become: some letters are longer in lower case. */
#define FOLD_ROOM(size) (2 * (size) + 4)

/* Write ${text} in lower case, in UTF-8, to ${out}; gives its size.  A byte that
 * is no UTF-8 stays as it is.  Any thread. */
size_t fold(struct bitmark_span text, char *out);

#endif
