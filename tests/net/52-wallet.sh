#!/bin/sh
# A wallet that has nothing but a node: what is to be paid for a transfer, and
# what becomes of it.
set -eu
# shellcheck disable=SC2154
. tests/net/network.sh
ask() { timeout 600 "$build/bitmarkd-c" --config "$dir/1/bitmarkd-c.conf" "$@"; }
ask_json() { ask "$@" --json >"$dir/out" || fail "$*"; }
says() { grep -q -- "$1" "$dir/out" || { cat "$dir/out"; fail "not said: $1"; }; }
refuses() {
	want=$1; shift
	if ask "$@" >"$dir/out" 2>&1; then fail "not refused: $*"; fi
	says "$want"
}
field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$dir/out" | head -n 1; }

# Two nodes with all golden blocks, in which alice owns something.
make_store store tests/data/chain-a.blocks 25
make_nodes 2 store
configure 1 1 yes "$(connect 2 "$(port_of 2)")"
configure 2 1 yes "$(connect 1 "$(port_of 1)")"
start 1 2
is_normal() { ask status 2>/dev/null | grep -q 'mode *Normal'; }
await is_normal || fail "not in step: $(ask status)"

alice=ef8jjyKoxJCHKyLaBbyU8mfQ7XdYpLHc4NHUzj9a1pHuaKCdy4
bob=ehd5bx9SAMSJKmp7KdgTN4dR5q6c6assATo9JPaYS9htzs9dNX
chain_tool --database "$dir/store" owner $alice --count 1
link=$(awk '{ print $2 }' "$dir/out")
# transfer_to ACCOUNT: what alice owns, in $dir/transfer.
transfer_to() {
	printf '{"record":"BitmarkTransferUnratified","link":"%s","owner":"%s"}' "$link" "$1" |
	    "$build/bitmark-record" sign --key tests/data/alice.key - \
	    >"$dir/transfer" 2>"$dir/err" || { cat "$dir/err"; fail "not signed"; }
}

# --- what is to be paid, to whom, in each currency ------------------------------------
transfer_to $bob
ask_json submit "$dir/transfer"
pay_id=$(field pay_id)
tx_id=$(sed -n 's/.*"tx_ids":\["\([0-9a-f]*\)".*/\1/p' "$dir/out")
says '"verified":false,"duplicate":false'
payment='{"currency":"\(BTC\|LTC\)","address":"[0-9A-Za-z]*","amount":"[0-9]*"}'
says "\"payments\":{\"BTC\":\\[$payment\\(,$payment\\)*\\],\"LTC\":\\[$payment"
sed 's/"duplicate":false/"duplicate":true/' "$dir/out" >"$dir/first"
address=$(field address)
litecoin='"currency":"LTC","address":"\([^"]*\)","amount":"\([0-9]*\)"'
amount=$(sed -n "s/.*$litecoin.*/\2 \1/p" "$dir/out")
# The same again is answered with the same.
ask_json submit "$dir/transfer"
cmp "$dir/out" "$dir/first" || fail "the second answer differs"
ask submit "$dir/transfer" >"$dir/out"
says "^pay_id  *${pay_id:?}\$"
says "^tx_ids  *${tx_id:?}\$"
says '^duplicate  *yes$'
says '^payments  *BTC [0-9]* [0-9A-Za-z]*'
says "^payments  *LTC ${amount:?}\$"
says "${address:?}"
# Also later, by another way.
ask_json reservoir
says "\"tx_id\":\"$tx_id\",\"pay_id\":\"$pay_id\".*\"payments\":{\"BTC\":\\[$payment"
ask reservoir >"$dir/out"
says "$tx_id	$pay_id	Pending.*BTC [0-9]* [0-9A-Za-z]*; LTC $amount\$"
# Another transfer of the same is an error, and a line of the log.
transfer_to $alice
refuses 'double transfer attempt' submit "$dir/transfer"
all_say 1 'INFO process: transfer refused: double transfer attempt' 1
