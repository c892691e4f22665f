/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * chain_draw - the provenance of a record as a drawing.
 */
#ifndef TOOLS_CHAIN_DRAW_H
#define TOOLS_CHAIN_DRAW_H

#include "chain_tool.h"

/* From the asset or block to the record ${id}, in the form that the options name:
 * dot or SVG.  Gives the exit code. */
int chain_draw_provenance(const struct chain_tool *tool,
    const uint8_t id[BITMARK_TX_ID_SIZE]);

#endif
