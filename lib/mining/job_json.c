/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Go reads keys in any case, ignores those that it does not know, takes the last
 * of several, and goes on behind a value of the wrong type: so a reply can name
 * the job of a submission of which another part cannot be read.
 *
 * Source: bitmarkd v0.16.0 proof/publisher.go PublishedItem, queue.go;
 * recorderd submitter.go
 */
#include "mining/job_json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "codec/sized.h"
#include "record/header_json.h"

/* The one kind of submission, in exactly this case. */
#define BLOCK_NONCE "block.nonce"

/* The nonce of a header is little endian, as in the header.  Bytes. */
#define NONCE_SIZE 8

/*
 * Writing.
 */

void
bm_job_number(uint16_t number, char text[BM_JOB_NUMBER_SIZE])
{
	snprintf(text, BM_JOB_NUMBER_SIZE, "%04x", (unsigned)number);
}

static void
write_ids(struct bm_json *j, const uint8_t *ids, size_t count)
{
	bm_json_array(j, "txIds");
	for (size_t i = 0; i < count; i++)
		bm_json_hex(j, NULL, ids + i * BITMARK_TX_ID_SIZE,
		    BITMARK_TX_ID_SIZE);
	bm_json_array_end(j);
}

/* Miners of bitmarkd read only the name and the header; the rest is for one
 * that would put in a foundation of its own. */
bitmark_status
bm_job_write(const struct bitmark_template *t, uint16_t number,
    uint64_t nonce, char **text, size_t *size)
{
	const struct bitmark_span base = bitmark_template_base(t);
	struct bitmark_header header = *bitmark_template_header(t);
	char base64[BITMARK_BASE64_TEXT_SIZE(BITMARK_BASE_PACKED_MAX)];
	char name[BM_JOB_NUMBER_SIZE];
	struct bm_json j = { 0 };

	header.nonce = nonce;
	bm_job_number(number, name);
	bitmark_base64_encode(base.data, base.size, base64);
	bm_json_object(&j, NULL);
	bm_json_text(&j, "job", name);
	bm_header_json(&j, "header", &header);
	bm_json_text(&j, "txZero", base64);
	write_ids(&j, bitmark_template_ids(t), header.count);
	bm_json_object_end(&j);
	return bm_json_take(&j, text, size);
}

bitmark_status
bitmark_job_reply(const struct bitmark_attempt *attempt, char **text,
    size_t *size)
{
	struct bm_json j = { 0 };

	bm_json_object(&j, NULL);
	bm_json_string(&j, "job", (struct bitmark_span){
	    (const uint8_t *)attempt->job, attempt->job_size });
	bm_json_bool(&j, "ok", attempt->state == BITMARK_ATTEMPT_FOUND);
	bm_json_object_end(&j);
	return bm_json_take(&j, text, size);
}

bitmark_status
bitmark_job_submission(const struct bitmark_job *job, uint64_t nonce,
    char **text, size_t *size)
{
	char base64[BITMARK_BASE64_TEXT_SIZE(NONCE_SIZE)];
	uint8_t bytes[NONCE_SIZE];
	struct bm_writer w = bm_writer(bytes, sizeof bytes);
	struct bm_json j = { 0 };

	bm_write_u64le(&w, nonce);
	bitmark_base64_encode(bytes, sizeof bytes, base64);
	bm_json_object(&j, NULL);
	bm_json_text(&j, "Request", BLOCK_NONCE);
	bm_json_text(&j, "Job", job->id);
	bm_json_text(&j, "Packed", base64);
	bm_json_object_end(&j);
	return bm_json_take(&j, text, size);
}

/*
 * Reading.
 */

/* Numbers are read as real ones, which have no largest integer. */
static json_t *
load(const void *data, size_t size)
{
	json_error_t error;
	json_t *root = json_loadb(data, size,
	    JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, &error);

	if (root != NULL && !json_is_object(root)) {
		json_decref(root);
		return NULL;
	}
	return root;
}

/* The last value whose key is this one in any case; NULL also when it is null.
 */
static const json_t *
member(json_t *object, const char *key)
{
	const json_t *found = NULL;
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value)
		if (strcasecmp(name, key) == 0)
			found = value;
	return json_is_null(found) ? NULL : found;
}

/* The text of a member; false: it is missing, or not text. */
static bool
text_member(json_t *object, const char *key, struct bitmark_span *text)
{
	const json_t *value = member(object, key);

	*text = (struct bitmark_span){ NULL, 0 };
	if (!json_is_string(value))
		return false;
	text->data = (const uint8_t *)json_string_value(value);
	text->size = json_string_length(value);
	return true;
}

static bool
read_nonce(json_t *object, uint64_t *nonce)
{
	uint8_t bytes[NONCE_SIZE] = { 0 };
	struct bm_reader r = bm_reader(bytes, sizeof bytes);
	struct bitmark_span text;
	size_t size;

	if (!text_member(object, "packed", &text) ||
	    !bitmark_base64_decode(text, bytes, sizeof bytes, &size) ||
	    size != sizeof bytes)
		return false;
	*nonce = bm_read_u64le(&r);
	return true;
}

/* A name that is longer than a job's text is treated as no name: it cannot be
 * one that this node has published, and the buffer of an attempt has exactly
 * BITMARK_JOB_TEXT_MAX bytes and a NUL. */
static bool
read_name(json_t *object, char *name, size_t *size)
{
	struct bitmark_span text;

	if (!text_member(object, "job", &text) ||
	    text.size > BITMARK_JOB_TEXT_MAX)
		return false;
	memcpy(name, text.data, text.size);
	name[text.size] = '\0';
	*size = text.size;
	return true;
}

/* Every member is read even after one of them was bad (so each line ends with
 * "&& good", not begins with it): the reply must name the job as Go's decoder
 * would have left it. */
bitmark_status
bm_job_read_submission(const void *data, size_t size,
    struct bitmark_attempt *attempt)
{
	json_t *root = load(data, size);
	struct bitmark_span request;
	bool good;

	if (root == NULL)
		return BITMARK_E_JSON;
	good = read_name(root, attempt->job, &attempt->job_size);
	good = text_member(root, "request", &request) &&
	    bm_span_is(request, BLOCK_NONCE) && good;
	good = read_nonce(root, &attempt->nonce) && good;
	json_decref(root);
	return good ? BITMARK_OK : BITMARK_E_JSON;
}

/* The header's own keys have the same case in all versions. */
static bitmark_status
read_header(json_t *root, struct bitmark_header *header)
{
	struct bm_fault fault = { .status = BITMARK_OK };
	const json_t *object = member(root, "header");

	if (!json_is_object(object))
		return BITMARK_E_JSON;
	bm_header_from_object(object, header, &fault);
	return fault.status;
}

bitmark_status
bitmark_job_parse(const void *data, size_t size, struct bitmark_job *job)
{
	struct bitmark_job read = { .struct_size = sizeof read };
	struct bm_fault fault = { .status = BITMARK_OK };
	json_t *root;
	size_t name_size;
	bitmark_status status;

	if (!BM_FITS(bitmark_job, job))
		return BITMARK_E_ARGUMENT;
	root = bm_json_load_all(data, size, &fault);
	if (root == NULL)
		return fault.status;
	status = json_array_size(root) == 1 &&
	    json_is_object(json_array_get(root, 0)) && read_name(
	    json_array_get(root, 0), read.id, &name_size) &&
	    name_size == strlen(read.id) && name_size > 0 ?
	    read_header(json_array_get(root, 0), &read.header) :
	    BITMARK_E_JSON;
	json_decref(root);
	return status == BITMARK_OK ? BM_OUT(bitmark_job, job, &read) :
	    status;
}

bitmark_status
bitmark_job_reply_parse(const void *data, size_t size,
    char id[BITMARK_JOB_TEXT_MAX + 1], bool *ok)
{
	json_t *root = load(data, size);
	const json_t *value;
	size_t id_size;
	bool good;

	if (root == NULL)
		return BITMARK_E_JSON;
	value = member(root, "ok");
	good = json_is_boolean(value) && read_name(root, id, &id_size);
	*ok = good && json_is_true(value);
	json_decref(root);
	return good ? BITMARK_OK : BITMARK_E_JSON;
}
