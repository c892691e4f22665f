/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The lock is flock on a file of its own.  The system drops it when the process
 * ends, however it ends; a file that is merely there would outlive a crash.
 *
 * While a writer lives the file holds its process id, then nothing, or the word
 * below and the state in which the writer left the data file.
 */
#include "chain/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "chain/env.h"

/* As that of the data file. */
#define FILE_MODE 0644

/* How often, and how long apart, the lock is tried; see try_lock. */
#define LOCK_ATTEMPTS 5
#define LOCK_PAUSE_NS 2000000

#define SOUND "sound"

/* The word and seven decimal numbers, or a process id. */
#define TEXT_MAX 192

/* Two changes of a file within one tick of the system's clock may leave the same
 * times: a state tells nothing when the file was changed so shortly before.
 * Source: local choice, twice the longest tick of Linux */
#define TICK_NS 20000000

struct bm_file_state
bm_file_state_of(int fd)
{
	struct bm_file_state state = { 0 };
	struct stat file;

	if (fstat(fd, &file) == 0)
		state = (struct bm_file_state){
			.device = (long long)file.st_dev,
			.inode = (long long)file.st_ino,
			.size = (long long)file.st_size,
			.written_s = (long long)file.st_mtim.tv_sec,
			.written_ns = (long long)file.st_mtim.tv_nsec,
			.changed_s = (long long)file.st_ctim.tv_sec,
			.changed_ns = (long long)file.st_ctim.tv_nsec,
		};
	return state;
}

bool
bm_file_state_equal(const struct bm_file_state *a,
    const struct bm_file_state *b)
{
	return a->inode != 0 && a->device == b->device &&
	    a->inode == b->inode && a->size == b->size &&
	    a->written_s == b->written_s && a->written_ns == b->written_ns &&
	    a->changed_s == b->changed_s && a->changed_ns == b->changed_ns;
}

/* The lock file is removed only with a store that is discarded. */
static int
open_lock(const char *path, int flags)
{
	char *name = bm_store_path(path, BM_STORE_LOCK_FILE);
	int fd;

	if (name == NULL) {
		errno = ENOMEM;
		return -1;
	}
	fd = open(name, flags | O_CLOEXEC, FILE_MODE);
	free(name);
	return fd;
}

/* Is the open file still the one at the path? Discarding a store removes its
 * lock file. */
static bool
is_in_place(const char *path, int fd)
{
	char *name = bm_store_path(path, BM_STORE_LOCK_FILE);
	struct stat there, locked;
	bool same = name != NULL && stat(name, &there) == 0 &&
	    fstat(fd, &locked) == 0 && there.st_dev == locked.st_dev &&
	    there.st_ino == locked.st_ino;

	free(name);
	return same;
}

/*
 * bitmark_chain_lock_holder, in any process, takes the lock for an instant to
 * find out whether its writer lives: a writer that comes just then has to try
 * again.
 *
 * It pauses in between, and cannot wait for the event itself.  flock that waits
 * has no bound, and a writer that lives keeps the lock for days; only a signal
 * would end it, and signals are the program's.  No descriptor becomes readable
 * when a lock is dropped, so poll is of no use.  fcntl could ask who holds a
 * lock without taking it, but its locks are lost when any descriptor of the file
 * is closed, and on Linux they do not see those of flock, which earlier releases
 * take.  The pauses are 10 ms in all, and only when a store is opened that
 * another process uses.
 */
static bool
try_lock(const char *path, int fd)
{
	const struct timespec pause = { 0, LOCK_PAUSE_NS };

	for (int i = 0; i < LOCK_ATTEMPTS; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
			errno = ESTALE;
			return is_in_place(path, fd);
		}
		if (errno != EWOULDBLOCK && errno != EINTR)
			return false;
		nanosleep(&pause, NULL);
	}
	errno = EWOULDBLOCK;
	return false;
}

/* The note of the writer before; not known when there is none. */
static struct bm_file_state
read_sound(int fd)
{
	struct bm_file_state s = { 0 };
	char text[TEXT_MAX] = "";

	if (pread(fd, text, sizeof text - 1, 0) <= 0 ||
	    sscanf(text, SOUND " %lld %lld %lld %lld %lld %lld %lld",
	    &s.device, &s.inode, &s.size, &s.written_s, &s.written_ns,
	    &s.changed_s, &s.changed_ns) != 7)
		return (struct bm_file_state){ 0 };
	return s;
}

static bool
write_text(int fd, const char *text)
{
	const ssize_t size = (ssize_t)strlen(text);

	return ftruncate(fd, 0) == 0 &&
	    pwrite(fd, text, (size_t)size, 0) == size;
}

static bool
write_pid(int fd)
{
	char text[TEXT_MAX];

	snprintf(text, sizeof text, "%ld\n", (long)getpid());
	return write_text(fd, text);
}

/* The descriptor is the lock: it stays open as long as the chain is. */
bitmark_status
bm_lock_take(const char *path, struct bm_lock *lock)
{
	bitmark_status status;
	int fd = open_lock(path, O_RDWR | O_CREAT);

	lock->fd = -1;
	if (fd < 0)
		return errno == ENOMEM ? BITMARK_E_NOMEM : BITMARK_E_IO;
	if (!try_lock(path, fd)) {
		status = errno == EWOULDBLOCK ? BITMARK_E_STORE_LOCKED :
		    BITMARK_E_IO;
		close(fd);
		return status;
	}
	lock->fd = fd;
	lock->sound = read_sound(fd);
	if (!write_pid(fd)) {
		status = bm_store_status(errno);
		bm_lock_drop(lock);
		return status;
	}
	return BITMARK_OK;
}

void
bm_lock_drop(struct bm_lock *lock)
{
	int emptied;

	if (lock->fd < 0)
		return;
	/* A process id that is left in the file does no harm: only the lock
	 * says whether somebody writes. */
	emptied = ftruncate(lock->fd, 0);
	(void)emptied;
	close(lock->fd);
	lock->fd = -1;
}

/* The times of both files are those of the file system's clock.  A file system
 * that keeps whole seconds only cannot tell two changes apart. */
static bool
is_settled(int lock_fd, const struct bm_file_state *data)
{
	const struct bm_file_state note = bm_file_state_of(lock_fd);
	const long long seconds = note.written_s - data->changed_s;

	if (note.inode == 0 || seconds < 0 ||
	    (note.written_ns == 0 && data->changed_ns == 0))
		return false;
	return seconds > 1 || seconds * 1000000000 + note.written_ns -
	    data->changed_ns >= TICK_NS;
}

void
bm_lock_drop_sound(struct bm_lock *lock, const struct bm_file_state *state)
{
	char text[TEXT_MAX];

	if (lock->fd < 0)
		return;
	snprintf(text, sizeof text,
	    SOUND " %lld %lld %lld %lld %lld %lld %lld\n", state->device,
	    state->inode, state->size, state->written_s, state->written_ns,
	    state->changed_s, state->changed_ns);
	if (!write_text(lock->fd, text) || !is_settled(lock->fd, state)) {
		bm_lock_drop(lock);
		return;
	}
	close(lock->fd);
	lock->fd = -1;
}

struct bm_file_state
bm_lock_read_sound(const char *path)
{
	struct bm_file_state sound = { 0 };
	int fd = open_lock(path, O_RDONLY);

	if (fd >= 0) {
		sound = read_sound(fd);
		close(fd);
	}
	return sound;
}

long
bitmark_chain_lock_holder(const char *path)
{
	char text[TEXT_MAX] = "";
	long pid = 0;
	int fd = open_lock(path, O_RDONLY);

	if (fd < 0)
		return 0;
	if (pread(fd, text, sizeof text - 1, 0) > 0)
		pid = strtol(text, NULL, 10);
	/* A killed writer leaves its id in the file, but the system has dropped
	 * its lock. */
	if (pid != 0 && flock(fd, LOCK_SH | LOCK_NB) == 0)
		pid = 0;
	close(fd);
	return pid;
}
