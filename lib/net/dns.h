/*
 * dns - the TXT records of a domain, by a question to a DNS server.
 *
 * The servers are those of the system, or one that is named.  The C library's
 * own res_nquery is not used: it waits for ever for a server that takes a TCP
 * connection and says nothing.  Here each wait is bounded, and a byte in a
 * pipe ends all of them.
 */
#ifndef BM_NET_DNS_H
#define BM_NET_DNS_H

#include <bitmarkpeer/base.h>

#include <sys/socket.h>

/* Longest domain, without a dot at its end.  Bytes.  Source: RFC 1035 */
#define BM_DNS_NAME_MAX 253
/* A question with its header and what it says of our buffer.  Bytes. */
#define BM_DNS_QUERY_MAX (12 + BM_DNS_NAME_MAX + 2 + 4 + 11)
/* Longest answer: what TCP can carry.  Bytes.  Source: RFC 1035 */
#define BM_DNS_ANSWER_MAX 65535
/* Longest answer by UDP; longer ones are asked for again by TCP.  Bytes.
 * Source: DNS Flag Day 2020, what every path carries in one piece */
#define BM_DNS_UDP_MAX 1232
/* Longest text of a record; a node's has about 200.  Bytes, and records of an
 * answer that are read.  Source: local bounds */
#define BM_DNS_TEXT_MAX 1024
#define BM_DNS_RECORDS_MAX 500
/* Servers that the system may name.  Source: resolv.conf(5) */
#define BM_DNS_SERVERS_MAX 3
/* How often all servers are asked, and how long one may take, each time by
 * UDP and by TCP.  Source: local bounds */
#define BM_DNS_ROUNDS 2
#define BM_DNS_WAIT_MS 2000

#define BM_DNS_SERVERS_FILE "/etc/resolv.conf"

struct bm_dns_server {
	struct sockaddr_storage address;
	socklen_t size;
};

/* One record: its strings put together, not terminated. */
typedef void (*bm_dns_txt_fn)(void *user, const char *text, size_t size);

struct bm_dns_answer {
	uint32_t ttl_s;                 /* the shortest of all records   */
	size_t records;                 /* handed over                   */
	size_t refused;                 /* malformed, too long, too many */
};

/*
 * bm_dns_query(domain, id, query, size):
 * The question for all TXT records of ${domain}, which is absolute with or
 * without a dot at its end.
 *
 * Returns BITMARK_OK or BITMARK_E_ARGUMENT (no such domain can be).
 *
 * Source: RFC 1035 4.1, RFC 6891
 */
BITMARK_MUSTUSE bitmark_status bm_dns_query(const char *domain, uint16_t id,
    uint8_t query[BM_DNS_QUERY_MAX], size_t *size);

/* Is this an answer to that question?  Anybody may send us something. */
bool bm_dns_answers(struct bitmark_span query, struct bitmark_span answer);
/* ... and one that did not fit? */
bool bm_dns_is_cut(struct bitmark_span answer);

/*
 * bm_dns_read(query, message, txt, user, answer):
 * Hand over each TXT record of a server's answer, whatever name it stands
 * under: the server has followed the aliases.
 *
 *   txt      NULL: only counted
 *   answer   overwritten, also on failure
 *
 * Returns BITMARK_OK; BITMARK_E_NOT_FOUND (no such domain, or no such record);
 * BITMARK_E_NET (the server could not find out); BITMARK_E_PEER_RESPONSE (not
 * an answer, or broken off: what was handed over does not count).
 *
 * Source: RFC 1035 4.1
 */
BITMARK_MUSTUSE bitmark_status bm_dns_read(struct bitmark_span query,
    struct bitmark_span message, bm_dns_txt_fn txt, void *user,
    struct bm_dns_answer *answer);

/* "a.b.c.d:port" or "[v6]:port".  Returns as bitmark_connection_from_text. */
BITMARK_MUSTUSE bitmark_status bm_dns_server_from_text(const char *text,
    struct bm_dns_server *server);

/* The servers of a resolv.conf; that of this machine when there are none.
 * Gives their number. */
size_t bm_dns_servers(const char *path,
    struct bm_dns_server list[BM_DNS_SERVERS_MAX]);

/*
 * bm_dns_look_up(domain, server, stop, txt, user, answer):
 * Ask until one server answers, and hand over the records, as bm_dns_read.
 *
 *   server   NULL: those of the system
 *   stop     a descriptor; what can be read from it ends the waiting.  -1: none
 *
 * Waits at most BM_DNS_ROUNDS * BM_DNS_SERVERS_MAX * 2 * BM_DNS_WAIT_MS.
 * Returns as bm_dns_read and bm_dns_query, BITMARK_E_TIMEOUT,
 * BITMARK_E_NO_CONNECTION, BITMARK_E_STOPPED or BITMARK_E_NOMEM.
 */
BITMARK_MUSTUSE bitmark_status bm_dns_look_up(const char *domain,
    const struct bm_dns_server *server, int stop, bm_dns_txt_fn txt,
    void *user, struct bm_dns_answer *answer);

#endif
