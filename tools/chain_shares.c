/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * bitmark-chain shares: the holders of a share with the total, or the shares of
 * an account.
 */
#include <inttypes.h>
#include <string.h>

#include "chain_commands.h"
#include "chain_walk.h"

/* Balances that are read at once; each page goes on behind the last item of the
 * one before. The array is on the stack. */
#define PAGE 100

/* --- one balance ---------------------------------------------------------- */

/* A balance is printed with its holder when a share is asked about, and with
 * its share when an account is. */
static int
tell_balance(const struct chain_tool *tool,
    const struct bitmark_share_balance *b, uint64_t total, bool of_share)
{
	char account[BITMARK_ACCOUNT_TEXT_MAX];
	char id[2 * BITMARK_TX_ID_SIZE + 1];

	bitmark_account_to_text(&b->account, account);
	if (tool->options->json)
		return print_json(json_pack("{s:s, s:o, s:o, s:o, s:o}",
		    "account", account, "shareId",
		    json_hex(b->share_id, sizeof b->share_id),
		    "balance", json_number(b->balance),
		    "total", json_number(total),
		    "since", json_number(b->since)));
	chain_id_to_text(tool->options, b->share_id, sizeof b->share_id, id);
	printf("%s  %" PRIu64 " of %" PRIu64 "  since block %" PRIu64 "\n",
	    of_share ? account : id, b->balance, total, b->since);
	return EXIT_DONE;
}

/* --- a share -------------------------------------------------------------- */

/* The total, and the record that made the bitmark shares. */
static int
tell_total(const struct chain_tool *tool, const uint8_t *share_id,
    const struct bitmark_share_total *t)
{
	char share[2 * BITMARK_TX_ID_SIZE + 1], id[2 * BITMARK_TX_ID_SIZE + 1];

	if (tool->options->json)
		return print_json(json_pack("{s:o, s:o, s:o, s:o}",
		    "shareId", json_hex(share_id, BITMARK_TX_ID_SIZE),
		    "total", json_number(t->total),
		    "txId", json_hex(t->tx_id, sizeof t->tx_id),
		    "inBlock", json_number(t->number)));
	chain_id_to_text(tool->options, share_id, BITMARK_TX_ID_SIZE, share);
	chain_id_to_text(tool->options, t->tx_id, sizeof t->tx_id, id);
	printf("share %s\n  total %" PRIu64 ", made in block %" PRIu64
	    " by %s\n", share, t->total, t->number, id);
	return EXIT_DONE;
}

/* Holders are read page by page, as there may be many: memory stays the same. A
 * page that is not full is the last one. */
static int
tell_holders(const struct chain_tool *tool, const uint8_t *share_id,
    uint64_t total)
{
	struct bitmark_share_balance page[PAGE];
	struct bitmark_account last;
	size_t count = PAGE;
	int code = EXIT_DONE;

	page[0].struct_size = sizeof page[0];
	for (bool first = true; count == PAGE && code == EXIT_DONE;
	    first = false) {
		bitmark_status status = bitmark_snapshot_share_holders(
		    tool->snapshot, share_id, first ? NULL : &last, page,
		    PAGE, &count);

		if (status != BITMARK_OK)
			return chain_failed(tool, status);
		for (size_t i = 0; code == EXIT_DONE && i < count; i++)
			code = tell_balance(tool, &page[i], total, true);
		if (count != 0)
			last = page[count - 1].account;
	}
	return code;
}

/* A search for the grants and swaps of one share. */
struct history {
	const struct chain_tool *tool;
	const uint8_t *share_id;
	int code;
};

/* One direction of a movement. */
struct movement {
	const struct bitmark_account *from, *to;
	uint64_t quantity;
};

/* The id of the record is computed, as blocks do not contain it. */
static int
tell_movement(const struct history *h, uint64_t number,
    const struct bitmark_block_walk *walk, const struct movement *m)
{
	const char *name = bitmark_record_name(walk->record.tag);
	char from[BITMARK_ACCOUNT_TEXT_MAX], to[BITMARK_ACCOUNT_TEXT_MAX];
	uint8_t id[BITMARK_TX_ID_SIZE];
	char text[2 * BITMARK_TX_ID_SIZE + 1];

	bitmark_account_to_text(m->from, from);
	bitmark_account_to_text(m->to, to);
	bitmark_tx_id(walk->packed.data, walk->packed.size, id);
	if (h->tool->options->json)
		return print_json(json_pack(
		    "{s:s, s:o, s:o, s:o, s:s, s:s, s:o}", "record", name,
		    "inBlock", json_number(number),
		    "index", json_number(walk->index - 1),
		    "txId", json_hex(id, sizeof id),
		    "from", from, "to", to,
		    "quantity", json_number(m->quantity)));
	chain_id_to_text(h->tool->options, id, sizeof id, text);
	printf("block %" PRIu64 ", record %zu: %s of %" PRIu64 "\n"
	    "  from %s\n  to   %s\n  by   %s\n", number, walk->index - 1,
	    name, m->quantity, from, to, text);
	return EXIT_DONE;
}

/* A chain_record_fn. A swap moves two shares in opposite directions; the one
 * that is asked about is shown. */
static int
look_for_movement(void *user, uint64_t number,
    const struct bitmark_block_walk *walk)
{
	struct history *h = user;
	const struct bitmark_record *r = &walk->record;
	struct movement m = { .from = NULL };

	if (r->tag == BITMARK_RECORD_GRANT && memcmp(r->grant.share_id,
	    h->share_id, BITMARK_TX_ID_SIZE) == 0)
		m = (struct movement){ &r->grant.owner, &r->grant.recipient,
			r->grant.quantity };
	else if (r->tag == BITMARK_RECORD_SWAP &&
	    memcmp(r->swap.share_id_one, h->share_id, BITMARK_TX_ID_SIZE) == 0)
		m = (struct movement){ &r->swap.owner_one, &r->swap.owner_two,
			r->swap.quantity_one };
	else if (r->tag == BITMARK_RECORD_SWAP &&
	    memcmp(r->swap.share_id_two, h->share_id, BITMARK_TX_ID_SIZE) == 0)
		m = (struct movement){ &r->swap.owner_two, &r->swap.owner_one,
			r->swap.quantity_two };
	if (m.from != NULL)
		h->code = tell_movement(h, number, walk, &m);
	return h->code != EXIT_DONE || ferror(stdout);
}

/* The store has no index of grants and swaps, so all blocks since the share was
 * made are read. */
static int
tell_history(const struct chain_tool *tool, const uint8_t *share_id,
    uint64_t first)
{
	struct history history = { tool, share_id, EXIT_DONE };
	bitmark_status status = chain_walk(tool, first, look_for_movement,
	    &history);

	return status == BITMARK_OK || status == BITMARK_E_STOPPED ?
	    history.code : chain_failed(tool, status);
}

/* The id may be that of the issue, which is the id of the share, or of the
 * record that made the shares; the second one leads to the first. */
static int
show_share(const struct chain_tool *tool, const char *text,
    uint8_t id[BITMARK_TX_ID_SIZE])
{
	struct bitmark_share_total total = { .struct_size = sizeof total };
	struct bitmark_owned owned = { .struct_size = sizeof owned };
	struct bitmark_account account;
	bitmark_status status = bitmark_snapshot_share(tool->snapshot, id,
	    &total);
	int code;

	if (status == BITMARK_E_NOT_FOUND && bitmark_snapshot_ownership(
	    tool->snapshot, id, &account, &owned) == BITMARK_OK &&
	    owned.item == BITMARK_ITEM_SHARE) {
		memcpy(id, owned.issue_id, BITMARK_TX_ID_SIZE);
		status = bitmark_snapshot_share(tool->snapshot, id, &total);
	}
	if (status != BITMARK_OK)
		return complain_status(text, status);
	code = tell_total(tool, id, &total);
	if (code == EXIT_DONE)
		code = tell_holders(tool, id, total.total);
	return code == EXIT_DONE && tool->options->history ?
	    tell_history(tool, id, total.number) : code;
}

/* --- an account ----------------------------------------------------------- */

static int
tell_held(const struct chain_tool *tool,
    const struct bitmark_share_balance *b)
{
	struct bitmark_share_total total = { .struct_size = sizeof total };
	bitmark_status status = bitmark_snapshot_share(tool->snapshot,
	    b->share_id, &total);

	return status == BITMARK_OK ?
	    tell_balance(tool, b, total.total, false) :
	    chain_failed(tool, status);
}

/* Shares are listed in the order of their ids, page by page. */
static int
show_account(const struct chain_tool *tool,
    const struct bitmark_account *account)
{
	struct bitmark_share_balance page[PAGE];
	uint8_t last[BITMARK_TX_ID_SIZE];
	size_t count = PAGE;
	int code = EXIT_DONE;

	page[0].struct_size = sizeof page[0];
	for (bool first = true; count == PAGE && code == EXIT_DONE;
	    first = false) {
		bitmark_status status = bitmark_snapshot_share_balances(
		    tool->snapshot, account, first ? NULL : last, page, PAGE,
		    &count);

		if (status != BITMARK_OK)
			return chain_failed(tool, status);
		for (size_t i = 0; code == EXIT_DONE && i < count; i++)
			code = tell_held(tool, &page[i]);
		if (count != 0)
			memcpy(last, page[count - 1].share_id, sizeof last);
	}
	return code;
}

/* The argument is an id in hex or an account in base58. The two cannot be
 * mistaken: no account's text is 64 digits of hex. */
static int
show_shares(struct chain_tool *tool, const void *argument)
{
	const char *text = argument;
	uint8_t id[BITMARK_ASSET_ID_SIZE];
	struct bitmark_account account;
	bitmark_status status;
	size_t size;

	chain_id_from_text(tool->options, text, id, &size);
	if (size == BITMARK_TX_ID_SIZE)
		return show_share(tool, text, id);
	status = bitmark_account_from_text(text, strlen(text), &account);
	if (status == BITMARK_OK)
		status = chain_check_account(tool, &account);
	return status == BITMARK_OK ? show_account(tool, &account) :
	    complain_status(text, status);
}

int
chain_shares(void *options, int argc, char **argv)
{
	(void)argc;
	return chain_tool_run(options, NEED_READ, show_shares, argv[1]);
}
