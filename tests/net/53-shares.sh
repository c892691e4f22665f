#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# Two nodes by the rules of 0.16: a wallet turns a bitmark into shares, grants some
# and swaps some.
set -eu
# shellcheck disable=SC2154
. tests/net/network.sh
rules=0.16
ask() { timeout 600 "$build/bitmarkd-c" --config "$dir/1/bitmarkd-c.conf" "$@"; }
ask_json() { ask "$@" --json >"$dir/out" || { cat "$dir/out"; fail "$*"; }; }
says() { grep -q -- "$1" "$dir/out" || { cat "$dir/out"; fail "not said: $1"; }; }
refuses() {
	want=$1; shift
	if ask "$@" >"$dir/out" 2>&1; then fail "not refused: $*"; fi
	says "$want"
}
is_normal() { ask status 2>/dev/null | grep -q 'mode *Normal'; }

data=tests/data/0.16
make_store store $data/chain-g.blocks 25
make_nodes 2 store
configure 1 1 yes "$(connect 2 "$(port_of 2)")"
configure 2 1 yes "$(connect 1 "$(port_of 1)")"
sed -i.old 's/level = info/level = debug/' "$dir"/[12]/bitmarkd-c.conf
start 1 2
await is_normal || fail "not in step: $(ask status)"
ask_json status
says '"rules":"0.16","blocked":null'

# Dave owns a bitmark and shares of another one, bob shares of a third.
dave=eZSFPWLLw49vupukNZ3VS2GuhpFjGfziku3hZSWv8R5cw23qAD
bob=fL586en7kKLdmiC6L98JmXGJzzPFarFog3TgZumXzYWTG1rMFQ
bitmark=cdacc71d2f2847e870764503c83f742d8dba6ac0ffae21bf49e05baa25304d30
of_dave=f58cc07ebf24d65e2287e933a9c4119adabfabd6a5b75f7baa66bb86727297c3
of_bob=0831ea979e1efcc11b9de39dfb33f049789497cbc5bb056081d346c529bc1eb6
# signed NAME JSON [BOB]: by dave, and by bob after him.
signed() {
	echo "$2" | "$build/bitmark-record" --rules 0.16 sign --key $data/dave.key - >"$dir/$1"
	[ -z "${3:-}" ] || {
		mv "$dir/$1" "$dir/half"
		"$build/bitmark-record" --rules 0.16 sign --key $data/bob.key --countersign \
		    "$dir/half" >"$dir/$1"
	}
}
grant() {
	echo "{\"record\":\"ShareGrant\",\"shareId\":\"$of_dave\",\"quantity\":\"$1\",
	    \"owner\":\"$dave\",\"recipient\":\"$bob\",\"beforeBlock\":\"$2\"}"
}
signed share "{\"record\":\"BitmarkShare\",\"link\":\"$bitmark\",\"quantity\":\"1000\"}"
signed grant "$(grant 25 1000)" bob
signed swap "{\"record\":\"ShareSwap\",\"shareIdOne\":\"$of_dave\",\"quantityOne\":\"10\",
    \"ownerOne\":\"$dave\",\"shareIdTwo\":\"$of_bob\",\"quantityTwo\":\"5\",
    \"ownerTwo\":\"$bob\",\"beforeBlock\":\"1000\"}" bob

# Each is taken, waits for its payment, and is heard of at the other node.
heard=0
for name in share grant swap; do
	ask_json submit "$dir/$name"
	says '"submitted":"transfer","records":1'
	says '"verified":false,"duplicate":false'
	says '"payments":{.*"LTC":\[{"currency":"LTC"'
	pay_id=$(sed -n 's/.*"pay_id":"\([0-9a-f]*\)".*/\1/p' "$dir/out")
	tx_id=$(sed -n 's/.*"tx_ids":\["\([0-9a-f]*\)".*/\1/p' "$dir/out")
	paid=$(sed 's/.*"LTC":\[\([^]]*\)\].*/\1/; s/},{/\n/g' "$dir/out" |
	    sed 's/.*"address":"\([^"]*\)","amount":"\([0-9]*\)".*/\1 \2/')
	ask_json transaction "$tx_id"
	says "\"tx_id\":\"$tx_id\",\"status\":\"Pending\",\"block\":null"
	heard=$((heard + 1))
	all_say $heard 'DEBUG process: transfer accepted' 1 2
	ask_json submit "$dir/$name"
	says '"duplicate":true'
	[ "$name" = grant ] || continue
	# shellcheck disable=SC2086
	ask payment "$pay_id" LTC $paid >"$dir/out" || { cat "$dir/out"; fail "no payment"; }
	ask_json wait "$tx_id" --for verified --timeout 60
	says '"status":"Verified"'
done

# What cannot be is told: too many, and too late.
signed grant "$(grant 1000000 1000)" bob
refuses 'insufficient shares' submit "$dir/grant"
signed grant "$(grant 1 25)" bob
refuses 'record has expired' submit "$dir/grant"

# A node of 8.2 knows no such record.
end TERM 1
rules=8.2
make_store old tests/data/chain-a.blocks 3
rm -rf "$dir/1/data/local"
cp -R "$dir/old" "$dir/1/data/local"
configure 1 1 no ''
start 1
await is_normal || fail "not alone in step: $(ask status)"
refuses 'not transaction pack' submit "$dir/share"
