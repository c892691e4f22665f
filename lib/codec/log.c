/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Log lines, finished before they leave the library. */
#include "codec/log.h"

#include <stdarg.h>
#include <stdio.h>

void
bm_log(const struct bitmark_env *env, enum bitmark_log_level level,
    const char *module, const char *format, ...)
{
	char line[BM_LOG_LINE_MAX];
	va_list args;
	int size;

	/* Formatting costs more than the test, and most lines go nowhere. */
	if (env == NULL || env->log == NULL)
		return;
	va_start(args, format);
	size = vsnprintf(line, sizeof line, format, args);
	va_end(args);
	if (size < 0)
		return;
	/* vsnprintf returns the length that the whole line would have had. */
	if ((size_t)size >= sizeof line)
		size = (int)sizeof line - 1;
	env->log(env->user, level, module, line, (size_t)size);
}

const char *
bm_log_outcome(bitmark_status status)
{
	return status == BITMARK_OK ? "done" : bitmark_strerror(status);
}
