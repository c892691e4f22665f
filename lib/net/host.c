/* One question to the system's resolver, shared with the thread that asks it.
 */
#include "net/host.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HOLDERS 2                       /* who asked, and the thread */

struct bm_host {
	char name[BITMARK_HOST_NAME_MAX];
	enum bm_family wanted;
	int fd[2];                      /* a byte comes with the answer */

	pthread_mutex_t lock;           /* guards what follows          */
	unsigned holders;
	bitmark_status status;          /* BITMARK_E_BUSY: no answer    */
	uint8_t address[16];
};

static void
discard(struct bm_host *h)
{
	close(h->fd[0]);
	close(h->fd[1]);
	pthread_mutex_destroy(&h->lock);
	free(h);
}

static void
let_go(struct bm_host *h)
{
	bool last;

	pthread_mutex_lock(&h->lock);
	last = --h->holders == 0;
	pthread_mutex_unlock(&h->lock);
	if (last)
		discard(h);
}

static void *
run(void *host)
{
	struct bm_host *h = host;
	uint8_t address[16] = { 0 };
	bitmark_status status = bm_resolve_name(h->name, h->wanted, address);

	pthread_mutex_lock(&h->lock);
	h->status = status;
	memcpy(h->address, address, sizeof h->address);
	pthread_mutex_unlock(&h->lock);
	/* The pipe is empty, and both of its ends are ours. */
	while (write(h->fd[1], "", 1) < 0 && errno == EINTR)
		continue;
	let_go(h);
	return NULL;
}

/* A thread that leaves signals to the program's own threads. */
static bool
start_thread(struct bm_host *h)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	pthread_t thread;
	bool started;

	if (pthread_attr_init(&attributes) != 0)
		return false;
	(void)pthread_attr_setdetachstate(&attributes,
	    PTHREAD_CREATE_DETACHED);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	started = pthread_create(&thread, &attributes, run, h) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	return started;
}

bitmark_status
bm_host_ask(struct bm_host **host, const char *name, enum bm_family wanted)
{
	struct bm_host *h = calloc(1, sizeof *h);

	*host = NULL;
	if (h == NULL)
		return BITMARK_E_NOMEM;
	if (strlen(name) >= sizeof h->name || pipe(h->fd) != 0) {
		free(h);
		return BITMARK_E_NET;
	}
	for (int i = 0; i < 2; i++)
		(void)fcntl(h->fd[i], F_SETFD, FD_CLOEXEC);
	memcpy(h->name, name, strlen(name) + 1);
	h->wanted = wanted;
	h->holders = HOLDERS;
	h->status = BITMARK_E_BUSY;
	pthread_mutex_init(&h->lock, NULL);
	if (!start_thread(h)) {
		discard(h);
		return BITMARK_E_NET;
	}
	*host = h;
	return BITMARK_OK;
}

int
bm_host_fd(const struct bm_host *h)
{
	return h->fd[0];
}

bitmark_status
bm_host_answer(struct bm_host *h, uint8_t address[16])
{
	bitmark_status status;

	pthread_mutex_lock(&h->lock);
	status = h->status;
	memcpy(address, h->address, sizeof h->address);
	pthread_mutex_unlock(&h->lock);
	return status;
}

void
bm_host_drop(struct bm_host *h)
{
	if (h != NULL)
		let_go(h);
}
