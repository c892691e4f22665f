/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * exit - exit codes of the programs, and which of them tells of a status.
 */
#ifndef SHARED_EXIT_H
#define SHARED_EXIT_H

#include <bitmarkpeer/base.h>

/* The same in all programs; each manual page lists those that it uses. */
enum exit_code {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,                /* none of the below              */
	EXIT_USAGE = 2,
	EXIT_NO_CONNECTION = 3,         /* includes time-outs             */
	EXIT_WRONG_KEY = 4,
	EXIT_WRONG_CHAIN = 5,
	EXIT_REMOTE = 6,                /* the node answered with an error*/
	EXIT_NOT_FOUND = 7,
	EXIT_BAD_DATA = 8,              /* bytes, text or files are wrong */
	EXIT_STORE = 9,                 /* the local store or file system */
	EXIT_NO_HOST = 68,              /* the name of a host cannot be
	                                   found; as in sysexits          */
	EXIT_CONFIG = 78,               /* the configuration is missing or
	                                   wrong; as in sysexits          */
};

int exit_code_of(bitmark_status status);

#endif
