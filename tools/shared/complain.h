/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * complain - what went wrong, as lines "PROGRAM: message" on stderr.
 */
#ifndef SHARED_COMPLAIN_H
#define SHARED_COMPLAIN_H

#include <stdarg.h>

#include "shared/exit.h"

/* The name of the program, borrowed for ever. */
void complain_as(const char *program);

void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
void complain_list(const char *format, va_list list)
    __attribute__((format(printf, 1, 0)));

/* "WHAT: text of the status"; gives the exit code. */
int complain_status(const char *what, bitmark_status status);

/* The cause that the system gave in errno, or the text of ${status} if it gave
 * none; nothing may be called in between. */
const char *cause_text(bitmark_status status);

/*
 * The same of a file, for an error of bitmarkpeer/os.h: these leave the cause
 * that the system gave in errno, so nothing may be called in between.
 */
int complain_file(const char *path, bitmark_status status);

#endif
