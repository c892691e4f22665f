/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * news - the state of the daemon, and what waits in its reservoir.
 *
 * One thread asks by the control socket, with a time limit.  Requests take the
 * newest state that it has got: a daemon that is slow or gone delays none of
 * them.
 */
#ifndef EXPLORER_NEWS_H
#define EXPLORER_NEWS_H

#include <bitmarkpeer/record.h>

/* Transactions that are shown of those that wait, at most, and those that the
 * daemon is asked for at a time: it lists them on the thread of its node.  Source:
 * local bounds. */
#define NEWS_ITEMS_MAX 20000
#define NEWS_PAGE 1000
/* How long the daemon is waited for, how often it is asked, and for how long its
 * last answer is shown when it gives no more, or only a part of the list.
 * Milliseconds.  Source: local
 * choice. */
#define NEWS_WAIT_MS 3000
#define NEWS_EVERY_MS 1000
#define NEWS_KEPT_MS 30000
/* Nothing is asked for so many times as long as the last answers took: a long list
 * does not keep the daemon busy.  Source: local choice. */
#define NEWS_REST 10

struct news_item {
	uint8_t id[BITMARK_TX_ID_SIZE];
	bool verified;                  /* else pending                     */
	uint64_t since_s;               /* when it came                     */
	uint64_t until_s;               /* when it expires; 0: never        */
	uint8_t *packed;
	size_t size;
};

/* One state; it does not change.  Borrowed from news_take to news_drop. */
struct news {
	char mode[32], version[32];
	uint64_t peers, pending, verified;
	uint64_t since_s;               /* when it was first seen           */
	bool late;                      /* the daemon has not answered lately */
	bool complete;                  /* no page of the list is missing   */
	struct news_item *items;
	size_t count;
};

struct newsreader;

/*
 * newsreader_open(reader, path, chain):
 * Start to ask the daemon at the socket ${path}, which is borrowed.  A daemon of
 * another chain than ${chain} is none.
 *
 *   reader   new; owned by the caller: newsreader_close, which takes
 *            NEWS_WAIT_MS at most
 */
bool newsreader_open(struct newsreader **reader, const char *path,
    const char *chain);
void newsreader_close(struct newsreader *reader);

/* Ask when it is time to; now and then. */
void newsreader_tick(struct newsreader *reader, uint64_t now_ms);

/* The newest state, or NULL: there is no daemon.  ${changes}: how often what it
 * gives has changed.  Any thread; ${reader} may be NULL. */
const struct news *news_take(struct newsreader *reader, uint64_t *changes);
void news_drop(struct newsreader *reader, const struct news *news);

/* The item with this id, or NULL; ${news} may be NULL. */
const struct news_item *news_find(const struct news *news,
    const uint8_t id[BITMARK_TX_ID_SIZE]);

/* The state that two replies of the daemon tell; NULL: they are not those of a
 * daemon of this chain, or no memory.  To be dropped with news_free. */
struct json_t;
struct news *news_from_json(const struct json_t *status,
    const struct json_t *reservoir, const char *chain);

/* The next page of its list; gives how many transactions the page has.  Without
 * memory none of them is taken, and the list is not complete. */
size_t news_add_json(struct news *news, const struct json_t *reservoir);

void news_free(struct news *news);

/* Do both tell the same?  Times of ours do not count; NULL is a state. */
bool news_equal(const struct news *a, const struct news *b);

#endif
