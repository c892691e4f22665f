/*
 * What is said to a DNS server, and what it answers.
 * Source: RFC 1035 4.1; RFC 6891 (how much we take in one datagram)
 */
#include "net/dns.h"

#include "codec/codec.h"

/* Sizes of a header and of the end of a question. */
#define HEADER_SIZE 12
#define TYPE_CLASS_SIZE 4
#define LABEL_MAX 63

#define TYPE_TXT 16
#define TYPE_OPT 41
#define CLASS_IN 1

/* Bits of the header's flags. */
#define FLAG_ANSWER 0x8000
#define FLAG_OPCODE 0x7800
#define FLAG_CUT 0x0200
#define FLAG_RECURSE 0x0100
#define FLAG_CODE 0x000f
#define CODE_GOOD 0
#define CODE_NO_SUCH_NAME 3

/* The two high bits of a length: the rest of the name stands elsewhere. */
#define POINTER 0xc0

/* Names and numbers of the question: they have capitals only in the name. */
static uint8_t
lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

/* Each label with its length in front. */
static bool
write_name(struct bm_writer *w, const char *domain)
{
	size_t total = strlen(domain);

	if (total > 0 && domain[total - 1] == '.')
		total--;
	if (total == 0 || total > BM_DNS_NAME_MAX)
		return false;
	for (const char *end = domain + total; domain < end;) {
		const char *dot = memchr(domain, '.', (size_t)(end - domain));
		size_t size = (size_t)((dot != NULL ? dot : end) - domain);

		if (size == 0 || size > LABEL_MAX || dot == end - 1)
			return false;
		bm_write_u8(w, (uint8_t)size);
		bm_write_bytes(w, domain, size);
		domain += size + 1;
	}
	bm_write_u8(w, 0);
	return true;
}

bitmark_status
bm_dns_query(const char *domain, uint16_t id, uint8_t query[BM_DNS_QUERY_MAX],
    size_t *size)
{
	struct bm_writer w = bm_writer(query, BM_DNS_QUERY_MAX);
	static const uint16_t counts[] = { 1, 0, 0, 1 };

	bm_write_u16be(&w, id);
	bm_write_u16be(&w, FLAG_RECURSE);
	for (size_t i = 0; i < 4; i++)
		bm_write_u16be(&w, counts[i]);
	if (!write_name(&w, domain))
		return BITMARK_E_ARGUMENT;
	bm_write_u16be(&w, TYPE_TXT);
	bm_write_u16be(&w, CLASS_IN);
	bm_write_u8(&w, 0);
	bm_write_u16be(&w, TYPE_OPT);
	bm_write_u16be(&w, BM_DNS_UDP_MAX);
	for (size_t i = 0; i < 3; i++)
		bm_write_u16be(&w, 0);
	if (!bm_writer_ok(&w))
		return BITMARK_E_ARGUMENT;
	*size = w.size;
	return BITMARK_OK;
}

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

/* The question's name, type and class: from behind the header. */
static struct bitmark_span
question_of(struct bitmark_span message)
{
	struct bm_reader r = bm_reader(message.data, message.size);
	struct bitmark_span question = { NULL, 0 };

	(void)bm_read_span(&r, HEADER_SIZE);
	skip_name(&r);
	(void)bm_read_span(&r, TYPE_CLASS_SIZE);
	if (bm_reader_ok(&r))
		question = (struct bitmark_span){ message.data + HEADER_SIZE,
		    message.size - r.left - HEADER_SIZE };
	return question;
}

bool
bm_dns_answers(struct bitmark_span query, struct bitmark_span answer)
{
	struct bm_reader q = bm_reader(query.data, query.size);
	struct bm_reader a = bm_reader(answer.data, answer.size);
	struct bitmark_span asked = question_of(query);
	struct bitmark_span repeated = question_of(answer);
	bool same = bm_read_u16be(&q) == bm_read_u16be(&a);
	uint16_t flags = bm_read_u16be(&a);

	same = same && (flags & (FLAG_ANSWER | FLAG_OPCODE)) == FLAG_ANSWER &&
	    bm_read_u16be(&a) == 1 && bm_reader_ok(&a) &&
	    repeated.size != 0 && repeated.size == asked.size;
	for (size_t i = 0; same && i < asked.size; i++)
		same = lower(asked.data[i]) == lower(repeated.data[i]);
	return same;
}

static uint16_t
flags_of(struct bitmark_span message)
{
	struct bm_reader r = bm_reader(message.data, message.size);

	(void)bm_read_u16be(&r);
	return bm_read_u16be(&r);
}

bool
bm_dns_is_cut(struct bitmark_span answer)
{
	return (flags_of(answer) & FLAG_CUT) != 0;
}

/* The strings of one record, put together; false: malformed or too long. */
static bool
join_strings(struct bitmark_span data, char text[BM_DNS_TEXT_MAX],
    size_t *size)
{
	struct bm_reader r = bm_reader(data.data, data.size);
	struct bm_writer w = bm_writer((uint8_t *)text, BM_DNS_TEXT_MAX);

	while (r.left > 0) {
		struct bitmark_span part = bm_read_span(&r, bm_read_u8(&r));

		bm_write_bytes(&w, part.data, part.size);
	}
	*size = w.size;
	return bm_reader_ok(&r) && bm_writer_ok(&w);
}

static void
take_txt(struct bitmark_span data, uint32_t ttl_s, bm_dns_txt_fn txt,
    void *user, struct bm_dns_answer *answer)
{
	char text[BM_DNS_TEXT_MAX];
	size_t size;

	if (ttl_s < answer->ttl_s)
		answer->ttl_s = ttl_s;
	if (answer->records == BM_DNS_RECORDS_MAX ||
	    !join_strings(data, text, &size)) {
		answer->refused++;
		return;
	}
	answer->records++;
	if (txt != NULL)
		txt(user, text, size);
}

static uint32_t
read_u32be(struct bm_reader *r)
{
	uint32_t high = bm_read_u16be(r);

	return high << 16 | bm_read_u16be(r);
}

/* The records behind the question; a time to live with its highest bit set
 * counts as none (RFC 2181 8). */
static bool
take_records(struct bm_reader *r, uint16_t count, bm_dns_txt_fn txt,
    void *user, struct bm_dns_answer *answer)
{
	for (uint16_t i = 0; i < count; i++) {
		struct bitmark_span data;
		uint16_t type, class;
		uint32_t ttl_s;

		skip_name(r);
		type = bm_read_u16be(r);
		class = bm_read_u16be(r);
		ttl_s = read_u32be(r);
		data = bm_read_span(r, bm_read_u16be(r));
		if (!bm_reader_ok(r))
			return false;
		if (type == TYPE_TXT && class == CLASS_IN)
			take_txt(data, ttl_s > INT32_MAX ? 0 : ttl_s, txt,
			    user, answer);
	}
	return true;
}

bitmark_status
bm_dns_read(struct bitmark_span query, struct bitmark_span message,
    bm_dns_txt_fn txt, void *user, struct bm_dns_answer *answer)
{
	struct bm_reader r = bm_reader(message.data, message.size);
	uint16_t code = flags_of(message) & FLAG_CODE, count;

	*answer = (struct bm_dns_answer){ .ttl_s = UINT32_MAX };
	if (!bm_dns_answers(query, message))
		return BITMARK_E_PEER_RESPONSE;
	if (code == CODE_NO_SUCH_NAME)
		return BITMARK_E_NOT_FOUND;
	if (code != CODE_GOOD)
		return BITMARK_E_NET;
	for (size_t i = 0; i < 3; i++)
		(void)bm_read_u16be(&r);
	count = bm_read_u16be(&r);
	(void)bm_read_u16be(&r);
	(void)bm_read_u16be(&r);
	(void)bm_read_span(&r, question_of(message).size);
	if (!take_records(&r, count, txt, user, answer))
		return BITMARK_E_PEER_RESPONSE;
	return answer->records + answer->refused == 0 ?
	    BITMARK_E_NOT_FOUND : BITMARK_OK;
}
