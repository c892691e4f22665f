/*
 * The methods that bring records.
 */
#include "rpc_call.h"

const struct rpc_method rpc_submit_methods[] = {
	{ NULL, NULL },
};
