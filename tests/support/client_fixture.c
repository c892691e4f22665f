/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
#include "client_fixture.h"

#include <stdlib.h>
#include <string.h>

struct raw_node fx_node;
struct bitmark_client *fx_client;

const uint8_t fx_bytes[FIXTURE_BYTES] = { 0x80, 2, 3, 4, 5, 6, 7, 8, 9, 10,
	11, 12 };

void
fx_open(const char *address, const uint8_t *key, unsigned timeout_ms)
{
	struct bitmark_client_config config = { .struct_size = sizeof config,
	    .chain = "local",
	    .address = address, .timeout_ms = timeout_ms };

	memcpy(config.server_key, key, sizeof config.server_key);
	ck_assert_int_eq(bitmark_client_open(&fx_client, &config),
	    BITMARK_OK);
}

void
fx_start(unsigned timeout_ms)
{
	raw_start(&fx_node);
	fx_open(fx_node.address, fx_node.public_key, timeout_ms);
}

void
fx_stop(void)
{
	bitmark_client_close(fx_client);
	raw_stop(&fx_node);
}

bitmark_status
fx_call(enum call call)
{
	uint8_t digest[BITMARK_DIGEST_SIZE];
	struct bitmark_info info = { .struct_size = sizeof info };
	uint64_t height;
	uint8_t *block = NULL;
	size_t size;
	bitmark_status status = BITMARK_E_ARGUMENT;

	switch (call) {
	case INFO:
		return bitmark_client_info(fx_client, &info);
	case HEIGHT:
		return bitmark_client_height(fx_client, &height);
	case DIGEST:
		return bitmark_client_digest(fx_client, 2, digest);
	case BLOCK:
		status = bitmark_client_block(fx_client, 2, &block, &size);
		ck_assert((block != NULL) == (status == BITMARK_OK));
		bitmark_free(block);
		return status;
	case SUBMIT:
		return bitmark_client_submit(fx_client,
		    BITMARK_SUBMIT_TRANSFER, fx_bytes,
		    sizeof fx_bytes);
	case CALLS:
		break;
	}
	return status;
}

void
fx_start_bytes(const char *command, size_t size)
{
	raw_init(&fx_node, raw_answer);
	raw_reply_bytes(&fx_node, command, fx_bytes, size);
	fx_start(PATIENT_MS);
}
