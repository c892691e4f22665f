/* Looking up first peers in the DNS.
 * Source: bitmarkd v8.2 announce/setup.go */
#include "node/lookup.h"

#include <bitmarkpeer/node.h>
#include <bitmarkpeer/os.h>

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "codec/log.h"
#include "net/curve.h"
#include "net/dns.h"
#include "os/wake.h"

#define MODULE "dns"
#define MS 1000u
/* What poll() can wait: 24 days. */
#define WAIT_MAX_MS INT_MAX

struct bm_lookup {
	struct bitmark_env env;
	char *domain;
	bool has_server;
	struct bm_dns_server server;
	uint64_t refresh_ms;
	struct bm_wake stop;            /* towards the thread     */
	struct bm_wake ready;           /* towards who takes      */
	pthread_t thread;
	bool started;
	bitmark_status last;            /* the thread's: of the last look-up */

	pthread_mutex_t lock;           /* guards found           */
	struct bm_found *found;
};

/* What is read of one answer. */
struct reading {
	const struct bm_lookup *lookup;
	struct bm_found *found;
};

uint64_t
bm_lookup_retry_ms(unsigned failures, uint64_t refresh_ms)
{
	uint64_t wait_ms = BITMARK_NODE_DNS_RETRY_FIRST_MS;

	for (; failures > 1 && wait_ms < BITMARK_NODE_DNS_RETRY_MAX_MS;
	    failures--)
		wait_ms *= 2;
	if (wait_ms > BITMARK_NODE_DNS_RETRY_MAX_MS)
		wait_ms = BITMARK_NODE_DNS_RETRY_MAX_MS;
	return refresh_ms != 0 && refresh_ms < wait_ms ? refresh_ms : wait_ms;
}

uint64_t
bm_lookup_refresh_ms(uint32_t ttl_s, uint64_t refresh_ms)
{
	uint64_t wait_ms = (uint64_t)ttl_s * MS;

	if (refresh_ms != 0)
		return refresh_ms < WAIT_MAX_MS ? refresh_ms : WAIT_MAX_MS;
	if (wait_ms < BITMARK_NODE_DNS_REFRESH_MIN_MS)
		return BITMARK_NODE_DNS_REFRESH_MIN_MS;
	return wait_ms < BITMARK_NODE_DNS_REFRESH_MAX_MS ? wait_ms :
	    BITMARK_NODE_DNS_REFRESH_MAX_MS;
}

/* The IPv4 entry first, both with the peer port. */
static bitmark_status
to_peer(const struct bitmark_dns_txt *record, struct bitmark_peer *peer)
{
	static const uint8_t zero[BITMARK_PEER_KEY_SIZE];

	memset(peer, 0, sizeof *peer);
	memcpy(peer->key, record->public_key, sizeof peer->key);
	if (record->has_v4) {
		bitmark_connection_pack(&record->v4, peer->connections);
		peer->connections_size += BITMARK_CONNECTION_V6_SIZE;
	}
	if (record->has_v6) {
		bitmark_connection_pack(&record->v6, peer->connections +
		    peer->connections_size);
		peer->connections_size += BITMARK_CONNECTION_V6_SIZE;
	}
	if (memcmp(peer->key, zero, sizeof zero) == 0)
		return BITMARK_E_PUBLIC_KEY;
	return bitmark_connections_usable(peer->connections,
	    peer->connections_size) ? BITMARK_OK : BITMARK_E_IP_ADDRESS;
}

static void
take_record(void *user, const char *text, size_t size)
{
	const struct reading *reading = user;
	struct bm_found *found = reading->found;
	struct bitmark_dns_txt record;
	bitmark_status status = bitmark_dns_txt_parse(text, size, &record);

	if (status == BITMARK_OK)
		status = to_peer(&record, &found->peer[found->count]);
	if (status == BITMARK_OK) {
		found->count++;
		return;
	}
	found->bad++;
	bm_log(&reading->lookup->env, BITMARK_LOG_DEBUG, MODULE,
	    "record skipped: %s", bitmark_strerror(status));
}

/* What is told once is not repeated as loudly. */
static void
tell(struct bm_lookup *l, bitmark_status status, const struct bm_found *found)
{
	bool same = status == l->last;

	l->last = status;
	if (status == BITMARK_OK)
		bm_log(&l->env, BITMARK_LOG_INFO, MODULE,
		    "%s: %zu nodes, %zu bad records", l->domain, found->count,
		    found->bad);
	else if (status != BITMARK_E_STOPPED)
		bm_log(&l->env, same ? BITMARK_LOG_DEBUG : BITMARK_LOG_WARN,
		    MODULE, "%s: %s", l->domain, bitmark_strerror(status));
}

static void
hand_over(struct bm_lookup *l, struct bm_found *found)
{
	struct bm_found *before;

	pthread_mutex_lock(&l->lock);
	before = l->found;
	l->found = found;
	pthread_mutex_unlock(&l->lock);
	free(before);
	bm_wake_signal(&l->ready);
}

static bitmark_status
look_up(struct bm_lookup *l, uint32_t *ttl_s)
{
	struct bm_found *found = calloc(1, sizeof *found +
	    BM_DNS_RECORDS_MAX * sizeof found->peer[0]);
	struct reading reading = { l, found };
	struct bm_dns_answer answer;
	bitmark_status status;

	if (found == NULL)
		return BITMARK_E_NOMEM;
	status = bm_dns_look_up(l->domain, l->has_server ? &l->server : NULL,
	    l->stop.fd[0], take_record, &reading, &answer);
	found->bad += answer.refused;
	tell(l, status, found);
	if (status == BITMARK_OK) {
		*ttl_s = answer.ttl_s;
		hand_over(l, found);
	} else
		free(found);
	return status;
}

/* False: stop. */
static bool
wait_for(const struct bm_lookup *l, uint64_t wait_ms)
{
	struct pollfd fd = { .fd = l->stop.fd[0], .events = POLLIN };
	uint64_t now_ms = bitmark_clock_ms(), until_ms = now_ms + wait_ms;
	int ready = 0;

	while (now_ms < until_ms && ready == 0) {
		ready = poll(&fd, 1, (int)(until_ms - now_ms));
		if (ready < 0 && errno == EINTR)
			ready = 0;
		now_ms = bitmark_clock_ms();
	}
	return ready == 0;
}

static void *
run(void *lookup)
{
	struct bm_lookup *l = lookup;
	unsigned failures = 0;
	uint64_t wait_ms;

	do {
		uint32_t ttl_s = 0;

		if (look_up(l, &ttl_s) == BITMARK_OK) {
			failures = 0;
			wait_ms = bm_lookup_refresh_ms(ttl_s, l->refresh_ms);
		} else
			wait_ms = bm_lookup_retry_ms(++failures,
			    l->refresh_ms);
	} while (wait_for(l, wait_ms));
	return NULL;
}

/* A thread that leaves signals to the program's own threads. */
static bitmark_status
start_thread(struct bm_lookup *l)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	l->started = pthread_create(&l->thread, NULL, run, l) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return l->started ? BITMARK_OK : BITMARK_E_THREAD;
}

static bitmark_status
prepare(struct bm_lookup *l, const struct bm_lookup_config *config)
{
	uint8_t query[BM_DNS_QUERY_MAX];
	size_t size;
	bitmark_status status = bm_dns_query(config->domain, 0, query, &size);

	l->env = config->env;
	l->refresh_ms = config->refresh_ms;
	l->has_server = config->server != NULL;
	if (status == BITMARK_OK && l->has_server)
		status = bm_dns_server_from_text(config->server, &l->server);
	if (status != BITMARK_OK)
		return status;
	l->domain = strdup(config->domain);
	if (l->domain == NULL)
		return BITMARK_E_NOMEM;
	status = bm_wake_init(&l->stop);
	return status == BITMARK_OK ? bm_wake_init(&l->ready) : status;
}

bitmark_status
bm_lookup_start(struct bm_lookup **lookup,
    const struct bm_lookup_config *config)
{
	struct bm_lookup *l = calloc(1, sizeof *l);
	bitmark_status status;

	*lookup = NULL;
	if (l == NULL)
		return BITMARK_E_NOMEM;
	pthread_mutex_init(&l->lock, NULL);
	for (int i = 0; i < 2; i++)
		l->stop.fd[i] = l->ready.fd[i] = -1;
	status = prepare(l, config);
	if (status == BITMARK_OK)
		status = start_thread(l);
	if (status == BITMARK_OK)
		*lookup = l;
	else
		bm_lookup_stop(l);
	return status;
}

void
bm_lookup_stop(struct bm_lookup *l)
{
	if (l == NULL)
		return;
	if (l->started) {
		bm_wake_signal(&l->stop);
		pthread_join(l->thread, NULL);
	}
	bm_wake_fini(&l->stop);
	bm_wake_fini(&l->ready);
	pthread_mutex_destroy(&l->lock);
	free(l->found);
	free(l->domain);
	free(l);
}

struct bm_found *
bm_lookup_take(struct bm_lookup *l)
{
	struct bm_found *found;

	(void)bm_wake_take(&l->ready);
	pthread_mutex_lock(&l->lock);
	found = l->found;
	l->found = NULL;
	pthread_mutex_unlock(&l->lock);
	return found;
}

int
bm_lookup_fd(const struct bm_lookup *l)
{
	return l->ready.fd[0];
}
