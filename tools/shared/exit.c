/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Exit codes by status, in one switch for all programs: the same failure has
 * the same code everywhere.
 */
#include "shared/exit.h"

/* Statuses with one remedy share a code. A status that is not named here gets
 * the code of its range in base.h. */
int
exit_code_of(bitmark_status status)
{
	switch (status) {
	case BITMARK_OK:
		return EXIT_DONE;
	case BITMARK_E_TIMEOUT:
	case BITMARK_E_NO_CONNECTION:
	case BITMARK_E_NET:
	case BITMARK_E_WRONG_PORT:
		return EXIT_NO_CONNECTION;
	case BITMARK_E_HOST_NOT_FOUND:
		return EXIT_NO_HOST;
	case BITMARK_E_WRONG_SERVER_KEY:
		return EXIT_WRONG_KEY;
	case BITMARK_E_INVALID_CHAIN:
	case BITMARK_E_INCORRECT_CHAIN:
	case BITMARK_E_STORE_CHAIN:
		return EXIT_WRONG_CHAIN;
	case BITMARK_E_REMOTE:
		return EXIT_REMOTE;
	case BITMARK_E_BLOCK_NOT_FOUND:
	case BITMARK_E_NOT_FOUND:
		return EXIT_NOT_FOUND;
	case BITMARK_E_KEY_FILE_NOT_FOUND:
	case BITMARK_E_KEY_FILE_EXISTS:
	case BITMARK_E_READONLY:
	case BITMARK_E_STORE_RULES:
		return EXIT_STORE;
	}
	/* The rest goes by the ranges of base.h. */
	if (status <= BITMARK_E_NOT_PUBLIC_KEY && status > BITMARK_E_STORE)
		return EXIT_BAD_DATA;
	if (status <= BITMARK_E_STORE && status >= BITMARK_E_IO)
		return EXIT_STORE;
	return EXIT_FAILED;
}
