/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* answer - prints what the index says. */
#ifndef ANSWER_H
#define ANSWER_H

#include "database.h"

/*
 * ${question} is "owner", and ${text} an account: what it has now, and its
 * balances of shares; "asset" and an id: what is known of it, and who has its
 * bitmarks; or "history" and the id of an issue: all who had it, and who holds
 * how many of its shares.  0, or -1: stderr says why.
 */
int answer(struct database *database, const char *question,
    const char *text);

#endif
