/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Structs of callers that were compiled with another release's headers.
 *
 * Such a struct begins with its own size, as the caller knows it, and only grows
 * at its end.  Members that both sides know are copied.  A member that only one
 * side knows is zero for the other, and every such member takes that as "not
 * given".
 */
#include "codec/sized.h"

#include <string.h>

/* The caller's struct_size; its place is the same in every such struct. */
static size_t
size_of(const void *theirs)
{
	size_t size;

	/* The type is not known here, so the member is copied, not read. */
	memcpy(&size, theirs, sizeof size);
	return size;
}

bool
bm_sized_fits(const void *theirs, size_t first)
{
	return theirs != NULL && size_of(theirs) >= first;
}

bitmark_status
bm_sized_in(void *ours, size_t size, const void *theirs, size_t first)
{
	size_t given;

	if (!bm_sized_fits(theirs, first))
		return BITMARK_E_ARGUMENT;
	given = size_of(theirs);
	/* An older caller's struct ends earlier: nothing behind it is read. */
	memcpy(ours, theirs, given < size ? given : size);
	if (given < size)
		memset((uint8_t *)ours + given, 0, size - given);
	memcpy(ours, &size, sizeof size);
	return BITMARK_OK;
}

bitmark_status
bm_sized_out(void *theirs, const void *ours, size_t size, size_t first)
{
	size_t given;

	if (!bm_sized_fits(theirs, first))
		return BITMARK_E_ARGUMENT;
	given = size_of(theirs);
	memcpy(theirs, ours, given < size ? given : size);
	if (given > size)
		memset((uint8_t *)theirs + size, 0, given - size);
	/* The caller's size was overwritten by ours. */
	memcpy(theirs, &given, sizeof given);
	return BITMARK_OK;
}

void *
bm_sized_at(const void *array, size_t index)
{
	return (uint8_t *)(uintptr_t)array + index * size_of(array);
}

uint64_t
bm_or_default(uint64_t value, uint64_t standard)
{
	return value != 0 ? value : standard;
}
