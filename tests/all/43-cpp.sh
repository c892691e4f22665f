#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# The C++ program, without a warning by g++ and clang++: a node's newest blocks, and
# records decoded.
set -eu
# shellcheck source=tests/all/examples.sh
# shellcheck disable=SC2154
. "$(dirname "$0")/examples.sh"
export NODE
take cpp
run 1
dev chain
ask chain generate 4 >/dev/null
NODE=$(address chain)
key=$dir/chain/proof.sign
account=$(bitmark-record account --key "$key" --json | sed -n 's/.*"account":"\([^"]*\)".*/\1/p')
echo "{\"record\":\"AssetData\",\"name\":\"a painting\",\"fingerprint\":\"0123\",
    \"metadata\":\"\",\"registrant\":\"$account\"}" |
    bitmark-record sign --key "$key" - >"$dir/cpp/asset.hex"

for compiler in g++ clang++; do
	# shellcheck disable=SC2046
	$compiler -std=c++17 -Wall -Wextra -Wpedantic -Werror -o "$dir/cpp/blocks" \
	    "$dir/cpp/blocks.cpp" $(pkg-config --cflags --libs libbitmarkpeer)
	ran=1
	run 2
	says ', chain local, normal, height 5$'
	[ "$(grep -c '^block [345]: 2 records, ' "$dir/out")" = 3 ] || says 'three blocks'
	[ "$(grep -c "^  BaseData [0-9a-f]\{64\} {.*\"owner\":\"$account\"" \
	    "$dir/out")" = 6 ] || says 'six records'
	run 3
	says '^  AssetData [0-9a-f]\{64\} {"name":"a painting","fingerprint":"0123",'
done
all_ran
# What goes wrong is told, and an error is no success.
if "$dir/cpp/blocks" newest testing "$NODE" 1 >"$dir/out" 2>&1; then fail "another chain"; fi
says 'invalid chain'
if echo 0g | "$dir/cpp/blocks" decode local >"$dir/out" 2>&1; then fail "no hex"; fi
says 'invalid hexadecimal text'
stop chain
