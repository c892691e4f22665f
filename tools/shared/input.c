/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A file is read whole, with a bound.  When it has nothing but hex digits and
 * white space it is taken for hex text; the keys and signatures of a packed
 * record have bytes of all values, so that it does not look so by chance.
 */
#include "shared/input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bitmarkpeer/codec.h>
#include <bitmarkpeer/os.h>

#include "shared/complain.h"

/* Hex text may be this many times as long as its digits, and this much
 * longer.  Source: local choice. */
#define SPACE_FACTOR 2
#define SPACE_MORE 65536
/* Characters of an argument that a message repeats: hex can be very long. */
#define NAME_SHOWN 256

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/* Not isspace, whose answer depends on the locale. */
static bool
is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Both cases, as programs print either. */
static bool
is_hex_digit(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
	    (c >= 'A' && c <= 'F');
}

/* An empty file is none. */
static bool
is_hex_text(const uint8_t *data, size_t size)
{
	size_t digits = 0;

	for (size_t i = 0; i < size; i++) {
		if (!is_hex_digit(data[i]) && !is_space(data[i]))
			return false;
		digits += is_hex_digit(data[i]);
	}
	return digits > 0;
}

/* Hex with white space in ${data} becomes its bytes, in place. */
static bitmark_status
decode_hex_text(uint8_t *data, size_t *size)
{
	size_t digits = 0;

	for (size_t i = 0; i < *size; i++)
		if (!is_space(data[i]))
			data[digits++] = data[i];
	/* Decoding in place is safe: byte i is written after the digits 2i
	 * and 2i + 1 were read. */
	return bitmark_hex_decode((const char *)data, digits, data, *size,
	    size);
}

/* Longest file that can hold ${size_max} bytes in this form: hex has two digits
 * for a byte, and white space between them. The first test keeps the product
 * from overflowing. */
static size_t
file_max(enum input_form form, size_t size_max)
{
	if (form != INPUT_ANY ||
	    size_max > (SIZE_MAX - SPACE_MORE) / (2 * SPACE_FACTOR))
		return size_max;
	return 2 * SPACE_FACTOR * size_max + SPACE_MORE;
}

/* Copy the bytes from the library's memory into memory that callers free with
 * free(), as those of input_hex. They may be a private key, so the old copy is
 * wiped. */
static bitmark_status
take(uint8_t *read, size_t size, uint8_t **data)
{
	*data = malloc(size + 1);
	if (*data != NULL)
		memcpy(*data, read, size + 1);
	explicit_bzero(read, size);
	bitmark_free(read);
	return *data != NULL ? BITMARK_OK : BITMARK_E_NOMEM;
}

/* Drop a byte order mark. The bytes are moved, because the caller frees the
 * pointer that it got. */
static void
drop_mark(uint8_t *data, size_t *size)
{
	const size_t mark = strlen(BYTE_ORDER_MARK);

	if (*size < mark || memcmp(data, BYTE_ORDER_MARK, mark) != 0)
		return;
	*size -= mark;
	memmove(data, data + mark, *size);
}

/* Read and decode, without a complaint; errno has the cause. */
static bitmark_status
read_form(const char *path, enum input_form form, size_t size_max,
    uint8_t **data, size_t *size)
{
	size_t most = file_max(form, size_max);
	uint8_t *read;
	bitmark_status status = strcmp(path, "-") == 0 ?
	    bitmark_file_read_fd(STDIN_FILENO, most, &read, size) :
	    bitmark_file_read(path, most, &read, size);

	if (status == BITMARK_OK)
		status = take(read, *size, data);
	if (status != BITMARK_OK)
		return status;
	if (form != INPUT_BYTES)
		drop_mark(*data, size);
	if (form == INPUT_ANY && is_hex_text(*data, *size))
		status = decode_hex_text(*data, size);
	if (status == BITMARK_OK && *size > size_max)
		status = BITMARK_E_LENGTH;
	if (status == BITMARK_OK) {
		(*data)[*size] = 0;
		return status;
	}
	free(*data);
	*data = NULL;
	errno = 0;
	return status;
}

/* Complains with the cause that errno has; gives the exit code. */
static int
input_failed(const char *path, bitmark_status status, size_t size_max)
{
	if (strcmp(path, "-") == 0)
		path = "standard input";
	if (status != BITMARK_E_LENGTH)
		return complain_file(path, status);
	complain("%s: too long: more than %zu bytes", path, size_max);
	return exit_code_of(status);
}

/* For options whose value can only be a file: a name of hex digits is a name
 * here. */
int
input_read_file(const char *path, enum input_form form, size_t size_max,
    uint8_t **data, size_t *size)
{
	bitmark_status status = read_form(path, form, size_max, data, size);

	return status == BITMARK_OK ? EXIT_DONE :
	    input_failed(path, status, size_max);
}

/* One byte more than needed is allocated and set to zero, so that a text can be
 * handed on as a C string. */
bitmark_status
input_hex(const char *text, size_t size_max, uint8_t **data, size_t *size)
{
	size_t length = strlen(text);
	bitmark_status status = BITMARK_E_NOMEM;
	uint8_t *bytes;

	if (length / 2 > size_max)
		return BITMARK_E_LENGTH;
	bytes = malloc(length / 2 + 1);
	if (bytes != NULL)
		status = bitmark_hex_decode(text, length, bytes, length / 2,
		    size);
	if (status != BITMARK_OK) {
		free(bytes);
		return status;
	}
	bytes[*size] = 0;
	*data = bytes;
	return BITMARK_OK;
}

/* An argument that names no file can only be hex. */
static int
read_hex_argument(const char *text, size_t size_max, uint8_t **data,
    size_t *size)
{
	bitmark_status status = input_hex(text, size_max, data, size);
	const char *rest = strlen(text) > NAME_SHOWN ? "..." : "";

	if (status == BITMARK_OK)
		return EXIT_DONE;
	if (status == BITMARK_E_HEX)
		complain("%.*s%s: no such file, and not hexadecimal",
		    NAME_SHOWN, text, rest);
	else
		complain("%.*s%s: %s", NAME_SHOWN, text, rest,
		    bitmark_strerror(status));
	return exit_code_of(status);
}

/* Files go before hex, as people name files more often; a name that can be
 * both is forced by "@". */
int
input_read(const char *argument, enum input_form form, size_t size_max,
    uint8_t **data, size_t *size)
{
	bitmark_status status;

	*data = NULL;
	*size = 0;
	if (argument[0] == '@')
		return input_read_file(argument + 1, form, size_max, data,
		    size);
	status = read_form(argument, form, size_max, data, size);
	/* Hex may be longer than the longest name of a file, for which open
	 * fails with ENAMETOOLONG. */
	if (status == BITMARK_E_NOT_FOUND ||
	    (status == BITMARK_E_IO && errno == ENAMETOOLONG))
		return read_hex_argument(argument, size_max, data, size);
	return status == BITMARK_OK ? EXIT_DONE :
	    input_failed(argument, status, size_max);
}
