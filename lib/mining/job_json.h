/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* job_json - the texts that node and miner exchange. */
#ifndef BM_MINING_JOB_JSON_H
#define BM_MINING_JOB_JSON_H

#include <bitmarkpeer/mining.h>

/* Four hex digits and NUL.  Bytes. */
#define BM_JOB_NUMBER_SIZE 5

/* The name of job ${number}. */
void bm_job_number(uint16_t number, char text[BM_JOB_NUMBER_SIZE]);

/* As bitmark_jobs_message, of this template and number. */
bitmark_status bm_job_write(const struct bitmark_template *t, uint16_t number,
    uint64_t nonce, char **text, size_t *size);

/*
 * bm_job_read_submission(data, size, attempt):
 * Fill in job, as far as it can be read, and nonce.
 * BITMARK_OK or BITMARK_E_JSON (it is not all that a submission is).
 */
bitmark_status bm_job_read_submission(const void *data, size_t size,
    struct bitmark_attempt *attempt);

#endif
