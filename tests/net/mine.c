/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A miner for scripts, of a chain that asks for no work: waits for a job, submits
 * a nonce, and prints "true" or "false" as the node answers.
 *
 *	mine KEY JOBS SUBMIT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bitmarkpeer.h>

static void
check(bitmark_status status, const char *what)
{
	if (status == BITMARK_OK)
		return;
	fprintf(stderr, "%s: %s\n", what, bitmark_strerror(status));
	exit(1);
}

static void
submit(struct bitmark_job_client *client, struct bitmark_span data)
{
	struct bitmark_job job = { .struct_size = sizeof job };
	char *text;
	size_t size;

	check(bitmark_job_parse(data.data, data.size, &job), "job");
	check(bitmark_job_submission(&job, job.header.nonce + 1, &text,
	    &size), "submission");
	check(bitmark_job_client_submit(client, text, size), "submit");
	bitmark_free(text);
}

int
main(int argc, char **argv)
{
	struct bitmark_job_client_config config = { .struct_size =
	    sizeof config };
	struct bitmark_job_notice notice = { .struct_size = sizeof notice };
	struct bitmark_job_client *client;
	char id[BITMARK_JOB_TEXT_MAX + 1];
	bool ok;

	if (argc != 4)
		return 2;
	config.jobs = argv[2];
	config.submit = argv[3];
	check(bitmark_peer_key_parse_public(argv[1], strlen(argv[1]),
	    config.server_key), "key");
	check(bitmark_job_client_open(&client, &config), "open");
	for (;;) {
		const bitmark_status status = bitmark_job_client_next(client,
		    1000, &notice);

		if (status != BITMARK_OK)
			continue;
		if (notice.type == BITMARK_JOB_CAME)
			submit(client, notice.data);
		if (notice.type == BITMARK_JOB_REPLY)
			break;
	}
	check(bitmark_job_reply_parse(notice.data.data, notice.data.size, id,
	    &ok), "reply");
	puts(ok ? "true" : "false");
	bitmark_job_client_close(client);
	return 0;
}
