/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* transaction - hands records in, and sees through what becomes of them. */
#ifndef TRANSACTION_H
#define TRANSACTION_H

#include <jansson.h>

/* All have the path of the daemon's control socket first.  int: 0, or -1 when
 * stderr says why. */

/* Hand in packed records, or a proof, as hex digits.  The daemon's reply, owned
 * by the caller; NULL: stderr says why. */
json_t *transaction_ask(const char *node, const char *hex);

/* The same where the reply tells nothing more than that they were taken. */
int transaction_submit(const char *node, const char *hex);

/* Do the work for the issue that ${issue} is the reply to, and hand it in. */
int transaction_prove(const char *node, json_t *issue);

/* Print what the transfer that ${transfer} is the reply to costs.  ${currency} is
 * that in which it was paid, and the node is told so; NULL: the node will see the
 * payment by itself. */
int transaction_pay(const char *node, json_t *transfer, const char *currency);

/* Wait until the transaction of ${reply} is in a block. */
int transaction_follow(const char *node, json_t *reply);

#endif
