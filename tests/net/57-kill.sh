#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# A daemon that is killed while it takes transactions by the client RPC and makes
# blocks: whatever it acknowledged is there when it runs again.
set -eu
# shellcheck disable=SC2154
. tests/net/network.sh
daemon=$build/bitmarkd-c
conf=$dir/chain/bitmarkd-c.conf
key=$dir/chain/proof.sign
# Requests of a round: the allowance of a client is for so many that most of them
# are still to come when it is killed.
requests=400
ask() { timeout 600 "$daemon" --config "$conf" "$@"; }
record() { "$build/bitmark-record" --rules 0.16 "$@"; }
# field NAME: of JSON in one line, a text or the first of a list.
field() { sed -n "s/.*\"$1\": *\[*\"\([^\"]*\)\".*/\1/p"; }
is_normal() { ask status 2>/dev/null | grep -q 'mode *Normal'; }
dev() {
	"$daemon" dev "$dir/chain" >"$dir/use" 2>>"$dir/log" &
	echo $! >"$dir/pid"
	await is_normal || { cat "$dir/use" "$dir/log"; fail "not Normal"; }
	rpc=$(sed -n 's/^  client RPC *//p' "$dir/use")
}
# shellcheck disable=SC2317
end_dev() { kill -9 "$(cat "$dir/pid")" 2>/dev/null || true; finish; }
trap end_dev EXIT

# What was acknowledged: whole lines.
acknowledged() { grep '"error":null}$' "$1" || true; }
# shellcheck disable=SC2317
enough() { [ "$(acknowledged "$1" | wc -l)" -ge "$2" ]; }
# converse IN OUT: the client that sends one and writes the other.
converse() {
	timeout 600 openssl s_client -quiet -connect "$rpc" <"$1" >"$2" 2>/dev/null &
	client=$!
}
end_client() {
	kill "$client" 2>/dev/null || true
	wait "$client" 2>/dev/null || true
}

# prepare ROUND: new assets, each with a free issue of it.
prepare() {
	i=0
	while [ $i -lt $requests ]; do
		i=$((i + 1))
		echo "{\"record\":\"AssetData\",\"name\":\"painting $1.$i\"," \
		    "\"fingerprint\":\"$account $1.$i\",\"metadata\":\"\"," \
		    "\"registrant\":\"$account\"}"
	done | record sign --key "$key" - >"$dir/hex"
	record decode --json "$dir/hex" >"$dir/assets"
	field assetId <"$dir/assets" |
	    sed "s/.*/{\"assetId\":\"&\",\"owner\":\"$account\",\"nonce\":\"0\"}/" |
	    record sign --key "$key" - >"$dir/hex"
	record decode --json "$dir/hex" | paste "$dir/assets" - |
	    awk -F '\t' '{ printf "{\"id\":%d,\"method\":\"Bitmarks.Create\"," \
	    "\"params\":[{\"assets\":[%s],\"issues\":[%s]}]}\n", NR, $1, $2 }' >"$dir/requests"
}

dev
[ "$rpc" ] || { echo "no client RPC in this build"; exit 0; }
account=$(record account --key "$key" --json | field account)
: >"$dir/ids"
: >"$dir/blocks"
round=0
for most in 1 30 105 120; do
	round=$((round + 1))
	prepare $round
	ask generate 1 >>"$dir/blocks"
	ask generate 1 >>"$dir/blocks" 2>/dev/null &
	miner=$!
	converse "$dir/requests" "$dir/replies"
	await enough "$dir/replies" $most || { cat "$dir/replies" "$dir/log"; fail "no replies"; }
	kill -9 "$(cat "$dir/pid")"
	end_client
	wait "$miner" || true
	acknowledged "$dir/replies" | field txId >"$dir/new"
	[ "$(wc -l <"$dir/new")" -lt $requests ] || fail "all was done before it was killed"
	cat "$dir/new" >>"$dir/ids"
	dev
	# All of the rounds before, too.
	awk '{ printf "{\"id\":%d,\"method\":\"Transaction.Status\"," \
	    "\"params\":[{\"txId\":\"%s\"}]}\n", NR, $1 }' "$dir/ids" >"$dir/questions"
	converse "$dir/questions" "$dir/answers"
	await enough "$dir/answers" "$(wc -l <"$dir/ids")" ||
	    { cat "$dir/answers"; fail "no status of each"; }
	end_client
	if grep -v '"status":"\(Pending\|Verified\|Confirmed\)"' "$dir/answers"; then
		fail "round $round: acknowledged, and lost"
	fi
	last=$(tail -n 1 "$dir/blocks" | awk '{ print $1 }')
	height=$(ask status | sed -n 's/^height *//p')
	[ "$height" -ge "$last" ] || fail "round $round: block $last was reported, and lost"
done
# The chain is as whole as it says.
ask stop >/dev/null
wait "$(cat "$dir/pid")" || fail "it did not stop in order"
"$build/bitmark-chain" --config "$conf" verify >"$dir/out" 2>&1 ||
    { cat "$dir/out"; fail "the chain does not verify"; }
