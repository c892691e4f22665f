/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* The calls of a client: each begins, and when it has ended gives its result.
 */
#include "net/client_impl.h"

#include <stdlib.h>

#include "codec/codec.h"
#include "codec/sized.h"

static const struct bitmark_span no_parameter;

/*
 * Each request has a start, which sends nothing yet, and a get, which copies
 * the result out of the client.  The calls that wait are made of both.
 */

/* --- beginning ------------------------------------------------------------ */

bitmark_status
bitmark_client_start_info(struct bitmark_client *c)
{
	return bm_client_begin(c, BM_CLIENT_INFO, "I", no_parameter);
}

bitmark_status
bitmark_client_start_height(struct bitmark_client *c)
{
	return bm_client_begin(c, BM_CLIENT_HEIGHT, "N", no_parameter);
}

/* A request for the block or digest of ${number}.  The eight bytes live in the
 * client, because the request may be sent much later, and more than once. */
static bitmark_status
begin_number(struct bitmark_client *c, enum bm_client_kind kind,
    const char *command, uint64_t number)
{
	const struct bitmark_span parameter = { c->number, sizeof c->number };
	bitmark_status status = bm_client_begin(c, kind, command, parameter);

	if (status == BITMARK_OK)
		bm_put_u64be(c->number, number);
	return status;
}

bitmark_status
bitmark_client_start_digest(struct bitmark_client *c, uint64_t number)
{
	return begin_number(c, BM_CLIENT_DIGEST, "H", number);
}

bitmark_status
bitmark_client_start_block(struct bitmark_client *c, uint64_t number)
{
	return begin_number(c, BM_CLIENT_BLOCK, "B", number);
}

/* Its parameters are made when it is sent: see client.c. */
bitmark_status
bitmark_client_start_peer(struct bitmark_client *c)
{
	return bm_client_begin(c, BM_CLIENT_PEER, "R", no_parameter);
}

/* A larger frame would cost the connection.
 * Source: bitmark-protocol(7), Socket options */
static bool
can_travel(enum bitmark_submission what, size_t size)
{
	return bitmark_submission_name(what)[0] != '\0' && size > 0 &&
	    size <= BITMARK_BLOCK_MAX;
}

bitmark_status
bitmark_client_start_submit(struct bitmark_client *c,
    enum bitmark_submission what, const uint8_t *data, size_t size)
{
	bitmark_status status;
	uint8_t *copy;

	if (!can_travel(what, size))
		return BITMARK_E_ARGUMENT;
	/* The caller's bytes may be gone before the connection is made. */
	copy = malloc(size);
	if (copy == NULL)
		return BITMARK_E_NOMEM;
	memcpy(copy, data, size);
	status = bm_client_begin(c, BM_CLIENT_SUBMIT,
	    bitmark_submission_name(what),
	    (struct bitmark_span){ copy, size });
	if (status == BITMARK_OK)
		c->copy = copy;
	else
		free(copy);
	return status;
}

/* --- results -------------------------------------------------------------- */

/* Did the last call end well, and was it of this kind? */
static bitmark_status
check_kind(const struct bitmark_client *c, enum bm_client_kind kind)
{
	return !c->busy && c->kind == kind ? BITMARK_OK : BITMARK_E_STATE;
}

bitmark_status
bitmark_client_get_info(const struct bitmark_client *c,
    struct bitmark_info *info)
{
	bitmark_status status = check_kind(c, BM_CLIENT_INFO);

	return status != BITMARK_OK ? status :
	    BM_OUT(bitmark_info, info, &c->result.info);
}

bitmark_status
bitmark_client_get_height(const struct bitmark_client *c, uint64_t *height)
{
	bitmark_status status = check_kind(c, BM_CLIENT_HEIGHT);

	if (status == BITMARK_OK)
		*height = c->result.height;
	return status;
}

bitmark_status
bitmark_client_get_digest(const struct bitmark_client *c,
    uint8_t digest[BITMARK_DIGEST_SIZE])
{
	bitmark_status status = check_kind(c, BM_CLIENT_DIGEST);

	if (status == BITMARK_OK)
		memcpy(digest, c->result.digest, BITMARK_DIGEST_SIZE);
	return status;
}

/* The block lies in a message of libzmq, which the next call gives back. */
bitmark_status
bitmark_client_get_block(const struct bitmark_client *c,
    struct bitmark_span *block)
{
	bitmark_status status = check_kind(c, BM_CLIENT_BLOCK);

	if (status == BITMARK_OK)
		*block = c->result.block;
	return status;
}

bitmark_status
bitmark_client_get_peer(const struct bitmark_client *c,
    struct bitmark_peer *peer)
{
	bitmark_status status = check_kind(c, BM_CLIENT_PEER);

	if (status == BITMARK_OK)
		*peer = c->result.peer;
	return status;
}

/* --- both, with a wait in between ----------------------------------------- */

/* The end of a call that has begun if ${status} says so. */
static bitmark_status
finish(struct bitmark_client *c, bitmark_status status)
{
	return status == BITMARK_OK ? bm_client_finish(c) : status;
}

/* A struct that is too small is refused before anything is asked. */
bitmark_status
bitmark_client_info(struct bitmark_client *c, struct bitmark_info *info)
{
	bitmark_status status;

	if (!BM_FITS(bitmark_info, info))
		return BITMARK_E_ARGUMENT;
	status = finish(c, bitmark_client_start_info(c));
	return status != BITMARK_OK ? status :
	    bitmark_client_get_info(c, info);
}

bitmark_status
bitmark_client_height(struct bitmark_client *c, uint64_t *height)
{
	bitmark_status status = finish(c, bitmark_client_start_height(c));

	return status != BITMARK_OK ? status :
	    bitmark_client_get_height(c, height);
}

bitmark_status
bitmark_client_digest(struct bitmark_client *c, uint64_t number,
    uint8_t digest[BITMARK_DIGEST_SIZE])
{
	bitmark_status status = finish(c,
	    bitmark_client_start_digest(c, number));

	return status != BITMARK_OK ? status :
	    bitmark_client_get_digest(c, digest);
}

bitmark_status
bitmark_client_peer(struct bitmark_client *c, struct bitmark_peer *peer)
{
	bitmark_status status = finish(c, bitmark_client_start_peer(c));

	return status != BITMARK_OK ? status :
	    bitmark_client_get_peer(c, peer);
}

bitmark_status
bitmark_client_block(struct bitmark_client *c, uint64_t number,
    uint8_t **block, size_t *size)
{
	bitmark_status status = finish(c,
	    bitmark_client_start_block(c, number));
	struct bitmark_span inside;
	uint8_t *copy;

	*block = NULL;
	if (status == BITMARK_OK)
		status = bitmark_client_get_block(c, &inside);
	if (status != BITMARK_OK)
		return status;
	copy = malloc(inside.size + 1);         /* never of size 0 */
	if (copy == NULL)
		return BITMARK_E_NOMEM;
	if (inside.size > 0)
		memcpy(copy, inside.data, inside.size);
	*block = copy;
	*size = inside.size;
	return BITMARK_OK;
}

bitmark_status
bitmark_client_submit(struct bitmark_client *c, enum bitmark_submission what,
    const uint8_t *data, size_t size)
{
	/* The caller waits: no copy is needed. */
	return !can_travel(what, size) ? BITMARK_E_ARGUMENT :
	    finish(c, bm_client_begin(c, BM_CLIENT_SUBMIT,
	    bitmark_submission_name(what),
	    (struct bitmark_span){ data, size }));
}
