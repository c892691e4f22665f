#include "node/fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A block that was received, hashed by the pool or waiting for it. */
struct hashing {
	struct bitmark_digest_job job;  /* first: found from the job */
	struct bm_fetches *fetches;
	struct hashing *next_done;      /* list of what is finished */
	bool finished;
	bool abandoned;                 /* nobody wants it any more */
	size_t size;
	uint8_t block[];
};

/* One number of the window: free, asked for, or received. */
struct slot {
	bool asked;
	size_t peer;
	uint32_t id;
	struct hashing *received;
};

struct bm_fetches {
	struct bitmark_digest_pool *pool;
	size_t bytes_max;
	size_t bytes;                   /* of what was received         */
	size_t asked;                   /* how many are on their way    */
	uint64_t next;                  /* number of the first slot     */
	struct slot slot[BM_FETCH_WINDOW];      /* number % window      */

	int wake[2];                    /* pipe: one byte for each      */
	pthread_mutex_t lock;           /* guards done                  */
	struct hashing *done;
};

static struct slot *
slot_of(struct bm_fetches *f, uint64_t number)
{
	return &f->slot[number % BM_FETCH_WINDOW];
}

bitmark_status
bm_fetches_new(struct bm_fetches **fetches, struct bitmark_digest_pool *pool,
    size_t bytes_max)
{
	struct bm_fetches *f = calloc(1, sizeof *f);

	*fetches = NULL;
	if (f == NULL)
		return BITMARK_E_NOMEM;
	if (pipe(f->wake) != 0) {
		free(f);
		return BITMARK_E_IO;
	}
	for (int i = 0; i < 2; i++) {
		(void)fcntl(f->wake[i], F_SETFL, O_NONBLOCK);
		(void)fcntl(f->wake[i], F_SETFD, FD_CLOEXEC);
	}
	pthread_mutex_init(&f->lock, NULL);
	f->pool = pool;
	f->bytes_max = bytes_max;
	f->next = BITMARK_GENESIS_NUMBER + 1;
	*fetches = f;
	return BITMARK_OK;
}

void
bm_fetches_free(struct bm_fetches *f)
{
	if (f == NULL)
		return;
	bm_fetch_restart(f, BITMARK_GENESIS_NUMBER);
	(void)bm_fetch_collect(f);
	pthread_mutex_destroy(&f->lock);
	close(f->wake[0]);
	close(f->wake[1]);
	free(f);
}

int
bm_fetches_fd(const struct bm_fetches *f)
{
	return f->wake[0];
}

/* By a thread of the pool: put the job on the list and wake the owner. */
static void
hashed(struct bitmark_digest_job *job)
{
	struct hashing *h = (struct hashing *)job;
	struct bm_fetches *f = h->fetches;
	ssize_t written;

	pthread_mutex_lock(&f->lock);
	h->next_done = f->done;
	f->done = h;
	/* Under the lock, so that the owner cannot free f in between.  A full
	 * pipe is as good as a byte: the owner is going to wake up. */
	do {
		written = write(f->wake[1], "", 1);
	} while (written < 0 && errno == EINTR);
	pthread_mutex_unlock(&f->lock);
}

/* Leave a received block to the pool, or free it. */
static void
abandon(struct bm_fetches *f, struct slot *s)
{
	if (s->received != NULL) {
		f->bytes -= s->received->size;
		if (s->received->finished)
			free(s->received);
		else
			s->received->abandoned = true;
	}
	if (s->asked)
		f->asked--;
	*s = (struct slot){ 0 };
}

/* A digest that could not be computed: the block is wanted again. */
static void
drop_failed(struct bm_fetches *f, const struct hashing *h)
{
	for (size_t i = 0; i < BM_FETCH_WINDOW; i++)
		if (f->slot[i].received == h)
			abandon(f, &f->slot[i]);
}

bitmark_status
bm_fetch_collect(struct bm_fetches *f)
{
	bitmark_status status = BITMARK_OK;
	struct hashing *list;
	char bytes[64];

	while (read(f->wake[0], bytes, sizeof bytes) > 0)
		continue;
	pthread_mutex_lock(&f->lock);
	list = f->done;
	f->done = NULL;
	pthread_mutex_unlock(&f->lock);
	while (list != NULL) {
		struct hashing *h = list;

		list = h->next_done;
		h->finished = true;
		if (h->job.status != BITMARK_OK)
			status = h->job.status;
		if (h->abandoned)
			free(h);
		else if (h->job.status != BITMARK_OK)
			drop_failed(f, h);
	}
	return status;
}

void
bm_fetch_restart(struct bm_fetches *f, uint64_t tip)
{
	for (size_t i = 0; i < BM_FETCH_WINDOW; i++)
		abandon(f, &f->slot[i]);
	f->next = tip + 1;
}

uint64_t
bm_fetch_wanted(const struct bm_fetches *f, uint64_t last)
{
	bool room = f->bytes + (f->asked + 1) * (size_t)BITMARK_BLOCK_MAX <=
	    f->bytes_max;
	/* The first one may always be asked for: it is what frees the rest. */
	uint64_t end = f->next + (room ? BM_FETCH_WINDOW : 1);

	for (uint64_t n = f->next; n < end && n <= last; n++) {
		const struct slot *s = &f->slot[n % BM_FETCH_WINDOW];

		if (!s->asked && s->received == NULL)
			return n;
	}
	return 0;
}

void
bm_fetch_asked(struct bm_fetches *f, uint64_t number, size_t peer,
    uint32_t id)
{
	*slot_of(f, number) = (struct slot){ true, peer, id, NULL };
	f->asked++;
}

uint64_t
bm_fetch_number(const struct bm_fetches *f, size_t peer, uint32_t id)
{
	for (uint64_t n = f->next; n < f->next + BM_FETCH_WINDOW; n++) {
		const struct slot *s = &f->slot[n % BM_FETCH_WINDOW];

		if (s->asked && s->peer == peer && s->id == id)
			return n;
	}
	return 0;
}

void
bm_fetch_forget_peer(struct bm_fetches *f, size_t peer)
{
	for (size_t i = 0; i < BM_FETCH_WINDOW; i++)
		if (f->slot[i].asked && f->slot[i].peer == peer)
			abandon(f, &f->slot[i]);
}

bitmark_status
bm_fetch_received(struct bm_fetches *f, uint64_t number, const uint8_t *block,
    size_t size)
{
	struct slot *s = slot_of(f, number);
	size_t peer = s->peer;
	struct bitmark_header header;
	struct hashing *h;
	bitmark_status status;

	abandon(f, s);
	status = bitmark_header_parse(block, size, &header);
	if (status != BITMARK_OK)
		return status;
	if (header.number != number || size > BITMARK_BLOCK_MAX)
		return BITMARK_E_NUMBER;
	h = malloc(sizeof *h + size);
	if (h == NULL)
		return BITMARK_E_NOMEM;
	memset(h, 0, sizeof *h);
	h->fetches = f;
	h->size = size;
	memcpy(h->block, block, size);
	memcpy(h->job.input, block, sizeof h->job.input);
	h->job.done = hashed;
	status = bitmark_digest_pool_submit(f->pool, &h->job);
	if (status != BITMARK_OK) {
		free(h);
		return status;
	}
	s->received = h;
	s->peer = peer;
	f->bytes += size;
	return BITMARK_OK;
}

bool
bm_fetch_first(const struct bm_fetches *f, struct bm_fetched *first)
{
	const struct slot *s = &f->slot[f->next % BM_FETCH_WINDOW];
	const struct hashing *h = s->received;

	if (h == NULL || !h->finished || h->job.status != BITMARK_OK)
		return false;
	*first = (struct bm_fetched){ f->next, h->block, h->size,
	    h->job.output, s->peer };
	return true;
}

void
bm_fetch_drop_first(struct bm_fetches *f)
{
	abandon(f, slot_of(f, f->next));
	f->next++;
}
