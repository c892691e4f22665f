#include "node/inbox.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "node/wake.h"

struct queue {
	struct bm_inbox_item *first;
	struct bm_inbox_item **end;
	size_t count, count_max;
	size_t bytes, bytes_max;
};

struct bm_inbox {
	struct bm_wake wake;
	pthread_mutex_t lock;           /* guards queue */
	struct queue queue[BM_INBOX_QUEUES];
};

bitmark_status
bm_inbox_new(struct bm_inbox **inbox)
{
	struct bm_inbox *i = calloc(1, sizeof *i);
	bitmark_status status;

	*inbox = NULL;
	if (i == NULL)
		return BITMARK_E_NOMEM;
	status = bm_wake_init(&i->wake);
	if (status != BITMARK_OK) {
		free(i);
		return status;
	}
	pthread_mutex_init(&i->lock, NULL);
	for (int q = 0; q < BM_INBOX_QUEUES; q++)
		i->queue[q].end = &i->queue[q].first;
	i->queue[BM_INBOX_BLOCKS].count_max = BM_INBOX_BLOCKS_MAX;
	i->queue[BM_INBOX_BLOCKS].bytes_max = BM_INBOX_BLOCK_BYTES_MAX;
	i->queue[BM_INBOX_OTHERS].count_max = BM_INBOX_OTHERS_MAX;
	i->queue[BM_INBOX_OTHERS].bytes_max = BM_INBOX_OTHER_BYTES_MAX;
	*inbox = i;
	return BITMARK_OK;
}

void
bm_inbox_free(struct bm_inbox *inbox)
{
	struct bm_inbox_item *item;

	if (inbox == NULL)
		return;
	for (int q = 0; q < BM_INBOX_QUEUES; q++)
		while ((item = bm_inbox_take(inbox,
		    (enum bm_inbox_queue)q)) != NULL)
			free(item);
	pthread_mutex_destroy(&inbox->lock);
	bm_wake_fini(&inbox->wake);
	free(inbox);
}

static enum bm_inbox_queue
queue_of(enum bitmark_request_kind kind)
{
	return kind == BITMARK_REQUEST_BLOCK ? BM_INBOX_BLOCKS :
	    BM_INBOX_OTHERS;
}

/* Make room first, so that nothing is copied for which there is no place. */
static bitmark_status
reserve(struct bm_inbox *inbox, struct queue *q, size_t size)
{
	bitmark_status status = BITMARK_E_BUSY;

	pthread_mutex_lock(&inbox->lock);
	if (q->count < q->count_max && size <= q->bytes_max - q->bytes) {
		q->count++;
		q->bytes += size;
		status = BITMARK_OK;
	}
	pthread_mutex_unlock(&inbox->lock);
	return status;
}

static void
release(struct bm_inbox *inbox, struct queue *q, size_t size)
{
	pthread_mutex_lock(&inbox->lock);
	q->count--;
	q->bytes -= size;
	pthread_mutex_unlock(&inbox->lock);
}

static struct bm_inbox_item *
copy(const struct bitmark_request *request, size_t size)
{
	struct bm_inbox_item *item = malloc(sizeof *item + size);
	uint8_t *to;

	if (item == NULL)
		return NULL;
	*item = (struct bm_inbox_item){ .kind = request->kind,
		.count = request->count, .size = size };
	to = item->bytes;
	for (size_t i = 0; i < request->count; i++) {
		const struct bitmark_span *from = &request->parameter[i];

		if (from->size != 0)
			memcpy(to, from->data, from->size);
		item->parameter[i] = (struct bitmark_span){ to, from->size };
		to += from->size;
	}
	return item;
}

static void
append(struct bm_inbox *inbox, struct queue *q, struct bm_inbox_item *item)
{
	pthread_mutex_lock(&inbox->lock);
	*q->end = item;
	q->end = &item->next;
	pthread_mutex_unlock(&inbox->lock);
	bm_wake_signal(&inbox->wake);
}

bitmark_status
bm_inbox_put(struct bm_inbox *inbox, uint64_t sender,
    const struct bitmark_request *request)
{
	struct queue *q = &inbox->queue[queue_of(request->kind)];
	struct bm_inbox_item *item;
	size_t size = 0;

	for (size_t i = 0; i < request->count; i++)
		size += request->parameter[i].size;
	if (reserve(inbox, q, size) != BITMARK_OK)
		return BITMARK_E_BUSY;
	item = copy(request, size);
	if (item == NULL) {
		release(inbox, q, size);
		return BITMARK_E_NOMEM;
	}
	item->sender = sender;
	append(inbox, q, item);
	return BITMARK_OK;
}

struct bm_inbox_item *
bm_inbox_take(struct bm_inbox *inbox, enum bm_inbox_queue queue)
{
	struct queue *q = &inbox->queue[queue];
	struct bm_inbox_item *item;

	pthread_mutex_lock(&inbox->lock);
	item = q->first;
	if (item != NULL) {
		q->first = item->next;
		if (q->first == NULL)
			q->end = &q->first;
		q->count--;
		q->bytes -= item->size;
	}
	pthread_mutex_unlock(&inbox->lock);
	return item;
}

size_t
bm_inbox_count(struct bm_inbox *inbox, enum bm_inbox_queue queue)
{
	size_t count;

	pthread_mutex_lock(&inbox->lock);
	count = inbox->queue[queue].count;
	pthread_mutex_unlock(&inbox->lock);
	return count;
}

int
bm_inbox_fd(const struct bm_inbox *inbox)
{
	return inbox->wake.fd[0];
}

void
bm_inbox_wake(struct bm_inbox *inbox)
{
	(void)bm_wake_take(&inbox->wake);
}
