#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# A developer's chain in one command: from an empty disk to the provenance of a
# confirmed transfer.
set -eu
# shellcheck disable=SC2154
. tests/net/network.sh
daemon=$build/bitmarkd-c
conf=$dir/chain/bitmarkd-c.conf
ask() { timeout 600 "$daemon" --config "$conf" "$@"; }
record() { "$build/bitmark-record" --rules 0.16 "$@"; }
says() { grep -q -- "$1" "$dir/out" || { cat "$dir/out"; fail "not said: $1"; }; }
# field NAME: of JSON in one line.
field() { sed -n "s/.*\"$1\": *\[*\"\([^\"]*\)\".*/\1/p"; }
is_normal() { ask status 2>/dev/null | grep -q 'mode *Normal'; }
dev() {
	"$daemon" dev "$dir/chain" >"$dir/use" 2>>"$dir/log" &
	echo $! >"$dir/pid"
	await is_normal || { cat "$dir/use" "$dir/log"; fail "not Normal"; }
}
confirmed() {
	ask wait "$1" --timeout 120 >"$dir/out" ||
	    { cat "$dir/out" "$dir/log"; fail "no block for $1"; }
	says 'Confirmed'
}
# shellcheck disable=SC2317
end_dev() { kill -9 "$(cat "$dir/pid")" 2>/dev/null || true; finish; }
trap end_dev EXIT

dev
grep -q "configuration *$conf\$" "$dir/use" || { cat "$dir/use"; fail "no use is told"; }
for key in proof.sign peer.private; do
	[ "$(find "$dir/chain/$key" -perm 600)" ] || fail "others can read $key"
done

# The client RPC is served, in a build that has it.
rpc=$(sed -n 's/^  client RPC *//p' "$dir/use")
if grep -q '^client_rpc' "$conf"; then
	echo '{"id":1,"method":"Node.Info","params":[{}]}' >"$dir/request"
	timeout 600 openssl s_client -quiet -connect "$rpc" <"$dir/request" >"$dir/out" \
	    2>/dev/null &
	client=$!
	await has "$dir/out" '"chain":"local","mode":"Normal"' || says 'the reply'
	kill "$client"
	wait "$client" 2>/dev/null || true
fi

# An asset and an issue, which is free: its proof is all that it costs.
key=$dir/chain/proof.sign
account=$(record account --key "$key" --json | field account)
echo "{\"record\":\"AssetData\",\"name\":\"a painting\",\"fingerprint\":\"$account\",
    \"metadata\":\"\",\"registrant\":\"$account\"}" | record sign --key "$key" - >"$dir/asset"
echo "{\"assetId\":\"$(record decode "$dir/asset" | field assetId)\",\"owner\":\"$account\",
    \"nonce\":\"0\"}" | record sign --key "$key" - >"$dir/issue"
ask submit "$dir/asset" >"$dir/out"
ask submit "$dir/issue" --json >"$dir/out"
says '"verified":false'
issue=$(field tx_ids <"$dir/out")
record proof --network test --pay-nonce "$(field pay_nonce <"$dir/out")" --json \
    "$dir/issue" >"$dir/proof.json"
ask submit "$(field payId <"$dir/proof.json")$(field clientNonce <"$dir/proof.json")" >"$dir/out"
confirmed "$issue"
! computes "$(cat "$dir/pid")" nicely || fail "the digests of a chain of one's own give way"

# A transfer counts as paid at once.
record keygen --network test --output "$dir/other" --json >"$dir/out"
other=$(field account <"$dir/out")
echo "{\"link\":\"$issue\",\"owner\":\"$other\"}" | record sign --key "$key" - >"$dir/transfer"
ask submit "$dir/transfer" --json >"$dir/out"
says '"verified":true'
transfer=$(field tx_ids <"$dir/out")
confirmed "$transfer"

# The same command starts the chain again, as it was.
before=$(cat "$conf" "$key" "$dir/chain/peer.private")
ask stop >/dev/null
wait "$(cat "$dir/pid")" || fail "it did not stop in order"
dev
[ "$before" = "$(cat "$conf" "$key" "$dir/chain/peer.private")" ] || fail "a file has changed"
ask status >"$dir/out"
says '^height  *3$'
"$build/bitmark-chain" --config "$conf" provenance "$transfer" >"$dir/out" 2>&1 ||
    { cat "$dir/out"; fail "no provenance"; }
says "$transfer"
says "$issue"
says 'a painting'
"$build/bitmark-chain" --config "$conf" owner "$other" >"$dir/out" 2>&1 ||
    { cat "$dir/out"; fail "no list of an owner"; }
says "$issue\|$transfer"

# What others might follow or pay for is not run so.
"$daemon" init "$dir/testing" --chain testing >/dev/null
if "$daemon" dev "$dir/testing" >"$dir/out" 2>&1; then fail "dev of a chain with others"; fi
says "not a developer's chain"
