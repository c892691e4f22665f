/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The first segment of the path decides: "api", "metrics", a page, or a file
 * that a page needs.
 *
 * All pages are one HTML file; the script in it reads the path and asks the
 * API. So the server makes no HTML, and nothing that a stranger wrote into a
 * record can become markup here.
 */
#include "explorer/answer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bitmarkpeer/codec.h>

#include "explorer/api.h"
#include "explorer/host.h"
#include "explorer/metrics.h"
#include "explorer/page.h"
#include "explorer/target.h"

/* Hex digits of a digest in an ETag: enough to tell two blocks apart. */
#define TAG_DIGEST 8

#define TYPE_JSON "application/json"

/* --- errors --------------------------------------------------------------- */

/* ${text} is one of ours. It goes through the same escapes as all texts. */
static bool
error_text(const char *text, char **body, size_t *size)
{
	struct out out = { .max = ANSWER_MAX };

	out_object(&out);
	out_key_text(&out, "error", text);
	out_object_end(&out);
	*body = out.data;
	*size = out.size;
	return !out.failed;
}

/* When there is no memory even for the error, the answer is a constant, which
 * needs none. */
void
answer_error(unsigned status, const char *text, struct answer *answer)
{
	static const char none[] = "{\"error\":\"out of memory\"}";

	*answer = (struct answer){ .status = status, .type = TYPE_JSON };
	if (error_text(text, &answer->owned, &answer->size)) {
		answer->body = answer->owned;
		return;
	}
	free(answer->owned);
	*answer = (struct answer){ .status = 503, .type = TYPE_JSON,
		.body = none, .size = sizeof none - 1 };
}

/* --- tags ----------------------------------------------------------------- */

/* Is the tag one of those in the client's If-None-Match header? A tag carries
 * its quotes, so finding it inside the list is enough: no tag is a part of
 * another one. */
static bool
has_tag(const char *list, const char *tag)
{
	return list != NULL && tag[0] != '\0' && strstr(list, tag) != NULL;
}

/* True: the client has this answer already and gets a 304 without a body. */
static bool
is_unchanged(const struct answer_request *request, struct answer *answer)
{
	if (!has_tag(request->if_none_match, answer->tag))
		return false;
	answer->status = 304;
	answer->body = "";
	answer->size = 0;
	return true;
}

/* --- the page ------------------------------------------------------------- */

/* The tag of a file is the hash of its content: it changes with the release
 * that changes the file. The content stays in memory for good, so the answer
 * borrows it. */
static void
make_file(const struct answer_request *request, const struct page_file *file,
    struct answer *answer)
{
	uint8_t hash[BITMARK_SHA3_256_SIZE];
	char text[2 * TAG_DIGEST + 1];

	bitmark_sha3_256(file->data, file->size, hash);
	bitmark_hex_encode(hash, TAG_DIGEST, text);
	*answer = (struct answer){
		.status = 200,
		.type = page_type(file),
		.body = (const char *)file->data,
		.size = file->size,
	};
	snprintf(answer->tag, sizeof answer->tag, "\"%s\"", text);
	(void)is_unchanged(request, answer);
}

/* Is this the path of a page? The page's script knows the same names. */
static bool
is_page(const struct target *target)
{
	static const char *const pages[] = { "", "block", "transaction",
		"asset", "account", "share", "search", "pending", NULL };

	for (const char *const *page = pages; *page != NULL; page++)
		if (strcmp(target_segment(target, 0), *page) == 0)
			return target->segments <= 2;
	return false;
}

static void
make_page(const struct answer_request *request, const struct target *target,
    struct answer *answer)
{
	const struct page_file *file = is_page(target) ?
	    page_find("page.html") : target->segments == 1 ?
	    page_find(target_segment(target, 0)) : NULL;

	if (file == NULL)
		answer_error(404, "no such page", answer);
	else
		make_file(request, file, answer);
}

/* --- the API -------------------------------------------------------------- */

struct resource {
	const char *name;
	api_fn make;
	size_t segments;                /* of the whole path                 */
	const char *part;               /* the last one, when it is a word   */
	bool news;                      /* changes with the daemon's state   */
	bool finder;                    /* changes as the finder goes on     */
};

/* "api", "v1", the name, and mostly an id. */
static const struct resource resources[] = {
	{ "status", api_status, 3, NULL, true, false },
	{ "blocks", api_blocks, 3, NULL, false, false },
	{ "block", api_block, 4, NULL, false, false },
	{ "transaction", api_transaction, 4, NULL, true, false },
	{ "asset", api_asset, 4, NULL, false, true },
	{ "provenance", api_provenance, 4, NULL, false, false },
	{ "account", api_account, 4, NULL, false, false },
	{ "account", api_account_shares, 5, "shares", false, false },
	{ "share", api_share, 4, NULL, false, false },
	{ "pending", api_pending, 3, NULL, true, false },
	{ "search", api_search, 3, NULL, true, true },
};

static bool
is_resource(const struct resource *r, const struct target *target)
{
	return strcmp(r->name, target_segment(target, 2)) == 0 &&
	    target->segments == r->segments && (r->part == NULL ||
	    strcmp(r->part, target_segment(target, r->segments - 1)) == 0);
}

/* The resource of the path, or NULL. */
static const struct resource *
find_resource(const struct target *target)
{
	if (strcmp(target_segment(target, 1), "v1") != 0)
		return NULL;
	for (size_t i = 0; i < sizeof resources / sizeof resources[0]; i++)
		if (is_resource(&resources[i], target))
			return &resources[i];
	return NULL;
}

/* The tag of an answer has in it all that the answer depends on: the newest
 * block (its digest, too, as a block can be replaced by another one of the same
 * number), this program's version, and, where they matter, the number of
 * changes of the daemon's state and the block up to which the finder has read.
 */
static void
make_tag(const struct answer_from *from, const struct resource *resource,
    char tag[ANSWER_TAG_MAX])
{
	char digest[2 * TAG_DIGEST + 1];
	struct finder_counts finder;
	struct bitmark_tip tip;

	finder_get_counts(resource->finder ? from->finder : NULL, &finder);
	bitmark_snapshot_tip(from->snapshot, &tip);
	bitmark_hex_encode(tip.digest, TAG_DIGEST, digest);
	snprintf(tag, ANSWER_TAG_MAX, "\"%s-%" PRIu64 "-%s-%" PRIx64 "-%" PRIx64
	    "\"", digest, tip.number, bitmark_version(), resource->news ?
	    from->news_changes : 0, finder.height);
}

/* An answer that did not fit into ANSWER_MAX is replaced by an error: half a
 * JSON document is of no use. On success ${answer} owns the buffer; the server
 * frees it after it was sent. */
static void
call_resource(const struct answer_from *from, const struct target *target,
    const struct resource *resource, struct answer *answer)
{
	struct api api = {
		.from = from,
		.target = target,
		.id = target_segment(target, 3),
		.out = { .max = ANSWER_MAX },
	};

	answer->status = resource->make(&api);
	if (answer->status == 200 && !api.out.failed) {
		answer->owned = api.out.data;
		answer->body = api.out.data;
		answer->size = api.out.size;
		return;
	}
	free(api.out.data);
	if (answer->status == 200)
		answer_error(503, "the answer is too large", answer);
	else
		answer_error(answer->status, api.error, answer);
}

/* The tag is compared before anything is looked up, so that a page which asks
 * every second costs next to nothing while no block comes. */
static void
make_api(const struct answer_from *from, const struct answer_request *request,
    const struct target *target, struct answer *answer)
{
	const struct resource *resource = find_resource(target);

	if (resource == NULL) {
		answer_error(404, "no such resource", answer);
		return;
	}
	if (from->snapshot == NULL) {
		answer_error(503, "the store cannot be read now", answer);
		return;
	}
	*answer = (struct answer){ .type = TYPE_JSON };
	make_tag(from, resource, answer->tag);
	if (!is_unchanged(request, answer))
		call_resource(from, target, resource, answer);
}

/* --- metrics -------------------------------------------------------------- */

static void
make_metrics(const struct answer_from *from, struct answer *answer)
{
	struct out out = { .max = ANSWER_MAX };

	metrics_put(&out, from);
	if (out.failed) {
		free(out.data);
		answer_error(503, bitmark_strerror(BITMARK_E_NOMEM), answer);
		return;
	}
	*answer = (struct answer){
		.status = 200,
		.type = "text/plain; version=0.0.4; charset=utf-8",
		.body = out.data,
		.size = out.size,
		.owned = out.data,
	};
}

/* --- the whole ------------------------------------------------------------ */

/* The status for a request that is wrong in itself, with the reason in ${why};
 * 0: it is fine. ${target} is filled in for that case only. */
static unsigned
check(const struct answer_from *from, const struct answer_request *request,
    struct target *target, const char **why)
{
	*why = "only GET and HEAD";
	if (strcmp(request->method, "GET") != 0 &&
	    strcmp(request->method, "HEAD") != 0)
		return 405;
	*why = "the address is too long";
	if (strlen(request->target) > TARGET_MAX)
		return 414;
	*why = "not a name of this server: see --host";
	if (!host_is_known(request->host, from->hosts))
		return 403;
	*why = "the address is malformed";
	return target_parse(request->target, target) ? 0 : 400;
}

void
answer_make(const struct answer_from *from,
    const struct answer_request *request, struct answer *answer)
{
	struct target target;
	const char *why;
	const unsigned wrong = check(from, request, &target, &why);

	if (wrong != 0)
		answer_error(wrong, why, answer);
	else if (strcmp(target_segment(&target, 0), "api") == 0)
		make_api(from, request, &target, answer);
	else if (strcmp(target_segment(&target, 0), "metrics") == 0 &&
	    target.segments == 1)
		make_metrics(from, answer);
	else
		make_page(request, &target, answer);
}
