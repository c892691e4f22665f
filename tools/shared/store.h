/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * store - what all programs say of a store that cannot be opened.
 */
#ifndef SHARED_STORE_H
#define SHARED_STORE_H

#include <bitmarkpeer/chain.h>

/* Longest text of the next, with NUL: two paths.  Bytes. */
#define STORE_TEXT_MAX 9216

/*
 * store_rules_text(path, params, rules, text):
 * The store at ${path} follows other rules than ${rules}, which were asked for:
 * which these are, and the command that rebuilds it.  Gives ${text}.
 */
const char *store_rules_text(const char *path,
    const struct bitmark_chain_params *params,
    const struct bitmark_rules *rules, char text[STORE_TEXT_MAX]);

#endif
