/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The choice of a client to follow: the highest one, or, where peers vote, one
 * of those that most of them agree with.
 *
 * Source: bitmarkd v8.2 peer/connector.go; v0.16.0 peer/connector.go,
 * peer/voting/voting.go
 */
#include "protocol/connector_impl.h"

#include <string.h>

/* Half of the clients that a node needs, rounded up: 3 of 5 in 0.16. */
size_t
bm_election_needed(const struct bitmark_connector *c)
{
	const size_t half = c->minimum / 2 + c->minimum % 2;

	return half == 0 ? 1 : half;
}

/* A height or vote counts for a minute.  A client that is silent for longer, or
 * the network between us, has probably failed. */
static bool
has_told(const struct bitmark_connector *c, size_t i)
{
	const struct bm_client *client = &c->client[i];

	return bm_client_is_usable(c, i) && client->height != 0 &&
	    c->now_ms - client->told_ms <= BITMARK_CONNECTOR_VOTE_MS;
}

/*
 * A vote stays while our chain grows: a client that had our block of some
 * number is taken to go on with us until it says otherwise, and one that had
 * another block there is not with us, however long our chain has become.
 * bitmarkd counts votes about blocks of different numbers as different ones, so
 * that after each block nobody agrees with anybody for half a minute.
 *
 * A vote about a block that we have rolled back says nothing.
 */
static bool
is_voter(const struct bitmark_connector *c, size_t i, uint64_t height)
{
	const struct bm_client *client = &c->client[i];

	return has_told(c, i) && client->height >= height &&
	    client->vote_number != 0 && client->vote_number <= height;
}

/* Does the client's vote name the digest of our block?  The genesis block
 * counts as equal in all clients, because the chain's name stands for it: a
 * client that names another digest for genesis must not make us search for
 * another chain. */
static bool
has_our_block(const struct bitmark_connector *c, const struct bm_client *client)
{
	uint8_t own[BITMARK_DIGEST_SIZE];

	return client->vote_number <= BITMARK_GENESIS_NUMBER ||
	    (c->view.digest(c->view.user, client->vote_number, own) ==
	    BITMARK_OK && memcmp(own, client->vote, sizeof own) == 0);
}

static void
compare_votes(struct bitmark_connector *c, uint64_t height)
{
	for (size_t i = 0; i < c->count; i++) {
		struct bm_client *client = &c->client[i];

		client->votes = is_voter(c, i, height);
		client->agrees = client->votes && has_our_block(c, client);
	}
}

static bool
is_same_vote(const struct bm_client *a, const struct bm_client *b)
{
	if (a->agrees || b->agrees)
		return a->agrees && b->agrees;
	return a->vote_number == b->vote_number &&
	    memcmp(a->vote, b->vote, sizeof a->vote) == 0;
}

/* Votes of the group of clients that agree with client ${i}; 0 when the group
 * was counted for an earlier client. */
static size_t
votes_with(const struct bitmark_connector *c, size_t i)
{
	size_t votes = 0;

	for (size_t k = 0; k < c->count; k++) {
		if (!c->client[k].votes ||
		    !is_same_vote(&c->client[k], &c->client[i]))
			continue;
		if (k < i)
			return 0;
		votes++;
	}
	return votes;
}

/*
 * The digest as a number, whose last stored byte weighs most.
 *
 * 0.16 goes through the bytes from there and takes the digest for smaller as
 * soon as any byte is, so that of two digests each can be smaller than the
 * other, and two branches of equal height can take turns for ever.  Where one
 * is smaller as a number 0.16 says so as well; here the other one never is.
 */
bool
bm_election_is_smaller(const uint8_t a[BITMARK_DIGEST_SIZE],
    const uint8_t b[BITMARK_DIGEST_SIZE])
{
	for (size_t i = BITMARK_DIGEST_SIZE; i-- > 0;)
		if (a[i] != b[i])
			return a[i] < b[i];
	return false;
}

/* The digest that the group of ${client} has at ${number}; false: not known. */
static bool
digest_at(const struct bitmark_connector *c, const struct bm_client *client,
    uint64_t number, uint8_t digest[BITMARK_DIGEST_SIZE])
{
	if (client->agrees)
		return c->view.digest(c->view.user, number, digest) ==
		    BITMARK_OK;
	memcpy(digest, client->vote, BITMARK_DIGEST_SIZE);
	return client->vote_number == number;
}

/* Is the group of ${a} preferred to the group of ${b}, which has the same
 * size? */
static bool
is_preferred(const struct bitmark_connector *c, const struct bm_client *a,
    const struct bm_client *b)
{
	const uint64_t number = a->agrees ? b->vote_number : a->vote_number;
	uint8_t left[BITMARK_DIGEST_SIZE], right[BITMARK_DIGEST_SIZE];

	return digest_at(c, a, number, left) &&
	    digest_at(c, b, number, right) &&
	    bm_election_is_smaller(left, right);
}

/* A client that speaks for the largest group, or BM_NOBODY.  Groups of one size
 * count together: they say that the question is asked by enough clients, and
 * the digest decides. */
static size_t
elect(struct bitmark_connector *c)
{
	size_t best = BM_NOBODY, most = 0, together = 0;

	c->voters = 0;
	for (size_t i = 0; i < c->count; i++) {
		size_t votes = c->client[i].votes ? votes_with(c, i) : 0;

		c->voters += c->client[i].votes;
		if (votes == 0 || votes < most)
			continue;
		together = votes == most ? together + votes : votes;
		if (votes > most || is_preferred(c, &c->client[i],
		    &c->client[best]))
			best = i;
		most = votes;
	}
	c->votes = together < bm_election_needed(c) ? 0 : most;
	return c->votes == 0 ? BM_NOBODY : best;
}

/* The client of a group with the greatest height.  0.16 takes the first one of
 * the group; but that may be stuck at our height, and following it would bring
 * no blocks. */
static size_t
highest_of_group(const struct bitmark_connector *c, size_t speaker)
{
	size_t best = speaker;

	for (size_t i = speaker + 1; i < c->count; i++)
		if (c->client[i].votes && is_same_vote(&c->client[i],
		    &c->client[speaker]) &&
		    c->client[i].height > c->client[best].height)
			best = i;
	return best;
}

/*
 * No group has enough votes.  That need not mean doubt: clients that are lower
 * than we are cannot vote, and those that agree with us at our height have
 * nothing better.  When these are many enough, and more than all others, ours
 * is the best chain that is known: so the node that has the blocks of a new
 * network becomes Normal, and one that has just fetched the newest block stays
 * it.
 */
static bool
is_ahead_of_most(const struct bitmark_connector *c, uint64_t height)
{
	size_t with_us = 0, others = 0;

	for (size_t i = 0; i < c->count; i++) {
		const struct bm_client *client = &c->client[i];

		if (!has_told(c, i))
			continue;
		if (client->height < height ||
		    (client->agrees && client->height == height))
			with_us++;
		else
			others++;
	}
	return with_us >= bm_election_needed(c) && with_us > others;
}

static struct bm_choice
choose_by_votes(struct bitmark_connector *c)
{
	const uint64_t height = c->view.height(c->view.user);
	struct bm_choice choice = { .source = BM_NOBODY };
	const struct bm_client *client;
	uint8_t own[BITMARK_DIGEST_SIZE];
	size_t speaker;

	compare_votes(c, height);
	speaker = elect(c);
	if (speaker == BM_NOBODY) {
		choice.in_step = is_ahead_of_most(c, height);
		return choice;
	}
	choice.source = highest_of_group(c, speaker);
	client = &c->client[choice.source];
	choice.is_tie = client->height == height && !client->agrees &&
	    client->vote_number == height &&
	    c->view.digest(c->view.user, height, own) == BITMARK_OK &&
	    bm_election_is_smaller(client->vote, own);
	choice.is_better = client->height > height || choice.is_tie;
	choice.in_step = !choice.is_better && client->agrees;
	return choice;
}

struct bm_choice
bm_election_choose(struct bitmark_connector *c)
{
	struct bm_choice choice = { .source = BM_NOBODY };
	uint64_t height;

	if (bm_election_is_by_votes(c)) {
		choice = choose_by_votes(c);
	} else {
		height = c->view.height(c->view.user);
		choice.source = bm_client_best(c);
		choice.is_better = choice.source != BM_NOBODY &&
		    c->client[choice.source].height > height;
		choice.in_step = choice.source != BM_NOBODY &&
		    !choice.is_better;
	}
	c->elected = choice.source;
	c->target = choice.source != BM_NOBODY ?
	    c->client[choice.source].height : choice.in_step ?
	    c->view.height(c->view.user) : 0;
	return choice;
}

bool
bm_election_is_by_votes(const struct bitmark_connector *c)
{
	return c->rules->election == BITMARK_ELECTION_VOTES;
}

/* Without votes the target is the height of the highest client.  With votes it
 * is the height of the client that the last election chose, which may have
 * grown since. */
uint64_t
bm_election_target(const struct bitmark_connector *c)
{
	const size_t best = bm_election_is_by_votes(c) ? c->elected :
	    bm_client_best(c);

	if (best != BM_NOBODY && bm_client_is_usable(c, best))
		return c->client[best].height;
	return bm_election_is_by_votes(c) ? c->target : 0;
}
