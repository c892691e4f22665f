/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Requests to the explorer, of three lines: a target, the name by which it is
 * asked, and the tag that the client has.  And lower case of any bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "explorer/answer.h"
#include "explorer/fold.h"
#include "explorer/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Each answer has a status that there is, and a body or a tag. */
static void
ask(const char *target, const char *host, const char *tag)
{
	static const char *const names[] = { "example.com", NULL };
	const struct answer_from from = {
		.params = bitmark_chain_params_find("local"),
		.rules = bitmark_rules_8_2(),
		.hosts = names,
	};
	const struct answer_request request = { "GET", target, host, tag };
	struct answer answer;

	answer_make(&from, &request, &answer);
	if (answer.status < 200 || answer.status > 503 ||
	    answer.body == NULL || answer.type == NULL ||
	    strlen(answer.tag) >= ANSWER_TAG_MAX)
		abort();
	free(answer.owned);
}

/* Parts of a target are texts inside its room. */
static void
take_apart(const char *text)
{
	static struct target target;
	uint64_t number;

	if (!target_parse(text, &target))
		return;
	for (size_t i = 0; i < target.segments; i++)
		if (strlen(target_segment(&target, i)) > TARGET_MAX)
			abort();
	if (target_value(&target, "count") == NULL &&
	    !target_number(&target, "count", 7, &number))
		abort();
}

static void
fold_all(const uint8_t *data, size_t size)
{
	char *out = malloc(FOLD_ROOM(size));

	if (out != NULL && fold((struct bitmark_span){ data, size }, out) >
	    FOLD_ROOM(size))
		abort();
	free(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 3), *line[3];

	if (text == NULL)
		return 0;
	memset(text, '\0', size + 3);
	memcpy(text, data, size);
	line[0] = text;
	for (int i = 1; i < 3; i++) {
		line[i] = line[i - 1] + strcspn(line[i - 1], "\n");
		if (*line[i] == '\n')
			*line[i]++ = '\0';
	}
	take_apart(line[0]);
	ask(line[0], line[1], line[2]);
	fold_all(data, size);
	free(text);
	return 0;
}
