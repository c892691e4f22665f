/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Two nodes on loopback; a client, a subscriber, a follower and a job client of one of
 * them.
 */
#include "use.h"

#include <poll.h>
#include <unistd.h>

#define WAIT_MS 60000
#define ADDRESS_SIZE 32
#define PATH_SIZE 1024

/* The second node writes a byte here when it is registered with the first. */
static int told[2];

static void
on_event(void *user, const struct bitmark_node_event *event)
{
	(void)user;
	if (event->type == BITMARK_NODE_PEER_UP && event->address != NULL)
		MUST(write(told[1], event->key, 1) == 1);
}

static void
wait_for_event(uint8_t key)
{
	struct pollfd item = { .fd = told[0], .events = POLLIN };
	uint8_t byte;

	MUST(poll(&item, 1, WAIT_MS) == 1);
	MUST(read(told[0], &byte, 1) == 1 && byte == key);
}

/* What the two nodes have in common. */
struct place {
	uint8_t key[BITMARK_PEER_KEY_SIZE];
	char listen[ADDRESS_SIZE];
	char publish[ADDRESS_SIZE];
	char store[PATH_SIZE];
};

static struct bitmark_node *
start_first(struct place *place)
{
	const char *listen = place->listen, *publish = place->publish;
	struct bitmark_node *node;

	SIZED(node_config, config);
	SIZED(node_proofing, proofing);
	bitmark_peer_key_generate(NULL, config.s.public_key,
	    config.s.private_key);
	memcpy(place->key, config.s.public_key, sizeof place->key);
	config.s.database = place->store;
	config.s.params = bitmark_chain_params_find("local");
	config.s.listen = &listen;
	config.s.listen_count = 1;
	config.s.publish = &publish;
	config.s.publish_count = 1;
	config.s.proofing = &proofing.s;
	REFUSED(config, bitmark_node_start(&node, &config.s));
	REFUSED(proofing, bitmark_node_start(&node, &config.s));
	MUST_OK(bitmark_node_start(&node, &config.s));
	LEFT_ALONE(config);
	LEFT_ALONE(proofing);
	return node;
}

/* It follows the first one, and has a second peer that is not there, so that
 * the distance of the elements matters. */
static struct bitmark_node *
start_second(const struct place *first, const char *store)
{
	struct bitmark_node_peer peer[2];
	struct bitmark_node *node;

	SIZED(node_config, config);
	memset(peer, 0, sizeof peer);
	peer[0].struct_size = peer[1].struct_size = sizeof peer[0];
	peer[0].key[0] = 1;
	peer[0].address = "127.0.0.1:1";
	memcpy(peer[1].key, first->key, sizeof peer[1].key);
	peer[1].address = first->listen;
	bitmark_peer_key_generate(NULL, config.s.public_key,
	    config.s.private_key);
	config.s.database = store;
	config.s.params = bitmark_chain_params_find("local");
	config.s.connect = peer;
	config.s.connect_count = 2;
	config.s.cycle_ms = 200;
	config.s.event = on_event;
	MUST_OK(bitmark_node_start(&node, &config.s));
	return node;
}

static int
look_at_connection(void *user,
    const struct bitmark_node_connection *connection)
{
	const struct place *first = user;

	MUST(connection->is_static && connection->address != NULL);
	if (memcmp(connection->key, first->key, sizeof first->key) == 0)
		MUST(connection->registered &&
		    connection->counters->failures == 0);
	return 0;
}

static void
ask_second(struct bitmark_node *node, struct place *first)
{
	SIZED(node_status, status);
	MUST_OK(bitmark_node_each_connection(node, look_at_connection, first));
	REFUSED(status, bitmark_node_get_status(node, &status.s));
	MUST_OK(bitmark_node_get_status(node, &status.s));
	FILLED(status);
	MUST(status.s.peers == 1 && status.s.tip.number == 1);
}

/* The first node has no peers to follow, so it is Normal at once. */
static void
submit(struct bitmark_node *node)
{
	struct signed_records made;
	struct bitmark_peer *peers;
	size_t count;

	SIZED(unit_result, unit);
	SIZED(reservoir_counts, counts);
	SIZED(tx_place, place);
	make_records(&made);
	MUST_OK(bitmark_node_submit(node, BITMARK_SUBMIT_ASSETS, made.asset,
	    made.asset_size, NULL));
	REFUSED(unit, bitmark_node_submit(node, BITMARK_SUBMIT_ISSUES,
	    made.issue, made.issue_size, &unit.s));
	MUST_OK(bitmark_node_submit(node, BITMARK_SUBMIT_ISSUES, made.issue,
	    made.issue_size, &unit.s));
	FILLED(unit);
	MUST(unit.s.count == 1);
	REFUSED(place, bitmark_node_transaction(node, unit.s.tx_id[0],
	    &place.s));
	MUST_OK(bitmark_node_wait(node, unit.s.tx_id[0],
	    BITMARK_TX_STATUS_PENDING, WAIT_MS, &place.s));
	FILLED(place);
	MUST(place.s.status == BITMARK_TX_STATUS_PENDING);
	REFUSED(counts, bitmark_node_counts(node, &counts.s));
	MUST_OK(bitmark_node_counts(node, &counts.s));
	FILLED(counts);
	MUST(counts.s.pending == 1);
	MUST_OK(bitmark_node_peers(node, &peers, &count));
	bitmark_free(peers);
}

/* No block is asked for. */
static void
mine(struct bitmark_node *node)
{
	struct bitmark_base base;

	SIZED(mine, order);
	SIZED(mined, mined);
	make_base(BITMARK_BASE_FOUNDATION, &base);
	order.s.base = &base;
	REFUSED(order, bitmark_node_mine(node, &order.s));
	MUST_OK(bitmark_node_mine(node, &order.s));
	LEFT_ALONE(order);
	REFUSED(mined, bitmark_node_mined(node, &mined.s, NULL, 0));
	MUST_OK(bitmark_node_mined(node, &mined.s, NULL, 0));
	FILLED(mined);
	MUST(mined.s.left == 0 && mined.s.found == 0);
}

static struct bitmark_subscriber *
subscribe(const struct place *place)
{
	struct bitmark_subscriber *subscriber;

	SIZED(subscriber_config, config);
	SIZED(notice, notice);
	config.s.chain = "local";
	config.s.address = place->publish;
	memcpy(config.s.server_key, place->key, sizeof config.s.server_key);
	REFUSED(config, bitmark_subscriber_open(&subscriber, &config.s));
	MUST_OK(bitmark_subscriber_open(&subscriber, &config.s));
	LEFT_ALONE(config);
	REFUSED(notice, bitmark_subscriber_next(subscriber, WAIT_MS,
	    &notice.s));
	MUST_OK(bitmark_subscriber_next(subscriber, WAIT_MS, &notice.s));
	FILLED(notice);
	MUST(notice.s.type == BITMARK_NOTICE_CONNECTED);
	return subscriber;
}

/* Notices come until the one of the issue that was submitted: with that of its
 * asset before it. */
static void
read_notices(struct bitmark_subscriber *subscriber)
{
	SIZED(notice, notice);
	do {
		MUST_OK(bitmark_subscriber_next(subscriber, WAIT_MS,
		    &notice.s));
		FILLED(notice);
		MUST(notice.s.type == BITMARK_NOTICE_EVENT);
		MUST(notice.s.count > 0 && notice.s.parameter[0].size > 0);
	} while (strcmp(notice.s.event, "issues") != 0);
}

/* A chain of genesis alone has no block to tell. */
static void
follow(const struct place *place)
{
	struct bitmark_follower *follower;

	SIZED(follower_config, config);
	SIZED(follower_event, event);
	config.s.chain = "local";
	config.s.node = place->listen;
	memcpy(config.s.node_key, place->key, sizeof config.s.node_key);
	config.s.from = 2;
	REFUSED(config, bitmark_follower_open(&follower, &config.s));
	MUST_OK(bitmark_follower_open(&follower, &config.s));
	LEFT_ALONE(config);
	REFUSED(event, bitmark_follower_next(follower, WAIT_MS, &event.s));
	MUST_OK(bitmark_follower_next(follower, WAIT_MS, &event.s));
	FILLED(event);
	MUST(event.s.type == BITMARK_FOLLOWER_CURRENT && event.s.number == 1);
	bitmark_follower_close(follower);
}

/* The sockets of a miner, at those of the node that any client may connect to. */
static void
look_for_jobs(const struct place *place)
{
	struct bitmark_job_client *client;

	SIZED(job_client_config, config);
	SIZED(job_notice, notice);
	SIZED(job_client_stats, stats);
	config.s.jobs = place->publish;
	config.s.submit = place->listen;
	memcpy(config.s.server_key, place->key, sizeof config.s.server_key);
	REFUSED(config, bitmark_job_client_open(&client, &config.s));
	MUST_OK(bitmark_job_client_open(&client, &config.s));
	LEFT_ALONE(config);
	REFUSED(notice, bitmark_job_client_next(client, WAIT_MS, &notice.s));
	MUST_OK(bitmark_job_client_next(client, WAIT_MS, &notice.s));
	FILLED(notice);
	MUST(notice.s.type == BITMARK_JOB_CONNECTED);
	REFUSED(stats, bitmark_job_client_get_stats(client, &stats.s));
	MUST_OK(bitmark_job_client_get_stats(client, &stats.s));
	FILLED(stats);
	MUST(stats.s.waiting == 0 && stats.s.sent == 0);
	bitmark_job_client_close(client);
}

/* The same question in both ways. */
static void
ask_client(const struct place *place)
{
	struct bitmark_client *client;
	struct pollfd items[BITMARK_CLIENT_POLL_MAX];
	struct bitmark_peer peer;
	uint64_t height;
	bitmark_status status;

	SIZED(client_config, config);
	SIZED(info, info);
	config.s.chain = "local";
	config.s.address = place->listen;
	config.s.timeout_ms = WAIT_MS;
	memcpy(config.s.server_key, place->key, sizeof config.s.server_key);
	REFUSED(config, bitmark_client_open(&client, &config.s));
	MUST_OK(bitmark_client_open(&client, &config.s));
	LEFT_ALONE(config);
	REFUSED(info, bitmark_client_info(client, &info.s));
	MUST_OK(bitmark_client_info(client, &info.s));
	FILLED(info);
	MUST(strcmp(info.s.chain, "local") == 0 && info.s.height == 1);
	MUST_OK(bitmark_client_start_height(client));
	while ((status = bitmark_client_step(client)) == BITMARK_E_PENDING) {
		size_t count = bitmark_client_poll_items(client, items,
		    BITMARK_CLIENT_POLL_MAX);

		MUST(bitmark_client_deadline_ms(client) != UINT64_MAX);
		poll(items, count, 10);
	}
	MUST_OK(status);
	MUST_OK(bitmark_client_get_height(client, &height));
	MUST(height == 1);
	status = bitmark_client_peer(client, &peer);
	MUST(status == BITMARK_OK || status == BITMARK_E_NOT_FOUND);
	bitmark_client_close(client);
}

void
use_node(const char *directory)
{
	const char *port = getenv("TEST_PORT");
	struct place place;
	char store[PATH_SIZE];
	struct bitmark_node *first, *second;
	struct bitmark_subscriber *subscriber;

	snprintf(place.listen, sizeof place.listen, "127.0.0.1:%d",
	    port != NULL ? atoi(port) : 29000);
	snprintf(place.publish, sizeof place.publish, "127.0.0.1:%d",
	    port != NULL ? atoi(port) + 1 : 29001);
	snprintf(place.store, sizeof place.store, "%s/first", directory);
	snprintf(store, sizeof store, "%s/second", directory);
	MUST(pipe(told) == 0);
	first = start_first(&place);
	second = start_second(&place, store);
	subscriber = subscribe(&place);
	submit(first);
	mine(first);
	read_notices(subscriber);
	ask_client(&place);
	follow(&place);
	look_for_jobs(&place);
	wait_for_event(place.key[0]);
	ask_second(second, &place);
	bitmark_subscriber_close(subscriber);
	bitmark_node_stop(second);
	bitmark_node_stop(first);
	close(told[0]);
	close(told[1]);
}
