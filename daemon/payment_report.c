/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Payments in the reply to "status" and among the metrics.
 */
#include "payment_report.h"

#include <inttypes.h>

/* Add a member whose name begins with the currency. json_object_set_new takes
 * over ${value}, also when it fails. */
static void
set(json_t *status, enum bitmark_currency currency, const char *what,
    json_t *value)
{
	char name[32];

	snprintf(name, sizeof name, "%s_%s", payment_currency_name(currency),
	    what);
	(void)json_object_set_new(status, name, value);
}

/* A currency that is not watched has null, and so has the error when there is
 * none. */
void
payment_report(json_t *status, const struct payment_watch *watch)
{
	uint64_t payments = 0, verified = 0;

	for (int i = 1; status != NULL && i < BITMARK_CURRENCY_COUNT; i++) {
		enum bitmark_currency c = (enum bitmark_currency)i;
		struct payment_watch_status s;

		payment_watch_tell(watch, c, &s);
		payments += s.payments;
		verified += s.verified;
		set(status, c, "block", s.is_on ?
		    json_integer((json_int_t)s.height) : json_null());
		set(status, c, "tip", s.is_on ?
		    json_integer((json_int_t)s.tip) : json_null());
		set(status, c, "error", s.reason[0] != '\0' ?
		    json_string(s.reason) : json_null());
	}
	if (status == NULL)
		return;
	(void)json_object_set_new(status, "payments_seen",
	    json_integer((json_int_t)payments));
	(void)json_object_set_new(status, "payments_verified",
	    json_integer((json_int_t)verified));
}

/* One metric, with a line for each currency. ${offset} names the member of the
 * status that has the number; all of them are uint64_t. */
struct metric {
	const char *name, *type, *help;
	size_t offset;                  /* of a number in the status */
};

#define METRIC(name_, type_, member_, help_) { .name = (name_), \
	.type = (type_), .help = (help_), \
	.offset = offsetof(struct payment_watch_status, member_) }

static const struct metric metrics[] = {
	METRIC("payment_block", "gauge", height,
	    "Newest block of the currency that was looked through."),
	METRIC("payment_tip", "gauge", tip,
	    "Newest block of the currency."),
	METRIC("payment_blocks_total", "counter", blocks,
	    "Blocks of the currency that were looked through."),
	METRIC("payments_total", "counter", payments,
	    "Transactions of the currency with a pay id."),
	METRIC("payments_verified_total", "counter", verified,
	    "Transactions of the currency that verified something."),
	METRIC("payment_failures_total", "counter", failures,
	    "Requests to the daemon of the currency that failed."),
};

static void
write_metric(FILE *file, const struct metric *m,
    const struct payment_watch_status *status, const char *chain)
{
	fprintf(file, "# HELP bitmark_%s %s\n# TYPE bitmark_%s %s\n", m->name,
	    m->help, m->name, m->type);
	for (int i = 1; i < BITMARK_CURRENCY_COUNT; i++) {
		if (status[i].is_on)
			fprintf(file, "bitmark_%s{chain=\"%s\",currency=\"%s\""
			    "} %" PRIu64 "\n", m->name, chain,
			    payment_currency_name((enum bitmark_currency)i),
			    *(const uint64_t *)(const void *)((const char *)
			    &status[i] + m->offset));
	}
}

void
payment_metrics(FILE *file,
    const struct payment_watch_status status[BITMARK_CURRENCY_COUNT],
    const char *chain)
{
	bool is_on = false;

	for (int i = 1; i < BITMARK_CURRENCY_COUNT; i++)
		is_on |= status[i].is_on;
	if (!is_on)
		return;
	for (size_t i = 0; i < sizeof metrics / sizeof metrics[0]; i++)
		write_metric(file, &metrics[i], status, chain);
}
