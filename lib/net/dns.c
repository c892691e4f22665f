/*
 * Asking a DNS server: by UDP, and by TCP for what does not fit.  Nothing here
 * waits without a limit.
 */
#include "net/dns.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bitmarkpeer/connection.h>
#include <bitmarkpeer/os.h>

#include "codec/codec.h"
#include "net/curve.h"
#include "os/random.h"

/* Where DNS servers listen. */
#define PORT_TEXT "53"
#define DEFAULT_SERVER "127.0.0.1:53"
/* Longest line of the list of servers that is read. */
#define LINE_MAX_SIZE 512
/* In front of a message by TCP. */
#define LENGTH_SIZE 2
#define IPV4_AT 12

/* One question and what becomes of it. */
struct question {
	uint8_t query[BM_DNS_QUERY_MAX];
	size_t query_size;
	int stop;
	uint64_t deadline_ms;
	uint8_t *answer;                /* BM_DNS_ANSWER_MAX bytes */
	size_t answer_size;
};

/*
 * The servers.
 */

bitmark_status
bm_dns_server_from_text(const char *text, struct bm_dns_server *server)
{
	struct bitmark_connection c;
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	bitmark_status status = bitmark_connection_from_text(text,
	    strlen(text), &c);

	if (status != BITMARK_OK)
		return status;
	memset(server, 0, sizeof *server);
	if (bitmark_connection_is_v4(&c)) {
		v4.sin_port = htons(c.port);
		memcpy(&v4.sin_addr, c.address + IPV4_AT, sizeof v4.sin_addr);
		memcpy(&server->address, &v4, sizeof v4);
		server->size = sizeof v4;
	} else {
		v6.sin6_port = htons(c.port);
		memcpy(&v6.sin6_addr, c.address, sizeof v6.sin6_addr);
		memcpy(&server->address, &v6, sizeof v6);
		server->size = sizeof v6;
	}
	return BITMARK_OK;
}

/* A literal, which may name an interface. */
static bool
read_address(const char *text, struct bm_dns_server *server)
{
	const struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_DGRAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
	};
	struct addrinfo *list;
	bool good;

	if (getaddrinfo(text, PORT_TEXT, &hints, &list) != 0)
		return false;
	good = list->ai_addrlen <= sizeof server->address;
	if (good) {
		memset(server, 0, sizeof *server);
		memcpy(&server->address, list->ai_addr, list->ai_addrlen);
		server->size = list->ai_addrlen;
	}
	freeaddrinfo(list);
	return good;
}

/* The word behind "nameserver", or NULL. */
static const char *
server_of(char *line)
{
	static const char key[] = "nameserver", blanks[] = " \t";

	if (strncmp(line, key, sizeof key - 1) != 0)
		return NULL;
	line += sizeof key - 1;
	if (strspn(line, blanks) == 0)
		return NULL;
	line += strspn(line, blanks);
	line[strcspn(line, " \t\r\n")] = '\0';
	return line;
}

size_t
bm_dns_servers(const char *path,
    struct bm_dns_server list[BM_DNS_SERVERS_MAX])
{
	FILE *file = fopen(path, "re");
	char line[LINE_MAX_SIZE];
	size_t count = 0;

	while (file != NULL && count < BM_DNS_SERVERS_MAX &&
	    fgets(line, sizeof line, file) != NULL) {
		const char *address = server_of(line);

		if (address != NULL && read_address(address, &list[count]))
			count++;
	}
	if (file != NULL)
		(void)fclose(file);
	if (count == 0 && bm_dns_server_from_text(DEFAULT_SERVER,
	    &list[0]) == BITMARK_OK)
		count = 1;
	return count;
}

/*
 * One server.
 */

/* Until the socket is ready for ${events}. */
static bitmark_status
await(const struct question *q, int fd, short events)
{
	struct pollfd fds[] = {
		{ .fd = fd, .events = events },
		{ .fd = q->stop, .events = POLLIN },
	};

	for (;;) {
		uint64_t now_ms = bitmark_clock_ms();
		int ready = poll(fds, 2, now_ms >= q->deadline_ms ? 0 :
		    (int)(q->deadline_ms - now_ms));

		if (ready > 0)
			return fds[1].revents != 0 ? BITMARK_E_STOPPED :
			    BITMARK_OK;
		if (ready == 0 && bitmark_clock_ms() >= q->deadline_ms)
			return BITMARK_E_TIMEOUT;
		if (ready < 0 && errno != EINTR)
			return BITMARK_E_NET;
	}
}

static bool
is_passing(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

static struct bitmark_span
query_of(const struct question *q)
{
	return (struct bitmark_span){ q->query, q->query_size };
}

static struct bitmark_span
answer_of(const struct question *q)
{
	return (struct bitmark_span){ q->answer, q->answer_size };
}

/* A socket that neither waits nor outlives an exec, towards a server. */
static bitmark_status
open_socket(const struct bm_dns_server *server, int type, int *fd)
{
	*fd = socket(server->address.ss_family,
	    type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*fd < 0)
		return BITMARK_E_NET;
	if (connect(*fd, (const struct sockaddr *)&server->address,
	    server->size) == 0 || errno == EINPROGRESS)
		return BITMARK_OK;
	(void)close(*fd);
	return BITMARK_E_NO_CONNECTION;
}

/* What is no answer to the question came from somebody else. */
static bitmark_status
receive_datagram(struct question *q, int fd)
{
	for (;;) {
		bitmark_status status = await(q, fd, POLLIN);
		ssize_t size;

		if (status != BITMARK_OK)
			return status;
		size = recv(fd, q->answer, BM_DNS_ANSWER_MAX, 0);
		if (size < 0 && !is_passing(errno))
			return BITMARK_E_NO_CONNECTION;
		q->answer_size = size < 0 ? 0 : (size_t)size;
		if (bm_dns_answers(query_of(q), answer_of(q)))
			return BITMARK_OK;
	}
}

static bitmark_status
ask_by_udp(struct question *q, const struct bm_dns_server *server)
{
	bitmark_status status;
	int fd;

	q->deadline_ms = bitmark_clock_ms() + BM_DNS_WAIT_MS;
	status = open_socket(server, SOCK_DGRAM, &fd);
	if (status != BITMARK_OK)
		return status;
	status = send(fd, q->query, q->query_size, MSG_NOSIGNAL) ==
	    (ssize_t)q->query_size ? receive_datagram(q, fd) :
	    BITMARK_E_NO_CONNECTION;
	(void)close(fd);
	return status;
}

static bitmark_status
send_all(const struct question *q, int fd, const uint8_t *data, size_t size)
{
	bitmark_status status = BITMARK_OK;

	while (size > 0 && status == BITMARK_OK) {
		ssize_t sent;

		status = await(q, fd, POLLOUT);
		if (status != BITMARK_OK)
			break;
		sent = send(fd, data, size, MSG_NOSIGNAL);
		if (sent > 0) {
			data += sent;
			size -= (size_t)sent;
		} else if (!is_passing(errno))
			status = BITMARK_E_NO_CONNECTION;
	}
	return status;
}

static bitmark_status
receive_all(const struct question *q, int fd, uint8_t *data, size_t size)
{
	bitmark_status status = BITMARK_OK;

	while (size > 0 && status == BITMARK_OK) {
		ssize_t received;

		status = await(q, fd, POLLIN);
		if (status != BITMARK_OK)
			break;
		received = recv(fd, data, size, 0);
		if (received > 0) {
			data += received;
			size -= (size_t)received;
		} else if (received == 0 || !is_passing(errno))
			status = BITMARK_E_NO_CONNECTION;
	}
	return status;
}

/* A message has its length in front. */
static bitmark_status
converse(struct question *q, int fd)
{
	uint8_t message[LENGTH_SIZE + BM_DNS_QUERY_MAX], length[LENGTH_SIZE];
	struct bm_writer w = bm_writer(message, sizeof message);
	struct bm_reader r = bm_reader(length, sizeof length);
	bitmark_status status;

	bm_write_u16be(&w, (uint16_t)q->query_size);
	bm_write_bytes(&w, q->query, q->query_size);
	status = send_all(q, fd, message, w.size);
	if (status == BITMARK_OK)
		status = receive_all(q, fd, length, sizeof length);
	if (status != BITMARK_OK)
		return status;
	q->answer_size = bm_read_u16be(&r);
	return receive_all(q, fd, q->answer, q->answer_size);
}

static bitmark_status
ask_by_tcp(struct question *q, const struct bm_dns_server *server)
{
	bitmark_status status;
	int fd;

	q->deadline_ms = bitmark_clock_ms() + BM_DNS_WAIT_MS;
	status = open_socket(server, SOCK_STREAM, &fd);
	if (status != BITMARK_OK)
		return status;
	status = converse(q, fd);
	(void)close(fd);
	return status;
}

static bitmark_status
ask(struct question *q, const struct bm_dns_server *server)
{
	bitmark_status status = ask_by_udp(q, server);

	if (status == BITMARK_OK && bm_dns_is_cut(answer_of(q)))
		status = ask_by_tcp(q, server);
	return status;
}

/*
 * All servers.
 */

/* Is there nothing to be gained by asking another? */
static bool
is_final(bitmark_status status)
{
	return status == BITMARK_OK || status == BITMARK_E_NOT_FOUND ||
	    status == BITMARK_E_STOPPED;
}

/* Until one knows; it may know that there is nothing. */
static bitmark_status
ask_all(struct question *q, const struct bm_dns_server *servers,
    size_t server_count)
{
	bitmark_status status = BITMARK_E_NO_CONNECTION;

	for (size_t i = 0; i < BM_DNS_ROUNDS * server_count &&
	    !is_final(status); i++) {
		struct bm_dns_answer counted;

		status = ask(q, &servers[i % server_count]);
		if (status == BITMARK_OK)
			status = bm_dns_read(query_of(q), answer_of(q), NULL,
			    NULL, &counted);
	}
	return status;
}

bitmark_status
bm_dns_look_up(const char *domain, const struct bm_dns_server *server,
    int stop, bm_dns_txt_fn txt, void *user, struct bm_dns_answer *answer)
{
	struct bm_dns_server list[BM_DNS_SERVERS_MAX];
	struct question q = { .stop = stop };
	size_t count = 1;
	uint16_t id;
	bitmark_status status;

	memset(answer, 0, sizeof *answer);
	bm_random(NULL, (uint8_t *)&id, sizeof id);
	status = bm_dns_query(domain, id, q.query, &q.query_size);
	if (status != BITMARK_OK)
		return status;
	q.answer = malloc(BM_DNS_ANSWER_MAX);
	if (q.answer == NULL)
		return BITMARK_E_NOMEM;
	if (server == NULL)
		count = bm_dns_servers(BM_DNS_SERVERS_FILE, list);
	status = ask_all(&q, server != NULL ? server : list, count);
	if (status == BITMARK_OK)
		status = bm_dns_read(query_of(&q), answer_of(&q), txt, user,
		    answer);
	free(q.answer);
	return status;
}
