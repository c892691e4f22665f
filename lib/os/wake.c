#include "os/wake.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* Signals that are taken with one read. */
#define TAKE_MAX 64

bitmark_status
bm_wake_init(struct bm_wake *wake)
{
	if (pipe(wake->fd) != 0) {
		wake->fd[0] = wake->fd[1] = -1;
		return BITMARK_E_IO;
	}
	for (int i = 0; i < 2; i++) {
		(void)fcntl(wake->fd[i], F_SETFL, O_NONBLOCK);
		(void)fcntl(wake->fd[i], F_SETFD, FD_CLOEXEC);
	}
	return BITMARK_OK;
}

void
bm_wake_fini(struct bm_wake *wake)
{
	for (int i = 0; i < 2; i++)
		if (wake->fd[i] >= 0)
			close(wake->fd[i]);
	wake->fd[0] = wake->fd[1] = -1;
}

void
bm_wake_signal(const struct bm_wake *wake)
{
	ssize_t written;

	/* A full pipe is as good as one more byte: the thread that waits is
	 * going to wake up anyway. */
	do {
		written = write(wake->fd[1], "", 1);
	} while (written < 0 && errno == EINTR);
}

bool
bm_wake_take(const struct bm_wake *wake)
{
	char bytes[TAKE_MAX];
	bool any = false;

	while (read(wake->fd[0], bytes, sizeof bytes) > 0)
		any = true;
	return any;
}
