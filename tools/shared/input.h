/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * input - bytes that a person names on the command line.
 */
#ifndef SHARED_INPUT_H
#define SHARED_INPUT_H

#include <bitmarkpeer/base.h>

/* A file may hold bytes, or hex text in which white space does not count.  A
 * byte order mark, which editors of Windows put in front of a text, is left
 * out, but of INPUT_BYTES: no record begins with one. */
enum input_form {
	INPUT_ANY,                      /* hex text is decoded            */
	INPUT_TEXT,                     /* never hex                      */
	INPUT_BYTES,                    /* taken as it is                 */
};

/*
 * input_read(argument, form, size_max, data, size):
 * Read what ${argument} names: "-" is the standard input, "@FILE" or an
 * existing file is that file, anything else is hex digits.
 *
 *   size_max  bytes after decoding
 *   data      owned by the caller: free(); a byte of zero follows the last
 *
 * Gives an exit code, having complained.
 */
int input_read(const char *argument, enum input_form form, size_t size_max,
    uint8_t **data, size_t *size);

/* The same for what can only be a file or "-". */
int input_read_file(const char *path, enum input_form form, size_t size_max,
    uint8_t **data, size_t *size);

/* Hex digits alone, without a complaint: BITMARK_E_HEX says that they are
 * none.  Also returns BITMARK_E_LENGTH and BITMARK_E_NOMEM. */
bitmark_status input_hex(const char *text, size_t size_max, uint8_t **data,
    size_t *size);

#endif
