/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Headers are those of bitmarkd.
 */
#include "https.h"

#ifdef WITH_libmicrohttpd

#include "https_send.h"

#include <stdlib.h>

/* Go gives a page that has moved none of the headers of the others. */
static bool
add_headers(struct MHD_Response *response, const struct https_reply *reply)
{
	if (reply->location == NULL)
		return MHD_add_response_header(response,
		    MHD_HTTP_HEADER_CONTENT_TYPE, "application/json") ==
		    MHD_YES && MHD_add_response_header(response,
		    "X-Content-Type-Options", "nosniff") == MHD_YES;
	if (reply->size > 0 && MHD_add_response_header(response,
	    MHD_HTTP_HEADER_CONTENT_TYPE, "text/html; charset=utf-8") !=
	    MHD_YES)
		return false;
	return MHD_add_response_header(response, MHD_HTTP_HEADER_LOCATION,
	    reply->location) == MHD_YES;
}

enum MHD_Result
https_send(struct MHD_Connection *connection, struct https_reply *reply)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(
	    reply->size, reply->body, MHD_RESPMEM_MUST_FREE);
	enum MHD_Result result = MHD_NO;

	if (response == NULL)
		return MHD_NO;
	reply->body = NULL;
	if (add_headers(response, reply))
		result = MHD_queue_response(connection, reply->status,
		    response);
	MHD_destroy_response(response);
	return result;
}

#endif
