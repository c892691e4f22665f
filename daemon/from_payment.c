/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Section payment. Payments that bitmarkd reads from a bitcoind and a litecoind
 * are taken over; those of its other sources are not confirmed or could be
 * invented, so those are left out. Source: bitmarkd v8.2 payment/setup.go,
 * v0.16.0 payment/setup.go
 */
#include "from_parts.h"

#include <string.h>
#include <strings.h>

#include "shared/config_values.h"

/* Does bitmarkd read payments from such daemons? After v8.2 a mode says so;
 * before that, it does unless it uses discovery. */
static bool
reads_daemons(const struct from *f, struct config_entry *payment)
{
	struct config_entry *e = from_next(payment->entries,
	    f->is_lua ? "mode" : "use_discovery", false);
	const char *text = e != NULL && e->values != NULL ? e->values->text :
	    "";
	bool is_discovery = false;
	bool is_rest = strcasecmp(text, "rest") == 0;

	if (!f->is_lua) {
		(void)config_find_flag(text, &is_discovery);
		is_rest = !is_discovery;
	}
	if (is_rest && e != NULL)
		from_mark(e);
	return is_rest;
}

static void
put_source(struct from *f, struct config_entry *payment, const char *name)
{
	struct config_entry *source = from_next(payment->entries, name, true);
	const char *url = source != NULL ? from_take(source, "url") : NULL;

	if (url == NULL)
		return;
	fprintf(f->out, "    %s { url = ", name);
	from_put_text(f, url);
	fputs(" }\n", f->out);
}

/* Here only the chain "local" can do without payments. */
static void
put_auto_verify(struct from *f, struct config_entry *payment)
{
	struct config_entry *chain = from_next(f->root->entries, "chain",
	    false);

	if (chain != NULL && chain->values != NULL &&
	    strcasecmp(chain->values->text, "local") == 0)
		from_put_key(f, payment, "auto_verify", "    ");
}

void
from_put_payment(struct from *f)
{
	struct config_entry *payment = from_section(f->root->entries, "payment");

	if (payment == NULL)
		return;
	fputs("payment {\n", f->out);
	if (reads_daemons(f, payment)) {
		put_source(f, payment, "bitcoin");
		put_source(f, payment, "litecoin");
	}
	put_auto_verify(f, payment);
	fputs("}\n\n", f->out);
}
