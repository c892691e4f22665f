/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* The JSON of a header as part of something larger. */
#ifndef BM_HEADER_JSON_H
#define BM_HEADER_JSON_H

#include <bitmarkpeer/block.h>

#include "codec/codec.h"
#include "record/json_load.h"

/* One object, called ${key} (NULL: the outermost value). */
void bm_header_json(struct bm_json *j, const char *key,
    const struct bitmark_header *header);

/* Read the header that ${json} is. */
void bm_header_from_object(const json_t *json, struct bitmark_header *header,
    struct bm_fault *fault);

#endif
