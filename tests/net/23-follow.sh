#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# bitmark-peer subscribe --from N at a real node: blocks from N on, live, through
# a restart and a reorganisation that happened while nobody could listen.
set -eu
# shellcheck disable=SC2154
. tests/net/network.sh
daemon=$build/bitmarkd-c
conf=$dir/chain/bitmarkd-c.conf
ask() { timeout 600 "$daemon" --config "$conf" "$@"; }
is_normal() { ask status 2>/dev/null | grep -q 'mode *Normal'; }
dev() {
	"$daemon" dev "$dir/chain" >"$dir/use" 2>>"$dir/log" &
	echo $! >"$dir/pid"
	await is_normal || { cat "$dir/use" "$dir/log"; fail "not Normal"; }
}
end_dev() {
	ask stop >/dev/null
	wait "$(cat "$dir/pid")" || true
}
generate() { ask generate "$1" >"$dir/out" || { cat "$dir/out" "$dir/log"; fail "generate"; }; }
follower=
# shellcheck disable=SC2317
end_all() {
	kill "$follower" 2>/dev/null || true
	kill -9 "$(cat "$dir/pid")" 2>/dev/null || true
	finish
}
trap end_all EXIT

# A chain with a publisher at the first port from ours on that is free.
dev
end_dev
for try in 1 2 3 4 5 6 7 8; do
	sed '/^publishing/d' "$conf" >"$dir/conf"
	echo "publishing { broadcast = {\"127.0.0.1:$((port + try))\"} }" >>"$dir/conf"
	cp "$dir/conf" "$conf"
	"$daemon" dev "$dir/chain" >"$dir/use" 2>"$dir/log" &
	echo $! >"$dir/pid"
	await is_normal && break
	wait "$(cat "$dir/pid")" || true
done
is_normal || { cat "$dir/log"; fail "no daemon after $try tries"; }
key=$(sed 's/^PUBLIC://' "$dir/chain/peer.public")
source=$key@127.0.0.1:$((port + try))
node=$key@$(sed -n 's/^  listens at *//p' "$dir/use")

# told: the numbers of the blocks in the order of their events, those that were
# removed with a minus.
told() {
	sed -n -e 's/^{"event":"block","number":"\([0-9]*\)",.*/\1/p' \
	    -e 's/^{"event":"removed","number":"\([0-9]*\)",.*/-\1/p' "$dir/followed" | tr '\n' ' '
}
has_told() { [ "$(told)" = "$1" ]; }
expect() { await has_told "$1" || fail "told: $(told)and not $1"; }

generate 3
"$build/bitmark-peer" -C local subscribe -n "$source" -n "$node" --from 1 --json \
    >"$dir/followed" 2>"$dir/err" &
follower=$!
expect '1 2 3 4 '
await has "$dir/followed" '{"event":"connected"}' || fail "no publisher"
generate 2
expect '1 2 3 4 5 6 '

# The node goes, loses two blocks and gets three others; then all follows on.
end_dev
await has "$dir/followed" '{"event":"lost"}' || fail "the loss was not told"
"$build/bitmark-chain" --chain local --rules 0.16 -d "$dir/chain/data/local" --yes \
    delete-down 5 >"$dir/out" 2>&1 || { cat "$dir/out"; fail "delete-down"; }
dev
generate 3
expect '1 2 3 4 5 6 -6 -5 5 6 7 '
generate 1
expect '1 2 3 4 5 6 -6 -5 5 6 7 8 '

# What was told is what the node has, each block with its digest.
"$build/bitmark-peer" -C local block -n "$node" --json 1-8 >"$dir/blocks"
grep '^{"event":"block"' "$dir/followed" |
    sed -n 's/.*"block":\({.*}\)}$/\1/p' | tail -n 4 >"$dir/last"
tail -n 4 "$dir/blocks" | diff "$dir/last" - >/dev/null || fail "other blocks than the node has"

# From above the newest block on, nothing is told before it is there.
kill "$follower"
wait "$follower" || true
"$build/bitmark-peer" -C local subscribe -n "$source" -n "$node" --from 10 --json --count 1 \
    --event block,current >"$dir/followed" 2>"$dir/err" &
follower=$!
await has "$dir/followed" '{"event":"current","number":"8"}' || fail "not current"
generate 2
wait "$follower" || fail "the count was not reached"
follower=
has_told "10 " || { cat "$dir/followed"; fail "told: $(told)and not 10"; }
echo "ok"
