/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * bitmark-record fingerprint: the fingerprint that an asset record has for a
 * file.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "record_commands.h"
#include "record_tool.h"

static int
print_fingerprint(const struct record_options *o, const char *path,
    const char *fingerprint)
{
	const struct bitmark_span text = { (const uint8_t *)fingerprint,
		strlen(fingerprint) };
	uint8_t asset_id[BITMARK_ASSET_ID_SIZE];

	if (!o->json) {
		puts(fingerprint);
		return EXIT_DONE;
	}
	bitmark_asset_id(text, asset_id);
	return print_json(json_pack("{s:s, s:s, s:o}", "file", path,
	    "fingerprint", fingerprint, "assetId",
	    json_hex(asset_id, sizeof asset_id)));
}

/* The file is read in pieces, so its size does not matter. Standard input stays
 * open. */
int
record_fingerprint(void *options, int argc, char **argv)
{
	char text[BITMARK_FINGERPRINT_TEXT_SIZE];
	bitmark_status status = BITMARK_E_IO;
	int fd = strcmp(argv[1], "-") == 0 ? STDIN_FILENO :
	    open(argv[1], O_RDONLY | O_CLOEXEC);
	int code;

	(void)argc;
	if (fd >= 0)
		status = bitmark_fingerprint_read(fd, text);
	code = status == BITMARK_OK ?
	    print_fingerprint(options, argv[1], text) :
	    complain_file(argv[1], status);
	if (fd > STDIN_FILENO)
		close(fd);
	return code;
}
