#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# One node alone makes a chain: blocks on demand, empty and with what waits.
set -eu
# shellcheck disable=SC2154
. tests/net/network.sh
ask() { timeout 600 "$build/bitmarkd-c" --config "$dir/1/bitmarkd-c.conf" "$@"; }
says() { grep -q -- "$1" "$dir/out" || { cat "$dir/out"; fail "not said: $1"; }; }
refuses() {
	want=$1; shift
	if "$@" >"$dir/out" 2>&1; then fail "not refused: $*"; fi
	says "$want"
}
is_normal() { ask status 2>/dev/null | grep -q 'mode *Normal'; }
check() { "$build/bitmarkd-c" --config "$dir/1/bitmarkd-c.conf" --check-config; }

make_store store tests/data/chain-a.blocks 2
make_nodes 1 store
rm -rf "$dir/1/data/local"
"$build/bitmark-record" keygen --network test --output "$dir/1/proof.sign" >/dev/null

# conf ADDRESS: a chain that asks for no work
conf() {
	cat >"$dir/1/bitmarkd-c.conf" <<-CONF
		chain = local
		rules = "0.16"
		database { directory = data }
		peering {
		    listen = {"127.0.0.1:$(port_of 1)"}
		    digest_workers = 1
		    digest_nice = 0
		    dynamic_connections = no
		}
		$1
	CONF
}
# What would end bitmarkd at its first job is told before the start.
conf 'proofing { hash = yes }'
refuses 'hash needs a signing_key' check
conf 'proofing { signing_key = "proof.sign" }'
refuses 'invalid currency address' check
conf 'proofing { signing_key = "SEED:nonsense"
    payment_address { bitcoin = mkiLFSw6FNtHVRZbTwTe5SFJJFBz96GGuj
        litecoin = mkiLFSw6FNtHVRZbTwTe5SFJJFBz96GGuj } }'
refuses 'invalid proof signing key' check
conf 'proofing { signing_key = "proof.sign"
    payment_address { bitcoin = nonsense
        litecoin = mkiLFSw6FNtHVRZbTwTe5SFJJFBz96GGuj } }'
refuses 'invalid bitcoin address' check

# Without the section there is nothing to sign blocks with.
conf ''
start 1
await is_normal || fail "not Normal: $(ask status)"
refuses 'no signing_key' ask generate
stop_node() { ask stop >/dev/null; wait "$(cat "$dir/1/pid")" || true; }
stop_node

conf 'proofing { signing_key = "proof.sign"
    payment_address { bitcoin = mkiLFSw6FNtHVRZbTwTe5SFJJFBz96GGuj
        litecoin = mkiLFSw6FNtHVRZbTwTe5SFJJFBz96GGuj } }'
check >/dev/null
start 1
await is_normal || fail "not Normal: $(ask status)"
refuses 'not a number' ask generate x
refuses 'from 1 to 1000' ask generate 0
refuses 'from 1 to 1000' ask generate 1001
ask generate 2 --json >"$dir/out" || fail "generate 2"
for number in 2 3; do says "\"number\":$number,\"digest\":\"[0-9a-f]\{64\}\""; done
ask generate >"$dir/out" || fail "generate"
says "^4	[0-9a-f]\{64\}\$"
[ "$(wc -l <"$dir/out")" -eq 1 ] || fail "more than a line for a block: $(cat "$dir/out")"
# --to: the account of the node, or a key, which signs and owns the blocks.
account() { "$build/bitmark-record" account --key "$1" --json |
    sed -n 's/.*"account":"\([^"]*\)".*/\1/p'; }
"$build/bitmark-record" keygen --network test --output "$dir/other" >/dev/null
"$build/bitmark-record" keygen --network live --output "$dir/live" >/dev/null
own=$(account "$dir/1/proof.sign") other=$(account "$dir/other")
owner_of() { "$build/bitmark-peer" -C local block "$1" \
    -n "$(key_of 1)@127.0.0.1:$(port_of 1)" >"$dir/out" || { cat "$dir/out"; fail "block $1"; }
	says "$2"; }
refuses "signs for $own: for another account its private key" ask generate --to "$other"
refuses 'neither an account\|No such file' ask generate --to "${other}x"
refuses 'wrong network' ask generate --to "$dir/live"
refuses 'is for generate only' ask status --to "$own"
ask generate --to "$own" >"$dir/out" || fail "generate --to the account of the node"
ask generate --to "$dir/other" >"$dir/out" || fail "generate --to a key"
seed=$(grep -v '^#' "$dir/other")
ask generate 1 --to "SEED:${seed#SEED:}" >"$dir/out" || fail "generate --to a seed"
ask generate >"$dir/out" || fail "generate"
for block in 4 5 8; do owner_of $block "$own"; done
for block in 6 7; do owner_of $block "$other"; done
ask status >"$dir/out"
says '^height  *8$'
"$build/bitmark-peer" -C local info -n "$(key_of 1)@127.0.0.1:$(port_of 1)" >"$dir/out"
says 8
# The blocks are there after a kill.
kill -9 "$(cat "$dir/1/pid")"
wait "$(cat "$dir/1/pid")" 2>/dev/null || true
start 1
await is_normal || fail "not Normal: $(ask status)"
ask status >"$dir/out"
says '^height  *8$'
stop_node
chain_tool --rules 0.16 --database "$dir/1/data/local" verify
nodes=''
