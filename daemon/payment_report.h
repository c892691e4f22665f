/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * payment_report - how far the currencies are looked through, for the status and
 * for the metrics.
 */
#ifndef DAEMON_PAYMENT_REPORT_H
#define DAEMON_PAYMENT_REPORT_H

#include <jansson.h>
#include <stdio.h>

#include "payment_watch.h"

/* Fields for the status; ${watch} may be NULL here and below. */
void payment_report(json_t *status, const struct payment_watch *watch);

/* Metrics of the currencies that are watched. */
void payment_metrics(FILE *file,
    const struct payment_watch_status status[BITMARK_CURRENCY_COUNT],
    const char *chain);

#endif
