/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The releases by whose rules a command judges. "any" means each of them: a
 * record is good when one release accepts it, and the user is told which ones
 * do.
 */
#include "record_tool.h"

#include <string.h>

size_t
record_releases(const struct record_options *o,
    const struct bitmark_rules *releases[RECORD_RELEASES_MAX])
{
	size_t count = 0;

	if (o->rules != bitmark_rules_decode()) {
		releases[0] = o->rules;
		return 1;
	}
	while (count < RECORD_RELEASES_MAX &&
	    (releases[count] = bitmark_rules_at(count)) != NULL)
		count++;
	return count;
}

void
record_releases_text(const struct bitmark_rules *const *releases, size_t count,
    unsigned accepted, char text[RECORD_RELEASES_TEXT_MAX])
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < count; i++)
		if ((accepted >> i & 1) != 0)
			used += (size_t)snprintf(text + used,
			    RECORD_RELEASES_TEXT_MAX - used, "%s%s",
			    used == 0 ? "" : " and ", releases[i]->name);
}

json_t *
record_releases_json(const struct bitmark_rules *const *releases, size_t count,
    unsigned accepted)
{
	json_t *names = json_array();

	for (size_t i = 0; i < count; i++)
		if ((accepted >> i & 1) != 0)
			(void)json_array_append_new(names,
			    json_string(releases[i]->name));
	return names;
}
