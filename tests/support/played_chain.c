/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
#include "played_chain.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COINBASE "{\"txid\":\"%064x\",\"vin\":[{\"coinbase\":\"01660101\"," \
	"\"sequence\":4294967295}],\"vout\":[{\"value\":50.00000000," \
	"\"n\":0,\"scriptPubKey\":{\"hex\":\"51\",\"type\":" \
	"\"nonstandard\"}}]}"

static void *
demand(void *memory)
{
	if (memory == NULL)
		abort();
	return memory;
}

static struct played_block *
add_block(struct played *p, size_t parent, char *tx)
{
	struct played_block *b;

	p->block = demand(realloc(p->block, (p->count + 1) *
	    sizeof *p->block));
	b = &p->block[p->count];
	*b = (struct played_block){ .parent = parent, .tx = tx };
	if (p->count > 0)
		b->height = p->block[parent].height + 1;
	b->time_s = p->start_s + PLAYED_PACE_S * b->height;
	snprintf(b->hash, sizeof b->hash, "%08x%048x%08x", p->seed, 0,
	    (unsigned)p->count);
	p->tip = p->count++;
	return b;
}

void
played_init(struct played *p, const char *chain, unsigned seed,
    uint64_t start_s)
{
	*p = (struct played){ .chain = chain, .seed = seed,
	    .start_s = start_s };
	(void)add_block(p, 0, NULL);
}

void
played_free(struct played *p)
{
	for (size_t i = 0; i < p->count; i++)
		free(p->block[i].tx);
	free(p->block);
}

size_t
played_mine(struct played *p, char *tx)
{
	(void)add_block(p, p->tip, tx);
	return p->tip;
}

void
played_mine_many(struct played *p, unsigned count)
{
	while (count-- > 0)
		(void)played_mine(p, NULL);
}

void
played_fork(struct played *p, size_t at)
{
	p->tip = at;
}

size_t
played_at(const struct played *p, uint64_t height)
{
	size_t i = p->tip;

	while (p->block[i].height > height)
		i = p->block[i].parent;
	return i;
}

char *
played_payment(const char *script, const char *address, const char *coins)
{
	static unsigned count;
	char *text = demand(malloc(2048));

	snprintf(text, 2048, "{\"txid\":\"%064x\",\"version\":2,\"vin\":[{"
	    "\"txid\":\"%064x\",\"vout\":0,\"sequence\":4294967294}],"
	    "\"vout\":[{\"value\":%s,\"n\":0,\"scriptPubKey\":{\"hex\":"
	    "\"76a9\",\"type\":\"pubkeyhash\",\"address\":\"%s\"}},"
	    "{\"value\":0.00000000,\"n\":1,\"scriptPubKey\":{\"hex\":\"%s\","
	    "\"type\":\"nulldata\"}}]}", 0x1000 + count, 1, coins, address,
	    script);
	count++;
	return text;
}

/* --- answers -------------------------------------------------------------- */

static char *
refuse(const char *what, long *status)
{
	*status = 404;
	return demand(strdup(what));
}

static char *
tell_info(const struct played *p)
{
	const struct played_block *tip = &p->block[p->tip];
	char *text = demand(malloc(512));

	snprintf(text, 512, "{\"chain\":\"%s\",\"blocks\":%" PRIu64
	    ",\"headers\":%" PRIu64 ",\"bestblockhash\":\"%s\",\"difficulty\":"
	    "4.656542373906925e-10,\"pruned\":false,\"softforks\":{\"bip34\":"
	    "{\"active\":false}},\"warnings\":\"\"}", p->chain, tip->height,
	    tip->height, tip->hash);
	return text;
}

static char *
tell_hash(const struct played *p, const char *height, long *status)
{
	const uint64_t wanted = strtoull(height, NULL, 10);
	char *text;

	if (p->knows_no_heights)
		return refuse("", status);
	if (wanted > p->block[p->tip].height)
		return refuse("Block height out of range\r\n", status);
	text = demand(malloc(128));
	snprintf(text, 128, "{\"blockhash\":\"%s\"}\n",
	    p->block[played_at(p, wanted)].hash);
	return text;
}

/* Fields that follow the transactions. */
static void
tell_links(const struct played *p, const struct played_block *b,
    bool is_active, char *text, size_t size)
{
	int used = snprintf(text, size, "],\"time\":%" PRIu64 ",\"nTx\":%d",
	    b->time_s, b->tx != NULL ? 2 : 1);

	if (b->height > 0)
		used += snprintf(text + used, size - (size_t)used,
		    ",\"previousblockhash\":\"%s\"", p->block[b->parent].hash);
	if (is_active && b->height < p->block[p->tip].height)
		used += snprintf(text + used, size - (size_t)used,
		    ",\"nextblockhash\":\"%s\"",
		    p->block[played_at(p, b->height + 1)].hash);
	snprintf(text + used, size - (size_t)used, "}");
}

static char *
tell_block(const struct played *p, size_t place, long *status)
{
	const struct played_block *b = &p->block[place];
	const uint64_t tip = p->block[p->tip].height;
	const bool is_active = b->height <= tip &&
	    played_at(p, b->height) == place;
	const size_t size = 4096 + (b->tx != NULL ? strlen(b->tx) : 0);
	char *text;
	int used;

	if (b->height < p->pruned)
		return refuse("not available (pruned data)\r\n", status);
	text = demand(malloc(size));
	used = snprintf(text, size, "{\"hash\":\"%s\",\"confirmations\":%lld,"
	    "\"height\":%" PRIu64 ",\"tx\":[" COINBASE "%s%s", b->hash,
	    is_active ? (long long)(tip - b->height + 1) : -1, b->height,
	    (unsigned)place, b->tx != NULL ? "," : "",
	    b->tx != NULL ? b->tx : "");
	tell_links(p, b, is_active, text + used, size - (size_t)used);
	return text;
}

char *
played_answer(const struct played *p, const char *path, long *status)
{
	*status = 200;
	if (strcmp(path, "chaininfo.json") == 0)
		return tell_info(p);
	if (strncmp(path, "blockhashbyheight/", 18) == 0)
		return tell_hash(p, path + 18, status);
	if (strncmp(path, "block/", 6) == 0)
		for (size_t i = 0; i < p->count; i++)
			if (strncmp(path + 6, p->block[i].hash,
			    PLAYED_HASH_TEXT) == 0)
				return tell_block(p, i, status);
	return refuse("not found\r\n", status);
}
