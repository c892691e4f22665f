/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The look-up of first peers in the DNS. Source: bitmarkd v8.2
 * announce/setup.go
 */
#include "node/lookup.h"

#include <bitmarkpeer/node.h>

#include <stdlib.h>
#include <string.h>

#include "codec/log.h"
#include "net/txt.h"

#define MODULE "dns"
#define MS 1000u

struct bm_lookup {
	struct bitmark_env env;
	char domain[BITMARK_HOST_NAME_MAX];
	bool has_server;
	struct bitmark_connection server;
	uint64_t refresh_ms;

	struct bm_resolver *resolver;   /* the question; NULL: none       */
	uint64_t due_ms;                /* when to ask again              */
	unsigned failures;              /* in a row                       */
	bitmark_status last;            /* of the last question           */
};

/* An answer that is being read, and the list that it becomes. */
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
		return refresh_ms < INT32_MAX ? refresh_ms : INT32_MAX;
	if (wait_ms < BITMARK_NODE_DNS_REFRESH_MIN_MS)
		return BITMARK_NODE_DNS_REFRESH_MIN_MS;
	return wait_ms < BITMARK_NODE_DNS_REFRESH_MAX_MS ? wait_ms :
	    BITMARK_NODE_DNS_REFRESH_MAX_MS;
}

/* Makes an entry of the table of peers from a record: the IPv4 address comes
 * first, and both addresses have the peer port. */
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

/* Logs how a look-up ended; ${found} is NULL after a failure. A failure that
 * repeats itself is logged once as a warning, and afterwards at the debug level
 * only. */
static void
log_result(struct bm_lookup *l, bitmark_status status,
    const struct bm_found *found)
{
	bool same = status == l->last;

	l->last = status;
	if (found != NULL)
		bm_log(&l->env, BITMARK_LOG_INFO, MODULE,
		    "%s: %zu nodes, %zu bad records", l->domain, found->count,
		    found->bad);
	else
		bm_log(&l->env, same ? BITMARK_LOG_DEBUG : BITMARK_LOG_WARN,
		    MODULE, "%s: %s", l->domain, bitmark_strerror(status));
}

static bitmark_status
read_message(const struct bm_lookup *l, struct bm_found **found,
    uint32_t *ttl_s)
{
	struct bm_found *f = calloc(1, sizeof *f +
	    BM_TXT_RECORDS_MAX * sizeof f->peer[0]);
	struct reading reading = { l, f };
	struct bm_txt_answer answer;
	bitmark_status status;

	if (f == NULL)
		return BITMARK_E_NOMEM;
	status = bm_txt_read(bm_resolver_message(l->resolver), take_record,
	    &reading, &answer);
	f->bad += answer.refused;
	*ttl_s = answer.ttl_s;
	if (status == BITMARK_OK)
		*found = f;
	else
		free(f);
	return status;
}

/* Ends the look-up, whether it failed or not, and sets the time of the next
 * one. */
static struct bm_found *
conclude(struct bm_lookup *l, bitmark_status status, uint64_t now_ms)
{
	struct bm_found *found = NULL;
	uint32_t ttl_s = 0;

	if (status == BITMARK_OK)
		status = read_message(l, &found, &ttl_s);
	bm_resolver_free(l->resolver);
	l->resolver = NULL;
	log_result(l, status, found);
	if (status == BITMARK_OK) {
		l->failures = 0;
		l->due_ms = now_ms + bm_lookup_refresh_ms(ttl_s,
		    l->refresh_ms);
	} else
		l->due_ms = now_ms + bm_lookup_retry_ms(++l->failures,
		    l->refresh_ms);
	return found;
}

struct bm_found *
bm_lookup_step(struct bm_lookup *l, uint64_t now_ms)
{
	bitmark_status status = BITMARK_OK;

	if (l->resolver == NULL && now_ms < l->due_ms)
		return NULL;
	if (l->resolver == NULL)
		status = bm_resolver_ask_txt(&l->resolver, l->domain,
		    l->has_server ? &l->server : NULL);
	if (status == BITMARK_OK)
		status = bm_resolver_step(l->resolver);
	return status == BITMARK_E_PENDING ? NULL : conclude(l, status, now_ms);
}

static bitmark_status
configure(struct bm_lookup *l, const struct bm_lookup_config *config)
{
	const size_t size = strlen(config->domain);

	l->env = config->env;
	l->refresh_ms = config->refresh_ms;
	if (!bitmark_host_name_is_valid(config->domain, size))
		return BITMARK_E_ARGUMENT;
	memcpy(l->domain, config->domain, size + 1);
	l->has_server = config->server != NULL;
	return !l->has_server ? BITMARK_OK : bitmark_connection_from_text(
	    config->server, strlen(config->server), &l->server);
}

bitmark_status
bm_lookup_new(struct bm_lookup **lookup,
    const struct bm_lookup_config *config)
{
	struct bm_lookup *l = calloc(1, sizeof *l);
	bitmark_status status;

	*lookup = NULL;
	if (l == NULL)
		return BITMARK_E_NOMEM;
	status = configure(l, config);
	if (status == BITMARK_OK)
		*lookup = l;
	else
		bm_lookup_free(l);
	return status;
}

void
bm_lookup_free(struct bm_lookup *l)
{
	if (l == NULL)
		return;
	bm_resolver_free(l->resolver);
	free(l);
}

size_t
bm_lookup_items(const struct bm_lookup *l,
    zmq_pollitem_t items[BM_LOOKUP_ITEMS])
{
	return l->resolver == NULL ? 0 :
	    bm_resolver_items(l->resolver, items);
}

uint64_t
bm_lookup_deadline(const struct bm_lookup *l)
{
	return l->resolver == NULL ? l->due_ms :
	    bm_resolver_deadline(l->resolver);
}
