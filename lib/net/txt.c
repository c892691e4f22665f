/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Reading the answer to a question for TXT records.
 * Source: RFC 1035 4.1 */
#include "net/txt.h"

#include "codec/codec.h"

#define TYPE_TXT 16
#define CLASS_IN 1
#define TYPE_CLASS_SIZE 4
/* Id and flags in front of a message's counts; two more counts follow those of
 * questions and answers. */
#define FLAGS_END 4
#define OTHER_COUNTS_SIZE 4

/* The two high bits of a length: the rest of the name stands elsewhere.  The
 * other values of these bits were never given a meaning. */
#define POINTER 0xc0

/* Move past a name; it may end with a pointer. */
static void
skip_name(struct bm_reader *r)
{
	uint8_t size;

	do {
		size = bm_read_u8(r);
		if ((size & POINTER) == POINTER) {
			(void)bm_read_u8(r);
			return;
		}
		if ((size & POINTER) != 0)
			r->failed = true;
		(void)bm_read_span(r, size);
	} while (size != 0 && bm_reader_ok(r));
}

/* The strings of one record, put together; false: malformed or too long. */
static bool
join_strings(struct bitmark_span data, char text[BM_TXT_TEXT_MAX],
    size_t *size)
{
	struct bm_reader r = bm_reader(data.data, data.size);
	struct bm_writer w = bm_writer((uint8_t *)text, BM_TXT_TEXT_MAX);

	while (r.left > 0) {
		struct bitmark_span part = bm_read_span(&r, bm_read_u8(&r));

		bm_write_bytes(&w, part.data, part.size);
	}
	*size = w.size;
	return bm_reader_ok(&r) && bm_writer_ok(&w);
}

/* A record that is malformed is counted and costs no other. */
static void
take_txt(struct bitmark_span data, bm_txt_fn txt, void *user,
    struct bm_txt_answer *answer)
{
	char text[BM_TXT_TEXT_MAX];
	size_t size;

	if (answer->records == BM_TXT_RECORDS_MAX ||
	    !join_strings(data, text, &size)) {
		answer->refused++;
		return;
	}
	answer->records++;
	txt(user, text, size);
}

/* One record of the answer, whatever it is. */
static void
take_record(struct bm_reader *r, bm_txt_fn txt, void *user,
    struct bm_txt_answer *answer)
{
	uint16_t type, class;
	uint32_t ttl_s;
	struct bitmark_span data;

	skip_name(r);
	type = bm_read_u16be(r);
	class = bm_read_u16be(r);
	ttl_s = (uint32_t)bm_read_u16be(r) << 16;
	ttl_s |= bm_read_u16be(r);
	data = bm_read_span(r, bm_read_u16be(r));
	if (!bm_reader_ok(r) || type != TYPE_TXT || class != CLASS_IN)
		return;
	/* A time with its highest bit set counts as none: RFC 2181 8. */
	if (ttl_s > INT32_MAX)
		ttl_s = 0;
	if (ttl_s < answer->ttl_s)
		answer->ttl_s = ttl_s;
	take_txt(data, txt, user, answer);
}

bitmark_status
bm_txt_read(struct bitmark_span message, bm_txt_fn txt, void *user,
    struct bm_txt_answer *answer)
{
	struct bm_reader r = bm_reader(message.data, message.size);
	uint16_t questions, records;

	*answer = (struct bm_txt_answer){ .ttl_s = UINT32_MAX };
	(void)bm_read_span(&r, FLAGS_END);
	questions = bm_read_u16be(&r);
	records = bm_read_u16be(&r);
	(void)bm_read_span(&r, OTHER_COUNTS_SIZE);
	for (; questions > 0 && bm_reader_ok(&r); questions--) {
		skip_name(&r);
		(void)bm_read_span(&r, TYPE_CLASS_SIZE);
	}
	for (; records > 0 && bm_reader_ok(&r); records--)
		take_record(&r, txt, user, answer);
	if (!bm_reader_ok(&r))
		return BITMARK_E_PEER_RESPONSE;
	return answer->records + answer->refused == 0 ?
	    BITMARK_E_NOT_FOUND : BITMARK_OK;
}
