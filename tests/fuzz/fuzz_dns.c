/*
 * Any bytes as the answer of a DNS server to one question, and as the domain
 * of a question.  The properties that must hold are checked; a breach aborts.
 */
#include "net/dns.h"

#include <stdlib.h>
#include <string.h>

/* The question that the corpus answers. */
#define DOMAIN "nodes.localdomain"
#define ID 0x1234

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct heard {
	size_t count;
	size_t total;                   /* bytes                */
	uint8_t sum;                    /* all of them are read */
};

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static void
hear(void *user, const char *text, size_t size)
{
	struct heard *heard = user;

	require(size <= BM_DNS_TEXT_MAX);
	for (size_t i = 0; i < size; i++)
		heard->sum ^= (uint8_t)text[i];
	heard->count++;
	heard->total += size;
}

/* Counting gives the same as hearing; only whole answers have records. */
static void
try_answer(struct bitmark_span message)
{
	uint8_t query[BM_DNS_QUERY_MAX];
	struct bm_dns_answer counted, answer;
	struct heard heard = { 0 };
	struct bitmark_span asked = { query, 0 };
	bitmark_status status;

	require(bm_dns_query(DOMAIN, ID, query, &asked.size) == BITMARK_OK);
	require(!bm_dns_answers(asked, asked));
	status = bm_dns_read(asked, message, NULL, NULL, &counted);
	require(bm_dns_read(asked, message, hear, &heard, &answer) == status);
	require(answer.records == counted.records &&
	    answer.refused == counted.refused &&
	    answer.ttl_s == counted.ttl_s);
	require(heard.count == answer.records &&
	    answer.records <= BM_DNS_RECORDS_MAX);
	require(heard.total <= message.size);
	require(status == BITMARK_OK || status == BITMARK_E_NOT_FOUND ||
	    status == BITMARK_E_NET || status == BITMARK_E_PEER_RESPONSE);
	require(status != BITMARK_OK || (bm_dns_answers(asked, message) &&
	    answer.records + answer.refused > 0));
	(void)bm_dns_is_cut(message);
}

static void
try_domain(const uint8_t *data, size_t size)
{
	uint8_t query[BM_DNS_QUERY_MAX];
	char *domain = malloc(size + 1);
	size_t query_size = 0;

	require(domain != NULL);
	if (size != 0)
		memcpy(domain, data, size);
	domain[size] = '\0';
	require(bm_dns_query(domain, ID, query, &query_size) != BITMARK_OK ||
	    query_size <= BM_DNS_QUERY_MAX);
	free(domain);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	try_answer((struct bitmark_span){ data, size });
	try_domain(data, size);
	return 0;
}
