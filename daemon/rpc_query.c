/*
 * The methods that read the chain.
 */
#include "rpc_call.h"

const struct rpc_method rpc_query_methods[] = {
	{ NULL, NULL },
};
