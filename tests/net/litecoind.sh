#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# A transfer that is paid for at a real litecoind in regtest mode, whose chain
# forks, too.  It is large to install: 'make check-litecoind' runs this.
set -eu
# shellcheck disable=SC2154
. tests/net/network.sh
daemon=$build/bitmarkd-c
conf=$dir/1/bitmarkd-c.conf
key=$dir/1/proof.sign
ask() { timeout 600 "$daemon" --config "$conf" "$@"; }
record() { "$build/bitmark-record" --rules 0.16 "$@"; }
field() { sed -n "s/.*\"$1\": *\[*\"\([^\"]*\)\".*/\1/p"; }
status_says() { ask status 2>/dev/null | grep -q -- "$1"; }
await_status() { await status_says "$1" || { ask status; fail "status never says $1"; }; }

make_store store tests/data/chain-a.blocks 2
make_nodes 1 store
rm -rf "$dir/1/data/local"
rpc=$(port_of 5)
mkdir "$dir/coins"
coin() { litecoin-cli -regtest -datadir="$dir/coins" -rpcport="$rpc" "$@"; }
litecoind -regtest -datadir="$dir/coins" -rest -server -listen=0 -fallbackfee=0.001 \
    -rpcport="$rpc" >"$dir/coins/out" 2>&1 &
coins=$!
# shellcheck disable=SC2317
end_coins() { kill "$coins" 2>/dev/null || true; wait "$coins" || true; finish; }
trap end_coins EXIT
answers() { coin getblockcount >/dev/null 2>&1; }
await answers || fail "litecoind does not answer: $(cat "$dir/coins/out")"
coin createwallet wallet >/dev/null
mine() { coin generatetoaddress "$1" "$(coin getnewaddress)" >/dev/null; }
mine 101

"$build/bitmark-record" keygen --network test --output "$key" >/dev/null
cat >"$conf" <<CONF
chain = local
rules = "0.16"
peering { standalone = yes digest_workers = 1 digest_nice = 0 }
proofing {
    signing_key = "proof.sign"
    payment_address { bitcoin = mkiLFSw6FNtHVRZbTwTe5SFJJFBz96GGuj
        litecoin = mkiLFSw6FNtHVRZbTwTe5SFJJFBz96GGuj }
}
payment { litecoin { url = "http://127.0.0.1:$rpc/rest" } interval_ms = 100 }
CONF
start 1
await_status '^litecoin_tip  *101$'
await_status 'mode *Normal'

account=$(record account --key "$key" --json | field account)
echo "{\"record\":\"AssetData\",\"name\":\"a painting\",\"fingerprint\":\"$account\",
    \"metadata\":\"\",\"registrant\":\"$account\"}" | record sign --key "$key" - >"$dir/asset"
echo "{\"assetId\":\"$(record decode "$dir/asset" | field assetId)\",\"owner\":\"$account\",
    \"nonce\":\"0\"}" | record sign --key "$key" - >"$dir/issue"
ask submit "$dir/asset" >"$dir/out"
ask submit "$dir/issue" --json >"$dir/out"
link=$(field tx_ids <"$dir/out")
record proof --network test --pay-nonce "$(field pay_nonce <"$dir/out")" --json \
    "$dir/issue" >"$dir/proof.json"
ask submit "$(field payId <"$dir/proof.json")$(field clientNonce <"$dir/proof.json")" >"$dir/out"
ask generate >/dev/null

# pay_transfer: of what $link is, with the wallet of litecoind, by its URI.
pay_transfer() {
	echo "{\"link\":\"$link\",\"owner\":\"$account\"}" | record sign --key "$key" - \
	    >"$dir/transfer"
	ask submit "$dir/transfer" >"$dir/out"
	link=$(awk '$1 == "tx_ids" { print $2 }' "$dir/out")
	pay_id=$(awk '$1 == "pay_id" { print $2 }' "$dir/out")
	to=$(sed -n 's/^uri  *litecoin:\([^?]*\)?amount=\([0-9.]*\)&.*/"\1":\2/p' "$dir/out")
	raw=$(coin createrawtransaction '[]' "[{$to},{\"data\":\"$pay_id\"}]")
	raw=$(coin fundrawtransaction "$raw" | field hex)
	raw=$(coin signrawtransactionwithwallet "$raw" | field hex)
	paid=$(coin sendrawtransaction "$raw")
}
verified() {
	ask wait "$link" --for verified --timeout 120 >"$dir/out" ||
	    { cat "$dir/out"; ask status; fail "not verified"; }
}
pay_transfer
mine 2
await_status '^litecoin_tip  *103$'
ask transaction "$link" | grep -q '^status  *Pending$' || fail "too early"
mine 1
verified
ask generate >/dev/null
ask wait "$link" --timeout 120 >/dev/null || fail "not confirmed"
all_say 1 "payment: litecoin: payment of $pay_id in $paid: verified" 1

# A branch of six blocks is replaced by one of seven, with the next payment.
mine 6
await_status '^litecoin_block  *108$'
coin invalidateblock "$(coin getblockhash 105)"
pay_transfer
mine 7
verified
all_say 1 'INFO payment: litecoin: 4 blocks left the chain: back to block' 1
ask stop >/dev/null
wait "$(cat "$dir/1/pid")" || fail "it did not stop in order"
nodes=''
