/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The backup file of v8.2: type (one letter), length (16 bit big endian),
 * data, again and again.
 * Source: bitmarkd v8.2 reservoir/store.go
 */
#include <bitmarkpeer/os.h>

#include "reservoir/reservoir_impl.h"

#define TYPE_ASSET 'A'
#define TYPE_ISSUES 'I'
#define TYPE_TRANSFER 'T'
#define TYPE_PROOF 'P'

/* Type and length. */
#define HEAD_SIZE 3

#define FILE_MODE 0600

/*
 * Writing.
 */

struct output {
	bitmark_write_fn write;
	void *user;
	bitmark_status status;          /* sticky */
};

static void
write_record(struct output *o, uint8_t type, struct bitmark_span data)
{
	uint8_t head[HEAD_SIZE];
	struct bm_writer w = bm_writer(head, sizeof head);

	if (o->status != BITMARK_OK || data.size == 0)
		return;
	bm_write_u8(&w, type);
	bm_write_u16be(&w, (uint16_t)data.size);
	if (data.size > UINT16_MAX)     /* no valid unit is so long */
		o->status = BITMARK_E_LENGTH;
	else if (o->write(o->user, head, sizeof head) != 0 ||
	    o->write(o->user, data.data, data.size) != 0)
		o->status = BITMARK_E_IO;
}

/* Assets that are in a block are left out: the chain has them. */
static void
write_asset(struct bm_asset *a, struct output *o)
{
	if (a == NULL || a->packed == NULL || a->confirmed || a->listed)
		return;
	a->listed = true;
	write_record(o, TYPE_ASSET,
	    (struct bitmark_span){ a->packed, a->size });
}

/* Assets of all units that wait, each once: several units may need the same
 * one, so those that were written are marked. */
static void
write_assets(struct bitmark_reservoir *r, struct output *o)
{
	const struct bm_unit *u;
	struct bm_asset *a;
	size_t at = 0;

	while ((a = bm_map_next(&r->assets, &at)) != NULL)
		a->listed = false;
	TAILQ_FOREACH(u, &r->order, order)
		for (size_t i = 0; u->state != BM_UNIT_SETTLED &&
		    i < u->count; i++)
			write_asset(u->member[i].asset, o);
}

/* A proof follows its unit, because reading needs the unit first. */
static void
write_units(struct bitmark_reservoir *r, enum bm_unit_state state,
    struct output *o)
{
	const struct bm_unit *u;

	TAILQ_FOREACH(u, &r->order, order) {
		struct bitmark_span proof;

		if (u->state != state)
			continue;
		write_record(o, u->tag == BITMARK_RECORD_ISSUE ?
		    TYPE_ISSUES : TYPE_TRANSFER,
		    (struct bitmark_span){ u->packed, u->size });
		if (bm_unit_proof(r, u, &proof) != BITMARK_OK)
			o->status = BITMARK_E_NOMEM;
		else
			write_record(o, TYPE_PROOF, proof);
	}
}

bitmark_status
bitmark_reservoir_export(struct bitmark_reservoir *r, bitmark_write_fn write,
    void *user)
{
	struct output o = { write, user, BITMARK_OK };

	write_assets(r, &o);
	write_units(r, BM_UNIT_PENDING, &o);
	write_units(r, BM_UNIT_VERIFIED, &o);
	return o.status;
}

static int
write_file(void *user, const void *data, size_t size)
{
	return fwrite(data, 1, size, user) == size ? 0 : -1;
}

bitmark_status
bitmark_reservoir_save(struct bitmark_reservoir *r, const char *path)
{
	struct bitmark_file_writer *w;
	bitmark_status status = bitmark_file_writer_open(&w, path, FILE_MODE);

	/* A path that is a device is refused: a file must not replace it. */
	if (status != BITMARK_OK)
		return status == BITMARK_E_STATE ? BITMARK_E_IO : status;
	status = bitmark_reservoir_export(r, write_file,
	    bitmark_file_writer_stream(w));
	/* After a failed write the commit returns its cause. */
	if (status == BITMARK_OK || status == BITMARK_E_IO)
		return bitmark_file_writer_commit(w);
	bitmark_file_writer_abandon(w);
	return status;
}

/*
 * Reading.  Records go through the same calls as those of peers, with all their
 * checks: the file may be old, or made by hand.
 */

struct input {
	struct bitmark_reservoir *r;
	struct bitmark_snapshot *s;
	uint64_t now_s;
};

static bitmark_status
take_asset(const struct input *in, struct bitmark_span data)
{
	struct bitmark_asset_result result = { .struct_size = sizeof result };

	return bitmark_reservoir_asset(in->r, in->s, in->now_s, data.data,
	    data.size, &result);
}

static bitmark_status
take_proof(const struct input *in, struct bitmark_span data)
{
	enum bitmark_proof_result result;
	bitmark_status status;

	if (data.size < BITMARK_PAY_ID_SIZE)
		return BITMARK_E_NONCE;
	status = bitmark_reservoir_proof(in->r, in->s, data.data,
	    data.data + BITMARK_PAY_ID_SIZE, data.size - BITMARK_PAY_ID_SIZE,
	    &result);
	if (status == BITMARK_OK && result != BITMARK_PROOF_ACCEPTED)
		status = BITMARK_E_NONCE;
	return status;
}

/* BITMARK_E_NOT_FOUND: a type that is not known, perhaps of a later release.
 * Its length is known, so that reading goes on behind it. */
static bitmark_status
take_record(const struct input *in, uint8_t type, struct bitmark_span data)
{
	struct bitmark_unit_result result = { .struct_size = sizeof result };

	switch (type) {
	case TYPE_ASSET:
		return take_asset(in, data);
	case TYPE_ISSUES:
		return bm_store_issues(in->r, in->s, in->now_s, data,
		    BM_CONFIRMED_ALLOWED, &result);
	case TYPE_TRANSFER:
		return bitmark_reservoir_transfer(in->r, in->s, in->now_s,
		    data.data, data.size, &result);
	case TYPE_PROOF:
		return take_proof(in, data);
	default:                /* of a byte */
		return BITMARK_E_NOT_FOUND;
	}
}

/* All of the file is one change of the journal: thousands of commits would take
 * minutes. */
bitmark_status
bitmark_reservoir_import(struct bitmark_reservoir *r,
    struct bitmark_snapshot *snapshot, uint64_t now_s, const uint8_t *data,
    size_t size, struct bitmark_import *counts)
{
	const struct input in = { r, snapshot, now_s };
	struct bm_reader reader = bm_reader(data, size);
	struct bitmark_import done = { .struct_size = sizeof done };
	bitmark_status kept;

	if (counts != NULL && !BM_FITS(bitmark_import, counts))
		return BITMARK_E_ARGUMENT;
	bm_keep_begin(r);
	while (reader.left > 0) {
		uint8_t type = bm_read_u8(&reader);
		uint16_t length = bm_read_u16be(&reader);
		struct bitmark_span record = bm_read_span(&reader, length);
		bitmark_status status;

		if (!bm_reader_ok(&reader))
			break;
		status = take_record(&in, type, record);
		if (status == BITMARK_OK)
			done.accepted++;
		else if (status != BITMARK_E_NOT_FOUND)
			done.refused++;
		if (status != BITMARK_OK)
			bm_log(&r->env, BITMARK_LOG_WARN, "reservoir",
			    "backup: record of type %u: %s", type,
			    bitmark_strerror(status));
	}
	kept = bm_keep_commit(r, BITMARK_OK);
	if (counts != NULL)
		(void)BM_OUT(bitmark_import, counts, &done);
	if (kept != BITMARK_OK)
		return kept;
	return bm_reader_ok(&reader) ? BITMARK_OK : BITMARK_E_LENGTH;
}
