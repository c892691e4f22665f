/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * libbitmarkpeer - the Bitmark peer protocol in C.  All public headers.
 * Start with the man page libbitmarkpeer(3).
 */
#ifndef BITMARKPEER_H
#define BITMARKPEER_H

#include <bitmarkpeer/account.h>
#include <bitmarkpeer/announce.h>
#include <bitmarkpeer/backup.h>
#include <bitmarkpeer/base.h>
#include <bitmarkpeer/block.h>
#include <bitmarkpeer/chain.h>
#include <bitmarkpeer/checkpoint.h>
#include <bitmarkpeer/client.h>
#include <bitmarkpeer/codec.h>
#include <bitmarkpeer/connection.h>
#include <bitmarkpeer/connector.h>
#include <bitmarkpeer/currency.h>
#include <bitmarkpeer/digest.h>
#include <bitmarkpeer/dispatch.h>
#include <bitmarkpeer/follower.h>
#include <bitmarkpeer/grind.h>
#include <bitmarkpeer/job_client.h>
#include <bitmarkpeer/journal.h>
#include <bitmarkpeer/mining.h>
#include <bitmarkpeer/node.h>
#include <bitmarkpeer/node_mine.h>
#include <bitmarkpeer/os.h>
#include <bitmarkpeer/peer_file.h>
#include <bitmarkpeer/record.h>
#include <bitmarkpeer/reservoir.h>
#include <bitmarkpeer/rpc_list.h>
#include <bitmarkpeer/rules.h>
#include <bitmarkpeer/shares.h>
#include <bitmarkpeer/submission.h>
#include <bitmarkpeer/subscriber.h>
#include <bitmarkpeer/upstream.h>
#include <bitmarkpeer/view.h>

#endif
