/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* The parts that all answers are made of. */
#include "explorer/api.h"

unsigned
api_fail(struct api *api, unsigned status, const char *text)
{
	api->error = text;
	return status;
}

/* The id may be wrong, or the store.  What a client asks for cannot damage it,
 * so that the rest is the machine's fault, and may pass. */
unsigned
api_failed(struct api *api, bitmark_status status)
{
	switch (status) {
	case BITMARK_E_NOT_FOUND:
	case BITMARK_E_BLOCK_NOT_FOUND:
		return api_fail(api, 404, bitmark_strerror(status));
	default:                /* of an int: the machine's */
		return api_fail(api, 503, bitmark_strerror(status));
	}
}

bool
api_number(struct api *api, const char *name, uint64_t preset,
    uint64_t *value)
{
	if (target_number(api->target, name, preset, value))
		return true;
	api_fail(api, 400, "not a number in the query");
	return false;
}

uint64_t
api_count(struct api *api, uint64_t preset, uint64_t max)
{
	uint64_t count;

	if (!api_number(api, "count", preset, &count))
		return 0;
	if (count == 0)
		api_fail(api, 400, "count is 0");
	return count < max ? count : max;
}

void
api_next(struct api *api, bool more, uint64_t next)
{
	out_key(&api->out, "next");
	if (more)
		out_number(&api->out, next);
	else
		out_null(&api->out);
}
