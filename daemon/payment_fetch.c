/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Requests by libcurl's multi-socket interface: libcurl tells the descriptors
 * and the time that it waits for, and the daemon's own poll waits for them. So
 * libcurl needs no thread here.
 */
#include "payment_fetch.h"

#ifdef WITH_libcurl

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include <bitmarkpeer/os.h>

/* The largest buffer that is kept for the next answer, and the first size of
 * one. Bytes. */
#define KEPT_MAX ((size_t)1024 * 1024)
#define BUFFER_FIRST ((size_t)64 * 1024)

/* One request at a time for each currency. */
struct slot {
	CURL *easy;
	char *text;                     /* of the answer, so far           */
	size_t size, capacity, max;
	bool is_busy, is_done;
	bool is_too_long, lacks_memory;
	CURLcode code;                  /* is_done                         */
	long status;                    /* likewise                        */
};

struct payment_fetch {
	CURLM *multi;
	struct slot slots[PAYMENT_FETCH_SLOTS];
	struct pollfd items[PAYMENT_FETCH_ITEMS];
	size_t count;
	uint64_t timer_ms;              /* when libcurl wants to be called */
};

/* --- called by libcurl ---------------------------------------------------- */

static short
events_of(int what)
{
	return (short)((what & CURL_POLL_IN ? POLLIN : 0) |
	    (what & CURL_POLL_OUT ? POLLOUT : 0));
}

/* libcurl calls this when it starts, changes or stops waiting for a descriptor.
 * When the table is full the descriptor is not polled, and its request ends by
 * its time-out. */
static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *unused)
{
	struct payment_fetch *f = user;
	size_t i = 0;

	(void)easy;
	(void)unused;
	while (i < f->count && f->items[i].fd != fd)
		i++;
	if (what == CURL_POLL_REMOVE) {
		if (i < f->count)
			f->items[i] = f->items[--f->count];
		return 0;
	}
	if (i == PAYMENT_FETCH_ITEMS)
		return 0;
	f->items[i] = (struct pollfd){ .fd = fd, .events = events_of(what) };
	if (i == f->count)
		f->count++;
	return 0;
}

/* libcurl calls this with the time after which it wants to be called even if no
 * descriptor is ready; below 0: never. */
static int
on_timer(CURLM *multi, long wait_ms, void *user)
{
	struct payment_fetch *f = user;

	(void)multi;
	f->timer_ms = wait_ms < 0 ? UINT64_MAX : bitmark_clock_ms() +
	    (uint64_t)wait_ms;
	return 0;
}

/* Make room for ${size} bytes more. The capacity doubles and s->max bounds the
 * size, so a daemon cannot fill the memory. */
static bool
make_room(struct slot *s, size_t size)
{
	size_t capacity = s->capacity == 0 ? BUFFER_FIRST : s->capacity;
	char *text;

	s->is_too_long |= size > s->max - s->size;
	if (s->is_too_long)
		return false;
	while (capacity - s->size < size)
		capacity *= 2;
	if (capacity == s->capacity)
		return true;
	text = realloc(s->text, capacity);
	s->lacks_memory |= text == NULL;
	if (text == NULL)
		return false;
	s->text = text;
	s->capacity = capacity;
	return true;
}

/* libcurl calls this for each piece of an answer. Returning fewer bytes than
 * there are makes it end the request. */
static size_t
on_bytes(char *bytes, size_t one, size_t size, void *user)
{
	struct slot *s = user;

	(void)one;
	if (!make_room(s, size))
		return 0;
	memcpy(s->text + s->size, bytes, size);
	s->size += size;
	return size;
}

/* --- opening and closing -------------------------------------------------- */

/* Options of a request. No proxy, since one that the environment names would
 * not reach a daemon on this machine. No redirects, since the URL was
 * configured. NOSIGNAL, as libcurl must not use signals in a program with
 * threads. The three time limits are for connecting, for silence (less than a
 * byte a second), and for the whole request. */
static bool
set_up(struct slot *s, unsigned silence_s, size_t size_max)
{
	s->max = size_max;
	s->easy = curl_easy_init();
	return s->easy != NULL &&
	    curl_easy_setopt(s->easy, CURLOPT_WRITEFUNCTION, on_bytes) ==
	    CURLE_OK &&
	    curl_easy_setopt(s->easy, CURLOPT_WRITEDATA, s) == CURLE_OK &&
	    curl_easy_setopt(s->easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	    curl_easy_setopt(s->easy, CURLOPT_PROXY, "") == CURLE_OK &&
	    curl_easy_setopt(s->easy, CURLOPT_FOLLOWLOCATION, 0L) ==
	    CURLE_OK &&
	    curl_easy_setopt(s->easy, CURLOPT_HTTP_VERSION,
	    (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
	    curl_easy_setopt(s->easy, CURLOPT_MAXFILESIZE_LARGE,
	    (curl_off_t)size_max) == CURLE_OK &&
	    curl_easy_setopt(s->easy, CURLOPT_CONNECTTIMEOUT,
	    (long)silence_s) == CURLE_OK &&
	    curl_easy_setopt(s->easy, CURLOPT_LOW_SPEED_LIMIT, 1L) ==
	    CURLE_OK &&
	    curl_easy_setopt(s->easy, CURLOPT_LOW_SPEED_TIME,
	    (long)silence_s) == CURLE_OK &&
	    curl_easy_setopt(s->easy, CURLOPT_TIMEOUT,
	    (long)PAYMENT_FETCH_WHOLE_S) == CURLE_OK;
}

/* The handles are made once and used again, so that libcurl keeps their
 * connections: a daemon is asked every few seconds. */
const char *
payment_fetch_open(struct payment_fetch **fetch, unsigned silence_s,
    size_t size_max)
{
	struct payment_fetch *f;
	bool good;

	*fetch = NULL;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return "libcurl cannot be used";
	f = calloc(1, sizeof *f);
	good = f != NULL;
	if (good) {
		f->timer_ms = UINT64_MAX;
		f->multi = curl_multi_init();
		good = f->multi != NULL && curl_multi_setopt(f->multi,
		    CURLMOPT_SOCKETFUNCTION, on_socket) == CURLM_OK &&
		    curl_multi_setopt(f->multi, CURLMOPT_SOCKETDATA, f) ==
		    CURLM_OK && curl_multi_setopt(f->multi,
		    CURLMOPT_TIMERFUNCTION, on_timer) == CURLM_OK &&
		    curl_multi_setopt(f->multi, CURLMOPT_TIMERDATA, f) ==
		    CURLM_OK;
	}
	for (size_t i = 0; good && i < PAYMENT_FETCH_SLOTS; i++)
		good = set_up(&f->slots[i], silence_s != 0 ? silence_s :
		    PAYMENT_FETCH_SILENCE_S, size_max != 0 ? size_max :
		    PAYMENT_ANSWER_MAX);
	if (good) {
		*fetch = f;
		return NULL;
	}
	if (f != NULL)
		payment_fetch_close(f);
	else
		curl_global_cleanup();
	return bitmark_strerror(BITMARK_E_NOMEM);
}

/* libcurl demands that a handle leaves the multi handle before it is freed. */
void
payment_fetch_close(struct payment_fetch *f)
{
	if (f == NULL)
		return;
	for (size_t i = 0; i < PAYMENT_FETCH_SLOTS; i++) {
		struct slot *s = &f->slots[i];

		if (s->is_busy && !s->is_done)
			(void)curl_multi_remove_handle(f->multi, s->easy);
		curl_easy_cleanup(s->easy);
		free(s->text);
	}
	(void)curl_multi_cleanup(f->multi);
	free(f);
	curl_global_cleanup();
}

/* --- requests ------------------------------------------------------------- */

/* Only the protocol that the URL names is allowed. The option has had its
 * present name since libcurl 7.85. */
static CURLcode
set_protocol(CURL *easy, const char *url)
{
	const bool is_https = strncmp(url, "https:", 6) == 0;

#if LIBCURL_VERSION_NUM >= 0x075500
	return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR,
	    is_https ? "https" : "http");
#else
	return curl_easy_setopt(easy, CURLOPT_PROTOCOLS,
	    is_https ? (long)CURLPROTO_HTTPS : (long)CURLPROTO_HTTP);
#endif
}

/* A block may have megabytes while most answers are one line: a large buffer is
 * freed here, a small one is used again. */
void
payment_fetch_start(struct payment_fetch *f, size_t slot, const char *url)
{
	struct slot *s = &f->slots[slot];

	if (s->capacity > KEPT_MAX) {
		free(s->text);
		s->text = NULL;
		s->capacity = 0;
	}
	s->size = 0;
	s->status = 0;
	s->is_busy = true;
	s->is_done = s->is_too_long = s->lacks_memory = false;
	s->code = set_protocol(s->easy, url);
	if (s->code == CURLE_OK)
		s->code = curl_easy_setopt(s->easy, CURLOPT_URL, url);
	if (s->code == CURLE_OK && curl_multi_add_handle(f->multi, s->easy) !=
	    CURLM_OK)
		s->code = CURLE_FAILED_INIT;
	s->is_done = s->code != CURLE_OK;
}

/* An answer that is complete must be taken at once, so the poll does not wait
 * then. */
size_t
payment_fetch_items(const struct payment_fetch *f,
    struct pollfd items[PAYMENT_FETCH_ITEMS], uint64_t *until_ms)
{
	memcpy(items, f->items, f->count * sizeof items[0]);
	if (f->timer_ms < *until_ms)
		*until_ms = f->timer_ms;
	for (size_t i = 0; i < PAYMENT_FETCH_SLOTS; i++)
		if (f->slots[i].is_done)
			*until_ms = 0;
	return f->count;
}

/* Requests that have ended leave the multi handle, so that their handles can
 * start again. */
static void
take_ends(struct payment_fetch *f)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(f->multi, &left)) != NULL)
		for (size_t i = 0; i < PAYMENT_FETCH_SLOTS; i++) {
			struct slot *s = &f->slots[i];

			if (message->msg != CURLMSG_DONE ||
			    message->easy_handle != s->easy)
				continue;
			s->code = message->data.result;
			s->is_done = true;
			(void)curl_easy_getinfo(s->easy,
			    CURLINFO_RESPONSE_CODE, &s->status);
			(void)curl_multi_remove_handle(f->multi, s->easy);
			break;
		}
}

/* libcurl finds the request by its descriptor, also for errors. ${timer_ms} is
 * cleared before the call, because libcurl may set it again from inside. */
void
payment_fetch_serve(struct payment_fetch *f, const struct pollfd *items,
    size_t count)
{
	int running;

	for (size_t i = 0; i < count; i++) {
		const short got = items[i].revents;
		const int what = (got & (POLLIN | POLLHUP) ? CURL_CSELECT_IN :
		    0) | (got & POLLOUT ? CURL_CSELECT_OUT : 0) |
		    (got & (POLLERR | POLLNVAL) ? CURL_CSELECT_ERR : 0);

		if (got != 0)
			(void)curl_multi_socket_action(f->multi, items[i].fd,
			    what, &running);
	}
	if (f->timer_ms <= bitmark_clock_ms()) {
		f->timer_ms = UINT64_MAX;
		(void)curl_multi_socket_action(f->multi, CURL_SOCKET_TIMEOUT,
		    0, &running);
	}
	take_ends(f);
}

/* The text of the answer stays in the slot until its next start. The texts of
 * libcurl's errors are constant, so the log can tell whether a reason is new.
 */
bool
payment_fetch_take(struct payment_fetch *f, size_t slot,
    struct payment_answer *a)
{
	struct slot *s = &f->slots[slot];

	if (!s->is_done)
		return false;
	*a = (struct payment_answer){ .status = s->status, .text = s->text,
	    .size = s->size };
	a->is_too_long = s->is_too_long ||
	    s->code == CURLE_FILESIZE_EXCEEDED;
	if (a->is_too_long)
		a->failure = "the answer is too long";
	else if (s->lacks_memory)
		a->failure = bitmark_strerror(BITMARK_E_NOMEM);
	else if (s->code != CURLE_OK)
		a->failure = curl_easy_strerror(s->code);
	s->is_busy = s->is_done = false;
	return true;
}

#else

const char *
payment_fetch_open(struct payment_fetch **fetch, unsigned silence_s,
    size_t size_max)
{
	(void)silence_s;
	(void)size_max;
	*fetch = NULL;
	return "this build has no libcurl";
}

void
payment_fetch_close(struct payment_fetch *fetch)
{
	(void)fetch;
}

void
payment_fetch_start(struct payment_fetch *fetch, size_t slot,
    const char *url)
{
	(void)fetch;
	(void)slot;
	(void)url;
}

size_t
payment_fetch_items(const struct payment_fetch *fetch,
    struct pollfd items[PAYMENT_FETCH_ITEMS], uint64_t *until_ms)
{
	(void)fetch;
	(void)items;
	(void)until_ms;
	return 0;
}

void
payment_fetch_serve(struct payment_fetch *fetch, const struct pollfd *items,
    size_t count)
{
	(void)fetch;
	(void)items;
	(void)count;
}

bool
payment_fetch_take(struct payment_fetch *fetch, size_t slot,
    struct payment_answer *answer)
{
	(void)fetch;
	(void)slot;
	(void)answer;
	return false;
}

#endif
