/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A node that is played for miners: it publishes a job again and again, with
 * messages in between that no miner should trip over, and answers submissions as
 * its argument says.  It prints its addresses, "KEY@127.0.0.1:PORT 127.0.0.1:PORT",
 * and then each submission in a line.
 *
 *	jobs FILE PLAN      FILE has the frame of a job, whose name is "0002"
 *
 * PLAN has a letter for each submission, and the last one counts for all that
 * follow:
 *
 *	l   no reply                    n   refused
 *	f   a reply of two frames       y   accepted
 *	g   a reply that is no JSON
 *
 * After g, n and y the job has the next name.
 */
#include <bitmarkpeer/account.h>
#include <bitmarkpeer/codec.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#define JOB_SIZE 8192
#define TICK_MS 50
/* Identity, number and empty frame of a request. */
#define ENVELOPE 3
#define FRAMES_MAX 8

#define NAME "\"0002\""

static void *publisher, *submissions;
static char job[JOB_SIZE];
static unsigned number = 2;

static void *
open_socket(void *zmq, int type, const uint8_t key[BITMARK_PEER_KEY_SIZE],
    char endpoint[64])
{
	void *socket = zmq_socket(zmq, type);
	const int yes = 1;
	size_t size = 64;

	if (socket == NULL ||
	    zmq_setsockopt(socket, ZMQ_CURVE_SERVER, &yes, sizeof yes) != 0 ||
	    zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, key,
	    BITMARK_PEER_KEY_SIZE) != 0 ||
	    zmq_bind(socket, "tcp://127.0.0.1:*") != 0 ||
	    zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, endpoint, &size) != 0)
		exit(1);
	return socket;
}

static void
send_text(void *socket, const char *text, int more)
{
	if (zmq_send(socket, text, strlen(text), more) < 0)
		exit(1);
}

/* The job, and what recorderd would end at. */
static void
publish(void)
{
	char name[8];

	snprintf(name, sizeof name, "\"%04x\"", number);
	memcpy(strstr(job, "\"Job\":") + strlen("\"Job\":"), name,
	    strlen(name));
	send_text(publisher, "{\"job\":\"0002\",\"header\":{}}", 0);
	send_text(publisher, "{\"job\":", 0);
	send_text(publisher, "local", ZMQ_SNDMORE);
	send_text(publisher, "heart", 0);
	send_text(publisher, job, 0);
}

static void
answer(char how)
{
	zmq_msg_t frame[FRAMES_MAX];
	char reply[64];
	size_t count = 0;

	do {
		zmq_msg_init(&frame[count]);
		if (zmq_msg_recv(&frame[count], submissions, 0) < 0)
			exit(1);
	} while (zmq_msg_more(&frame[count++]) && count < FRAMES_MAX);
	printf("%.*s\n", (int)zmq_msg_size(&frame[count - 1]),
	    (const char *)zmq_msg_data(&frame[count - 1]));
	fflush(stdout);
	snprintf(reply, sizeof reply, "{\"job\":\"%04x\",\"ok\":%s}", number,
	    how == 'y' ? "true" : "false");
	for (size_t i = 0; i < count; i++) {
		if (how != 'l' && i < ENVELOPE)
			zmq_msg_send(&frame[i], submissions, ZMQ_SNDMORE);
		else
			zmq_msg_close(&frame[i]);
	}
	if (how == 'l')
		return;
	send_text(submissions, how == 'g' ? "no JSON" : reply,
	    how == 'f' ? ZMQ_SNDMORE : 0);
	if (how == 'f')
		send_text(submissions, "more", 0);
	else
		number++;
}

int
main(int argc, char **argv)
{
	uint8_t public_key[BITMARK_PEER_KEY_SIZE];
	uint8_t private_key[BITMARK_PEER_KEY_SIZE];
	char key[2 * BITMARK_PEER_KEY_SIZE + 1], at[2][64];
	void *zmq = zmq_ctx_new();
	FILE *in = argc == 3 ? fopen(argv[1], "r") : NULL;
	const char *plan;

	if (in == NULL || fgets(job, sizeof job, in) == NULL ||
	    strstr(job, "\"Job\":" NAME) == NULL)
		return 1;
	job[strcspn(job, "\n")] = '\0';
	plan = argv[2];
	bitmark_peer_key_generate(NULL, public_key, private_key);
	bitmark_hex_encode(public_key, sizeof public_key, key);
	publisher = open_socket(zmq, ZMQ_PUB, private_key, at[0]);
	submissions = open_socket(zmq, ZMQ_ROUTER, private_key, at[1]);
	printf("%s@%s %s\n", key, at[0] + strlen("tcp://"),
	    at[1] + strlen("tcp://"));
	fflush(stdout);
	for (;;) {
		zmq_pollitem_t item = { submissions, 0, ZMQ_POLLIN, 0 };

		publish();
		if (zmq_poll(&item, 1, TICK_MS) < 0)
			return 1;
		if (item.revents == 0)
			continue;
		answer(plan[0]);
		if (plan[1] != '\0')
			plan++;
	}
}
