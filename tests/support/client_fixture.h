/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A client and a raw node for the tests of clients: one pair at a time.
 */
#ifndef TESTS_CLIENT_FIXTURE_H
#define TESTS_CLIENT_FIXTURE_H

#include <bitmarkpeer/client.h>

#include "await.h"
#include "raw_node.h"
#include "vectors.h"

/* Long enough for a busy machine; no call that succeeds waits so long. */
#define PATIENT_MS AWAIT_MS
/* For calls that are to run into their deadline. */
#define SHORT_MS 400
/* A call that returns within this time has waited for neither of the two. */
#define PROMPT_MS 8000

/* Items of an array, for tcase_add_loop_test. */
#define COUNT(list) (int)(sizeof list / sizeof list[0])

#define FIXTURE_BYTES 40

extern struct raw_node fx_node;
extern struct bitmark_client *fx_client;
extern const uint8_t fx_bytes[FIXTURE_BYTES];

void fx_open(const char *address, const uint8_t *key,
    unsigned timeout_ms);
/* Run the node that was prepared, and a client of it. */
void fx_start(unsigned timeout_ms);
/* A node that answers with a command and the first ${size} fx_bytes, and
 * a client of it. */
void fx_start_bytes(const char *command, size_t size);
/* Stop the node.  Its notes may be read afterwards; then call raw_fini. */
void fx_stop(void);

enum call { INFO, HEIGHT, DIGEST, BLOCK, SUBMIT, CALLS };

/* Make a call whose result does not matter. */
bitmark_status fx_call(enum call call);

#endif
