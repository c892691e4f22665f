/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Metrics for collectors: over HTTP, and in files that a collector on this
 * machine reads. A file is replaced as a whole, because a collector may read at
 * any moment and must not see half of it.
 *
 * The watch for payments has no lock, as the main thread alone uses it. So the
 * main thread copies its counters at each tick, under a lock, for the threads
 * of the server; they are a quarter of a second old at most.
 */
#include "exporter.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bitmarkpeer/os.h>

#include "metrics.h"
#include "shared/complain.h"

/* Time between two writings of the files. Milliseconds. Source: local choice.
 */
#define WRITE_MS 5000

/* A collector runs as another user, such as that of Prometheus, and must be
 * able to read the file. */
#define FILE_MODE 0644

/* How the last writing of a file ended. */
enum exporter_file { NOT_WRITTEN, WRITTEN, FAILED };

struct exporter {
	struct exporter_config config;
	struct metrics_http *http;      /* NULL: not served                  */
	uint64_t start_s;
	uint64_t write_ms;              /* when the files are due            */
	enum exporter_file *files;      /* for each of the configuration     */
	pthread_mutex_t lock;           /* of all below                      */
	struct payment_watch_status payment[BITMARK_CURRENCY_COUNT];
};

/* The reason of a failure points into the watch, so it is not copied. */
static void
copy_payments(struct exporter *e)
{
	pthread_mutex_lock(&e->lock);
	for (int i = 1; i < BITMARK_CURRENCY_COUNT; i++) {
		payment_watch_tell(e->config.watch, (enum bitmark_currency)i,
		    &e->payment[i]);
		e->payment[i].reason = "";      /* inside the watch */
	}
	pthread_mutex_unlock(&e->lock);
}

/* Make the page. Any thread. */
static char *
text_now(void *user)
{
	struct exporter *e = user;
	struct metrics_values v = {
		.chain = e->config.config->params->name,
		.start_s = e->start_s,
		.node.struct_size = sizeof v.node,
		.reservoir.struct_size = sizeof v.reservoir,
	};

	bitmark_node_get_status(e->config.node, &v.node);
	if (bitmark_node_counts(e->config.node, &v.reservoir) != BITMARK_OK)
		return NULL;
	services_get_counts(e->config.services, &v.services);
	metrics_http_get_counts(e->http, &v.http);
	pthread_mutex_lock(&e->lock);
	memcpy(v.payment, e->payment, sizeof v.payment);
	pthread_mutex_unlock(&e->lock);
	return metrics_text(&v);
}

char *
exporter_text(struct exporter *exporter)
{
	copy_payments(exporter);
	return text_now(exporter);
}

/* --- files ---------------------------------------------------------------- */

/* NULL: written; else the reason. */
static const char *
write_text(const char *text, const char *path)
{
	struct bitmark_file_writer *file;
	bitmark_status status = bitmark_file_writer_open(&file, path,
	    FILE_MODE);
	FILE *out;

	if (status == BITMARK_E_STATE)
		return "is no regular file";
	if (status == BITMARK_OK) {
		out = bitmark_file_writer_stream(file);
		/* A failure of these is told by commit.  The daemon's umask
		 * would keep the collector away. */
		(void)fchmod(fileno(out), FILE_MODE);
		(void)fputs(text, out);
		status = bitmark_file_writer_commit(file);
	}
	if (status == BITMARK_OK)
		return NULL;
	return cause_text(status);
}

/* A failure is logged when it begins and when it ends, not each time. */
static void
write_file(struct exporter *e, size_t i, const char *text)
{
	const char *path = e->config.config->metrics.files.items[i];
	const char *why = text == NULL ? bitmark_strerror(BITMARK_E_NOMEM) :
	    write_text(text, path);

	if (why != NULL && e->files[i] != FAILED)
		log_text(e->config.log, BITMARK_LOG_ERROR, "main",
		    "%s: cannot be written: %s", path, why);
	if (why == NULL && e->files[i] == FAILED)
		log_text(e->config.log, BITMARK_LOG_INFO, "main",
		    "%s: is written again", path);
	e->files[i] = why != NULL ? FAILED : WRITTEN;
}

/* The text is made before a file is opened: nothing is half written while the
 * node is asked. */
static void
write_files(struct exporter *e)
{
	const size_t count = e->config.config->metrics.files.count;
	char *text = count > 0 ? exporter_text(e) : NULL;

	for (size_t i = 0; i < count; i++)
		write_file(e, i, text);
	free(text);
}

/* Old files would say that a node runs. A device such as /dev/null is not
 * removed, nor is a file that this node has not written. */
static void
remove_files(struct exporter *e)
{
	const struct config_list *paths = &e->config.config->metrics.files;

	for (size_t i = 0; i < paths->count; i++)
		if (e->files[i] != NOT_WRITTEN &&
		    !bitmark_file_is_special(paths->items[i]))
			unlink(paths->items[i]);
}

/* --- from outside --------------------------------------------------------- */

/* Serve the addresses of the configuration, if any. A build without the library
 * leaves them out with a message and still writes the files. */
static bool
open_http(struct exporter *e, char why[RPC_WHY_MAX])
{
	const struct config_list *listen = &e->config.config->metrics.listen;
	const struct metrics_http_config config = {
		.listen = listen->items,
		.listen_count = listen->count,
		.wait_ms = METRICS_HTTP_WAIT_MS,
		.text = text_now,
		.user = e,
	};
	char cause[RPC_WHY_MAX];

	if (listen->count == 0)
		return true;
	if (!metrics_http_is_possible()) {
		log_text(e->config.log, BITMARK_LOG_WARN, "main",
		    "metrics: HTTP is left out: " METRICS_HTTP_NO_LIBRARY);
		return true;
	}
	if (!metrics_http_open(&e->http, &config, cause)) {
		snprintf(why, RPC_WHY_MAX, "metrics: %.200s", cause);
		return false;
	}
	for (size_t i = 0; i < listen->count; i++)
		log_text(e->config.log, BITMARK_LOG_INFO, "main",
		    "metrics: listening at %s", listen->items[i]);
	return true;
}

/* ${out} is set before the server starts, because its threads call text_now. */
bool
exporter_open(struct exporter **out, const struct exporter_config *config,
    char why[RPC_WHY_MAX])
{
	struct exporter *e = calloc(1, sizeof *e);
	const size_t count = config->config->metrics.files.count;
	enum exporter_file *files = calloc(count + 1, sizeof *files);

	*out = NULL;
	/* NOT_WRITTEN is 0. */
	if (e == NULL || files == NULL) {
		free(e);
		free(files);
		snprintf(why, RPC_WHY_MAX, "%s",
		    bitmark_strerror(BITMARK_E_NOMEM));
		return false;
	}
	e->config = *config;
	e->files = files;
	e->start_s = bitmark_clock_wall_s();
	pthread_mutex_init(&e->lock, NULL);
	copy_payments(e);
	*out = e;
	return open_http(e, why);
}

void
exporter_tick(struct exporter *exporter, uint64_t now_ms)
{
	copy_payments(exporter);
	metrics_http_tick(exporter->http, now_ms);
	if (now_ms < exporter->write_ms)
		return;
	write_files(exporter);
	exporter->write_ms = now_ms + WRITE_MS;
}

void
exporter_stop(struct exporter *exporter)
{
	if (exporter == NULL)
		return;
	metrics_http_close(exporter->http);
	exporter->http = NULL;
}

void
exporter_free(struct exporter *exporter)
{
	if (exporter == NULL)
		return;
	exporter_stop(exporter);
	remove_files(exporter);
	pthread_mutex_destroy(&exporter->lock);
	free(exporter->files);
	free(exporter);
}
