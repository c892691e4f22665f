/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The path is decoded before it is cleaned, as Go does: "/%2e%2e/" is "/../".
 */
#include "https_path.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bitmarkpeer/codec.h>

static bool
decode(struct rpc_text *out, const char *target, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		uint8_t byte = (uint8_t)target[i];
		size_t one;

		if (target[i] == '%') {
			if (size - i < 3 || bitmark_hex_decode(target + i + 1,
			    2, &byte, 1, &one) != BITMARK_OK)
				return false;
			i += 2;
		}
		rpc_text_add(out, &byte, 1);
	}
	return true;
}

/* Take the last part away, with the slash in front of it. */
static void
go_up(struct rpc_text *path)
{
	while (path->size > 0 && path->data[--path->size] != '/')
		continue;
}

/* Every part of ${from} with one slash in front, but for those that say nothing,
 * and a slash at the end when there was one. */
static void
clean(struct rpc_text *path, const struct rpc_text *from)
{
	const char *at = from->data, *end = at + from->size;

	while (at < end) {
		const char *slash = memchr(at, '/', (size_t)(end - at));
		const size_t size = (size_t)((slash != NULL ? slash : end) -
		    at);

		if (size == 2 && memcmp(at, "..", 2) == 0) {
			go_up(path);
		} else if (size > 0 && !(size == 1 && *at == '.')) {
			rpc_text_add(path, "/", 1);
			rpc_text_add(path, at, size);
		}
		at += size + 1;
	}
	if (path->size == 0 || (from->size > 0 && end[-1] == '/'))
		rpc_text_add(path, "/", 1);
}

bool
https_path_read(struct https_path *path, const char *target)
{
	struct rpc_text decoded = { 0 };
	bool good = decode(&decoded, target, strcspn(target, "?"));

	*path = (struct https_path){ 0 };
	if (good && !decoded.failed) {
		clean(&path->path, &decoded);
		path->moved = path->path.size != decoded.size ||
		    memcmp(path->path.data, decoded.data, decoded.size) != 0;
	}
	good = good && !decoded.failed && !path->path.failed;
	free(decoded.data);
	return good;
}

void
https_path_free(struct https_path *path)
{
	free(path->path.data);
}

void
https_path_link(struct rpc_text *link, const struct https_path *path,
    const char *target)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789-_.~$&+,/:;=@";

	for (size_t i = 0; i < path->path.size; i++) {
		const char c = path->path.data[i];
		char escape[sizeof "%00"];

		if (c != '\0' && strchr(plain, c) != NULL) {
			rpc_text_add(link, &c, 1);
			continue;
		}
		snprintf(escape, sizeof escape, "%%%02X", (uint8_t)c);
		rpc_text_add_string(link, escape);
	}
	target += strcspn(target, "?");
	if (target[0] != '\0' && target[1] != '\0')
		rpc_text_add_string(link, target);
}
