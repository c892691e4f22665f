/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
#include "members.h"

#include <string.h>

struct member member[MEMBERS_MAX];
struct golden_chain member_golden, member_fork;

static void
prepare(struct member *m)
{
	struct bitmark_node_config *config = &m->config;

	config->struct_size = sizeof *config;
	bitmark_peer_key_generate(NULL, config->public_key,
	    config->private_key);
	memcpy(m->public_key, config->public_key, sizeof m->public_key);
	loopback_free_address(m->address);
	m->listen = m->address;
	m->directory = store_directory();
	config->database = m->directory;
	config->params = bitmark_chain_params_find("local");
	config->listen = config->announce = &m->listen;
	config->listen_count = config->announce_count = 1;
	config->connect = m->peer;
	config->digest_workers = 1;
	config->digest_nice = -1;
	config->digest = golden_digests(&member_golden, &member_fork);
	config->cycle_ms = MEMBER_CYCLE_MS;
	config->poll_ms = MEMBER_POLL_MS;
}

void
members_setup(void)
{
	member_golden = golden_chain("chain-a");
	member_fork = golden_chain("chain-a-fork");
	memset(member, 0, sizeof member);
	for (int i = 0; i < MEMBERS_MAX; i++)
		prepare(&member[i]);
}

void
members_teardown(void)
{
	for (int i = 0; i < MEMBERS_MAX; i++) {
		member_stop(i);
		store_remove(member[i].directory);
	}
	golden_chain_free(&member_golden);
	golden_chain_free(&member_fork);
}

void
member_load(int i, uint64_t last)
{
	struct bitmark_chain *chain = store_open(member[i].directory);

	store_add(chain, &member_golden, last);
	bitmark_chain_close(chain);
}

void
member_connect(int i, const uint8_t *key, const char *address)
{
	struct member *m = &member[i];
	struct bitmark_node_peer *peer = &m->peer[m->config.connect_count++];

	ck_assert_uint_le(m->config.connect_count, MEMBER_PEERS_MAX);
	peer->struct_size = sizeof *peer;
	memcpy(peer->key, key, sizeof peer->key);
	peer->address = address;
}

void
member_follow(int i, int other)
{
	member_connect(i, member[other].public_key, member[other].address);
}

void
member_start(int i)
{
	ck_assert_int_eq(bitmark_node_start(&member[i].node,
	    &member[i].config), BITMARK_OK);
}

void
member_stop(int i)
{
	bitmark_node_stop(member[i].node);
	member[i].node = NULL;
}

struct bitmark_node_status
member_status(int i)
{
	struct bitmark_node_status status = { .struct_size = sizeof status };

	bitmark_node_get_status(member[i].node, &status);
	return status;
}

bool
member_becomes(int i, member_good_fn good, uint64_t argument)
{
	struct await wait = AWAIT;

	do {
		struct bitmark_node_status status = member_status(i);

		if (good(&status, argument))
			return true;
	} while (await_again(&wait));
	return false;
}

bool
member_in_step(const struct bitmark_node_status *s, uint64_t height)
{
	return s->mode == BITMARK_MODE_NORMAL && s->tip.number == height;
}

bool
member_has_peers(const struct bitmark_node_status *s, uint64_t count)
{
	return s->peers == count;
}

bool
member_waiting(const struct bitmark_node_status *s, uint64_t count)
{
	return s->pending + s->verified == count;
}

bool
member_dropped(const struct bitmark_node_status *s, uint64_t count)
{
	return s->dropped >= count;
}

bool
member_knows(const struct bitmark_node_status *s, uint64_t count)
{
	return s->known == count;
}
