/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Start watching for payments, with the settings of the configuration and of
 * the node's rules.
 */
#include "payment_start.h"

/* A payment_deliver_fn. */
static bitmark_status
tell_payment(void *node, const uint8_t pay_id[BITMARK_PAY_ID_SIZE],
    const struct bitmark_paid *paid, bool *verified)
{
	return bitmark_node_payment(node, pay_id, paid, verified);
}

/* The watch looks back as far as the reservoir keeps transactions that wait for
 * a payment. */
void
payment_start(struct payment_watch **watch, const struct config *config,
    struct bitmark_node *node, struct log *log)
{
	struct bitmark_node_status status = { .struct_size = sizeof status };
	struct payment_watch_config w = {
		.confirmations = config->payment.confirmations,
		.interval_ms = config->payment.interval_ms,
		.position_file = config->payment.position_file,
		.deliver = tell_payment, .user = node,
		.env = { .user = log, .log = log_line },
	};
	bool is_asked_for = false;
	const char *why;

	*watch = NULL;
	for (size_t i = 0; i < BITMARK_CURRENCY_COUNT; i++) {
		w.source[i].url = config->payment.source[i].url;
		w.source[i].chain = config->payment.source[i].chain;
		is_asked_for |= w.source[i].url != NULL;
	}
	if (!is_asked_for)
		return;
	bitmark_node_get_status(node, &status);
	w.look_back_s = status.rules->pending_life_s;
	why = payment_watch_open(watch, &w);
	if (why != NULL)
		log_text(log, BITMARK_LOG_ERROR, "main",
		    "payments are not watched: %s", why);
}
