/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Finished log lines for the callback of struct bitmark_env.
 */
#ifndef BM_LOG_H
#define BM_LOG_H

#include <bitmarkpeer/base.h>

/* Longest line; longer ones are cut.  Bytes. */
#define BM_LOG_LINE_MAX 512

/* Hand one line to env->log; nothing when env or its log is NULL. */
void bm_log(const struct bitmark_env *env, enum bitmark_log_level level,
    const char *module, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The text of an outcome that may be good: "done" in place of "success", which
 * would read like the reason of a failure. */
const char *bm_log_outcome(bitmark_status status);

#endif
