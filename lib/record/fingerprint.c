/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The fingerprint of a file, as Bitmark's programs write it into an asset: "01"
 * for the method, and the SHA3-512 of the content in hex.
 *
 * The file is hashed piece by piece: works of art that are registered may be
 * larger than the memory.
 *
 * Source: bitmarkd v0.16.0 command/bitmark-cli/run-fingerprint.go
 */
#include <bitmarkpeer/record.h>

#include <errno.h>
#include <nettle/sha3.h>
#include <string.h>
#include <unistd.h>

#define METHOD "01"
#define METHOD_SIZE (sizeof METHOD - 1)
#define PIECE_SIZE 65536

bitmark_status
bitmark_fingerprint_read(int fd, char text[BITMARK_FINGERPRINT_TEXT_SIZE])
{
	uint8_t piece[PIECE_SIZE], digest[BITMARK_SHA3_512_SIZE];
	struct sha3_512_ctx hash;
	ssize_t n;

	sha3_512_init(&hash);
	do {
		n = read(fd, piece, sizeof piece);
		if (n < 0 && errno != EINTR)
			return BITMARK_E_IO;
		if (n > 0)
			sha3_512_update(&hash, (size_t)n, piece);
	} while (n != 0);
	sha3_512_digest(&hash, sizeof digest, digest);
	memcpy(text, METHOD, METHOD_SIZE);
	bitmark_hex_encode(digest, sizeof digest, text + METHOD_SIZE);
	return BITMARK_OK;
}
