#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# bitmark-chain and shares: who holds how many is what bitmarkd 0.16 says, and
# each place of a record is shown.
set -eu
build=${BITMARK_BUILD:?}
data=tests/data/0.16
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM
unset BITMARK_CONFIG || true

fail() { echo "$*"; exit 1; }
chain() { timeout 600 "$build/bitmark-chain" --chain local "$@"; }
# code WANTED ARGUMENT...: the exit code; stdout and stderr are kept.
code() {
	want=$1; shift
	got=0
	chain "$@" >"$dir/out" 2>"$dir/err" || got=$?
	[ "$got" = "$want" ] || { cat "$dir/out" "$dir/err"; fail "exit code $got, not $want: $*"; }
}
says() { cat "$dir/out" "$dir/err" | grep -qF -e "$1" ||
    { cat "$dir/out" "$dir/err"; fail "not said: $1"; }; }

code 0 -d "$dir/g" --rules 0.16 load-blocks $data/chain-g.blocks
says "loaded 24 blocks, height 25"
code 0 -d "$dir/g" info
says "rules            0.16"
chain -d "$dir/g" save-blocks - | cmp - $data/chain-g.blocks || fail "saved blocks differ"
code 0 -d "$dir/g" verify --quick
code 0 -d "$dir/g" verify
chain -d "$dir/g" dump >"$dir/dump"
code 0 -d "$dir/g" checkpoint
tip=$(cat "$dir/out")
code 0 -d "$dir/c" --rules 0.16 --checkpoint "$tip" load-blocks $data/chain-g.blocks
chain -d "$dir/c" dump | cmp - "$dir/dump" || fail "another state with a checkpoint"
code 0 -d "$dir/c" reindex
chain -d "$dir/c" dump | cmp - "$dir/dump" || fail "another state after a reindex"

# --- balances, as the golden file has them ------------------------------------------

# The last "shares" of the file are those of its end: one object on a line.
sed -n 's/^"shares": *//p' $data/chain-g.json | head -n 1 >"$dir/shares"
sed -n 's/^{"base58":"\([^"]*\)","bytes":"\([^"]*\)".*/\2 \1/p' $data/chain-g.json |
    sort >"$dir/names"
sed 's/"totals".*//; s/.*"balances"://' "$dir/shares" | tr '{' '\n' | sed -n \
    's/.*"account":"\([^"]*\)","balance":"\([0-9]*\)","shareId":"\([^"]*\)".*/\1 \3 \2/p' |
    sort | join "$dir/names" - | cut -d ' ' -f 2- | sort >"$dir/wanted"
[ -s "$dir/wanted" ] || fail "no balances in the golden file"
sed 's/.*"totals"://' "$dir/shares" | tr '{' '\n' | sed -n \
    's/.*"shareId":"\([^"]*\)","shareTxId":"[^"]*","total":"\([0-9]*\)".*/\1 \2/p' >"$dir/totals"
[ -s "$dir/totals" ] || fail "no totals in the golden file"
while read -r share total; do
	code 0 -d "$dir/g" --json shares "$share"
	head -n 1 "$dir/out" | grep -qF "\"total\":\"$total\"" || fail "total of $share"
	tail -n +2 "$dir/out"
done <"$dir/totals" | sed \
    's/.*"account":"\([^"]*\)","shareId":"\([^"]*\)","balance":"\([0-9]*\)".*/\1 \2 \3/' |
    sort >"$dir/found"
cmp "$dir/wanted" "$dir/found" || { diff "$dir/wanted" "$dir/found"; fail "holders of shares"; }
cut -d ' ' -f 1 "$dir/wanted" | uniq >"$dir/accounts"
while read -r account; do
	code 0 -d "$dir/g" --json shares "$account"
	cat "$dir/out"
done <"$dir/accounts" | sed \
    's/.*"account":"\([^"]*\)","shareId":"\([^"]*\)","balance":"\([0-9]*\)".*/\1 \2 \3/' |
    sort >"$dir/found"
cmp "$dir/wanted" "$dir/found" || { diff "$dir/wanted" "$dir/found"; fail "shares of accounts"; }

# A share by the record that made it, its history, and the list of its owner.
read -r share total <"$dir/totals"
code 0 -d "$dir/g" --json shares "$share"
made=$(sed -n '1s/.*"txId":"\([0-9a-f]*\)".*/\1/p' "$dir/out")
code 0 -d "$dir/g" shares "$made"
says "share $share"
says "total $total, made in block "
code 0 -d "$dir/g" provenance --json "$made"
sed 's/.*"record":"\([A-Za-z]*\)".*/\1/' "$dir/out" | tr '\n' ' ' | grep -q \
    "^ShareBalance .*BitmarkIssue AssetData $" || { cat "$dir/out"; fail "provenance of a share"; }
code 7 -d "$dir/g" shares 0000000000000000000000000000000000000000000000000000000000000000
code 8 -d "$dir/g" shares nobody

# --- a grant that is confirmed again -------------------------------------------------

code 0 -d "$dir/g" load-blocks $data/chain-g-quirks.blocks
says "height 37"
sed -n 's/^"shares": *//p' $data/chain-g-quirks.json | head -n 1 | sed 's/.*"totals"://' |
    tr '{' '\n' | sed -n \
    's/.*"shareId":"\([^"]*\)","shareTxId":"[^"]*","total":"\([0-9]*\)".*/\1 \2/p' >"$dir/totals"
while read -r share total; do
	code 0 -d "$dir/g" --json --history shares "$share"
	sed -n 's/.*"record":.*"inBlock":"\(.*\)","txId":"\([0-9a-f]*\)".*/\2 \1/p' "$dir/out"
done <"$dir/totals" | sort -u | cut -d ' ' -f 1 | uniq -d >"$dir/twice"
[ -s "$dir/twice" ] || fail "no grant is confirmed twice"
id=$(head -n 1 "$dir/twice")
code 0 -d "$dir/g" --json transaction "$id"
[ "$(wc -l <"$dir/out")" -ge 2 ] || { cat "$dir/out"; fail "one place of a grant that has two"; }
