/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Plays bitcoind and litecoind for scripts: prints its port, then obeys lines of
 * the standard input until that ends.
 *
 *	CHAIN mine COUNT
 *	CHAIN pay SCRIPT ADDRESS COINS
 *	CHAIN fork HEIGHT          what is mined next stands on this block
 *	CHAIN silent, CHAIN plain  how the daemon behaves
 */
#include "../support/rest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void
obey(struct rest *rest, unsigned chain, const char *line)
{
	char script[128], address[64], coins[32];
	unsigned number;
	struct played *p;

	if (strcmp(line, "silent\n") == 0 || strcmp(line, "plain\n") == 0) {
		rest_behave(rest, chain, line[0] == 's' ? REST_SILENT :
		    REST_PLAIN);
		return;
	}
	p = rest_take(rest, chain);
	if (sscanf(line, "mine %u", &number) == 1)
		played_mine_many(p, number);
	else if (sscanf(line, "fork %u", &number) == 1)
		played_fork(p, played_at(p, number));
	else if (sscanf(line, "pay %127s %63s %31s", script, address, coins) ==
	    3)
		(void)played_mine(p, played_payment(script, address, coins));
	else
		abort();
	rest_give(rest);
}

int
main(void)
{
	struct rest *rest = rest_start((uint64_t)time(NULL));
	char line[512];

	printf("%u\n", rest_port(rest));
	fflush(stdout);
	while (fgets(line, sizeof line, stdin) != NULL)
		obey(rest, strncmp(line, "litecoin ", 9) == 0,
		    strchr(line, ' ') + 1);
	rest_stop(rest);
	return 0;
}
