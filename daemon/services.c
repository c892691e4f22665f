/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The services for clients: RPC and HTTPS. Both share one pool of threads, so
 * that a client has one allowance for both.
 */
#include "services.h"

#include <stdio.h>
#include <stdlib.h>

#include <bitmarkpeer/os.h>

#include "https_server.h"
#include "rpc_server.h"

#define MS_PER_S 1000

struct services {
	struct rpc_from from;
	struct rpc_pool *pool;
	struct rpc_server *rpc;         /* NULL: not served */
	struct https_server *https;     /* NULL: not served */
	const struct config *config;
};

/* The state that an answer is made from. Any thread. */
static struct rpc_from
from_now(struct services *services)
{
	struct rpc_server_counts counts = { .clients = 0 };
	struct rpc_from from = services->from;

	if (services->rpc != NULL)
		rpc_server_get_counts(services->rpc, &counts);
	from.connections = counts.clients;
	return from;
}

/* An rpc_answer_fn. The state is taken when the answer is made: the request may
 * have waited while clients came and went. */
static void
answer(void *user, struct rpc_job *job)
{
	struct rpc_from from = from_now(user);

	from.at_once = job->at_once;
	job->outcome = rpc_request_answer(&from, job->read, &job->reply,
	    &job->reply_size);
}

/* The pages show the same state as the RPC. The lists of who may see a page
 * belong to the configuration, which outlives the services. */
static void
from_of_https(void *user, struct rpc_from *rpc, struct https_from *https)
{
	struct services *services = user;

	*rpc = from_now(services);
	*https = (struct https_from){
		.details = &services->config->https_allow.details,
		.connections = &services->config->https_allow.connections,
		.peers = &services->config->https_allow.peers,
	};
}

/* A line in the log for each address, so that a person finds the one that a
 * client cannot reach. */
static void
tell(struct log *log, const char *name, const struct config_list *listen)
{
	for (size_t i = 0; i < listen->count; i++)
		log_text(log, BITMARK_LOG_INFO, "main", "%s: listening at %s",
		    name, listen->items[i]);
}

/* setup.c reads a certificate only when there are addresses, so without one
 * nothing is served. On failure ${why} names the section, because each has its
 * own addresses. */
static bool
open_rpc(struct services *services, const struct services_config *c,
    char why[RPC_WHY_MAX])
{
	char cause[RPC_WHY_MAX];
	const struct config_rpc *rpc = &c->config->client_rpc;
	const struct rpc_server_config config = {
		.listen = rpc->listen.items,
		.listen_count = rpc->listen.count,
		.pem = &c->rpc->client,
		.clients_max = rpc->connections_max,
		.handshake_ms = RPC_HANDSHAKE_MS,
		.idle_ms = (uint64_t)c->config->client_rpc_idle_s * MS_PER_S,
		.pool = services->pool,
	};

	if (c->rpc->client.certificate == NULL)
		return true;
	if (!rpc_server_open(&services->rpc, &config, cause)) {
		snprintf(why, RPC_WHY_MAX, "client_rpc: %.200s", cause);
		return false;
	}
	tell(c->log, "client RPC", &rpc->listen);
	return true;
}

/* As open_rpc. The time limit of a client is bitmarkd's and no option. */
static bool
open_https(struct services *services, const struct services_config *c,
    char why[RPC_WHY_MAX])
{
	char cause[RPC_WHY_MAX];
	const struct config_rpc *https = &c->config->https_rpc;
	const struct https_server_config config = {
		.listen = https->listen.items,
		.listen_count = https->listen.count,
		.pem = &c->rpc->https,
		.requests_max = https->connections_max,
		.wait_ms = HTTPS_WAIT_MS,
		.pool = services->pool,
		.from = from_of_https,
		.user = services,
	};

	if (c->rpc->https.certificate == NULL)
		return true;
	if (!https_server_open(&services->https, &config, cause)) {
		snprintf(why, RPC_WHY_MAX, "https_rpc: %.200s", cause);
		return false;
	}
	tell(c->log, "HTTPS", &https->listen);
	return true;
}

/* The pool comes first, as the servers need it; it also stops before they are
 * closed. */
static bool
start(struct services *services, const struct services_config *c,
    char why[RPC_WHY_MAX])
{
	const char *text;

	services->config = c->config;
	services->from = (struct rpc_from){
		.node = c->node,
		.chain = bitmark_node_chain(c->node),
		.params = c->config->params,
		.public_key = c->public_key,
		.start_ms = bitmark_clock_ms(),
		.form = c->config->client_rpc_is_old ? RPC_FORM_8_2 :
		    RPC_FORM_0_16,
		.read_only = c->config->read_only,
	};
	text = rpc_pool_open(&services->pool, answer, services);
	if (text != NULL)
		snprintf(why, RPC_WHY_MAX, "client_rpc: %s", text);
	return text == NULL && open_rpc(services, c, why) &&
	    open_https(services, c, why);
}

/* Without addresses there is no pool and no thread; NULL then stands for "no
 * services" in all calls. */
bool
services_open(struct services **out, const struct services_config *config,
    char why[RPC_WHY_MAX])
{
	struct services *services;

	*out = NULL;
	if (config->rpc->client.certificate == NULL &&
	    config->rpc->https.certificate == NULL)
		return true;
	services = calloc(1, sizeof *services);
	if (services != NULL && start(services, config, why)) {
		*out = services;
		return true;
	}
	if (services == NULL)
		snprintf(why, RPC_WHY_MAX, "%s",
		    bitmark_strerror(BITMARK_E_NOMEM));
	services_close(services);
	return false;
}

/* Each reason for cutting a client off has a counter of its own, named as in
 * the metrics. */
static void
count_rpc(struct rpc_server *rpc, struct services_counts *counts)
{
	struct rpc_server_counts c;

	rpc_server_get_counts(rpc, &c);
	counts->rpc = true;
	counts->rpc_clients = c.clients;
	counts->rpc_held = c.held;
	counts->rpc_accepted = c.accepted;
	counts->rpc_cut_room = c.cut_room;
	counts->rpc_cut_handshake = c.ended[RPC_END_HANDSHAKE];
	counts->rpc_cut_garbage = c.ended[RPC_END_GARBAGE];
	counts->rpc_cut_idle = c.ended[RPC_END_IDLE];
	counts->rpc_cut_slow = c.ended[RPC_END_SLOW];
}

static void
count_https(struct https_server *https, struct services_counts *counts)
{
	struct https_counts c;

	https_server_get_counts(https, &c);
	counts->https = true;
	counts->https_clients = c.clients;
	counts->https_requests = c.requests;
	counts->https_busy = c.busy;
	counts->https_cut = c.cut;
}

/* The server of the RPC checks the deadlines of its clients in its own loop. */
void
services_tick(struct services *services, uint64_t now_ms)
{
	if (services != NULL)
		https_server_tick(services->https, now_ms);
}

/* Requests are counted by the pool, which both servers share. */
void
services_get_counts(struct services *services,
    struct services_counts *counts)
{
	struct rpc_pool_counts pool;

	*counts = (struct services_counts){ .rpc = false };
	if (services == NULL)
		return;
	rpc_pool_get_counts(services->pool, &pool);
	counts->rpc_requests = pool.requests;
	counts->rpc_delayed = pool.delayed;
	counts->rpc_refused = pool.refused;
	if (services->rpc != NULL)
		count_rpc(services->rpc, counts);
	if (services->https != NULL)
		count_https(services->https, counts);
}

/* The pool stops first, so that no answer is being made while a server closes,
 * and each server takes back its finished answers. The pool is freed last,
 * because the servers point to it. */
void
services_close(struct services *services)
{
	if (services == NULL)
		return;
	if (services->pool != NULL)
		rpc_pool_stop(services->pool);
	rpc_server_close(services->rpc);
	https_server_close(services->https);
	rpc_pool_free(services->pool);
	free(services);
}
