/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Curve25519 pairs of peers and the two files that keep one.
 *
 * Every buffer that has held a private key is wiped before its function
 * returns, so that it does not stay on the stack.
 *
 * Source: bitmarkd v8.2 zmqutil/keypair.go MakeKeyPair, ReadKeyFile
 */
#include <bitmarkpeer/account.h>

#include "codec/codec.h"
#include "os/file.h"
#include "os/random.h"

#include <sodium.h>
#include <string.h>
#include <unistd.h>

#define PUBLIC_TAG "PUBLIC:"
#define PRIVATE_TAG "PRIVATE:"
#define KEY_DIGITS (2 * BITMARK_PEER_KEY_SIZE)

/* The longest content that is written: tag, digits, newline and NUL. */
#define KEY_TEXT_MAX (sizeof PRIVATE_TAG + KEY_DIGITS + 1)

/* The longest file that is read, white space included.  Bytes.
 * Source: local bound. */
#define KEY_FILE_MAX 1024

#define PUBLIC_MODE 0666
#define PRIVATE_MODE 0600

void
bitmark_peer_key_generate(const struct bitmark_env *env,
    uint8_t public_key[BITMARK_PEER_KEY_SIZE],
    uint8_t private_key[BITMARK_PEER_KEY_SIZE])
{
	bm_random(env, private_key, BITMARK_PEER_KEY_SIZE);
	bitmark_peer_key_public(private_key, public_key);
}

void
bitmark_peer_key_public(const uint8_t private_key[BITMARK_PEER_KEY_SIZE],
    uint8_t public_key[BITMARK_PEER_KEY_SIZE])
{
	bm_sodium_ready();
	crypto_scalarmult_base(public_key, private_key);
}

bitmark_status
bitmark_peer_key_parse_public(const char *text, size_t size,
    uint8_t key[BITMARK_PEER_KEY_SIZE])
{
	struct bitmark_span s = bm_span_trim((struct bitmark_span){
	    (const uint8_t *)text, size });

	(void)bm_span_skip(&s, PUBLIC_TAG);     /* it may be missing */
	return bm_span_hex(s, key, BITMARK_PEER_KEY_SIZE) ?
	    BITMARK_OK : BITMARK_E_PUBLIC_KEY;
}

/* Read the key behind ${tag} in a file.  ${invalid} is the status when the file
 * holds anything else. */
static bitmark_status
read_key_file(const char *path, const char *tag, bitmark_status invalid,
    uint8_t key[BITMARK_PEER_KEY_SIZE])
{
	/* One byte more than allowed: if it is filled, the file is too long. */
	uint8_t data[KEY_FILE_MAX + 1];
	struct bitmark_span s = { data, 0 };
	bitmark_status status = bm_file_read_into(path, data, sizeof data,
	    &s.size);

	if (status == BITMARK_E_NOT_FOUND)
		status = BITMARK_E_KEY_FILE_NOT_FOUND;
	if (status != BITMARK_OK)
		goto wipe;
	if (s.size > KEY_FILE_MAX) {
		status = invalid;
		goto wipe;
	}
	(void)bm_span_skip(&s, "\xef\xbb\xbf");        /* byte order mark */
	s = bm_span_trim(s);
	if (!bm_span_skip(&s, tag) ||
	    !bm_span_hex(s, key, BITMARK_PEER_KEY_SIZE))
		status = invalid;
wipe:
	sodium_memzero(data, sizeof data);
	return status;
}

bitmark_status
bitmark_peer_key_read_public(const char *path,
    uint8_t key[BITMARK_PEER_KEY_SIZE])
{
	return read_key_file(path, PUBLIC_TAG, BITMARK_E_PUBLIC_KEY_FILE, key);
}

bitmark_status
bitmark_peer_key_read_private(const char *path,
    uint8_t key[BITMARK_PEER_KEY_SIZE])
{
	return read_key_file(path, PRIVATE_TAG, BITMARK_E_PRIVATE_KEY_FILE,
	    key);
}

/* Make a new file that holds the key.  A file that is there is never replaced:
 * it may hold the only copy of a node's identity.  After a failure there is no
 * new file. */
static bitmark_status
write_key_file(const char *path, unsigned mode, const char *tag,
    const uint8_t key[BITMARK_PEER_KEY_SIZE])
{
	char text[KEY_TEXT_MAX];
	size_t tag_size = strlen(tag);
	size_t size = tag_size + KEY_DIGITS + 1;
	bitmark_status status;

	memcpy(text, tag, tag_size);
	bitmark_hex_encode(key, BITMARK_PEER_KEY_SIZE, text + tag_size);
	text[size - 1] = '\n';
	status = bitmark_file_create(path, mode, text, size);
	sodium_memzero(text, sizeof text);
	if (status == BITMARK_OK)
		return BITMARK_OK;
	return status == BITMARK_E_STATE ? BITMARK_E_KEY_FILE_EXISTS :
	    BITMARK_E_IO;
}

bitmark_status
bitmark_peer_key_write(const char *public_path, const char *private_path,
    const uint8_t public_key[BITMARK_PEER_KEY_SIZE],
    const uint8_t private_key[BITMARK_PEER_KEY_SIZE])
{
	bitmark_status status;

	status = write_key_file(public_path, PUBLIC_MODE, PUBLIC_TAG,
	    public_key);
	if (status != BITMARK_OK)
		return status;
	status = write_key_file(private_path, PRIVATE_MODE, PRIVATE_TAG,
	    private_key);
	/* Without the private file the public one is removed, too: it would
	 * look like the identity of a node. */
	if (status != BITMARK_OK)
		unlink(public_path);
	return status;
}
