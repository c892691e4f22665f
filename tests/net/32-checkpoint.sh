#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# bitmark-chain checkpoint: a chain that one store has verified is taken over by
# another without digests, and only that chain.
set -eu
build=${BITMARK_BUILD:?}
data=tests/data
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
# ends_before N FILE: bytes of the file before block N.
ends_before() {
	at=0 i=2
	while [ "$i" -lt "$1" ]; do
		length=$(od -An -tu1 -j "$at" -N 8 "$2" |
		    awk '{ print (($5 * 256 + $6) * 256 + $7) * 256 + $8 }')
		at=$((at + 8 + length)) i=$((i + 1))
	done
	echo "$at"
}

# --- the text ----------------------------------------------------------------------

code 0 -d "$dir/a" load-blocks $data/chain-a.blocks
code 0 -d "$dir/a" checkpoint
tip=$(cat "$dir/out")
code 0 -d "$dir/a" checkpoint 25
[ "$(cat "$dir/out")" = "$tip" ] || fail "the newest block is the default"
code 0 -d "$dir/a" checkpoint 10
ten=$(cat "$dir/out")
case $ten in
10:????????*:????????*) ;;
*) fail "not a checkpoint: $ten" ;;
esac
code 0 -d "$dir/a" --json checkpoint 10
says "\"checkpoint\":\"$ten\""
code 7 -d "$dir/a" checkpoint 26
code 2 -d "$dir/a" checkpoint 1
code 2 -d "$dir/a" checkpoint x
code 2 -d "$dir/b" --checkpoint 10:00:00 load-blocks $data/chain-a.blocks
says "not a checkpoint"
[ ! -e "$dir/b" ] || fail "a store was made for a checkpoint that is none"

# --- it is taken over, with the same state ------------------------------------------

chain -d "$dir/a" dump >"$dir/wanted"
for checkpoint in "$tip" "$ten"; do
	code 0 -d "$dir/b" --checkpoint "$checkpoint" load-blocks $data/chain-a.blocks
	chain -d "$dir/b" dump | cmp - "$dir/wanted" || fail "another state with a checkpoint"
	rm -rf "$dir/b"
done
code 0 -d "$dir/b" --checkpoint "$tip" load-blocks $data/chain-a.blocks
code 0 -d "$dir/b" verify

# --- another chain is taken back -----------------------------------------------------

code 0 -d "$dir/a" checkpoint 22
wrong=$(sed 's/[0-9a-e]$/f/; t; s/f$/0/' "$dir/out")
code 8 -d "$dir/c" --checkpoint "$wrong" load-blocks $data/chain-a.blocks
says "block 22 was refused: not the chain of the checkpoint"
says "taken back"
[ ! -e "$dir/c" ] || fail "a file that is not the chain of the checkpoint made a store"
code 8 -d "$dir/c" --checkpoint "$tip" load-blocks $data/chain-a-fork.blocks
[ ! -e "$dir/c" ] || fail "the other branch made a store"
code 8 -d "$dir/a" --checkpoint "$wrong" reindex
says "not the chain of the checkpoint"
chain -d "$dir/a" dump | cmp - "$dir/wanted" || fail "a reindex that was refused"
code 0 -d "$dir/a" --checkpoint "$tip" reindex
chain -d "$dir/a" dump | cmp - "$dir/wanted" || fail "a reindex with a checkpoint"

# --- a file that ends too early -------------------------------------------------------

head -c "$(ends_before 12 $data/chain-a.blocks)" $data/chain-a.blocks >"$dir/eleven"
code 1 -d "$dir/d" --checkpoint "$tip" load-blocks "$dir/eleven"
says "the file ends at block 11"
says "blocks since 2 are not proven"
code 0 -d "$dir/d" info
says "proven up to     1"
code 1 -d "$dir/d" checkpoint
says "not reached"
cp -R "$dir/d" "$dir/e"
code 0 -d "$dir/d" --checkpoint "$tip" load-blocks $data/chain-a.blocks
says "loaded 14 blocks"
chain -d "$dir/d" dump | cmp - "$dir/wanted" || fail "another state after a break"
# Without its checkpoint the store gives up what was not proven.
code 0 -d "$dir/e" load-blocks "$dir/eleven"
says "blocks 2 to 11, which are not proven, are taken back"
says "loaded 10 blocks"
code 0 -d "$dir/e" checkpoint 11
