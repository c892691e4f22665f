/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * log - where the daemon's lines go: stderr, the system's log or a file.
 *
 *   2026-01-02T03:04:05.678Z INFO sync: text
 *
 * Lines may come from any thread.  On a terminal one live line, which is
 * drawn again and again, can stand below them.
 */
#ifndef DAEMON_LOG_H
#define DAEMON_LOG_H

#include "shared/config.h"

struct log;

/*
 * log_open(log, config, error):
 * Open what ${config} names.
 *
 *   log      new; owned by the caller: log_close
 *   config   borrowed until log_close
 */
bool log_open(struct log **log, const struct config *config,
    char error[CONFIG_ERROR_MAX]);

void log_close(struct log *log);

/* Open the file anew, for those who moved it away.  When that fails the old
 * one stays, and says so. */
void log_reopen(struct log *log);

/* One line, if its module's level lets it pass; a bitmark_log_fn.  Control
 * characters come out as '?': others have a hand in the text. */
void log_line(void *log, enum bitmark_log_level level, const char *module,
    const char *line, size_t line_size);

/* A finished line of the daemon itself. */
void log_text(struct log *log, enum bitmark_log_level level,
    const char *module, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Is stderr a terminal, where a live line can be seen? */
bool log_is_live(const struct log *log);

/* Draw the live line; "" takes it away.  Only if log_is_live. */
void log_live(struct log *log, const char *text);

#endif
