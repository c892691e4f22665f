/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * golden_explorer - the answers of the explorer over one of the golden chains,
 * as a function call.
 */
#ifndef TESTS_GOLDEN_EXPLORER_H
#define TESTS_GOLDEN_EXPLORER_H

#include "golden_stores.h"

#include "explorer/answer.h"

/* The chain that is open, and the finder that has followed all of it. */
extern struct golden g;
extern struct finder *finder;

void open_golden(int i);
void close_golden(void);

/* The data that answers are made from; its clients use a host name of
 * loopback. */
struct answer_from from_golden(void);

/* Check that a GET has this status, and an ETag only when that is 200. */
void assert_status(const char *target, unsigned status);

/* The JSON of the target ${format}, with ${id} in place of its %s; the status
 * must be 200.  Owned by the caller: json_decref. */
json_t *get_json(const char *format, const char *id);

/* Read a member; the test fails when it is missing. */
json_int_t number(const json_t *json, const char *key);
const char *text(const json_t *json, const char *key);

#endif
