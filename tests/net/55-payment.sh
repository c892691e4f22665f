#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# Transfers that are paid for with Bitcoin and Litecoin, which a server on loopback
# plays: seen, verified, confirmed; with forks, silence and restarts.
set -eu
# shellcheck disable=SC2154
. tests/net/network.sh
daemon=$build/bitmarkd-c
conf=$dir/1/bitmarkd-c.conf
key=$dir/1/proof.sign
ask() { timeout 600 "$daemon" --config "$conf" "$@"; }
record() { "$build/bitmark-record" --rules 0.16 "$@"; }
says() { grep -q -- "$1" "$dir/out" || { cat "$dir/out"; fail "not said: $1"; }; }
field() { sed -n "s/.*\"$1\": *\[*\"\([^\"]*\)\".*/\1/p"; }
status_says() { ask status 2>/dev/null | grep -q -- "$1"; }
await_status() { await status_says "$1" || { ask status; fail "status never says $1"; }; }

# --- the players ------------------------------------------------------------------
# shellcheck disable=SC2086
cc ${BITMARK_LDFLAGS:-} -std=c11 -D_DEFAULT_SOURCE -Wall -Wextra -Werror -pthread \
    -o "$dir/rest" tests/net/rest.c tests/support/rest.c tests/support/played_chain.c
mkfifo "$dir/orders" "$dir/port"
"$dir/rest" <"$dir/orders" >"$dir/port" &
player=$!
exec 4>"$dir/orders"
read -r rest_port <"$dir/port"
play() { echo "$*" >&4; }
# shellcheck disable=SC2317
end_play() { exec 4>&-; wait "$player" || true; finish; }
trap end_play EXIT

make_store store tests/data/chain-a.blocks 2
make_nodes 1 store
rm -rf "$dir/1/data/local"
"$build/bitmark-record" keygen --network test --output "$key" >/dev/null
url=http://127.0.0.1:$rest_port
cat >"$conf" <<CONF
chain = local
rules = "0.16"
metrics_file = "metrics"
peering { standalone = yes digest_workers = 1 digest_nice = 0 }
proofing {
    signing_key = "proof.sign"
    payment_address { bitcoin = mkiLFSw6FNtHVRZbTwTe5SFJJFBz96GGuj
        litecoin = mkiLFSw6FNtHVRZbTwTe5SFJJFBz96GGuj }
}
payment {
    bitcoin { url = "$url/bitcoin" }
    litecoin { url = "$url/litecoin/" }
    interval_ms = 100
}
CONF
start 1
await_status 'mode *Normal'
await_status '^bitcoin_error  *-$'

# --- something to transfer ----------------------------------------------------------
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

# transfer: of what $link is, to the same account; $pay_script, $coins and $address.
transfer() {
	echo "{\"link\":\"$link\",\"owner\":\"$account\"}" | record sign --key "$key" - \
	    >"$dir/transfer"
	ask submit "$dir/transfer" >"$dir/out"
	says '^verified  *no$'
	link=$(awk '$1 == "tx_ids" { print $2 }' "$dir/out")
	pay_script=$(awk '$1 == "pay_script" { print $2 }' "$dir/out")
	[ "$(grep -c "^uri  *$1:" "$dir/out")" = 1 ] || { cat "$dir/out"; fail "URIs of $1"; }
	address=$(sed -n "s/^uri  *$1:\([^?]*\)?.*/\1/p" "$dir/out")
	coins=$(sed -n "s/^uri  *$1:.*amount=\([0-9.]*\)&.*/\1/p" "$dir/out")
}
# pay CURRENCY: as its URI says.
pay() { play "$1 pay $pay_script $address $coins"; }
is_pending() { ask transaction "$link" | grep -q '^status  *Pending$' || fail "not pending"; }
verified() {
	ask wait "$link" --for verified --timeout 120 >"$dir/out" ||
	    { cat "$dir/out"; ask status; fail "not verified"; }
}
# block CURRENCY: the newest one that was looked through.
block() { ask status | awk -v name="$1_block" '$1 == name { print $2 }'; }

# --- paid with Bitcoin ---------------------------------------------------------------
transfer bitcoin
play bitcoin mine 10
pay bitcoin
play bitcoin mine 1
await_status '^bitcoin_tip  *12$'
is_pending
play bitcoin mine 1
verified
ask status >"$dir/out"
says '^payments_verified  *1$'
ask generate >/dev/null
ask wait "$link" --timeout 120 >"$dir/out" || fail "not confirmed"
says '^block  *3$'
all_say 1 "INFO payment: bitcoin: payment of ${pay_script#6a30} in [0-9a-f]*: verified" 1

# --- paid with Litecoin, on a branch that comes late ---------------------------------
transfer litecoin
play litecoin mine 10
await_status '^litecoin_block  *8$'
play litecoin fork 5
pay litecoin
play litecoin mine 9
verified
all_say 1 'INFO payment: litecoin: 3 blocks left the chain: back to block' 1

# --- while the node is not there, and a daemon that is silent -------------------------
ask generate >/dev/null
transfer bitcoin
await_status '^bitcoin_block  *11$'
has_place() { grep -q '^bitcoin 11 [0-9a-f]\{64\}$' "$dir/1/payments-local.txt"; }
await has_place || fail "no place: $(cat "$dir/1/payments-local.txt")"
kill -9 "$(cat "$dir/1/pid")"
wait "$(cat "$dir/1/pid")" 2>/dev/null || true
pay bitcoin
play bitcoin mine 2
play litecoin silent
start 1
await_status 'mode *Normal'
verified
await_status '^bitcoin_block  *14$'
says_metrics() { grep -q -- "$1" "$dir/1/metrics" 2>/dev/null; }
await says_metrics 'bitmark_payment_block{chain="local",currency="bitcoin"} 14' ||
    fail "$(cat "$dir/1/metrics")"
# It has not waited for the one that is silent, and does not at its end.
before=$(date +%s)
ask stop >/dev/null
wait "$(cat "$dir/1/pid")" || fail "it did not stop in order"
[ $(($(date +%s) - before)) -lt 15 ] || fail "the stop took long"
nodes=''
