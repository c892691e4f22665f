#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# Miners elsewhere: the sockets of a daemon, what is reported, and what is there
# after a kill.
set -eu
# shellcheck disable=SC2154
. tests/net/network.sh
conf=$dir/node/bitmarkd-c.conf
ask() { timeout 600 "$build/bitmarkd-c" --config "$conf" "$@"; }
record() { "$build/bitmark-record" --rules 0.16 "$@"; }
says() { grep -q -- "$1" "$dir/out" || { cat "$dir/out"; fail "not said: $1"; }; }
field() { sed -n "s/.*\"$1\": *\[*\"\([^\"]*\)\".*/\1/p"; }
# has NAME VALUE: the status says so.
has() {
	ask status --json >"$dir/out" 2>/dev/null
	grep -q "\"$1\": *\"*$2[\",}]" "$dir/out"
}
start_node() {
	"$build/bitmarkd-c" --config "$conf" 2>>"$dir/log" &
	echo $! >"$dir/pid"
	await has mode Normal || { cat "$dir/log"; fail "not Normal"; }
}
# shellcheck disable=SC2317
end_node() { kill -9 "$(cat "$dir/pid")" 2>/dev/null || true; finish; }
trap end_node EXIT
size=1

mkdir "$dir/node"
"$build/bitmarkd-c" gen-peer-identity "$dir/node" >/dev/null
"$build/bitmarkd-c" gen-proof-identity "$dir/node" >/dev/null
port=$("$relay" free 10 "$first_port")
# with LINES: the section proofing has these, too.
with() {
	cat >"$conf" <<-CONF
		chain = local
		rules = "0.16"
		peering {
		    standalone = yes
		    listen = {"127.0.0.1:$port"}
		    digest_workers = 1
		    digest_nice = 0
		}
		payment { auto_verify = yes }
		proofing {
		    signing_key = proof.sign
		    payment_address {
		        bitcoin = mkiLFSw6FNtHVRZbTwTe5SFJJFBz96GGuj
		        litecoin = mkiLFSw6FNtHVRZbTwTe5SFJJFBz96GGuj
		    }
		    $1
		}
	CONF
}
# refuses TEXT: the configuration is not good.
refuses() {
	if ask --check-config >"$dir/out" 2>&1; then fail "not refused: $1"; fi
	says "$1"
}
# An address that is bad is an error, and not passed over (S-02).
with 'publish = {"127.0.0.1:2138", "nonsense"}'
refuses 'publish: "nonsense"'
with 'submit = {"127.0.0.1:0"}'
refuses 'submit: "127.0.0.1:0": invalid port number'
with 'miners = {"abc"}'
refuses 'miners: "abc"'
with 'private_key = proof.public
    submit = {"127.0.0.1:2139"}'
refuses 'proof.public'
with 'private_key = peer.private
    public_key = proof.public
    submit = {"127.0.0.1:2139"}'
refuses 'public_key does not belong to private_key'
with "publish = {\"127.0.0.1:$((port + 1))\"}
    submit = {\"127.0.0.1:$((port + 2))\"}"
ask --check-config >/dev/null

# shellcheck disable=SC2046,SC2086
cc ${BITMARK_LDFLAGS:-} -D_DEFAULT_SOURCE -std=c11 -Wall -Wextra -Werror -Iinclude -pthread \
    -o "$dir/mine" tests/net/mine.c "$build/libbitmarkpeer.a" \
    $(pkg-config --cflags --libs libzmq libsodium lmdb nettle jansson libcares)
mine() {
	timeout 300 "$dir/mine" "$(sed 's/^PUBLIC://' "$dir/node/proof.public")" \
	    "127.0.0.1:$((port + 1))" "127.0.0.1:$((port + 2))"
}
# Wait for a job, find a block, and have the node killed as soon as that was
# reported: the block is in the store.
height=1
mine_and_kill() {
	[ "$(mine)" = true ] || fail "the block was refused"
	kill -9 "$(cat "$dir/pid")"
	wait "$(cat "$dir/pid")" 2>/dev/null || true
	height=$((height + 1))
	chain_tool --rules 0.16 --database "$dir/node/data/local" info
	grep -q "height *$height\$" "$dir/out" || { cat "$dir/out"; fail "block $height is lost"; }
}
start_node
key=$dir/node/proof.sign
account=$(record account --key "$key" --json | field account)
record keygen --network test --output "$dir/other" --json >"$dir/out"
other=$(field account <"$dir/out")
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
mine_and_kill
# To and fro.
for owner in "$other" "$account" "$other"; do
	start_node
	ask transaction "$link" >"$dir/out"
	says Confirmed
	echo "{\"link\":\"$link\",\"owner\":\"$owner\"}" | record sign --key "$key" - \
	    >"$dir/transfer"
	ask submit "$dir/transfer" --json >"$dir/out"
	link=$(field tx_ids <"$dir/out")
	mine_and_kill
	[ "$owner" = "$account" ] && key=$dir/node/proof.sign || key=$dir/other
done
start_node
has height 5 || fail "not at block 5"
has submissions_accepted 0 || fail "counted before the start"

# bitmark-peer mine finds one as well; submissions are at the next port.
echo "{\"link\":\"$link\",\"owner\":\"$account\"}" | record sign --key "$dir/other" - \
    >"$dir/transfer"
ask submit "$dir/transfer" --json >"$dir/out"
link=$(field tx_ids <"$dir/out")
timeout 600 "$build/bitmark-peer" mine --any-nonce --blocks 1 --threads 1 -t 60 \
    -n "$(sed 's/^PUBLIC://' "$dir/node/proof.public")@127.0.0.1:$((port + 1))" \
    >"$dir/out" 2>&1 || { cat "$dir/out"; fail "bitmark-peer mine"; }
says '^accepted  job '
ask wait "$link" --timeout 120 >"$dir/out" || { cat "$dir/out"; fail "not confirmed"; }
says Confirmed
has submissions_accepted 1 || fail "not counted"
ask stop >/dev/null
