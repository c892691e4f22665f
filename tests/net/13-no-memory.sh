#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# Every allocation fails once, in each program: it tells an error or goes on,
# and is never ended by a signal.  A few of the allocations of each program are
# tried, at equal distances; NO_MEMORY_ALL=1 tries all of them.
set -eu
# shellcheck disable=SC2154
. tests/net/await.sh
build=${BITMARK_BUILD:?}
dir=$(mktemp -d)
pid=
finish() {
	[ -z "$pid" ] || kill -9 "$pid" 2>/dev/null || true
	rm -rf "$dir"
}
trap finish EXIT
fail() { echo "FAILED: $*"; cat "$dir/out"; exit 1; }

# The sanitizers have an allocator of their own, and the loader of other systems
# other rules for libraries that come first.
case $build in *-address*|*-thread*|*-undefined*) exit 0 ;; esac
[ "$(uname -s)" = Linux ] || exit 0
${CC:-cc} -shared -fPIC -O1 -o "$dir/no_memory.so" tests/net/no_memory.c -ldl

# Allocations that are tried of each command.
few=10

# steps COUNT: the numbers of the allocations to try, of so many.
steps() {
	step=1
	[ -n "${NO_MEMORY_ALL:-}" ] || step=$(($1 / few + 1))
	seq 1 "$step" "$1"
}
# counted COMMAND...: the allocations that it makes.
counted() {
	rm -rf "$dir/made"
	code=0
	NO_MEMORY_COUNT=$dir/count LD_PRELOAD=$dir/no_memory.so "$@" >"$dir/out" 2>&1 || code=$?
	[ "$code" -eq "$usual" ] || fail "exit code $code: $*"
	cat "$dir/count"
}
usual=0
# survives COMMAND...: whose exit code is $usual with all its memory.
survives() {
	most=$(counted "$@")
	[ "$most" -gt 0 ] || fail "no allocation was counted: $*"
	for n in $(steps "$most"); do
		rm -rf "$dir/made"
		code=0
		timeout 600 env NO_MEMORY_AT="$n" LD_PRELOAD="$dir/no_memory.so" "$@" \
		    >"$dir/out" 2>&1 </dev/null || code=$?
		[ "$code" -lt 124 ] || fail "exit code $code at allocation $n: $*"
	done
}

daemon=$build/bitmarkd-c
zeros=$(printf '%064d' 1)
data=tests/data
timeout 600 "$daemon" gen-peer-identity "$dir" >"$dir/out"
# shellcheck disable=SC2154
cat >"$dir/node.conf" <<C
# Every key that is copied.
data_directory = .
chain = local
nodes = none
dns_server = "127.0.0.1:1"
pidfile = "node.pid"
peer_file = "known.json"
metrics_file = "node.prom"
metrics = {"127.0.0.1:$((port + 2))", "more.prom", "$((port + 3))"}
database { directory = stores name = mine }
peering {
	listen = {"127.0.0.1:$port"}
	announce = {"192.0.2.1:2136", "[2001:db8::1]:2136"}
	rpc_announce = {"192.0.2.1:2130", "[2001:db8::1]:2130"}
	fingerprint = "$zeros"
	connect a { public_key = "$zeros" address = "127.0.0.1:1" }
	connect b { public_key = "PUBLIC:$zeros" address = "localhost:1" }
	cycle_ms = 100
	announce_first_ms = 100
}
publishing { broadcast = {"127.0.0.1:$((port + 1))"} public_key = peer.public }
logging { level = info levels { sync = debug dns = error } }
C
survives "$daemon" --config "$dir/node.conf" --check-config
survives "$daemon" --config "$dir/node.conf" dns-txt
survives "$daemon" init "$dir/made"
store="--chain local --database $dir/store"
# shellcheck disable=SC2086
head -c 1752 "$data/chain-a.blocks" >"$dir/blocks"      # 2 and 3
timeout 600 "$build/bitmark-chain" $store load-blocks "$dir/blocks" >"$dir/out" 2>&1 ||
    fail "the golden blocks were not loaded"
for command in info "block 3" "block 3 --json"; do
	# shellcheck disable=SC2086
	survives "$build/bitmark-chain" $store $command
done
survives "$build/bitmark-record" keygen --network test --output "$dir/made"
"$build/bitmark-record" keygen --network test --json --output "$dir/key" >"$dir/out"
account=$(sed -n 's/.*"account":"\([^"]*\)".*/\1/p' "$dir/out")
printf '{"name":"a","fingerprint":"f","metadata":"","registrant":"%s"}' "$account" >"$dir/asset"
survives "$build/bitmark-record" sign --key "$dir/key" "$dir/asset"
"$build/bitmark-record" sign --key "$dir/key" "$dir/asset" >"$dir/signed"
survives "$build/bitmark-record" decode "$dir/signed"
survives "$build/bitmark-record" verify "$dir/signed"

# Without a node: no connection.
usual=3
survives "$build/bitmark-peer" --chain local info --timeout 0.1 -n "$zeros@127.0.0.1:1"
survives "$build/bitmark-peer" --config "$dir/node.conf" info --all --timeout 0.1
usual=1
survives "$daemon" --config "$dir/node.conf" status
usual=0

# A node from its start to its end.  When it does not start that is an error
# with an exit code; when it does, it is told to stop, and stops.
started() { grep -q 'main: started' "$dir/log" || ! kill -0 "$pid" 2>/dev/null; }
ended() { ! kill -0 "$pid" 2>/dev/null; }
run() {
	rm -rf "$dir/stores" "$dir/known.json"
	"$@" 2>"$dir/log" &
	pid=$!
	await started || fail "neither starts nor ends: $*"
	kill -TERM "$pid" 2>/dev/null || true
	code=0
	wait "$pid" || code=$?
	pid=
	cp "$dir/log" "$dir/out"
}
# The daemon itself is in the background, not a shell.
run env NO_MEMORY_COUNT="$dir/count" LD_PRELOAD="$dir/no_memory.so" "$daemon" \
    --config "$dir/node.conf"
[ "$code" -eq 0 ] || fail "exit code $code of the node"
for n in $(steps "$(cat "$dir/count")"); do
	run env NO_MEMORY_AT="$n" LD_PRELOAD="$dir/no_memory.so" "$daemon" \
	    --config "$dir/node.conf"
	[ "$code" -lt 124 ] || fail "exit code $code of the node at allocation $n"
done
