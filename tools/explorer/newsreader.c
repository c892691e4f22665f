/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * One thread asks the daemon by its control socket. Each reply becomes a state
 * that never changes again; readers count themselves in and out of it, and the
 * last one frees it. So a request never waits for the daemon, and the thread
 * never waits for a request.
 */
#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>

#include <bitmarkpeer/os.h>

#include "explorer/news.h"
#include "shared/ask.h"
#include "shared/thread.h"

/* A state that some readers have. */
struct shown {
	struct news news;               /* first: readers have its address  */
	unsigned readers;               /* and one for the reader's own     */
};

struct newsreader {
	const char *path, *chain;
	pthread_t thread;
	pthread_mutex_t lock;           /* of all below                     */
	pthread_cond_t due;             /* to be asked, or to be stopped    */
	bool asks, stops;
	uint64_t next_ms;               /* when it is time again            */
	uint64_t answered_ms;           /* when its newest answer came      */
	uint64_t changes;
	struct shown *newest;           /* NULL: no daemon                  */
};

/* --- states --------------------------------------------------------------- */

/* Called with the lock held, because ${readers} is not atomic. */
static void
drop(struct shown *shown)
{
	if (shown == NULL || --shown->readers > 0)
		return;
	for (size_t i = 0; i < shown->news.count; i++)
		free(shown->news.items[i].packed);
	free(shown->news.items);
	free(shown);
}

/* ${news} is taken over; NULL: there is no daemon. A state equal to the one
 * that readers see does not replace it, so that ${changes}, which becomes the
 * tag of an answer, changes only when the answer does. A copy of the struct
 * moves its items into ${shown}; that is why only the shell of ${news} is freed
 * then. */
static void
show(struct newsreader *r, struct news *news)
{
	struct shown *shown = NULL;

	pthread_mutex_lock(&r->lock);
	if (!news_equal(news, r->newest != NULL ? &r->newest->news : NULL)) {
		shown = news != NULL ? malloc(sizeof *shown) : NULL;
		if (shown != NULL) {
			*shown = (struct shown){ *news, 1 };
			shown->news.since_s = bitmark_clock_wall_s();
			free(news);
			news = NULL;
		}
		drop(r->newest);
		r->newest = shown;
		r->changes++;
	}
	pthread_mutex_unlock(&r->lock);
	news_free(news);
}

/* Copy the items, for a state that differs in its ${late} word only. Without
 * memory the copy has fewer items, and is not complete. */
static struct news *
copy_items(struct news *copy, const struct news *news)
{
	copy->count = 0;
	copy->items = calloc(news->count + 1, sizeof *copy->items);
	for (size_t i = 0; copy->items != NULL && i < news->count; i++) {
		struct news_item *item = &copy->items[copy->count];

		*item = news->items[i];
		item->packed = malloc(item->size);
		if (item->packed == NULL)
			break;
		for (size_t k = 0; k < item->size; k++)
			item->packed[k] = news->items[i].packed[k];
		copy->count++;
	}
	copy->complete = news->complete && copy->count == news->count;
	return copy;
}

/* The daemon did not answer in time, or not all of it. Its last state is shown for NEWS_KEPT_MS
 * more, marked as late: a daemon that is busy with a large block must not make
 * the pages empty. ${newest} is read without the lock, as this thread alone
 * replaces it. */
static void
show_late(struct newsreader *r)
{
	struct news *copy = NULL;
	const struct shown *newest = r->newest;         /* this thread alone
	                                                   changes it       */

	if (newest == NULL || bitmark_clock_ms() - r->answered_ms >
	    NEWS_KEPT_MS) {
		show(r, NULL);
		return;
	}
	if (newest->news.late || (copy = calloc(1, sizeof *copy)) == NULL)
		return;
	*copy = newest->news;
	copy->late = true;
	show(r, copy_items(copy, &newest->news));
}

/* --- the thread ----------------------------------------------------------- */

/* A page of what waits; NULL: no answer in time. */
static json_t *
ask_page(const struct newsreader *r, size_t start)
{
	json_t *question = json_pack("{s:s, s:I, s:i}", "command", "reservoir",
	    "start", (json_int_t)start, "packed", NEWS_PAGE);
	const char *why;
	json_t *page = ask_daemon(r->path, question, NEWS_WAIT_MS / 2, &why);

	json_decref(question);
	return page;
}

static bool
is_stopping(struct newsreader *r)
{
	bool stops;

	pthread_mutex_lock(&r->lock);
	stops = r->stops;
	pthread_mutex_unlock(&r->lock);
	return stops;
}

/* Ask for the pages behind the first one, of ${size} transactions. A page that
 * does not come in time ends the list, which is then not complete. Transactions
 * that come or go between two pages may be missing until the next time. A close
 * of the reader is noticed between two pages. */
static void
ask_pages(struct newsreader *r, struct news *news, size_t size)
{
	size_t start = size;
	json_t *page;

	while (size == NEWS_PAGE && news->count < NEWS_ITEMS_MAX &&
	    !is_stopping(r) && (page = ask_page(r, start)) != NULL) {
		size = news_add_json(news, page);
		start += size;
		json_decref(page);
	}
	if (size == NEWS_PAGE && news->count < NEWS_ITEMS_MAX)
		news->complete = false;
}

/* The status and the first page of waiting transactions, each with half of the
 * time, and then the other pages. A transaction may arrive in between, so the
 * counts in the status and the list can differ by it. */
static struct news *
ask(struct newsreader *r)
{
	const char *why;
	json_t *question = json_pack("{s:s}", "command", "status");
	json_t *status = ask_daemon(r->path, question, NEWS_WAIT_MS / 2, &why);
	json_t *page = status != NULL ? ask_page(r, 0) : NULL;
	struct news *news = page != NULL ? news_from_json(status, page,
	    r->chain) : NULL;

	if (news != NULL)
		ask_pages(r, news, json_array_size(json_object_get(page,
		    "transactions")));
	json_decref(question);
	json_decref(status);
	json_decref(page);
	return news;
}

/* False: the thread is to stop. The loop guards against wake-ups without cause,
 * which condition variables may have. */
static bool
wait_for_turn(struct newsreader *r)
{
	bool stops;

	pthread_mutex_lock(&r->lock);
	while (!r->asks && !r->stops)
		pthread_cond_wait(&r->due, &r->lock);
	r->asks = false;
	stops = r->stops;
	pthread_mutex_unlock(&r->lock);
	return !stops;
}

/* A long list takes long to ask for, so the next question comes later in
 * proportion. */
static void
rest(struct newsreader *r, uint64_t asked_ms)
{
	const uint64_t now_ms = bitmark_clock_ms();
	const uint64_t until_ms = now_ms + NEWS_REST * (now_ms - asked_ms);

	pthread_mutex_lock(&r->lock);
	if (r->next_ms < until_ms)
		r->next_ms = until_ms;
	pthread_mutex_unlock(&r->lock);
}

/* A list that lacks pages does not replace a complete one of the last
 * NEWS_KEPT_MS: thousands of transactions would seem to be gone, and be back a
 * moment later. It is shown, as what it is, when there is nothing better. */
static bool
is_worth_showing(const struct newsreader *r, const struct news *news)
{
	return news->complete || r->newest == NULL ||
	    !r->newest->news.complete ||
	    bitmark_clock_ms() - r->answered_ms > NEWS_KEPT_MS;
}

/* A failure that came at once means that no daemon listens there; one that took
 * the whole time means that it is slow. */
static void
take(struct newsreader *r, struct news *news, uint64_t asked_ms)
{
	const uint64_t now_ms = bitmark_clock_ms();

	if (news == NULL && now_ms - asked_ms < NEWS_WAIT_MS / 2) {
		show(r, NULL);
	} else if (news != NULL && is_worth_showing(r, news)) {
		r->answered_ms = now_ms;
		show(r, news);
	} else {
		news_free(news);
		show_late(r);
	}
}

static void *
run(void *user)
{
	struct newsreader *r = user;
	uint64_t asked_ms;

	while (wait_for_turn(r)) {
		asked_ms = bitmark_clock_ms();
		take(r, ask(r), asked_ms);
		rest(r, asked_ms);
	}
	return NULL;
}

/* --- from outside --------------------------------------------------------- */

/* The count of changes begins with the wall clock. After a restart it is thus
 * another number than before, and no browser takes a cached answer of the old
 * process for a new one. */
bool
newsreader_open(struct newsreader **out, const char *path, const char *chain)
{
	struct newsreader *r = calloc(1, sizeof *r);

	*out = NULL;
	if (r == NULL)
		return false;
	r->path = path;
	r->chain = chain;
	r->asks = true;
	r->changes = bitmark_clock_wall_ms();
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->due, NULL);
	if (thread_start(&r->thread, run, r)) {
		*out = r;
		return true;
	}
	pthread_cond_destroy(&r->due);
	pthread_mutex_destroy(&r->lock);
	free(r);
	return false;
}

/* The thread may be in the middle of a question, so joining it takes a while.
 * Readers have given back their states by then: the server is closed first. */
void
newsreader_close(struct newsreader *r)
{
	if (r == NULL)
		return;
	pthread_mutex_lock(&r->lock);
	r->stops = true;
	pthread_cond_signal(&r->due);
	pthread_mutex_unlock(&r->lock);
	pthread_join(r->thread, NULL);
	drop(r->newest);
	pthread_cond_destroy(&r->due);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

void
newsreader_tick(struct newsreader *r, uint64_t now_ms)
{
	if (r == NULL)
		return;
	pthread_mutex_lock(&r->lock);
	if (now_ms >= r->next_ms) {
		r->next_ms = now_ms + NEWS_EVERY_MS;
		r->asks = true;
		pthread_cond_signal(&r->due);
	}
	pthread_mutex_unlock(&r->lock);
}

const struct news *
news_take(struct newsreader *r, uint64_t *changes)
{
	struct shown *shown;

	*changes = 0;
	if (r == NULL)
		return NULL;
	pthread_mutex_lock(&r->lock);
	shown = r->newest;
	*changes = r->changes;
	if (shown != NULL)
		shown->readers++;
	pthread_mutex_unlock(&r->lock);
	return shown != NULL ? &shown->news : NULL;
}

/* The cast is allowed because ${news} is the first member of struct shown. */
void
news_drop(struct newsreader *r, const struct news *news)
{
	if (news == NULL)
		return;
	pthread_mutex_lock(&r->lock);
	drop((struct shown *)news);
	pthread_mutex_unlock(&r->lock);
}
