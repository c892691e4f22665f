/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The texts and names of the one table of errors in base.h.  The switches are
 * made from that table, so that a status without a text cannot exist; two rows
 * with one number would not compile.
 */
#include <bitmarkpeer/base.h>

#include <stdlib.h>

const char *
bitmark_strerror(bitmark_status status)
{
	switch (status) {
#define STATUS_TEXT(name, number, text) \
	case name: \
		return text;
	BITMARK_STATUS_TABLE(STATUS_TEXT)
#undef STATUS_TEXT
	/* A status is an int, and may come from a newer library. */
	default:
		return "unknown status";
	}
}

const char *
bitmark_status_name(bitmark_status status)
{
	switch (status) {
#define STATUS_NAME(name, number, text) \
	case name: \
		return #name;
	BITMARK_STATUS_TABLE(STATUS_NAME)
#undef STATUS_NAME
	default:
		return NULL;
	}
}

const char *
bitmark_version(void)
{
	return BITMARK_VERSION;
}

uint32_t
bitmark_version_number(void)
{
	return BITMARK_VERSION_NUMBER;
}

void
bitmark_free(void *memory)
{
	free(memory);
}
