/* One pool of answers for all services, so that the allowance of a client is one,
 * too. */
#include "services.h"

#include <stdio.h>
#include <stdlib.h>

#include <bitmarkpeer/os.h>

#include "rpc_server.h"

#define MS_PER_S 1000

struct services {
	struct rpc_from from;
	struct rpc_pool *pool;
	struct rpc_server *rpc;         /* NULL: not served */
};

/* Any thread of the pool. */
static enum rpc_outcome
answer(void *user, const char *request, size_t size, char **reply,
    size_t *reply_size)
{
	struct services *services = user;
	struct rpc_from from = services->from;
	struct rpc_server_counts counts = { .clients = 0 };

	if (services->rpc != NULL)
		rpc_server_get_counts(services->rpc, &counts);
	from.connections = counts.clients;
	return rpc_answer(&from, request, size, reply, reply_size);
}

static void
tell(struct log *log, const char *name, const struct config_list *listen)
{
	for (size_t i = 0; i < listen->count; i++)
		log_text(log, BITMARK_LOG_INFO, "main", "%s: listening at %s",
		    name, listen->items[i]);
}

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

/* The pool comes first: it is what the servers need, and stops before they
 * close. */
static bool
start(struct services *services, const struct services_config *c,
    char why[RPC_WHY_MAX])
{
	const char *text;

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
	return text == NULL && open_rpc(services, c, why);
}

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

static void
count_rpc(struct rpc_server *rpc, struct services_counts *counts)
{
	struct rpc_server_counts c;

	rpc_server_get_counts(rpc, &c);
	counts->rpc = true;
	counts->rpc_clients = c.clients;
	counts->rpc_accepted = c.accepted;
	counts->rpc_cut_room = c.cut_room;
	counts->rpc_cut_handshake = c.ended[RPC_END_HANDSHAKE];
	counts->rpc_cut_garbage = c.ended[RPC_END_GARBAGE];
	counts->rpc_cut_idle = c.ended[RPC_END_IDLE];
	counts->rpc_cut_slow = c.ended[RPC_END_SLOW];
}

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
}

void
services_close(struct services *services)
{
	if (services == NULL)
		return;
	if (services->pool != NULL)
		rpc_pool_stop(services->pool);
	rpc_server_close(services->rpc);
	rpc_pool_free(services->pool);
	free(services);
}
