#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# bitmark-record proof, and what bitmark-peer does besides asking: it submits
# what it recognises, checks a node as a monitoring plug-in, and follows a
# publisher: gaps are filled, replaced blocks reported.
set -eu
# shellcheck disable=SC2154
. tests/net/await.sh
build=${BITMARK_BUILD:?}
golden=tests/data/chain-a
dir=$(mktemp -d)
daemon=''
publisher=''
follower=''
finish() {
	for process in $daemon $publisher $follower; do
		kill "$process" 2>/dev/null || true
		wait "$process" 2>/dev/null || true
	done
	rm -rf "$dir"
}
trap finish EXIT
trap 'exit 1' INT TERM
unset BITMARK_NODE BITMARK_CONFIG || true

fail() { echo "$*"; exit 1; }
run() {
	want=$1; shift
	got=0
	timeout 600 "$@" >"$dir/out" 2>"$dir/err" || got=$?
	[ "$got" = "$want" ] || { cat "$dir/out" "$dir/err"; fail "exit code $got, not $want: $*"; }
}
# code WANTED ARGUMENT..., record WANTED ARGUMENT...: the exit code.
code() { want=$1; shift; run "$want" "$build/bitmark-peer" "$@"; }
record() { want=$1; shift; run "$want" "$build/bitmark-record" "$@"; }
says() {
	[ -n "$1" ] || fail "nothing to look for"
	cat "$dir/out" "$dir/err" | grep -qF -e "$1" ||
	    { cat "$dir/out" "$dir/err"; fail "not said: $1"; }
}
same() { [ "$1" = "$2" ] || fail "$3: '$1', not '$2'"; }
field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$dir/out" | head -n 1; }

# --- help and page; wrong use --------------------------------------------------

zero=0000000000000000000000000000000000000000000000000000000000000000
nobody=${zero%0}1@127.0.0.1:1
code 0 --help
for word in submit subscribe check --proof --warn --critical; do
	says "$word"
	grep -qE "(Cm|Fl) $(echo "$word" | sed 's/^--/-/')( |\$)" man/bitmark-peer.1 ||
	    fail "not in the page: $word"
done
record 0 --help
for word in proof --pay-nonce --block --store --node; do
	says "$word"
	grep -qE "(Cm|Fl) $(echo "$word" | sed 's/^--/-/')( |\$)" man/bitmark-record.1 ||
	    fail "not in the page: $word"
done
code 2 submit 00 00 -n "$nobody"
code 2 submit --proof 00 -n "$nobody"
code 8 submit 00 -C local -n "$nobody"
code 8 submit '' -C local -n "$nobody"
code 8 submit missing -C local -n "$nobody"
says 'missing: no such file, and not hexadecimal'
code 9 submit @missing -C local -n "$nobody"
says 'missing: No such file or directory'
code 8 submit --proof 00 00 -n "$nobody"
code 3 submit --proof "$zero${zero%????????????????????????????????}" 0011223344556677 \
    -t 0.5 -n "$nobody"
code 2 subscribe surplus -n "$nobody"
code 2 subscribe -n "$nobody" -n "$nobody" -n "$nobody"
code 3 subscribe -t 0.5 -n "$nobody"
code 3 check surplus -n "$nobody"
says 'BITMARK UNKNOWN'
code 3 check --json -n "$nobody"
says 'no JSON'
if [ -w /dev/full ]; then
	got=0
	timeout 600 "$build/bitmark-peer" check -t 0.5 -n "$nobody" >/dev/full 2>/dev/null || got=$?
	same "$got" 3 'exit code of check for a full disk'
fi
code 3 check
says 'BITMARK UNKNOWN'
code 2 check -t 0.5 -n "$nobody"
says 'BITMARK CRITICAL - '
for limit in x 1,0 '1,' ',1' -1; do
	code 2 check --warn "$limit" -n "$nobody"
	says 'BLOCKS,SECONDS'
done

# --- an asset, two issues, a proof ----------------------------------------------

record 0 keygen --network test --output "$dir/key" --json
account=$(field account)
echo "{\"record\": \"AssetData\", \"name\": \"Painting\", \"fingerprint\": \"0123\",
    \"metadata\": \"\", \"registrant\": \"$account\"}" >"$dir/json"
record 0 sign --key "$dir/key" "$dir/json"
cp "$dir/out" "$dir/asset"
record 0 decode "$dir/asset"
asset=$(field assetId)
for nonce in 1 2; do
	echo "{\"assetId\": \"$asset\", \"owner\": \"$account\",
	    \"nonce\": \"$nonce\"}" >"$dir/json"
	record 0 sign --key "$dir/key" "$dir/json"
	cat "$dir/out" >>"$dir/issues"
done
record 0 decode "$dir/issues"
pay_id=$(field payId)
issue=$(field txId)
echo "{\"record\": \"BitmarkTransferUnratified\", \"link\": \"$issue\",
    \"escrow\": null, \"owner\": \"$account\"}" >"$dir/json"
record 0 sign --key "$dir/key" --signer "$account" "$dir/json"
cp "$dir/out" "$dir/transfer"

record 2 proof "$dir/issues"
record 2 proof --pay-nonce 00 "$dir/issues"
record 8 proof --pay-nonce 0123456789abcdef "$dir/asset"
# Bundles that no node takes.
cat "$dir/issues" "$dir/issues" >"$dir/twice"
record 8 proof --pay-nonce 0123456789abcdef "$dir/twice"
says 'transaction already exists'
for _ in $(seq 51); do cat "$dir/issues"; done >"$dir/many"
record 8 proof --pay-nonce 0123456789abcdef "$dir/many"
says 'too many items'
record 0 proof --pay-nonce 0123456789abcdef "$dir/issues"
cp "$dir/out" "$dir/proof"
same "$(cut -c 1-96 "$dir/proof")" "$pay_id" 'pay id of the proof'
record 0 proof --pay-nonce 0123456789abcdef --json "$dir/issues"
# Two issues on a test network.  Source: bitmarkd v8.2 reservoir/difficulty.go
same "$(field target)" 000086bca1af286bcb9d6deab9cb860c2d3c5a060bde79dbbdd0ebf215d05d71 target
same "$(field payNonce)" 0123456789abcdef 'pay nonce'

# --- a node with blocks 2 to 8 ----------------------------------------------------

tip=8
head -c 30937 $golden.blocks >"$dir/blocks"
mkdir "$dir/data"
timeout 600 "$build/bitmarkd-c" gen-peer-identity "$dir" >/dev/null
key=$(sed 's/^PUBLIC://' "$dir/peer.public")
configure() {
	cat >"$dir/node.conf" <<-CONF
		chain = local
		nodes = none
		database { directory = data }
		peering {
		    listen = {"127.0.0.1:$1"}
		    announce = {"127.0.0.1:$1"}
		    public_key = peer.public
		    private_key = peer.private
		}
	CONF
}
configure "$port"
run 0 "$build/bitmark-chain" --config "$dir/node.conf" load-blocks "$dir/blocks"
# start_daemon: true when it answers.
start_daemon() {
	timeout 600 "$build/bitmarkd-c" --config "$dir/node.conf" 2>"$dir/log" &
	daemon=$!
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		timeout 600 "$build/bitmark-peer" -C local height -t 2 -n "$key@127.0.0.1:$port" \
		    >"$dir/out" 2>&1 && return 0
		kill -0 "$daemon" 2>/dev/null || break
	done
	return 1
}
stop_daemon() {
	kill "$daemon" 2>/dev/null || true
	wait "$daemon" 2>/dev/null || true
	daemon=
}
# A port that is taken ends the daemon: try the next one.
for try in 1 2 3 4 5 6 7 8; do
	configure "$port"
	start_daemon && break
	stop_daemon
	port=$((port + 1))
done
[ -n "$daemon" ] || { cat "$dir/log" "$dir/out"; fail "no daemon after $try tries"; }
node=$key@127.0.0.1:$port

# --- submit -----------------------------------------------------------------------

for what in asset:assets issues:issues transfer:transfer proof:proof; do
	code 0 submit -C local -n "$node" "$dir/${what%:*}"
	says "${what#*:} of "
	says 'received; received is not accepted'
	# This node has nobody to be in step with.
	says "its mode is not Normal, so it drops what it is sent"
done
timeout 600 "$build/bitmark-peer" -C local -n "$node" block 5 --raw >"$dir/block5"
# The pay nonce of a block is its CRC.
record 0 proof --rules 8.2 --block "$dir/block5" --json "$dir/issues"
nonce=$(sed -n 's/.*"crc":"\([0-9a-f]*\)".*"number":5,"size".*/\1/p' $golden.json)
same "$(field payNonce)" "$nonce" 'pay nonce of block 5'
# ... and the chain local follows v8.2 when nothing else is said.
nonce=$(sed -n 's/.*"crc":"\([0-9a-f]*\)".*"number":'$tip',"size".*/\1/p' $golden.json)
record 0 proof -C local --node "$node" --json "$dir/issues"
same "$(field payNonce)" "$nonce" 'pay nonce of the node'
record 0 proof -C local --store "$dir/data/local" --json "$dir/issues"
same "$(field payNonce)" "$nonce" 'pay nonce of the store'
# By the rules of 0.16 it is the beginning of a digest, here of genesis.
record 0 proof -C local --rules 0.16 --node "$node" --json "$dir/issues"
same "$(field payNonce)" 8ae68bb87c4a926b 'pay nonce of a short chain'
record 8 proof --block "$dir/block5" "$dir/issues"
says 'block 5 gives no pay nonce by the rules of 0.16'
record 3 proof -C local --node "$nobody" "$dir/issues"
record 2 proof --block "$dir/block5" --node "$node" "$dir/issues"
# The live chain, which is meant when none is named, has no accounts of a test.
record 8 proof -C bitmark --pay-nonce 0123456789abcdef "$dir/issues"
says 'wrong network'
code 0 submit -C local -n "$node" --json "$dir/block5"
says '"submitted":"block"'
says '"received":true,"accepted":null'
code 0 submit -C local -n "$node" --proof "$pay_id" "$(cut -c 97- "$dir/proof")"
says 'proof of 56 bytes received'
# Shares travel as transfers; a node of 8.2 would drop them without a word.
share=0820d5c1cd8961f71cf355ec5bfd97b846efa41605b8674dfb4ff29254d0789e8f14e80740795c7cdce8
share=${share}e106dda2092b9b4b2b4a6f070604c0bee6f3b02e0ad35134562569a0f95a7639e5d2d5997ab8
share=${share}4496254c1e0115eba2a711712074137bf64051240e
code 0 submit -C local -n "$node" "$share"
says 'transfer of 101 bytes received'
says "what is to be paid, with a URI, is told by 'bitmarkd-c reservoir'"
code 0 submit -C local -n "$node" --json "$dir/issues"
says '"accepted":null,"pay_id":"'"$pay_id"'","pay_script":"6a30'"$pay_id"'"'
code 0 submit -C local -n "$node" --json "$dir/asset"
says '"accepted":null}'
code 0 submit -C local -n "$node" --rules 0.16 "$share"
code 8 submit -C local -n "$node" --rules 8.2 "$share"
says 'not transaction pack, by the rules of 8.2'
cat "$dir/asset" "$dir/issues" >"$dir/mixed"
code 8 submit -C local -n "$node" "$dir/mixed"
says '3 records cannot be sent as one'
# Records of a test network are none of the live chain.
code 8 submit -n "$node" "$dir/issues"
# All nodes are tried; the last failure counts.
code 3 submit -C local -t 1 -n "$nobody" -n "$node" "$dir/asset"
says 'received'
run 0 sh -c "'$build/bitmark-peer' -C local submit -n '$node' - <'$dir/asset'"

# --- check ------------------------------------------------------------------------

code 2 check -C local -n "$node"
says "BITMARK CRITICAL - height $tip, newest block "
code 0 check -C local -n "$node" -n "$node" --warn 0 --critical 0
says "BITMARK OK - height $tip, 0 behind, "
says 'lag=0;0;0'
code 1 check -C local -n "$node" --warn 0,1 --critical 0
code 1 check -C local -n "$node" -n "$nobody" -t 1 --warn 0 --critical 0
says 'no other node answers'
code 2 check -n "$node"

# --- subscribe --------------------------------------------------------------------

# shellcheck disable=SC2046,SC2086
cc ${BITMARK_LDFLAGS:-} -D_DEFAULT_SOURCE -std=c11 -Wall -Wextra -Werror -Iinclude -Ilib -pthread \
    -o "$dir/publish" tests/net/publish.c "$build/libbitmarkpeer.a" \
    $(pkg-config --cflags --libs libzmq libsodium lmdb nettle jansson)
mkfifo "$dir/lines"
"$dir/publish" <"$dir/lines" >"$dir/address" &
publisher=$!
exec 3>"$dir/lines"
printf beat >"$dir/beat"
# wait_for TEXT: the follower has said it; heartbeats go on.
wait_for() {
	wanted=$1
	await is_followed && grep -qF -e "$wanted" "$dir/followed" && return 0
	cat "$dir/followed" "$dir/err"
	fail "not followed: $wanted"
}
# It is, or never will be.
is_followed() {
	grep -qF -e "$wanted" "$dir/followed" && return 0
	kill -0 "$follower" 2>/dev/null || return 0
	echo "heart $dir/beat" >&3
	return 1
}
await test -s "$dir/address" || fail "no publisher"
source=$(cat "$dir/address")
follow() {
	: >"$dir/followed"      # lines of an earlier one do not count
	"$build/bitmark-peer" -C local subscribe -n "$source" "$@" >"$dir/followed" 2>"$dir/err" &
	follower=$!
	wait_for heart
}
unfollow() {
	kill "$follower"
	got=0
	wait "$follower" || got=$?
	follower=
	same "$got" 0 'exit code after a signal'
}
for n in 2 3 4 6 7 8; do
	timeout 600 "$build/bitmark-peer" -C local -n "$node" block "$n" --raw >"$dir/block$n"
done
sed 's/../\\\\x&/g' "$dir/asset" | xargs printf '%b' >"$dir/asset.bin"

# Without a node: what was missed and replaced is told.
code 4 subscribe -C local -t 5 -n "${zero%0}2@${source#*@}"
follow
echo "block $dir/block2" >&3
wait_for 'block 2  '
echo "block $dir/block5" >&3
wait_for 'block 5  '
grep -q 'gap: blocks 3 to 4 missed' "$dir/followed" || fail "no gap"
echo "block $dir/block3" >&3
wait_for 'block 3  '
# Blocks 3 and 4 were never told: 5 is the one that is taken back.
grep -q '^removed: block 5  ' "$dir/followed" || { cat "$dir/followed"; fail "nothing removed"; }
same "$(grep -c '^removed' "$dir/followed")" 1 'blocks that were removed'
echo "assets $dir/asset.bin" >&3
wait_for '"Painting"'
echo "strange" >&3
wait_for 'strange  (0 parameters, 0 bytes)'
echo "block $dir/beat" >&3
echo "proof $dir/beat" >&3
wait_for 'proof  (1 parameters, 4 bytes)'
unfollow

# --count counts what is shown: a block is shown once.
: >"$dir/followed"
"$build/bitmark-peer" -C local subscribe -n "$source" --count 5 >"$dir/followed" 2>"$dir/err" &
follower=$!
has_shown_five() {
	[ "$(grep -vc '^--' "$dir/followed")" -ge 5 ] && return 0
	echo "block $dir/block2" >&3
	echo "heart $dir/beat" >&3
	return 1
}
await has_shown_five || fail "not five events"
same "$(grep -vc '^--' "$dir/followed")" 5 'events that were shown'
same "$(grep -c '^block' "$dir/followed")" 1 'times that block 2 was shown'
got=0
wait "$follower" || got=$?
follower=
same "$got" 0 'exit code after so many events'

# With a node, the publisher says only that there may be something new: the node
# has blocks 1 to 8, and what it has not is not told.
follow -n "$node" --from 6 --json
echo "block $dir/block7" >&3
echo "assets $dir/asset.bin" >&3
wait_for '"name":"Painting"'
wait_for '{"event":"current","number":"8"}'
same "$(sed -n 's/^{"event":"block","number":"\([0-9]*\)",.*/\1/p' "$dir/followed" | tr '\n' ' ')" \
    '6 7 8 ' 'blocks from 6 on'
unfollow

# A node that was away when the following began is waited for; what was published
# meanwhile is new.
stop_daemon
follow -n "$node" -t 1
echo "block $dir/block7" >&3
start_daemon || { cat "$dir/log" "$dir/out"; fail "no daemon"; }
wait_for 'block 8  '
same "$(sed -n 's/^block \([0-9]*\) .*/\1/p' "$dir/followed" | tr '\n' ' ')" '7 8 ' \
    'blocks since the beginning'
unfollow

# Filters: by event, by account, by asset.
follow -n "$node" --from 2 --event block,heart
wait_for 'block 8  '
echo "assets $dir/asset.bin" >&3
echo "block $dir/block7" >&3
sent=$(grep -c heart "$dir/followed")
echo "heart $dir/beat" >&3
heard_more() { [ "$(grep -c heart "$dir/followed")" -gt "$sent" ]; }
await heard_more || fail "no heartbeat"
grep -q -e assets -e '^--' "$dir/followed" && { cat "$dir/followed"; fail "other events"; }
unfollow
code 2 subscribe -n "$nobody" --event block,blocks
says 'not a list of names out of block,'
code 2 subscribe -n "$nobody" --account x
code 2 subscribe -n "$nobody" --asset 00
code 2 subscribe -n "$nobody" --from 2
says '--from needs a second node'

# follow, for events that leave heartbeats out: the last block shows the end.
follow_quietly() {
	: >"$dir/followed"
	"$build/bitmark-peer" -C local subscribe -n "$source" -n "$node" --from 1 --json "$@" \
	    >"$dir/followed" 2>"$dir/err" &
	follower=$!
	await has "$dir/followed" '"event":"current"' || fail "not current"
}
asset_id=$asset
follow_quietly --account "$account"
echo "assets $dir/asset.bin" >&3
await has "$dir/followed" '"name":"Painting"' || fail "not the asset of the account"
grep -q '"event":"block"' "$dir/followed" && fail "a block of others"
unfollow
follow_quietly --asset "$asset_id"
echo "assets $dir/asset.bin" >&3
await has "$dir/followed" '"name":"Painting"' || fail "not the asset"
unfollow
# Of an account of the golden chain: its records in blocks, and no others; a
# transfer that it signs names another owner.
code 0 block -C local -n "$node" --json 2-8
owner=$(grep -o '"record":"BitmarkIssue"[^}]*' "$dir/out" | head -n 1 |
    sed 's/.*"owner":"\([^"]*\)".*/\1/')
follow_quietly --account "$owner" --event block,current
grep -o '"record":"Bitmark[A-Za-z]*"[^}]*' "$dir/followed" >"$dir/chosen" || true
[ -s "$dir/chosen" ] || fail "no record of $owner"
grep -q "\"record\":\"BitmarkIssue\"" "$dir/chosen" || fail "no issue"
grep -v "$owner" "$dir/chosen" | grep -qv '"link":' && fail "a record of others"
unfollow
# Of an asset: its record, its issues, and a transfer that only its link tells.
painted=e99630e0af91bbc53f749269ec757ae9d4be751cf61ede1648d9afb15604252abc32f0436fa19975c8d5
painted=${painted}27e52a8ee208ba4e0855ce320ea78509d8530a6c9d6c
follow_quietly --asset "$painted" --event block,current
grep -o '"record":"[A-Za-z]*"' "$dir/followed" | sort | uniq -c |
    sed 's/ *\([0-9]*\) "record":"\(.*\)"/\2 \1/' | tr '\n' ' ' >"$dir/chosen"
issues=$(grep -o '"record":"BitmarkIssue"[^}]*' "$dir/out" | grep -c "\"assetId\":\"$painted\"")
case $(cat "$dir/chosen") in
"AssetData 1 BitmarkIssue $issues BitmarkTransfer"*) ;;
*) cat "$dir/chosen"; fail "records of an asset with $issues issues" ;;
esac
grep -q '"txId":"ac0e44569df0cb4b7d6efa4222062f299154c9246754a41958eba6339c804f24"' \
    "$dir/followed" || fail "not the transfer of the asset"
unfollow
follow -n "$node"

# The publisher goes away: that is told, and ends nothing.
kill "$publisher"
wait "$publisher" || true
publisher=
await has "$dir/followed" '-- lost' || fail "the loss was not told"
unfollow
echo "ok"
