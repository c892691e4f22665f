/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* The line of a dump that is being made. */
#include "chain/dump_impl.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Fields of the line that is being made.  Every one of them is bounded, so
 * that a line always fits. */

void
bm_dump_text(struct bm_dump *d, const char *text)
{
	size_t size = strlen(text);

	if (size + 1 > sizeof d->line - d->size)
		return;
	if (d->size != 0)
		d->line[d->size++] = ' ';
	memcpy(d->line + d->size, text, size);
	d->size += size;
}

void
bm_dump_number(struct bm_dump *d, uint64_t number)
{
	char text[24];

	snprintf(text, sizeof text, "%" PRIu64, number);
	bm_dump_text(d, text);
}

void
bm_dump_crc(struct bm_dump *d, uint64_t crc)
{
	char text[24];

	snprintf(text, sizeof text, "%016" PRIx64, crc);
	bm_dump_text(d, text);
}

/* At most 128 bytes; nothing here is longer. */
void
bm_dump_hex(struct bm_dump *d, const uint8_t *data, size_t size)
{
	char text[2 * 128 + 1];

	if (size >= sizeof text / 2)
		return;
	bitmark_hex_encode(data, size, text);
	bm_dump_text(d, text);
}

/* One call for each line: the caller may write to a pipe that is closed, and
 * then the work ends. */
bitmark_status
bm_dump_end_line(struct bm_dump *d)
{
	size_t size = d->size;

	d->line[size++] = '\n';
	d->size = 0;
	d->lines++;
	return d->write(d->user, d->line, size) == 0 ?
	    BITMARK_OK : BITMARK_E_IO;
}

void
bm_dump_account(struct bm_dump *d, const struct bitmark_account *account)
{
	uint8_t packed[BITMARK_ACCOUNT_PACKED_MAX];

	bm_dump_hex(d, packed, bitmark_account_pack(account, packed));
}
