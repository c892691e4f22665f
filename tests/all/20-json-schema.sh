#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# Everything that is printed for a record, a block or an event is as the
# installed schemas say: the golden records and blocks of both releases, and what
# the programs say of a chain that lives.
set -eu
# shellcheck disable=SC2154
. tests/all/installed.sh
. tests/net/await.sh
dir=$(mktemp -d)
schema=$BITMARK_INSTALLED/share/doc/libbitmarkpeer/schema
daemon=
follower=
# shellcheck disable=SC2317
finish() {
	for process in $follower $daemon; do
		kill "$process" 2>/dev/null || true
		wait "$process" 2>/dev/null || true
	done
	rm -rf "$dir"
}
trap finish EXIT
trap 'exit 1' INT TERM
fail() { echo "$*"; exit 1; }
# valid NAME AT-LEAST FILE
valid() {
	/usr/bin/env python3 tests/all/json_schema.py "$schema" "$1" "$2" <"$3" ||
	    fail "$3: not as $1.schema.json"
}
field() { sed -n "s/.*\"$1\": *\[*\"\([^\"]*\)\".*/\1/p" | head -n 1; }

# --- golden records and blocks ------------------------------------------------------

# Those of the vectors that are no record are passed over.
for records in records-8.2:7 records-0.16:4 vectors:100 0.16/vectors:40; do
	grep -o '"packed": *"[0-9a-f]*"' "tests/data/${records%:*}.json" |
	    sed 's/.*"\([0-9a-f]*\)"$/\1/' >"$dir/packed"
	while read -r hex; do
		bitmark-record decode --as record "$hex" 2>/dev/null || true
	done <"$dir/packed" >"$dir/records"
	valid record "${records##*:}" "$dir/records"
done
# blocks FILE COUNT: the first blocks of a file, decoded.
blocks() {
	offset=0
	for _ in $(seq "$2"); do
		length=$(od -An -tu1 -j "$offset" -N 8 "$1" |
		    awk '{ print (($5 * 256 + $6) * 256 + $7) * 256 + $8 }')
		tail -c +$((offset + 9)) "$1" | head -c "$length" >"$dir/block"
		bitmark-record decode "$dir/block"
		offset=$((offset + 8 + length))
	done
}
blocks tests/data/chain-a.blocks 8 >"$dir/blocks-8.2"
valid block 8 "$dir/blocks-8.2"
blocks tests/data/0.16/chain-g.blocks 20 >"$dir/blocks-0.16"
valid block 20 "$dir/blocks-0.16"

# --- a chain that lives -------------------------------------------------------------

conf=$dir/chain/bitmarkd-c.conf
ask() { bitmarkd-c --config "$conf" "$@"; }
is_normal() { ask status 2>/dev/null | grep -q 'mode *Normal'; }
start_dev() {
	bitmarkd-c dev "$dir/chain" >"$dir/use" 2>>"$dir/log" &
	daemon=$!
	await is_normal || { cat "$dir/use" "$dir/log"; fail "not Normal"; }
}
stop_dev() {
	ask stop >/dev/null
	wait "$daemon" || true
	daemon=
}
start_dev
stop_dev
# Ports that no other script is given, and a publisher instead of the client RPC.
# shellcheck disable=SC2154
sed -e '/^client_rpc/,/^}/d' -e "s/127\.0\.0\.1:[0-9]*/127.0.0.1:$((port + 1))/" "$conf" \
    >"$dir/conf"
echo "publishing { broadcast = {\"127.0.0.1:$port\"} }" >>"$dir/conf"
cp "$dir/conf" "$conf"
start_dev
key=$(sed 's/^PUBLIC://' "$dir/chain/peer.public")
node=$key@$(sed -n 's/^  listens at *//p' "$dir/use")
bitmark-peer -C local subscribe --json -n "$key@127.0.0.1:$port" -n "$node" --from 1 \
    >"$dir/events" 2>"$dir/err" &
follower=$!
await grep -q '"event":"connected"' "$dir/events" || fail "no publisher"

# An asset, a free issue, and a transfer that lacks its second signature first.
sign=$dir/chain/proof.sign
account=$(bitmark-record account --key "$sign" --json | field account)
echo "{\"record\":\"AssetData\",\"name\":\"painting\",\"fingerprint\":\"$account\",
    \"metadata\":\"\",\"registrant\":\"$account\"}" >"$dir/asset.json"
bitmark-record sign --json --key "$sign" "$dir/asset.json" >"$dir/signed"
asset=$(field assetId <"$dir/signed")
echo "{\"assetId\":\"$asset\",\"owner\":\"$account\",\"nonce\":\"0\"}" >"$dir/issue.json"
bitmark-record sign --json --rules 0.16 --key "$sign" "$dir/issue.json" >>"$dir/signed"
bitmark-record pack "$dir/signed" >"$dir/both"
bitmark-record sign --key "$sign" "$dir/asset.json" >"$dir/asset"
bitmark-record sign --rules 0.16 --key "$sign" "$dir/issue.json" >"$dir/issue"
bitmark-record decode "$dir/issue" >>"$dir/signed"
link=$(bitmark-record decode "$dir/issue" | field txId)
bitmark-record keygen --network test --output "$dir/other" --json >"$dir/out"
echo "{\"record\":\"BitmarkTransferCountersigned\",\"link\":\"$link\",\"owner\":\"$(field account \
    <"$dir/out")\"}" >"$dir/transfer.json"
bitmark-record sign --json --key "$sign" "$dir/transfer.json" >"$dir/half"
bitmark-record sign --json --countersign --linked "$dir/issue" --key "$dir/other" "$dir/half" \
    >>"$dir/signed"
cat "$dir/half" >>"$dir/signed"
valid record 5 "$dir/signed"

ask submit "$dir/asset" >"$dir/out"
ask submit --json "$dir/issue" >"$dir/out"
bitmark-record proof --network test --pay-nonce "$(field pay_nonce <"$dir/out")" --json \
    "$dir/issue" >"$dir/proof.json"
ask submit "$(field payId <"$dir/proof.json")$(field clientNonce <"$dir/proof.json")" >"$dir/out"
ask wait "$link" --timeout 240 >"$dir/out" || fail "no block for the issue"
await grep -q '"event":"block","number":"2"' "$dir/events" || fail "no event of block 2"
await grep -q '"event":"issues"' "$dir/events" || fail "no event of the issue"
bitmark-peer -C local block --json -n "$node" 1-2 >"$dir/blocks"
valid block 2 "$dir/blocks"
bitmark-chain -C local --rules 0.16 -d "$dir/chain/data/local" --json provenance "$link" \
    >"$dir/provenance"
bitmark-chain -C local --rules 0.16 -d "$dir/chain/data/local" --json --display transaction \
    "$asset" >>"$dir/provenance"
valid record 3 "$dir/provenance"

# The block that the issue is in goes: what took its place is told.
stop_dev
bitmark-chain -C local --rules 0.16 -d "$dir/chain/data/local" --yes delete-down 2 >/dev/null
start_dev
ask generate 1 >/dev/null
await grep -q '"event":"removed"' "$dir/events" || fail "nothing was removed"
kill "$follower"
wait "$follower" || true
follower=
valid event 6 "$dir/events"
# The record is the same object in all that was printed of it: what stands around
# it differs.
same='s/,"\(inBlock\|offset\|size\|payId\|heldBy\)":\("[^"]*"\|[0-9]*\|null\)//g'
bitmark-record decode "$dir/issue" | sed "$same" >"$dir/one"
cat "$dir/blocks" "$dir/events" "$dir/provenance" | grep -o '{"record":"BitmarkIssue"[^}]*}' |
    sed "$same" | sort -u | diff "$dir/one" - || fail "one record in two shapes"
echo "ok"
