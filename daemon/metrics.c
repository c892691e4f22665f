/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The values are collected in one table, so that name, type, help and value of
 * a metric stand side by side.  bitmarkd-c-metrics(7) has the same names, types
 * and helps, word for word, and a test compares the two.
 *
 * Each name begins with bitmark_, also those for which Prometheus has a usual
 * name, as process_start_time_seconds: a collector that joins the file with
 * metrics of its own refuses a name that it has itself.
 */
#include "metrics.h"

#include <stdio.h>
#include <stdlib.h>

#include "payment_report.h"

/* The longest labels of a metric: names of a chain, of rules and of a version,
 * which are all short. */
#define METRICS_LABELS_MAX 256

/* One line of the text, with its name and type in front. */
struct metric {
	const char *name;
	bool counter;                   /* else a gauge */
	const char *help;
	double value;
};

/* %.17g writes every double so that it reads back as the same one. */
static void
write_metric(FILE *file, const struct metric *m, const char *chain)
{
	fprintf(file, "# HELP bitmark_%s %s\n# TYPE bitmark_%s %s\n"
	    "bitmark_%s{chain=\"%s\"} %.17g\n", m->name, m->help, m->name,
	    m->counter ? "counter" : "gauge", m->name, chain, m->value);
}

/* A metric whose facts are in its labels has the value 1, as is usual with
 * Prometheus. */
static void
write_labels(FILE *file, const char *name, const char *help,
    const char *labels)
{
	fprintf(file, "# HELP bitmark_%s %s\n# TYPE bitmark_%s gauge\n"
	    "bitmark_%s{%s} 1\n", name, help, name, name, labels);
}

/* Labels are names of ours and need no escapes. */
static void
write_build(FILE *file, const struct metrics_values *values)
{
	const char *rules = values->node.rules->name;
	char labels[METRICS_LABELS_MAX];

	snprintf(labels, sizeof labels, "chain=\"%s\",rules=\"%s\"",
	    values->chain, rules);
	write_labels(file, "rules",
	    "Always 1; the label tells whose rules the node follows.", labels);
	snprintf(labels, sizeof labels,
	    "chain=\"%s\",rules=\"%s\",version=\"%s\"", values->chain, rules,
	    bitmark_version());
	write_labels(file, "build_info",
	    "Always 1; the labels tell version, rules and chain.", labels);
}

static void
write_metrics(FILE *file, const struct metric *metrics, size_t count,
    const char *chain)
{
	for (size_t i = 0; i < count; i++)
		write_metric(file, &metrics[i], chain);
}

/* Names have their unit last and those of counters end in _total, as Prometheus
 * advises. A double is exact up to 2^53, which no counter here reaches. */
static void
write_node(FILE *file, const struct metrics_values *values)
{
	const struct bitmark_node_status *s = &values->node;
	const struct metric metrics[] = {
		{ "start_time_seconds", false,
		    "Unix time when the daemon was started.",
		    (double)values->start_s },
		{ "height", false, "Number of the newest block.",
		    (double)s->tip.number },
		{ "block_time_seconds", false,
		    "Unix time of the newest block; 0 when there is only "
		    "genesis.", (double)s->tip.timestamp },
		{ "target_height", false, "Best height that a peer claims.",
		    (double)s->target },
		{ "normal", false, "1 in mode Normal, else 0.",
		    s->mode == BITMARK_MODE_NORMAL },
		{ "registered_peers", false,
		    "Peers that the node is registered with.", s->peers },
		{ "few_peers", false,
		    "1 while fewer peers are of use than minimum_clients.",
		    s->few_clients },
		{ "known_peers", false, "Peers that the node has heard of.",
		    s->known },
		{ "dns_records", false, "Nodes in the last answer of the DNS.",
		    (double)s->dns_records },
		{ "dns_bad_records", false,
		    "Records in the last answer of the DNS that were skipped.",
		    (double)s->dns_bad },
		{ "incoming_connections", false,
		    "Connections that peers have made to the node.",
		    s->connections },
		{ "subscribers", false, "Local subscribers.", s->subscribers },
		{ "requests_total", true,
		    "Requests of peers that were answered.",
		    (double)s->requests },
		{ "dropped_total", true,
		    "Requests of peers that were refused or not processed.",
		    (double)s->dropped },
		{ "cut_room_total", true,
		    "Peers that were cut off because there were too many.",
		    (double)s->cut_room },
		{ "cut_handshake_total", true,
		    "Peers whose handshake took too long.",
		    (double)s->cut_handshake },
		{ "cut_held_total", true,
		    "Peers that were cut off for too many bytes of open "
		    "messages.", (double)s->cut_held },
		{ "no_descriptor_total", true,
		    "Times that no descriptor was left for a peer.",
		    (double)s->no_descriptor },
		{ "long_commands_total", true,
		    "Requests refused because of a command of over 64 bytes.",
		    (double)s->long_commands },
		{ "jobs_total", true, "Jobs made for miners.",
		    (double)s->jobs },
		{ "jobs_published_total", true,
		    "Messages with a job that were published.",
		    (double)s->jobs_published },
		{ "job_subscribers", false, "Miners that are told of jobs.",
		    s->job_subscribers },
		{ "miners", false, "Miners that are connected for submissions.",
		    s->miners },
		{ "miners_cut_total", true, "Miners that were cut off.",
		    (double)s->miners_cut },
		{ "miners_unlisted_total", true,
		    "Miners refused because their key is not in the list.",
		    (double)s->miners_unlisted },
		{ "submissions_accepted_total", true,
		    "Submissions of miners that were accepted.",
		    (double)s->submissions_accepted },
		{ "submissions_refused_total", true,
		    "Submissions of miners that were refused.",
		    (double)s->submissions_refused },
		{ "submissions_dropped_total", true,
		    "Refused submissions for which too many others waited.",
		    (double)s->submissions_dropped },
		{ "submissions_unanswered_total", true,
		    "Messages of miners that were no request, and lost "
		    "replies.", (double)s->submissions_unanswered },
		{ "submissions_waiting", false,
		    "Submissions that wait for a digest.",
		    (double)s->submissions_waiting },
		{ "published_total", true,
		    "Messages that subscribers were sent.",
		    (double)s->published },
		{ "unpublished_total", true,
		    "Messages that were lost to subscribers.",
		    (double)s->unpublished },
		{ "blocks_per_second", false, "Blocks stored per second.",
		    s->blocks_per_s },
		{ "digests_per_second", false,
		    "Digests of blocks computed per second.",
		    s->digests_per_s },
		{ "digests_waiting", false,
		    "Digests of blocks that no core has begun.",
		    (double)s->digests_waiting },
		{ "queued_blocks", false,
		    "Blocks of peers that wait for their turn.",
		    (double)s->queued_blocks },
		{ "queued_messages", false,
		    "Other messages of peers that wait for their turn.",
		    (double)s->queued_others },
		{ "map_bytes", false, "Addresses that the store has reserved.",
		    (double)s->map_bytes },
		{ "used_bytes", false, "Size of the file of the store.",
		    (double)s->used_bytes },
		{ "shares", false, "Bitmarks that became shares.",
		    (double)s->shares },
		{ "blocked", false,
		    "1 while most peers follow a chain that the node refuses.",
		    s->blocked != BITMARK_OK },
		{ "store_failed", false, "1 while the store cannot be written.",
		    s->store != BITMARK_OK },
	};

	write_metrics(file, metrics, sizeof metrics / sizeof metrics[0],
	    values->chain);
}

/* The reservoir's counters and gauges. */
static void
write_reservoir(FILE *file, const struct metrics_values *values)
{
	const struct bitmark_reservoir_counts *c = &values->reservoir;
	const struct metric metrics[] = {
		{ "pending_transactions", false,
		    "Transactions that are not paid.", (double)c->pending },
		{ "pending_free_issues", false,
		    "Free issues among the pending transactions.",
		    (double)c->free_issues },
		{ "pending_paid_issues", false,
		    "Paid issues among the pending transactions.",
		    (double)c->paid_issues },
		{ "pending_transfers", false,
		    "Other transactions among the pending ones.",
		    (double)c->transfers },
		{ "verified_transactions", false,
		    "Transactions that are ready for a block.",
		    (double)c->verified },
		{ "reservoir_bytes", false,
		    "Bytes of transactions that the reservoir keeps.",
		    (double)c->bytes },
		{ "cached_assets", false, "Assets that are not in a block yet.",
		    (double)c->assets },
		{ "orphan_payments", false,
		    "Payments of nothing that is known.", (double)c->orphans },
		{ "reservoir_refused_total", true,
		    "Transactions refused because a bound was reached.",
		    (double)c->refused },
		{ "reservoir_evicted_total", true,
		    "Transactions given up for others.", (double)c->evicted },
		{ "reservoir_expired_total", true, "Transactions that expired.",
		    (double)c->expired },
	};

	write_metrics(file, metrics, sizeof metrics / sizeof metrics[0],
	    values->chain);
}

/* Counters of the client RPC and of the HTTPS server. */
static void
write_services(FILE *file, const struct metrics_values *values)
{
	const struct services_counts *s = &values->services;
	const struct metric metrics[] = {
		{ "rpc_clients", false, "Clients of the client RPC.",
		    s->rpc_clients },
		{ "rpc_held_bytes", false,
		    "Bytes kept for clients of the client RPC.",
		    (double)s->rpc_held },
		{ "rpc_accepted_total", true,
		    "Clients of the client RPC that were let in.",
		    (double)s->rpc_accepted },
		{ "rpc_cut_room_total", true,
		    "Clients of the client RPC cut off because there were too "
		    "many.", (double)s->rpc_cut_room },
		{ "rpc_cut_handshake_total", true,
		    "Clients whose handshake failed or took too long.",
		    (double)s->rpc_cut_handshake },
		{ "rpc_cut_garbage_total", true,
		    "Clients cut off for what is no JSON, or beyond the "
		    "bounds.", (double)s->rpc_cut_garbage },
		{ "rpc_cut_idle_total", true,
		    "Clients cut off because they asked nothing.",
		    (double)s->rpc_cut_idle },
		{ "rpc_cut_slow_total", true,
		    "Clients cut off because they did not take their replies.",
		    (double)s->rpc_cut_slow },
		{ "rpc_requests_total", true,
		    "Requests of clients that were answered, also over HTTPS.",
		    (double)s->rpc_requests },
		{ "rpc_delayed_total", true,
		    "Requests answered after a wait for the allowance of their "
		    "client.", (double)s->rpc_delayed },
		{ "rpc_refused_total", true,
		    "Requests refused because their client had no allowance "
		    "left.", (double)s->rpc_refused },
		{ "https_clients", false, "Clients over HTTPS.",
		    s->https_clients },
		{ "https_requests_total", true, "Requests over HTTPS.",
		    (double)s->https_requests },
		{ "https_busy_total", true,
		    "Requests over HTTPS that were refused as too many.",
		    (double)s->https_busy },
		{ "https_cut_total", true,
		    "Clients over HTTPS that were cut off as too slow.",
		    (double)s->https_cut },
	};

	write_metrics(file, metrics, sizeof metrics / sizeof metrics[0],
	    values->chain);
}

/* Counters of the server that sends this page. */
static void
write_own(FILE *file, const struct metrics_values *values)
{
	const struct metrics_http_counts *c = &values->http;
	const struct metric metrics[] = {
		{ "metrics_clients", false, "Clients of the page of metrics.",
		    c->clients },
		{ "metrics_requests_total", true,
		    "Requests of clients of the page of metrics.",
		    (double)c->requests },
		{ "metrics_refused_total", true,
		    "Requests of them for another page or by another method.",
		    (double)c->refused },
		{ "metrics_cut_total", true,
		    "Clients of the page of metrics that were cut off as too "
		    "slow.", (double)c->cut },
	};

	write_metrics(file, metrics, sizeof metrics / sizeof metrics[0],
	    values->chain);
}

/* The text is made in memory and given to the caller as a whole, so that a file
 * or a page is never half of it. NULL: no memory. */
char *
metrics_text(const struct metrics_values *values)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	if (file == NULL)
		return NULL;
	write_build(file, values);
	write_node(file, values);
	write_reservoir(file, values);
	write_services(file, values);
	write_own(file, values);
	payment_metrics(file, values->payment, values->chain);
	if (fclose(file) != 0) {
		free(text);
		return NULL;
	}
	return text;
}
