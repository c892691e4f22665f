/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Complaints go to stderr, which is not buffered, so that a person sees them at
 * once.
 */
#include "shared/complain.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Set once, before any thread is started. */
static const char *program_name = "?";

/* Called once, before the first thread: no lock guards the name. */
void
complain_as(const char *program)
{
	program_name = program;
}

/* stderr is not buffered, so the three calls are three writes; programs
 * complain from one thread. */
void
complain_list(const char *format, va_list list)
{
	fprintf(stderr, "%s: ", program_name);
	vfprintf(stderr, format, list);
	fputc('\n', stderr);
}

void
complain(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	complain_list(format, list);
	va_end(list);
}

/* The text of a status is a sentence without its subject: ${what} is that. */
int
complain_status(const char *what, bitmark_status status)
{
	complain("%s: %s", what, bitmark_strerror(status));
	return exit_code_of(status);
}

/* A cause that the system gave says more than the status: which of the many
 * reasons why a file cannot be read or written it is.  Without one errno is 0,
 * whose text is "Success". */
const char *
cause_text(bitmark_status status)
{
	return errno == 0 || status == BITMARK_E_NOMEM ?
	    bitmark_strerror(status) : strerror(errno);
}

/* The exit code tells the file system apart from a file that was read and is
 * wrong. */
int
complain_file(const char *path, bitmark_status status)
{
	if (errno == 0 || status == BITMARK_E_NOMEM)
		return complain_status(path, status);
	complain("%s: %s", path, strerror(errno));
	return EXIT_STORE;
}
