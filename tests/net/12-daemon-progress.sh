#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# A node that is behind tells how far, and is silent when it is in step.
set -eu
# shellcheck disable=SC2154
. tests/net/await.sh
build=${BITMARK_BUILD:?}
dir=$(mktemp -d)
pids=

finish() {
	for pid in $pids; do kill -9 "$pid" 2>/dev/null || true; done
	rm -rf "$dir"
}
trap finish EXIT
fail() { echo "FAILED: $*"; cat "$dir"/*/log; exit 1; }
# says FILE PATTERN: now or later.
says() { await has "$1" "$2" || fail "$1 does not say: $2"; }

for node in full empty; do
	mkdir -p "$dir/$node/data"
	: >"$dir/$node/log"
	"$build/bitmarkd-c" gen-peer-identity "$dir/$node" >/dev/null
done
full=$dir/full/bitmarkd-c.conf
empty=$dir/empty/bitmarkd-c.conf
echo 'chain = local' >"$full"
timeout 600 "$build/bitmark-chain" --config "$full" load-blocks tests/data/chain-a.blocks >/dev/null

# A port that is free.
for attempt in 1 2 3 4 5 6 7 8 9 10; do
	port=$((port + attempt))
	echo "chain = local peering { listen = {\"127.0.0.1:$port\"} }" >"$full"
	"$build/bitmarkd-c" --config "$full" 2>"$dir/full/log" &
	server=$!
	pids="$pids $server"
	says "$dir/full/log" 'main: started\|cannot start'
	grep -q 'main: started' "$dir/full/log" && break
done
key=$(sed 's/PUBLIC://' "$dir/full/peer.public")
cat >"$empty" <<C
chain = local
metrics_file = "metrics"
peering { digest_nice = 0 connect full { public_key = "$key" address = "127.0.0.1:$port" } }
C
"$build/bitmarkd-c" --config "$empty" 2>"$dir/empty/log" &
pids="$pids $!"

says "$dir/empty/log" 'INFO progress: height [0-9]* of 25'
says "$dir/empty/log" 'INFO progress: in step at height 25$'
lines=$(grep -c progress: "$dir/empty/log")
# The daemon looks at its progress twenty times between two files of metrics.
written() { ls -i "$dir/empty/metrics" 2>/dev/null || true; }
rewritten() { [ "$(written)" != "$before" ]; }
for _ in 1 2; do
	before=$(written)
	await rewritten || fail "no new file of metrics"
done
[ "$(grep -c progress: "$dir/empty/log")" -eq "$lines" ] || fail "not silent in step"
grep -q progress: "$dir/full/log" && fail "the full node was never behind"
for pid in $pids; do kill "$pid" 2>/dev/null || true; done
for pid in $pids; do
	code=0
	wait "$pid" || code=$?
	[ "$pid" != "$server" ] || [ "$code" -eq 0 ] || fail "exit code $code"
done
