/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Each line is made in a buffer and written by one call to a file that is open
 * for appending. So lines of several threads, and of two processes that log to
 * one file, do not mix. stdio is not used: it would write when its buffer is
 * full, in the middle of a line, and lose the last lines of a process that is
 * killed.
 */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include <bitmarkpeer/os.h>

#include "shared/complain.h"
#include "shared/progress.h"

/* Longest line with time, level and module; longer ones are cut.  Bytes. */
#define LINE_MAX_SIZE 1024
/* "2026-01-02T03:04:05" with NUL. */
#define TIME_TEXT_MAX 32

#define LOG_FILE_MODE 0640

#define MS_PER_S 1000

struct log {
	const struct config *config;
	pthread_mutex_t lock;           /* guards what follows          */
	int fd;                         /* -1: the system's log         */
	struct progress line;           /* the live line on stderr      */
};

static const struct {
	const char *name;
	int priority;                   /* for syslog */
} levels[] = {
	[BITMARK_LOG_ERROR] = { "ERROR", LOG_ERR },
	[BITMARK_LOG_WARN] = { "WARN", LOG_WARNING },
	[BITMARK_LOG_INFO] = { "INFO", LOG_INFO },
	[BITMARK_LOG_DEBUG] = { "DEBUG", LOG_DEBUG },
};

/* Appending, so that nothing is lost when another process writes to the same
 * file. */
static int
open_file(const char *path)
{
	return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
	    LOG_FILE_MODE);
}

/* The descriptor for lines; -1 for the system's log, and with errno for a file
 * that cannot be opened. */
static int
open_destination(const struct config *config)
{
	switch (config->logging.destination) {
	case CONFIG_LOG_STDERR:
		return STDERR_FILENO;
	case CONFIG_LOG_FILE:
		return open_file(config->logging.file);
	case CONFIG_LOG_SYSLOG:
		openlog("bitmarkd-c", LOG_PID, LOG_DAEMON);
		break;
	}
	return -1;
}

/* A file that cannot be opened is an error of the configuration. */
bool
log_open(struct log **out, const struct config *config,
    char error[CONFIG_ERROR_MAX])
{
	struct log *log = calloc(1, sizeof *log);

	*out = NULL;
	if (log == NULL) {
		snprintf(error, CONFIG_ERROR_MAX, "%s",
		    bitmark_strerror(BITMARK_E_NOMEM));
		return false;
	}
	log->config = config;
	progress_begin(&log->line);
	log->fd = open_destination(config);
	if (log->fd < 0 &&
	    config->logging.destination == CONFIG_LOG_FILE) {
		snprintf(error, CONFIG_ERROR_MAX, "%s: %s",
		    config->logging.file, cause_text(BITMARK_E_IO));
		free(log);
		return false;
	}
	pthread_mutex_init(&log->lock, NULL);
	*out = log;
	return true;
}

/* A progress line that is still on the screen is cleared, so that the shell's
 * prompt does not follow it. */
void
log_close(struct log *log)
{
	if (log == NULL)
		return;
	log_live(log, "");
	if (log->config->logging.destination == CONFIG_LOG_FILE)
		close(log->fd);
	if (log->config->logging.destination == CONFIG_LOG_SYSLOG)
		closelog();
	pthread_mutex_destroy(&log->lock);
	free(log);
}

/* The new file is opened before the old one is closed: when it cannot be
 * opened, on a full disk for instance, the log goes on in the old file. The
 * descriptor is changed under the lock, because a thread that has it must not
 * write to a closed descriptor, whose number may belong to another file by
 * then. */
void
log_reopen(struct log *log)
{
	int fd, old;

	if (log->config->logging.destination != CONFIG_LOG_FILE)
		return;
	fd = open_file(log->config->logging.file);
	if (fd < 0) {
		log_text(log, BITMARK_LOG_ERROR, "main",
		    "cannot open the log again: %s",
		    cause_text(BITMARK_E_IO));
		return;
	}
	pthread_mutex_lock(&log->lock);
	old = log->fd;
	log->fd = fd;
	pthread_mutex_unlock(&log->lock);
	close(old);
	log_text(log, BITMARK_LOG_INFO, "main", "log reopened");
}

/* A module without a level of its own has the general one. */
static enum bitmark_log_level
level_of(const struct config *config, const char *module)
{
	for (size_t i = 0; i < config->logging.level_count; i++) {
		if (strcmp(config->logging.levels[i].module, module) == 0)
			return config->logging.levels[i].level;
	}
	return config->logging.level;
}

/* "2026-01-02T03:04:05.678Z LEVEL module: text\n"; gives its size. */
static size_t
make_line(char out[LINE_MAX_SIZE], enum bitmark_log_level level,
    const char *module, const char *text)
{
	char seconds[TIME_TEXT_MAX];
	const uint64_t now_ms = bitmark_clock_wall_ms();
	const time_t now_s = (time_t)(now_ms / MS_PER_S);
	struct tm utc;
	int size;

	gmtime_r(&now_s, &utc);
	strftime(seconds, sizeof seconds, "%Y-%m-%dT%H:%M:%S", &utc);
	size = snprintf(out, LINE_MAX_SIZE - 1, "%s.%03uZ %s %s: %s",
	    seconds, (unsigned)(now_ms % MS_PER_S), levels[level].name,
	    module, text);
	if (size > LINE_MAX_SIZE - 2)
		size = LINE_MAX_SIZE - 2;
	out[size] = '\n';
	return (size_t)size + 1;
}

/* False: the disk is full, or the file is as long as it may be. */
static bool
write_out(int fd, const char *text, size_t size)
{
	ssize_t written;

	do {
		written = write(fd, text, size);
	} while (written < 0 && errno == EINTR);
	return written == (ssize_t)size;
}

/* A line that the file does not take goes to stderr, which a service manager
 * keeps. The node runs on in any case. */
static void
write_line(const struct log *log, const char *line, size_t size)
{
	if (!write_out(log->fd, line, size) && log->fd != STDERR_FILENO)
		(void)write_out(STDERR_FILENO, line, size);
}

/* Any thread. The lock keeps the progress line apart from the lines of the log.
 */
static void
emit(struct log *log, enum bitmark_log_level level, const char *module,
    const char *text)
{
	char line[LINE_MAX_SIZE];
	size_t size = make_line(line, level, module, text);

	pthread_mutex_lock(&log->lock);
	if (log->fd == STDERR_FILENO)
		progress_clear(&log->line);
	if (log->fd < 0)
		syslog(levels[level].priority, "%s: %s", module, text);
	else
		write_line(log, line, size);
	pthread_mutex_unlock(&log->lock);
}

/* The level is tested first, because debug lines are many and mostly not
 * wanted. Parts of a line may come from strangers, so control characters are
 * replaced: they could begin a line of their own or command a terminal. */
void
log_line(void *user, enum bitmark_log_level level, const char *module,
    const char *line, size_t line_size)
{
	struct log *log = user;
	char text[LINE_MAX_SIZE];

	if (level > level_of(log->config, module))
		return;
	if (line_size > sizeof text - 1)
		line_size = sizeof text - 1;
	for (size_t i = 0; i < line_size; i++) {
		unsigned char c = (unsigned char)line[i];

		text[i] = c < ' ' || c == 0x7f ? '?' : line[i];
	}
	text[line_size] = '\0';
	emit(log, level, module, text);
}

/* For the daemon's own lines; the library calls log_line. */
void
log_text(struct log *log, enum bitmark_log_level level, const char *module,
    const char *format, ...)
{
	char text[LINE_MAX_SIZE];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof text, format, list);
	va_end(list);
	log_line(log, level, module, text, strlen(text));
}

/* The answer never changes while the log is open, so no lock is needed. */
bool
log_is_live(const struct log *log)
{
	return log->line.is_terminal;
}

/* Under the lock, so that the line of another thread does not land in the
 * middle of it. */
void
log_live(struct log *log, const char *text)
{
	pthread_mutex_lock(&log->lock);
	if (text[0] != '\0')
		progress_draw(&log->line, text);
	else
		progress_clear(&log->line);
	pthread_mutex_unlock(&log->lock);
}
