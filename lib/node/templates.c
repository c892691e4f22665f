/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
#include "node/templates.h"

#include <string.h>

#include "os/random.h"

bitmark_status
bm_template_make(struct bm_state *state, const struct bitmark_base *base,
    const struct bitmark_base *empty, struct bitmark_template **t)
{
	struct bitmark_template_config config = {
		.struct_size = sizeof config,
		.params = state->settings->params,
		.rules = state->settings->rules,
		.base = base,
		.empty = empty,
		.now_s = state->now.s,
	};
	struct bitmark_snapshot *snapshot = bm_state_snapshot(state);
	bitmark_status status;

	*t = NULL;
	bm_random(&state->settings->env, (uint8_t *)&config.nonce,
	    sizeof config.nonce);
	status = snapshot == NULL ? BITMARK_E_STORE :
	    bitmark_template_new(t, &config, state->reservoir, snapshot);
	bm_state_release(state);
	return status;
}

bool
bm_template_is_current(const struct bm_state *state,
    const struct bitmark_template *t)
{
	struct bitmark_tip tip;

	bitmark_chain_tip(state->chain, &tip);
	return memcmp(bitmark_template_header(t)->previous, tip.digest,
	    sizeof tip.digest) == 0;
}
